"""Decisions: once, on what was seen, with words the family reads; taken back while its mail is held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from backoffice.documents.deciding import (
    AcceptDocument,
    ChangeDocument,
    Decided,
    RejectDocument,
    RotateFile,
    UndoDecision,
)
from backoffice.documents.kinds import DocumentState
from backoffice.documents.queue import ListQueue
from backoffice.families.queries import ReadFamily
from backoffice.kernel.application import Command
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.messages import sentence
from tests.documents.conftest import Desk

FROM, UNTIL = date(2025, 9, 1), date(2026, 8, 31)
BLURRED = "Le document est illisible : renvoyez une photo nette."


def _accepted(document: int, version: int = 1) -> AcceptDocument:
    return AcceptDocument(document, version, FROM, UNTIL)


def _rejected(document: int, version: int = 1) -> RejectDocument:
    return RejectDocument(document, version, "unreadable", BLURRED)


def _waiting(desk: Desk) -> list[int]:
    return [line.document_id for line in desk.town.ask(ListQueue()).lines]


def _quotients(desk: Desk) -> list[tuple[Decimal, date, date | None]]:
    file = desk.town.ask(ReadFamily(desk.family.id))
    return [(held.value, held.period.start, held.period.end) for held in file.quotients]


# --- deciding --------------------------------------------------------------------------------------------------------


def test_a_validated_document_covers_its_days_and_leaves_the_queue(desk: Desk) -> None:
    document = desk.add("INSURANCE", person=desk.family.child)
    desk.town.do(_accepted(document))
    (row,) = desk.town.rows("documents")
    assert (row["state"], row["decided_by"], row["valid_from"], row["valid_to"]) == ("accepted", "cheffe", FROM, UNTIL)
    assert _waiting(desk) == []


def test_a_rejection_says_why_in_words_that_the_family_reads(desk: Desk) -> None:
    document = desk.add("INSURANCE", person=desk.family.child)
    desk.town.do(replace(_rejected(document), comment=f"  {BLURRED}\n"))
    piece = desk.piece(document)
    (row,) = desk.town.rows("documents")
    assert (piece.state, row["reason"], row["comment"]) == (DocumentState.REJECTED, "unreadable", BLURRED)
    (letter,) = desk.town.rows("letters")
    assert BLURRED in letter["body"]
    assert letter["state"] == "held"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("reason", "", "documents.reason_missing"),
        ("reason", "nope", "documents.reason_missing"),
        ("comment", " \n ", "documents.comment_missing"),
        ("comment", "x" * 501, "documents.comment_too_long"),
    ],
)
def test_a_rejection_without_a_reason_is_none(field: str, value: str, code: str, desk: Desk) -> None:
    document = desk.add("QF_CAF")
    with pytest.raises(InvalidFields) as caught:
        desk.town.do(replace(_rejected(document), **{field: value}))  # type: ignore[arg-type]
    assert caught.value.fields[field].code == code
    assert _waiting(desk) == [document]


def test_days_that_end_before_they_begin_are_refused(desk: Desk) -> None:
    document = desk.add("QF_CAF")
    with pytest.raises(InvalidFields) as caught:
        desk.town.do(AcceptDocument(document, 1, UNTIL, FROM))
    assert {name: error.code for name, error in caught.value.fields.items()} == {
        "valid_to": "documents.validity_backwards"
    }


def test_what_is_decided_is_not_decided_again(desk: Desk) -> None:
    document = desk.add("QF_CAF")
    desk.town.do(_accepted(document))
    notice = desk.type_id("TAX_NOTICE")
    again: tuple[Command[Any], ...] = (
        _accepted(document), _rejected(document), ChangeDocument(document, 2, notice, None)
    )
    for gesture in again:
        assert desk.town.refused(gesture) == "documents.decided_already"


def test_only_what_was_seen_is_decided(desk: Desk) -> None:
    document = desk.add("QF_CAF")
    desk.town.do(ChangeDocument(document, 1, desk.type_id("TAX_NOTICE"), None))
    assert desk.town.refused(_accepted(document)) == "record.changed_meanwhile"
    desk.town.do(_accepted(document, 2))


def test_what_no_longer_exists_is_said(desk: Desk) -> None:
    assert desk.town.refused(_accepted(999)) == "documents.gone"
    assert desk.town.refused(RotateFile(999, 1)) == "documents.gone"


# --- what a document fills in ----------------------------------------------------------------------------------------


def test_a_confirmed_quotient_goes_into_the_file_and_comes_back_out(desk: Desk) -> None:
    document = desk.add("QF_CAF")
    before = _quotients(desk)
    decided = desk.town.do(replace(_accepted(document), quotient=Decimal("742.50"), quotient_from=date(2025, 10, 1)))
    assert _quotients(desk) == [*before, (Decimal("742.50"), date(2025, 10, 1), UNTIL)]

    version = desk.town.do(UndoDecision(decided))
    assert _quotients(desk) == before
    desk.town.do(_accepted(document, version))


def test_only_a_document_that_says_a_quotient_fills_it_in(desk: Desk) -> None:
    document = desk.add("INSURANCE", person=desk.family.child)
    desk.town.do(replace(_accepted(document), quotient=Decimal(1)))
    assert _quotients(desk) == []


def test_a_wrong_quotient_decides_nothing(desk: Desk) -> None:
    document = desk.add("QF_CAF")
    with pytest.raises(InvalidFields):
        desk.town.do(replace(_accepted(document), quotient=Decimal(-1)))
    assert (_waiting(desk), _quotients(desk), desk.town.rows("letters")) == ([document], [], [])


# --- undoing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decide", [_accepted, _rejected])
def test_a_decision_is_taken_back_with_its_mail(decide: Callable[[int], Command[Decided]], desk: Desk) -> None:
    document = desk.add("INSURANCE", person=desk.family.child)
    decided = desk.town.do(decide(document))
    version = desk.town.do(UndoDecision(decided))
    (row,) = desk.town.rows("documents")
    assert (row["state"], row["version"], row["decided_at"], row["decided_by"]) == ("pending", version, None, "")
    assert (row["reason"], row["comment"], row["valid_from"], row["valid_to"]) == ("", "", None, None)
    assert (_waiting(desk), desk.town.rows("letter_items")) == ([document], [])
    assert desk.town.refused(UndoDecision(decided)) == "record.changed_meanwhile"


def test_a_mail_that_left_keeps_its_decision(desk: Desk) -> None:
    decided = desk.town.do(_rejected(desk.add("QF_CAF")))
    desk.town.sql("UPDATE letters SET state = 'sent', closed_at = created_at, version = version + 1")
    assert desk.town.refused(UndoDecision(decided)) == "documents.letter_left"
    (row,) = desk.town.rows("documents")
    assert (row["state"], row["comment"]) == ("rejected", BLURRED)


# --- another type, another person, another way up --------------------------------------------------------------------


def test_a_document_changes_type_or_person_and_back(desk: Desk) -> None:
    document = desk.add("INSURANCE", person=desk.family.child)
    photo = desk.type_id("PHOTO")
    version = desk.town.do(ChangeDocument(document, 1, photo, desk.family.child))
    assert desk.piece(document).kind.code == "PHOTO"
    desk.town.do(ChangeDocument(document, version, desk.type_id("QF_CAF"), None))
    assert (desk.piece(document).kind.code, desk.piece(document).person_id) == ("QF_CAF", None)


def test_a_document_is_not_given_to_a_stranger(desk: Desk) -> None:
    stranger = desk.town.family("DURAND")
    document = desk.add("INSURANCE", person=desk.family.child)
    kind = desk.type_id("INSURANCE")
    assert desk.town.refused(ChangeDocument(document, 1, kind, stranger.child)) == "documents.person"
    assert desk.town.refused(ChangeDocument(document, 1, kind, None)) == "documents.person"
    assert desk.town.refused(ChangeDocument(document, 1, 999, desk.family.child)) == "documents.type_unknown"


def test_a_file_stays_turned(desk: Desk) -> None:
    document = desk.add("QF_CAF", b"recto", b"verso")
    recto, _ = desk.piece(document).files
    desk.town.do(RotateFile(recto.id, 5))
    assert [file.rotation for file in desk.piece(document).files] == [1, 0]


def test_who_comes_second_reads_who_decided(desk: Desk) -> None:
    document = desk.add("QF_CAF")
    desk.town.do(_accepted(document))
    with pytest.raises(UserError) as caught:
        desk.town.do(_accepted(document))
    assert "validée par cheffe" in sentence(caught.value)
