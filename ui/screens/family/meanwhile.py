"""What another agent saved in a file while something was typed there: who, when, and what no field shows. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from backoffice.families.kinds import ChangeGroup
from backoffice.families.queries import ReadHistory
from backoffice.kernel.application import Application
from backoffice.kernel.periods import Period, french_day
from ui.explanations import on_screen
from ui.screens.family.changes import instant_words

H = TypeVar("H", bound=Hashable)


def last_change(app: Application, family_id: int, groups: frozenset[ChangeGroup], person_id: int | None = None) -> str:
    """« par Claire Martin le 17 novembre 2026 à 9 h 12 », from the history; empty when it is older than that."""
    lines = app.ask(ReadHistory(family_id)).about(person_id)
    last = next((line for line in lines if line.what.group in groups), None)
    return "" if last is None else f"par {last.agent} le {instant_words(last.at)}"


def days(period: Period) -> str:
    """« à partir du 01/11/2026 », « du 01/09/2026 au 31/10/2026 »."""
    if period.end is None:
        return f"à partir du {french_day(period.start)}"
    return f"du {french_day(period.start)} au {french_day(period.end)}"


def came(what: str, since: Hashable, now: Iterable[H], words: Callable[[H], str]) -> str:
    """« Quotients enregistrés : 650 à partir du 01/11/2026. »: what a history holds that it did not hold then."""
    known = since if isinstance(since, tuple | frozenset) else ()
    new = [words(held) for held in now if held not in known]
    return on_screen(f"{what} d'à présent : {', '.join(new)}.") if new else ""
