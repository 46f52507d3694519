"""Deciding and undoing as other wings do, so many seconds after noon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from backoffice.kernel.application import Context
from backoffice.letters.kinds import LetterKind
from backoffice.letters.saying import say, unsay
from tests.support.towns import NOON, Household, SmallTown

DECIDED = LetterKind.DOCUMENTS_DECIDED


def acting(town: SmallTown, work: Callable[[Context], object], seconds: float = 0) -> object:
    """As the handler of a command would."""
    now = NOON + timedelta(seconds=seconds)
    with town.database.write() as session:
        return work(Context(session, town.app.actor, now, now.date()))


def decide(
    town: SmallTown, home: Household, about_id: int, seconds: float = 0, *, kind: LetterKind = DECIDED, **facts: object
) -> None:
    told = {"document": f"Pièce {about_id}", "outcome": "accepted"} | facts
    acting(town, lambda context: say(context, home.id, kind, "document", about_id, told), seconds)


def undo(town: SmallTown, about_id: int, seconds: float = 0) -> object:
    return acting(town, lambda context: unsay(context, "document", about_id), seconds)
