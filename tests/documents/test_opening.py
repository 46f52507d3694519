"""The bytes of documents: to whom they are given, and what stays of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from backoffice.documents.adding import AddDocument
from backoffice.documents.deciding import AcceptDocument, ChangeDocument, OpenFile, RejectDocument
from backoffice.documents.kinds import Origin
from backoffice.documents.openings import ListOpenings
from backoffice.documents.queue import ReadPiece
from backoffice.documents.safety.rules import QUARANTINE
from backoffice.documents.taking import TakePiece
from backoffice.documents.types import AdoptStartingTypes, document_types
from backoffice.kernel.application import Command
from backoffice.kernel.errors import EnvironmentFault, PermissionDenied, UserError
from tests.documents.conftest import Desk, judged
from tests.support.towns import CHIEF, NOON
from tests.support.two_services import (
    DIRECTOR,
    HEALTH,
    LEISURE,
    MEALS,
    OFFICER,
    WATCHER,
    TwoServices,
    said_by_server,
)

FORBIDDEN = "42501"
PAGE = b"a page of their life"


def _file(desk: Desk, document: int) -> int:
    return desk.piece(document).files[0].id


# --- on both engines -------------------------------------------------------------------------------------------------


def test_a_usual_document_is_opened_without_a_trace(desk: Desk) -> None:
    file = _file(desk, desk.add("INSURANCE", PAGE, person=desk.family.child))
    assert desk.town.do(OpenFile(file)) == PAGE
    assert desk.town.rows("document_openings") == []


def test_each_opening_of_a_sensitive_one_stays(desk: Desk) -> None:
    document = desk.add("TAX_NOTICE", PAGE)
    for _ in range(2):
        assert desk.town.do(OpenFile(_file(desk, document))) == PAGE
    openings = desk.town.rows("document_openings")
    assert [(row["actor"], row["document_id"], row["family_id"]) for row in openings] == [
        ("cheffe", document, desk.family.id)
    ] * 2


def test_who_watches_reads_who_opened(desk: Desk) -> None:
    document = desk.add("TAX_NOTICE", PAGE)
    desk.town.do(OpenFile(_file(desk, document)))
    (opening,) = desk.town.ask(ListOpenings(desk.family.id))
    assert (opening.agent.lower(), opening.document_id) == ("cheffe", document)


def test_nobody_rewrites_who_opened(desk: Desk) -> None:
    desk.town.do(OpenFile(_file(desk, desk.add("TAX_NOTICE", PAGE))))
    for rewrite in ("UPDATE document_openings SET actor = 'x'", "DELETE FROM document_openings"):
        with pytest.raises((IntegrityError, EnvironmentFault)):
            desk.town.sql(rewrite)
    assert [row["actor"] for row in desk.town.rows("document_openings")] == ["cheffe"]


def test_what_is_about_health_asks_for_the_right_to_read_it(desk: Desk) -> None:
    """An administrator reviews documents, and reads no health sheet."""
    document = desk.add("HEALTH_FORM", PAGE, person=desk.family.child)
    assert not desk.piece(document).can_open
    gestures: tuple[Command[Any], ...] = (
        OpenFile(_file(desk, document)),
        AcceptDocument(document, 1, NOON.date(), None),
        RejectDocument(document, 1, "unreadable", "Illisible."),
        ChangeDocument(document, 1, desk.type_id("PHOTO"), desk.family.child),
    )
    for gesture in gestures:
        with pytest.raises(PermissionDenied):
            desk.town.do(gesture)
    assert desk.town.do(TakePiece((document,))) is None
    assert desk.town.rows("document_openings") == []


def test_a_file_that_is_gone_is_said(desk: Desk) -> None:
    assert desk.town.refused(OpenFile(999)) == "documents.gone"


# --- on the shared database, through the door and past it ------------------------------------------------------------


@pytest.fixture
def sent(two_services: TwoServices) -> Callable[..., tuple[int, int]]:
    """A document of a family of the canteen, with its first file."""
    two_services.door(CHIEF.login).execute(AdoptStartingTypes())
    family, _, child = two_services.family(MEALS)

    def send(code: str, *flags: str, content: bytes = PAGE) -> tuple[int, int]:
        door = two_services.door(MEALS)
        of_child = code in {"HEALTH_FORM", "PHOTO"}
        document = door.execute(
            AddDocument(family, child if of_child else None, code, Origin.COUNTER, (judged(content, *flags),))
        )
        return document, door.ask(ReadPiece(document)).files[0].id

    return send


def _refused(connection: psycopg.Connection[dict[str, object]], statement: str, *values: object) -> str:
    with pytest.raises(psycopg.Error) as caught, connection.transaction():
        connection.execute(statement, values)
    return caught.value.sqlstate or ""


def _type_id(two_services: TwoServices, code: str) -> int:
    with two_services.door(CHIEF.login).database.read() as session:
        return next(each.id for each in document_types(session) if each.code == code)


@pytest.mark.parametrize("code", ["PHOTO", "TAX_NOTICE", "HEALTH_FORM"])
def test_another_service_gets_no_byte(
    code: str, two_services: TwoServices, sent: Callable[..., tuple[int, int]]
) -> None:
    _, file = sent(code)
    with pytest.raises(UserError) as caught:
        two_services.door(LEISURE).execute(OpenFile(file))
    assert caught.value.code == "documents.gone"
    for login in (LEISURE, WATCHER):
        with two_services.psql(login) as connection:
            assert _refused(connection, "SELECT open_document(%s)", file) == FORBIDDEN
            assert _refused(connection, "SELECT content FROM document_contents WHERE file_id = %s", file) == FORBIDDEN
    assert two_services.rows("document_openings") == []


def test_health_documents_are_opened_by_who_reads_sheets_only(
    two_services: TwoServices, sent: Callable[..., tuple[int, int]]
) -> None:
    document, file = sent("HEALTH_FORM")
    assert two_services.door(HEALTH).execute(OpenFile(file)) == PAGE
    with pytest.raises(PermissionDenied):
        two_services.door(MEALS).execute(OpenFile(file))
    for login in (MEALS, OFFICER, DIRECTOR, CHIEF.login):
        with two_services.psql(login) as connection:
            assert _refused(connection, "SELECT open_document(%s)", file) == FORBIDDEN
    assert [(row["actor"], row["document_id"]) for row in two_services.rows("document_openings")] == [
        (HEALTH, document)
    ]


def test_a_document_does_not_become_another_to_be_opened(
    two_services: TwoServices, sent: Callable[..., tuple[int, int]]
) -> None:
    document, file = sent("HEALTH_FORM")
    photo = _type_id(two_services, "PHOTO")
    child = next(row["person_id"] for row in two_services.rows("documents") if row["id"] == document)
    with pytest.raises(PermissionDenied):
        two_services.door(MEALS).execute(ChangeDocument(document, 1, photo, child))
    with two_services.psql(MEALS) as connection:
        rename = "UPDATE documents SET type_id = %s, version = version + 1 WHERE id = %s"
        assert _refused(connection, rename, photo, document) == FORBIDDEN
        assert _refused(connection, "UPDATE document_types SET sensitivity = 'usual'") == FORBIDDEN
        assert _refused(connection, "UPDATE document_files SET is_quarantined = false WHERE id = %s", file) == FORBIDDEN


def test_an_opening_that_is_rolled_back_stays_in_the_log_of_the_server(
    two_services: TwoServices, sent: Callable[..., tuple[int, int]]
) -> None:
    document, file = sent("TAX_NOTICE")
    with two_services.psql(CHIEF.login) as connection, said_by_server(connection) as lines:
        connection.execute("SELECT open_document(%s)", [file])
        connection.rollback()
    assert two_services.rows("document_openings") == []
    assert any(f"document {document} opened by {CHIEF.login}" in line for line in lines)


def test_no_byte_comes_out_of_quarantine(
    two_services: TwoServices, sent: Callable[..., tuple[int, int]]
) -> None:
    _, file = sent("PHOTO", QUARANTINE)
    with two_services.psql(MEALS) as connection:
        assert _refused(connection, "SELECT open_document(%s)", file) == FORBIDDEN


def test_bytes_come_once_and_are_those_that_were_described(
    two_services: TwoServices, sent: Callable[..., tuple[int, int]]
) -> None:
    document, file = sent("PHOTO")
    family = two_services.rows("documents")[0]["family_id"]
    described = (
        "INSERT INTO document_files (document_id, family_id, position, name, media_type, size, sha256, pages, flags,"
        " rotation, is_quarantined) VALUES (%s, %s, 2, 'x', 'image/png', 1, %s, 1, '[]', 0, false) RETURNING id"
    )
    keep = "SELECT keep_document_content(%s, %s)"
    with two_services.psql(MEALS, autocommit=True) as connection:
        assert _refused(connection, keep, file, PAGE) == "23505"
        digest = hashlib.sha256(b"x").hexdigest()
        row = connection.execute(described, [document, family, digest]).fetchone()
        assert row is not None
        for other in (b"y", b"xx", b""):
            assert _refused(connection, keep, row["id"], other) == FORBIDDEN
        with two_services.psql(LEISURE) as stranger:
            assert _refused(stranger, keep, row["id"], b"x") == FORBIDDEN
            assert _refused(stranger, described, document, family, digest) == FORBIDDEN
        connection.execute(keep, [row["id"], b"x"])
    two_services.door(MEALS).execute(AcceptDocument(document, 1, NOON.date(), None))
    with two_services.psql(MEALS, autocommit=True) as connection:  # what was judged is not added to
        assert _refused(connection, described, document, family, digest) == FORBIDDEN


def test_the_journal_of_the_server_holds_no_byte(
    two_services: TwoServices, sent: Callable[..., tuple[int, int]]
) -> None:
    sent("TAX_NOTICE", content=b"UNIQUE-WORDS")
    kept = json.dumps(two_services.rows("row_journal"), default=str)
    assert "document_files" in kept
    assert "UNIQUE-WORDS" not in kept
    assert b"UNIQUE-WORDS".hex() not in kept
