"""Health sheets on the shared database, by agents who have psql: closed, but for a reason that stays written."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from backoffice.health.commands import EditHealthSheet, ReadHealthSheet
from backoffice.health.queries import AuditedReadings, SheetReadings
from backoffice.kernel.errors import EnvironmentFault, PermissionDenied, UserError
from tests.support.private import SHEET
from tests.support.towns import CHIEF
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

FORBIDDEN, STALE, NOTHING_GIVEN = "42501", "BE002", "22004"
EVERYBODY = (CHIEF.login, MEALS, LEISURE, HEALTH, OFFICER, DIRECTOR, WATCHER)
READ = "SELECT * FROM read_health_sheet(%s, %s)"


def _code(connection: psycopg.Connection[Any], statement: str, *values: object) -> str:
    """The SQLSTATE that refuses, or empty."""
    try:
        with connection.transaction():
            connection.execute(statement, values)
    except psycopg.Error as error:
        return error.sqlstate or ""
    return ""


@pytest.fixture
def child(two_services: TwoServices) -> int:
    """A child of the canteen, who has a sheet."""
    _, _, found = two_services.family(MEALS)
    two_services.door(HEALTH).execute(EditHealthSheet(found, 0, SHEET))
    return found


@pytest.mark.parametrize("login", EVERYBODY)
def test_no_agent_reaches_the_table(two_services: TwoServices, child: int, login: str) -> None:
    with two_services.psql(login) as connection:
        for statement in (
            "SELECT * FROM health_sheets", "SELECT count(*) FROM health_sheets", "SELECT person_id FROM health_sheets",
            "COPY health_sheets TO STDOUT", "DELETE FROM health_sheets", "UPDATE health_sheets SET allergies = ''",
            f"INSERT INTO health_sheets (person_id) VALUES ({child})", "LOCK TABLE health_sheets",
            "TRUNCATE health_sheets", "SELECT health_sheets FROM health_sheets",
            "INSERT INTO health_reads (at, actor, person_id, reason) VALUES (now(), 'autre', 1, 'x')",
            "UPDATE health_reads SET actor = 'autre'", "DELETE FROM health_reads", "TRUNCATE health_reads",
        ):
            assert _code(connection, statement) == FORBIDDEN, statement


@pytest.mark.parametrize("login", [CHIEF.login, MEALS, LEISURE, OFFICER, DIRECTOR, WATCHER])
def test_only_who_holds_the_right_may_call_the_functions(two_services: TwoServices, child: int, login: str) -> None:
    sheet = Jsonb({"person_id": child, "version": 2})
    with two_services.psql(login) as connection:
        assert _code(connection, READ, child, "x") == FORBIDDEN
        assert _code(connection, "SELECT write_health_sheet(%s)", sheet) == FORBIDDEN


@pytest.mark.parametrize("login", EVERYBODY)
def test_nobody_calls_what_is_inside(two_services: TwoServices, child: int, login: str) -> None:
    """Nobody writes a false reading, nor asks whom a right reaches."""
    with two_services.psql(login) as connection:
        assert _code(connection, "SELECT note_health_read(%s, 'x')", child) == FORBIDDEN
        assert _code(connection, "SELECT reaches_child('health.read', %s)", child) == FORBIDDEN


def test_the_right_stops_at_the_service(two_services: TwoServices) -> None:
    _, _, elsewhere = two_services.family(LEISURE, "AUTRE")
    sheet = Jsonb({"person_id": elsewhere, "version": 1, "allergies": "", "menu": "", "has_pai": False,
                   "pai_conduct": "", "treatments": "", "doctor_name": "", "doctor_phone": "", "remarks": ""})
    with two_services.psql(HEALTH) as connection:
        for unknown in (elsewhere, 999_999):  # one cannot tell them apart
            assert _code(connection, READ, unknown, "x") == FORBIDDEN
        assert _code(connection, "SELECT write_health_sheet(%s)", sheet) == FORBIDDEN
    with pytest.raises(UserError, check=lambda error: error.code == "health.not_a_child"):
        two_services.door(HEALTH).execute(ReadHealthSheet(elsewhere, "Urgence"))

    assert two_services.rows("health_sheets") == two_services.rows("health_reads") == []


@pytest.mark.parametrize("reason", ["", "  ", "\t", "\u00a0\n", "…", None])
def test_psql_gives_a_reason_too(two_services: TwoServices, child: int, reason: str | None) -> None:
    with two_services.psql(HEALTH) as connection:
        assert _code(connection, READ, child, reason) == NOTHING_GIVEN


@pytest.mark.parametrize("day", ["pai_until", "vaccines_until"])
def test_a_sheet_holds_no_day_that_no_program_reads(two_services: TwoServices, child: int, day: str) -> None:
    """It could not be opened again; and what a constraint refuses would be copied whole into the log of the server."""
    sheet = {"person_id": child, "version": 2, "allergies": "Arachides", "menu": "", "has_pai": True,
             "pai_conduct": "", "treatments": "", "doctor_name": "", "doctor_phone": "", "remarks": ""}
    with two_services.psql(HEALTH) as connection, said_by_server(connection) as said:
        for moment in ("infinity", "-infinity", "0044-03-15 BC"):
            assert _code(connection, "SELECT write_health_sheet(%s)", Jsonb(sheet | {day: moment})) == "22008"
        assert not any("Arachides" in line for line in said)
        assert _code(connection, "SELECT write_health_sheet(%s)", Jsonb(sheet | {day: "2027-08-31"})) == ""


def test_a_reading_rolled_back_stays_in_the_log_of_the_server(two_services: TwoServices, child: int) -> None:
    with two_services.psql(HEALTH) as connection, said_by_server(connection) as said:
        (row,) = connection.execute(READ, [child, "Crise d'asthme"]).fetchall()
        assert row["allergies"] == SHEET.allergies
        connection.rollback()

    assert two_services.rows("health_reads") == []
    assert f"health sheet of person {child} read by {HEALTH}" in said
    told = " ".join(said)
    assert not any(secret in told for secret in ("asthme", "Arachides", "Léa", "MARTIN", "Ventoline"))


def test_an_agent_cannot_silence_the_log(two_services: TwoServices) -> None:
    with two_services.psql(HEALTH) as connection:
        for setting in ("log_min_messages = panic", "log_error_verbosity = terse", "log_statement = none"):
            assert _code(connection, f"SET {setting}") == FORBIDDEN


def test_a_reading_ends_with_the_read_only_transaction_that_asks_it(two_services: TwoServices, child: int) -> None:
    """No way to read without the right to write the line."""
    with two_services.psql(HEALTH) as connection:
        connection.execute("SET TRANSACTION READ ONLY")
        assert _code(connection, READ, child, "x") == "25006"


def test_blind_and_stale_writings_are_refused(two_services: TwoServices, child: int) -> None:
    whole = {"person_id": child, "allergies": "X", "menu": "", "has_pai": False, "pai_conduct": "", "treatments": "",
             "doctor_name": "", "doctor_phone": "", "remarks": ""}
    with two_services.psql(HEALTH) as connection, said_by_server(connection) as said:
        for version in (1, 3, 0, -1):
            given = Jsonb({**whole, "version": version})
            assert _code(connection, "SELECT write_health_sheet(%s)", given) == STALE, version
        assert _code(connection, "SELECT write_health_sheet(%s)", Jsonb({**whole, "version": 2, "menu": None})) == (
            NOTHING_GIVEN
        )
        assert _code(connection, "SELECT write_health_sheet(%s)", Jsonb({})) == NOTHING_GIVEN
    assert not any("Arachides" in line for line in said)
    assert two_services.rows("health_sheets")[0]["allergies"] == SHEET.allergies


def test_who_looks_after_children_is_told_a_yes_and_only_of_theirs(two_services: TwoServices, child: int) -> None:
    _, _, elsewhere = two_services.family(LEISURE, "AUTRE")
    for login, expected in ((DIRECTOR, [child]), (MEALS, [child]), (LEISURE, [])):
        with two_services.psql(login) as connection:
            found = connection.execute("SELECT * FROM health_alerts(%s)", [[child, elsewhere, 999_999]]).fetchall()
            assert [row["health_alerts"] for row in found] == expected
    for login in (HEALTH, WATCHER):  # without attendance.read
        with two_services.psql(login) as connection:
            assert _code(connection, "SELECT health_alerts('{1}')") == FORBIDDEN


def test_who_serves_meals_is_told_the_menu_of_theirs_and_no_more(two_services: TwoServices, child: int) -> None:
    _, _, elsewhere = two_services.family(LEISURE, "AUTRE")
    expected = [{"child": child, "menu": SHEET.menu}] if SHEET.menu else []
    for login, told in ((DIRECTOR, expected), (MEALS, expected), (LEISURE, [])):
        with two_services.psql(login) as connection:
            assert connection.execute("SELECT * FROM child_menus(%s)", [[child, elsewhere, 999_999]]).fetchall() == told
    for login in (HEALTH, WATCHER):  # without attendance.read
        with two_services.psql(login) as connection:
            assert _code(connection, "SELECT child_menus('{1}')") == FORBIDDEN


def test_who_read_is_told_to_the_referent_and_to_who_watches(two_services: TwoServices, child: int) -> None:
    two_services.door(HEALTH).execute(ReadHealthSheet(child, "Urgence"))

    assert [line.reason for line in two_services.door(HEALTH).ask(SheetReadings(child))] == ["Urgence"]
    assert [line.reason for line in two_services.door(WATCHER).ask(AuditedReadings(child))] == ["Urgence"]
    with pytest.raises(PermissionDenied):
        two_services.door(MEALS).ask(SheetReadings(child))
    with two_services.psql(MEALS) as connection:
        assert _code(connection, "SELECT * FROM health_reads") == FORBIDDEN


def test_the_journal_holds_digests_that_tell_nothing(two_services: TwoServices, child: int) -> None:
    """The same « yes » on two sheets gives two digests; nothing to say gives one too; a change shows."""
    _, _, other = two_services.family(MEALS, "SECOND", "Noé")
    referent = two_services.door(HEALTH)
    referent.execute(EditHealthSheet(other, 0, SHEET))
    referent.execute(EditHealthSheet(child, 1, SHEET))
    lines = [row for row in two_services.rows("row_journal") if row["table_name"] == "health_sheets"]

    first, second, again = (line["after"] for line in lines)
    assert {name for name, value in first.items() if not str(value).startswith("hmac:")} == {"person_id", "version"}
    assert not {v for n, v in first.items() if n not in {"person_id", "version"}} & set(second.values())
    assert {n: v for n, v in again.items() if n != "version"} == {n: v for n, v in first.items() if n != "version"}
    reads = [row["after"] for row in two_services.rows("row_journal") if row["table_name"] == "health_reads"]
    assert all(row["reason"].startswith("hmac:") for row in reads)
    assert SHEET.allergies not in json.dumps([line["after"] for line in lines])


def test_the_program_says_what_the_database_refuses(two_services: TwoServices) -> None:
    """An agent whose door would let them in, in a database that does not."""
    _, _, child = two_services.family(MEALS)
    door = two_services.door(MEALS)
    door.actor = type(door.actor)(door.actor.login, door.actor.name, door.actor.permissions | {"health.read"})

    with pytest.raises(EnvironmentFault, check=lambda fault: fault.code == "database.forbidden"):
        door.execute(ReadHealthSheet(child, "Urgence"))
