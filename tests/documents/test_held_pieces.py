"""A piece under the eyes of a colleague is theirs until it goes back; a value confirmed is never dropped unsaid."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backoffice.documents.deciding import AcceptDocument, ChangeDocument, RejectDocument
from backoffice.documents.kinds import DocumentState
from backoffice.documents.taking import TakePiece
from backoffice.kernel.actor import Actor
from backoffice.kernel.application import Application, Command
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.errors import PermissionDenied
from backoffice.kernel.resources import load_toml
from tests.documents.conftest import YEAR, Desk
from tests.support.towns import CHIEF, NOON

TAKE = timedelta(minutes=load_toml("documents.toml")["queue"]["take_minutes"])


def _gestures(desk: Desk, document: int) -> tuple[Command[Any], ...]:
    return (
        AcceptDocument(document, 1, YEAR.start, YEAR.end),
        RejectDocument(document, 1, "unreadable", "Illisible."),
        ChangeDocument(document, 1, desk.type_id("RULES_SIGNED"), None),
    )


def _taken_by_a_colleague(desk: Desk, document: int) -> None:
    """By a login written beforehand: on the shared database nobody takes for somebody else."""
    until = (NOON + TAKE).strftime("%Y-%m-%d %H:%M:%S.000000") + ("" if desk.town.database.is_embedded else "+00")
    desk.town.sql("INSERT INTO document_takes VALUES (:id, 'collegue', :until)", id=document, until=until)


def test_what_a_colleague_looks_at_is_not_decided_meanwhile(desk: Desk) -> None:
    document = desk.add("QF_CAF")
    _taken_by_a_colleague(desk, document)
    for gesture in _gestures(desk, document):
        assert desk.town.refused(gesture) == "documents.taken_by_other"
    piece = desk.piece(document)
    assert (piece.state, piece.version, piece.kind.code) == (DocumentState.PENDING, 1, "QF_CAF")
    assert desk.town.rows("letters") == []


def test_what_a_colleague_left_is_decided_once_it_came_back(desk: Desk) -> None:
    document = desk.add("QF_CAF")
    _taken_by_a_colleague(desk, document)
    desk.town.door(now=NOON + TAKE).execute(AcceptDocument(document, 1, YEAR.start, YEAR.end))
    assert desk.piece(document).state is DocumentState.ACCEPTED


def test_what_one_has_taken_or_nobody_has_is_decided(desk: Desk) -> None:
    taken, free = desk.add("QF_CAF"), desk.add("RULES_SIGNED", b"coupon")
    assert desk.town.do(TakePiece((taken,))) == taken
    for document in (taken, free):
        desk.town.do(AcceptDocument(document, 1, YEAR.start, YEAR.end))
        assert desk.piece(document).state is DocumentState.ACCEPTED


def test_a_quotient_that_cannot_be_kept_decides_nothing(desk: Desk) -> None:
    """Whoever may not change the file of a family is told: nothing is validated as if its quotient were kept."""
    document = desk.add("QF_CAF")
    reviewer = Actor(CHIEF.login, CHIEF.name, CHIEF.permissions - {"families.edit"})
    app = Application(desk.town.database, reviewer, FixedClock(NOON))
    before = desk.town.rows("quotients")
    with pytest.raises(PermissionDenied) as caught:
        app.execute(AcceptDocument(document, 1, YEAR.start, YEAR.end, Decimal(874), date(2025, 9, 1)))
    assert caught.value.code == "permission.denied"
    assert desk.piece(document).state is DocumentState.PENDING
    assert desk.town.rows("quotients") == before
    app.execute(AcceptDocument(document, 1, YEAR.start, YEAR.end))
    assert desk.piece(document).state is DocumentState.ACCEPTED
