"""Two agents at one queue: never the same piece, none forgotten, each decided once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import psycopg
import pytest

from backoffice.documents.deciding import AcceptDocument, RejectDocument
from backoffice.documents.kinds import DocumentState, Origin
from backoffice.documents.queue import ListQueue, ReadPiece
from backoffice.documents.tables import DocumentRow
from backoffice.documents.taking import GiveBack, TakePiece
from backoffice.documents.types import AdoptStartingTypes, document_types
from backoffice.kernel.application import Application, Command
from backoffice.kernel.errors import UserError
from backoffice.kernel.resources import load_toml
from tests.documents.conftest import Desk
from tests.support.towns import CHIEF, NOON
from tests.support.two_services import HEALTH, LEISURE, MEALS, TwoServices

TAKE = timedelta(minutes=load_toml("documents.toml")["queue"]["take_minutes"])
REVIEWERS = (MEALS, HEALTH, CHIEF.login)
FORBIDDEN = "42501"


# --- one agent -------------------------------------------------------------------------------------------------------


def _queue(app: Application) -> tuple[int, ...]:
    return tuple(line.document_id for line in app.ask(ListQueue()).lines)


def test_the_first_of_the_queue_comes_first_and_the_last_taken_goes_back(desk: Desk) -> None:
    first, second = desk.add("QF_CAF"), desk.add("RULES_SIGNED", b"coupon")
    assert desk.town.do(TakePiece((second, first))) == second
    assert desk.town.do(TakePiece((first, second))) == first
    (take,) = desk.town.rows("document_takes")
    assert (take["document_id"], take["login"]) == (first, "cheffe")


def test_what_is_given_back_or_decided_is_nobodys(desk: Desk) -> None:
    document = desk.add("QF_CAF")
    desk.town.do(TakePiece((document,)))
    desk.town.do(GiveBack())
    assert desk.town.rows("document_takes") == []
    desk.town.do(TakePiece((document,)))
    desk.town.do(AcceptDocument(document, 1, date(2025, 9, 1), None))
    assert desk.town.rows("document_takes") == []
    assert desk.town.do(TakePiece((document,))) is None


def test_taking_a_piece_does_not_change_what_is_decided_on(desk: Desk) -> None:
    document = desk.add("QF_CAF")
    desk.town.do(TakePiece((document,)))
    assert desk.piece(document).version == 1


def test_a_colleague_gets_the_next_one_and_sees_who_has_the_first(desk: Desk) -> None:
    """By a login written beforehand: on the shared database nobody takes for somebody else."""
    first, second = desk.add("QF_CAF"), desk.add("RULES_SIGNED", b"coupon")
    taken = NOON.strftime("%Y-%m-%d 11:05:00.000000") + ("" if desk.town.database.is_embedded else "+00")
    desk.town.sql("INSERT INTO document_takes VALUES (:id, 'collegue', :until)", id=first, until=taken)
    lines = desk.town.ask(ListQueue()).lines
    assert [(line.document_id, line.holder) for line in lines] == [(first, "collegue"), (second, "")]
    assert desk.town.do(TakePiece((first, second))) == second
    later = desk.town.door(now=NOON + TAKE)
    assert later.execute(TakePiece((first, second))) == first  # abandoned, it came back by itself
    assert [line.holder for line in later.ask(ListQueue()).lines] == ["", ""]


# --- several agents, on the shared database --------------------------------------------------------------------------


@pytest.fixture
def queue(two_services: TwoServices) -> Callable[[int], tuple[int, ...]]:
    """Pieces that wait, of one family that the canteen knows."""
    chief = two_services.door(CHIEF.login)
    chief.execute(AdoptStartingTypes())
    family, _, _ = two_services.family(MEALS)

    def fill(count: int) -> tuple[int, ...]:
        with chief.database.write() as session:
            kind = next(each.id for each in document_types(session) if each.code == "QF_CAF")
            rows = [
                DocumentRow(
                    family_id=family, person_id=None, type_id=kind, state=DocumentState.PENDING, origin=Origin.PORTAL,
                    received_at=NOON - timedelta(minutes=number), decided_at=None, decided_by="", reason="",
                    comment="", valid_from=None, valid_to=None, facts={},
                )
                for number in range(count)
            ]
            session.add_all(rows)
            session.flush()
            return tuple(row.id for row in rows)

    return fill


def test_agents_who_empty_one_queue_decide_each_piece_once(
    two_services: TwoServices, queue: Callable[[int], tuple[int, ...]], long: bool, figure: Callable[[str], None]
) -> None:
    waiting = queue(300 if long else 40)
    doors = [two_services.door(login) for login in REVIEWERS[:2]]
    start = Barrier(len(doors))

    def empty(app: Application) -> list[int]:
        start.wait(60)
        wanted, done = _queue(app), []
        while (document := app.execute(TakePiece(wanted))) is not None:
            app.execute(AcceptDocument(document, 1, date(2025, 9, 1), date(2026, 8, 31)))
            done.append(document)
        return done

    with ThreadPoolExecutor(len(doors)) as pool:
        shares = list(pool.map(empty, doors))

    assert sorted(number for share in shares for number in share) == sorted(waiting)
    decisions = [row["subject"] for row in two_services.rows("audit_journal") if row["action"] == "document.accepted"]
    assert sorted(decisions) == sorted(f"document {number}" for number in waiting)
    assert _queue(doors[0]) == ()
    assert all(shares), "one agent did everything: nothing was raced"
    figure(f"{len(waiting)} pieces, {len(doors)} agents ({' + '.join(str(len(share)) for share in shares)}): "
           f"{len(decisions)} decisions, none twice, none refused")


def test_of_agents_who_take_at_once_each_gets_another_piece(
    two_services: TwoServices, queue: Callable[[int], tuple[int, ...]], long: bool
) -> None:
    doors = [two_services.door(login) for login in REVIEWERS]
    with ThreadPoolExecutor(len(doors)) as pool:
        for _ in range(50 if long else 6):
            wanted = queue(len(doors))
            start = Barrier(len(doors))

            def take(app: Application, wanted: tuple[int, ...] = wanted, start: Barrier = start) -> int | None:
                start.wait(60)
                return app.execute(TakePiece(wanted))

            taken = list(pool.map(take, doors))
            assert sorted(number for number in taken if number is not None) == sorted(wanted)


def test_of_agents_who_decide_the_same_piece_one_wins(
    two_services: TwoServices, queue: Callable[[int], tuple[int, ...]], long: bool, figure: Callable[[str], None]
) -> None:
    doors = [two_services.door(login) for login in REVIEWERS]
    losers: set[str] = set()
    rounds = queue(50 if long else 6)
    with ThreadPoolExecutor(len(doors)) as pool:
        for document in rounds:
            start = Barrier(len(doors))
            commands: list[Command[Any]] = [
                AcceptDocument(document, 1, date(2025, 9, 1), None),
                RejectDocument(document, 1, "unreadable", "Illisible."),
                AcceptDocument(document, 1, date(2025, 9, 1), None),
            ]

            def decide(number: int, commands: list[Command[Any]] = commands, start: Barrier = start) -> str:
                start.wait(60)
                try:
                    doors[number].execute(commands[number])
                except UserError as error:
                    return error.code
                return "won"

            told = list(pool.map(decide, range(len(doors))))
            assert told.count("won") == 1
            losers |= set(told) - {"won"}
    assert losers == {"documents.decided_already"}
    figure(f"{len(rounds)} races of {len(doors)} who decide: 1 winner each; the others heard: {', '.join(losers)}")


def test_a_secretary_of_another_service_sees_and_takes_none(
    two_services: TwoServices, queue: Callable[[int], tuple[int, ...]]
) -> None:
    wanted = queue(3)
    other = two_services.door(LEISURE)
    assert _queue(other) == ()
    assert other.execute(TakePiece(wanted)) is None
    for gesture in (AcceptDocument(wanted[0], 1, date(2025, 9, 1), None),
                    RejectDocument(wanted[0], 1, "unreadable", "Illisible.")):
        with pytest.raises(UserError) as caught:
            other.execute(gesture)
        assert caught.value.code == "documents.gone"
    with pytest.raises(UserError) as caught:
        other.ask(ReadPiece(wanted[0]))
    assert caught.value.code == "documents.gone"


def test_nor_does_psql_show_them_to_her(
    two_services: TwoServices, queue: Callable[[int], tuple[int, ...]]
) -> None:
    (document,) = queue(1)
    two_services.door(MEALS).execute(TakePiece((document,)))
    with two_services.psql(LEISURE, autocommit=True) as connection:
        for table in ("documents", "document_files", "document_takes", "letters", "letter_items"):
            assert connection.execute(f"SELECT * FROM {table}").fetchall() == []
        taken = "INSERT INTO document_takes VALUES (%s, session_user, now())"
        for forbidden in (taken, "SELECT * FROM document_contents WHERE file_id = %s"):
            with pytest.raises(psycopg.Error) as caught:
                connection.execute(forbidden, [document])
            assert caught.value.sqlstate == FORBIDDEN
        changed = connection.execute(
            "UPDATE documents SET state = 'accepted', version = version + 1 WHERE id = %s", [document]
        )
        assert changed.rowcount == 0
        assert connection.execute("SELECT remove_document_takes(ARRAY[%s]::bigint[])", [document]).fetchall() == [
            {"remove_document_takes": 0}
        ]


def test_nobody_takes_or_decides_in_the_name_of_another(
    two_services: TwoServices, queue: Callable[[int], tuple[int, ...]]
) -> None:
    (document,) = queue(1)
    with two_services.psql(MEALS, autocommit=True) as connection:
        for forbidden in (
            "INSERT INTO document_takes VALUES (%s, 'cheffe', now())",
            "UPDATE documents SET state = 'accepted', decided_by = 'cheffe', version = 2 WHERE id = %s",
            "UPDATE documents SET decided_by = 'cheffe', version = 2 WHERE id = %s",
        ):
            with pytest.raises(psycopg.Error) as caught:
                connection.execute(forbidden, [document])
            assert caught.value.sqlstate == FORBIDDEN
