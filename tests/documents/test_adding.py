"""Documents that arrive: kept with all their files or not at all, and never mixed from one family to another."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from backoffice.documents.adding import AddDocument
from backoffice.documents.deciding import OpenFile, RejectDocument
from backoffice.documents.kinds import DocumentState, Origin
from backoffice.documents.safety.rules import QUARANTINE
from backoffice.documents.safety.verdict import JudgedFile, NewFile, Verdict
from backoffice.kernel.errors import NeedsConfirmation, UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.resources import load_toml
from tests.documents.conftest import Desk, judged
from tests.support.towns import NOON

LIMIT = load_toml("documents.toml")["intake"]["files_a_day"]


def test_a_document_waits_with_its_files_in_their_order(desk: Desk) -> None:
    piece = desk.piece(desk.add("INSURANCE", b"recto", b"verso", person=desk.family.child))
    assert (piece.state, piece.person_id, piece.origin) == (DocumentState.PENDING, desk.family.child, Origin.COUNTER)
    assert [desk.town.do(OpenFile(file.id)) for file in piece.files] == [b"recto", b"verso"]
    assert [file.size for file in piece.files] == [5, 5]


def test_what_is_kept_is_what_can_be_shown(desk: Desk) -> None:
    converted = JudgedFile(NewFile("scan.tif", b"II*"), Verdict(True, "application/pdf", 2, content=b"%PDF-"))
    document = desk.town.do(AddDocument(desk.family.id, None, "QF_CAF", Origin.POST, (converted,)))
    (file,) = desk.piece(document).files
    assert (file.media_type, file.pages, desk.town.do(OpenFile(file.id))) == ("application/pdf", 2, b"%PDF-")


def test_one_refused_file_says_why_and_nothing_is_kept(desk: Desk) -> None:
    refused = JudgedFile(NewFile("virus.exe", b"MZ"), Verdict(False, code="x", sentence="C'est un programme."))
    with pytest.raises(UserError) as caught:
        desk.town.do(AddDocument(desk.family.id, None, "QF_CAF", Origin.COUNTER, (judged(b"page"), refused)))
    assert sentence(caught.value) == "« virus.exe » n'est pas accepté. C'est un programme."
    assert [desk.town.rows(table) for table in ("documents", "document_files")] == [[], []]


def test_a_document_is_of_whom_its_type_says(desk: Desk) -> None:
    stranger = desk.town.family("DURAND")
    send = AddDocument(desk.family.id, None, "QF_CAF", Origin.COUNTER, (judged(b"page"),))
    for wrong in (
        replace(send, person_id=desk.family.child),
        replace(send, type_code="INSURANCE"),
        replace(send, type_code="INSURANCE", person_id=stranger.child),
    ):
        assert desk.town.refused(wrong) == "documents.person"
    assert desk.town.refused(replace(send, type_code="NOPE")) == "documents.type_unknown"
    assert desk.town.refused(replace(send, files=())) == "documents.no_file"


def test_a_family_sends_so_many_files_a_day_and_its_neighbours_too(desk: Desk) -> None:
    other = desk.town.family("DURAND")
    desk.add("QF_CAF", *(b"%d" % number for number in range(LIMIT)), at=NOON - timedelta(hours=23))
    with pytest.raises(UserError) as caught:
        desk.add("RULES_SIGNED", b"one more")
    assert caught.value.code == "documents.too_many"
    assert desk.add("QF_CAF", b"theirs", family=other.id)


def test_yesterday_does_not_count(desk: Desk) -> None:
    desk.add("QF_CAF", *(b"%d" % number for number in range(LIMIT)), at=NOON - timedelta(hours=25))
    assert desk.add("RULES_SIGNED", b"one more")


def test_the_same_file_sent_twice_is_said_and_kept_when_it_is_meant(desk: Desk) -> None:
    desk.add("QF_CAF", b"the same")
    with pytest.raises(NeedsConfirmation) as caught:
        desk.add("QF_CAF", b"another", b"the same")
    assert caught.value.code == "documents.sent_already"
    twice = desk.piece(desk.add("QF_CAF", b"the same", yes=True))
    assert len(twice.sent_before) == 1


def test_the_day_it_was_sent_before_is_that_of_the_families(desk: Desk) -> None:
    desk.add("QF_CAF", b"the same", at=datetime(2025, 6, 30, 22, 30, tzinfo=UTC))  # half past midnight, in July
    with pytest.raises(NeedsConfirmation) as caught:
        desk.add("QF_CAF", b"the same")
    assert caught.value.params["day"] == date(2025, 7, 1)


def test_the_same_file_for_something_else_is_told_to_who_reviews(desk: Desk) -> None:
    desk.add("QF_CAF", b"the same")
    assert desk.piece(desk.add("RULES_SIGNED", b"the same")).known_from == "Attestation QF CAF/ MSA"
    assert desk.piece(desk.add("RULES_SIGNED", b"its own")).known_from == ""


def test_the_same_file_of_another_family_says_nothing(desk: Desk) -> None:
    other = desk.town.family("DURAND")
    desk.add("QF_CAF", b"the same", family=other.id)
    piece = desk.piece(desk.add("QF_CAF", b"the same"))
    assert (piece.known_from, piece.sent_before) == ("", ())


def test_a_rejected_sending_stays_beside_the_new_one(desk: Desk) -> None:
    first = desk.add("INSURANCE", b"blurred", person=desk.family.child)
    desk.town.do(RejectDocument(first, 1, "unreadable", "Le document est illisible."))
    piece = desk.piece(desk.add("INSURANCE", b"sharp", person=desk.family.child))
    (before,) = piece.sent_before
    assert (before.document_id, before.state, before.comment) == (
        first, DocumentState.REJECTED, "Le document est illisible."
    )
    assert desk.town.do(OpenFile(before.files[0].id)) == b"blurred"


def test_a_quarantined_file_is_given_to_nobody(desk: Desk) -> None:
    files = (judged(b"unseen", QUARANTINE),)
    document = desk.town.do(AddDocument(desk.family.id, None, "QF_CAF", Origin.EMAIL, files))
    (file,) = desk.piece(document).files
    assert file.is_quarantined
    assert desk.town.refused(OpenFile(file.id)) == "documents.quarantined"


def test_the_journals_copy_neither_the_name_of_a_file_nor_what_it_holds(desk: Desk) -> None:
    desk.add("PHOTO", b"page", person=desk.family.child)
    kept = json.dumps([desk.town.rows("row_journal"), desk.town.rows("audit_journal")], default=str)
    assert "document_files" in kept
    (file,) = desk.town.rows("document_files")
    assert "Zoé" not in kept
    assert "Zo\\u00e9" not in kept
    assert file["sha256"] not in kept
