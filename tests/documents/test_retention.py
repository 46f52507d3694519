"""What is kept long enough goes with its files, and nothing else; it is seen before it goes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from backoffice.documents.deciding import AcceptDocument, RejectDocument
from backoffice.documents.kinds import DocumentState
from backoffice.documents.retention import PlanPurge, PurgeDocuments
from backoffice.kernel.access.rights import rights
from backoffice.kernel.errors import NeedsConfirmation, PermissionDenied
from backoffice.kernel.periods import Period
from tests.documents.conftest import Desk

# Long past on any server: its own clock has a say in what goes.
NOW = datetime(2021, 3, 1, 11, tzinfo=UTC)
TODAY = NOW.date()
KEPT = 365  # of the types used here, in `document_types.toml`
YES = frozenset({"documents.purge"})
LONG_AGO = NOW - timedelta(days=KEPT + 200)


def _over(day: date) -> Period:
    return Period(day - timedelta(days=300), day)


def _purge(desk: Desk) -> int:
    app = desk.town.door(now=NOW)
    gone = app.execute(PurgeDocuments(app.ask(PlanPurge())), confirmed=YES)
    return sum(line.documents for line in gone)


def _kept(desk: Desk) -> list[int]:
    return [row["id"] for row in desk.town.rows("documents")]


@pytest.mark.parametrize(
    ("days_after_its_end", "goes"), [(KEPT + 1, True), (KEPT, False), (KEPT - 100, False), (-10, False)]
)
def test_a_validated_document_goes_so_long_after_its_last_day(
    days_after_its_end: int, goes: bool, desk: Desk
) -> None:
    sent = desk.send("QF_CAF", at=LONG_AGO, period=_over(TODAY - timedelta(days=days_after_its_end)))
    assert _purge(desk) == goes
    assert _kept(desk) == ([] if goes else [sent])


@pytest.mark.parametrize(("days", "goes"), [(KEPT + 1, True), (KEPT - 1, False)])
def test_a_rejected_one_goes_so_long_after_its_decision(days: int, goes: bool, desk: Desk) -> None:
    desk.send("QF_CAF", state=DocumentState.REJECTED, at=NOW - timedelta(days=days))
    assert _purge(desk) == goes


def test_what_waits_stays_however_old(desk: Desk) -> None:
    sent = desk.send("QF_CAF", state=DocumentState.PENDING, at=NOW - timedelta(days=5000))
    assert _purge(desk) == 0
    assert _kept(desk) == [sent]


def test_what_holds_for_good_stays_until_it_is_replaced(desk: Desk) -> None:
    for_good = Period(LONG_AGO.date())
    first = desk.send("RULES_SIGNED", at=LONG_AGO, period=for_good)
    assert _purge(desk) == 0
    desk.send("RULES_SIGNED", state=DocumentState.REJECTED, at=NOW)
    assert _purge(desk) == 0
    second = desk.send("RULES_SIGNED", at=LONG_AGO + timedelta(days=1), period=for_good)
    assert _purge(desk) == 1
    assert second in _kept(desk)
    assert first not in _kept(desk)


def test_one_of_another_person_replaces_nothing(desk: Desk) -> None:
    for_good = Period(LONG_AGO.date())
    other = desk.town.family("DURAND")
    first = desk.send("VACCINES", desk.family.child, at=LONG_AGO, period=for_good)
    desk.send("VACCINES", other.child, at=LONG_AGO + timedelta(days=1), period=for_good)
    assert _purge(desk) == 0
    assert first in _kept(desk)


def test_it_is_seen_by_type_before_it_goes_and_asked_for(desk: Desk) -> None:
    """Through the door, with files: nothing has gone until the answer is yes."""
    document = desk.add("QF_CAF", b"recto", b"verso", at=LONG_AGO)
    desk.town.door(now=LONG_AGO).execute(RejectDocument(document, 1, "unreadable", "Illisible."))
    kept = desk.add("INSURANCE", person=desk.family.child)
    desk.town.do(AcceptDocument(kept, 1, TODAY, None))
    app = desk.town.door(now=NOW)
    (line,) = app.ask(PlanPurge())
    assert (line.code, line.retention_days, line.documents, line.files, line.size) == ("QF_CAF", KEPT, 1, 2, 10)
    assert line.first_day == line.last_day == LONG_AGO.date()

    with pytest.raises(NeedsConfirmation) as caught:
        app.execute(PurgeDocuments((line,)))
    assert caught.value.code == "documents.purge"
    assert desk.town.refused(PurgeDocuments(())) == "documents.purge_changed"
    assert _kept(desk) == [document, kept]

    assert _purge(desk) == 1
    assert _kept(desk) == [kept]
    assert [row["document_id"] for row in desk.town.rows("document_files")] == [kept]
    files = [row["id"] for row in desk.town.rows("document_files")]
    assert [row["file_id"] for row in desk.town.rows("document_contents")] == files
    assert (app.ask(PlanPurge()), _purge(desk)) == ((), 0)


def test_the_journal_says_what_went_and_nothing_of_whose_it_was(desk: Desk) -> None:
    document = desk.add("QF_CAF", b"page", at=LONG_AGO)
    desk.town.door(now=LONG_AGO).execute(RejectDocument(document, 1, "unreadable", "Le père a signé pour Zoé."))
    _purge(desk)
    (purge,) = [row for row in desk.town.rows("audit_journal") if row["action"] == "documents.purged"]
    assert json.loads(purge["details"]) == {"documents": 1, "files": 1, "types": {"QF_CAF": 1}}
    gone = [row for row in desk.town.rows("row_journal") if row["verb"] == "D"]
    assert sorted({row["table_name"] for row in gone}) == ["document_files", "documents"]
    told = json.dumps(desk.town.rows("row_journal"), default=str, ensure_ascii=False)
    assert "Zoé" not in told


def test_the_server_keeps_what_is_too_young_whoever_asks(shared_desk: Desk) -> None:
    """Past the program, an administrator removes nothing earlier than its type says."""
    desk, now = shared_desk, datetime.now(UTC)
    kept = [
        desk.send("QF_CAF", state=DocumentState.REJECTED, at=now - timedelta(days=KEPT - 2)),
        desk.send("QF_CAF", state=DocumentState.PENDING, at=LONG_AGO),
        desk.send("QF_CAF", at=LONG_AGO, period=Period(TODAY, now.date() - timedelta(days=KEPT - 2))),
        desk.send("RULES_SIGNED", at=LONG_AGO, period=Period(LONG_AGO.date())),
    ]
    url = desk.town.address.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        for document in kept:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT purge_documents(ARRAY[%s]::bigint[])", [document])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM documents")
    assert _kept(desk) == kept


def test_nobody_but_who_keeps_the_types_lets_anything_go(shared_desk: Desk) -> None:
    """Even what is over."""
    desk = shared_desk
    document = desk.send("QF_CAF", state=DocumentState.REJECTED, at=LONG_AGO)
    secretary = desk.town.door(rights().roles["secretary"].permissions)
    with pytest.raises(PermissionDenied):
        secretary.ask(PlanPurge())
    assert _kept(desk) == [document]
