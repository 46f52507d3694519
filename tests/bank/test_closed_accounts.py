"""Bank details on the shared database, by agents who have psql, and in the log of its server."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from backoffice.bank.commands import AddMandate, EditMandate, ShowIban
from backoffice.bank.queries import MandatesOfFamily, PaysByDebit
from backoffice.bank.rules import MandateValues, grouped_iban, masked_iban
from backoffice.kernel.errors import EnvironmentFault, UserError
from tests.support.private import FRENCH_ACCOUNT as FRENCH
from tests.support.private import GERMAN_ACCOUNT as GERMAN
from tests.support.towns import CHIEF
from tests.support.two_services import (
    DIRECTOR,
    HEALTH,
    LEISURE,
    MEALS,
    OFFICER,
    WATCHER,
    TwoServices,
    log_of_server,
    said_by_server,
)

FORBIDDEN, STALE = "42501", "BE002"
SINCE = date(2025, 9, 1)
EVERYBODY = (CHIEF.login, MEALS, LEISURE, HEALTH, OFFICER, DIRECTOR, WATCHER)
WRITE = "SELECT write_mandate(%s)"
INSERT = (
    "INSERT INTO bank_details (family_id, person_id, holder, iban, bic, mandate_reference, signed_on, valid_from,"
    " version) VALUES (%s, %s, 'X', 'FR7612345', '', 'X', '2025-01-01', '2025-01-01', 1) RETURNING id"
)


def _values(person: int, iban: str = FRENCH) -> MandateValues:
    return MandateValues(person, "MARTIN Camille", "RUM-1", date(2025, 8, 25), SINCE, None, iban, "AGRIFRPP882")


@pytest.fixture
def debited(two_services: TwoServices) -> int:
    """A family of the canteen, with a mandate."""
    family, parent, _ = two_services.family(MEALS)
    two_services.door(OFFICER).execute(AddMandate(family, _values(parent)))
    return family


def _written(family: int, person: int, **changed: object) -> Jsonb:
    """A mandate as `write_mandate` takes it: a new one, unless it says which."""
    values: dict[str, object] = {
        "family_id": family, "person_id": person, "version": 1, "holder": "MARTIN Camille", "iban": FRENCH, "bic": "",
        "mandate_reference": "RUM-9", "signed_on": "2025-01-01", "valid_from": "2025-01-01", "valid_to": None,
    }
    return Jsonb(values | changed)


def _code(connection: psycopg.Connection[Any], statement: str, *values: object) -> str:
    try:
        with connection.transaction():
            connection.execute(statement, values)
    except psycopg.Error as error:
        return error.sqlstate or ""
    return ""


@pytest.mark.parametrize("login", EVERYBODY)
def test_no_agent_reaches_the_table(two_services: TwoServices, debited: int, login: str) -> None:
    """Not even the revenue office: who reads one row can make the server compare hidden ones, and time tells."""
    with two_services.psql(login) as connection:
        for statement in (
            "SELECT iban FROM bank_details", "SELECT count(*) FROM bank_details", "SELECT id FROM bank_details",
            "SELECT bank_details FROM bank_details", "COPY bank_details TO STDOUT", "LOCK TABLE bank_details",
            "EXPLAIN SELECT FROM bank_details", "SELECT FROM bank_details FOR UPDATE", "TRUNCATE bank_details",
            "EXPLAIN (ANALYZE, COSTS OFF) SELECT FROM bank_details WHERE iban > 'FR76' AND iban < 'FR77'",
            "UPDATE bank_details SET iban = '', version = version + 1", "DELETE FROM bank_details",
            f"INSERT INTO bank_details (family_id) VALUES ({debited})",
            "SELECT stavalues1 FROM pg_statistic",
        ):
            assert _code(connection, statement) == FORBIDDEN, statement


@pytest.mark.parametrize("login", [CHIEF.login, MEALS, LEISURE, HEALTH, DIRECTOR, WATCHER])
def test_only_the_revenue_office_may_call_the_functions(two_services: TwoServices, debited: int, login: str) -> None:
    with two_services.psql(login) as connection:
        for statement in (
            f"SELECT * FROM read_mandates({debited}, NULL)", "SELECT show_account(1)", "SELECT write_mandate('{}')",
            "SELECT remove_bank_details('{1}')",
        ):
            assert _code(connection, statement) == FORBIDDEN, statement


def test_the_functions_mask_the_account_and_leave_a_trace_of_the_whole_one(
    two_services: TwoServices, debited: int
) -> None:
    with two_services.psql(OFFICER) as connection, said_by_server(connection) as said:
        (row,) = connection.execute("SELECT * FROM read_mandates(%s, NULL)", [debited]).fetchall()
        assert grouped_iban(row["iban"]) == masked_iban(FRENCH)
        shown = connection.execute("SELECT show_account(%s) AS iban", [row["id"]]).fetchone()
    assert shown == {"iban": FRENCH}
    assert f"account of mandate {row['id']} shown to {OFFICER}" in said


@pytest.mark.parametrize(
    ("login", "expected"), [(MEALS, [True]), (DIRECTOR, [True]), (LEISURE, []), (CHIEF.login, [True])]
)
def test_others_are_told_that_the_family_pays_by_debit_and_only_theirs(
    two_services: TwoServices, debited: int, login: str, expected: list[bool]
) -> None:
    with two_services.psql(login) as connection:
        rows = connection.execute("SELECT * FROM debited_families(%s, %s)", [[debited, 999_999], SINCE]).fetchall()
    assert [row["debited_families"] == debited for row in rows] == expected
    assert two_services.door(login).ask(PaysByDebit(debited)) is bool(expected)


def test_the_right_stops_at_the_service(two_services: TwoServices) -> None:
    family, parent, _ = two_services.family(LEISURE, "AUTRE")
    door = two_services.door(OFFICER)

    with pytest.raises(UserError, check=lambda error: error.code == "family.unknown"):
        door.execute(AddMandate(family, _values(parent)))
    with two_services.psql(OFFICER) as connection:
        assert _code(connection, WRITE, _written(family, parent)) == FORBIDDEN
    administrator = two_services.administrator.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(administrator, row_factory=dict_row) as connection:  # an account of the other service
        (mandate,) = connection.execute(INSERT, [family, parent]).fetchall()
    with two_services.psql(OFFICER) as connection:
        assert connection.execute("SELECT * FROM read_mandates(%s, %s)", [family, mandate["id"]]).fetchall() == []
        assert _code(connection, "SELECT show_account(%s)", mandate["id"]) == FORBIDDEN
        assert _code(connection, WRITE, _written(family, parent, id=mandate["id"], version=2)) == FORBIDDEN
        removed = connection.execute("SELECT remove_bank_details(%s) AS gone", [[mandate["id"]]]).fetchone()
        assert removed == {"gone": 0}


def test_the_revenue_office_holds_a_family_without_changing_it(two_services: TwoServices, debited: int) -> None:
    """Its right to lock the row is not one to write it."""
    with two_services.psql(OFFICER) as connection:
        assert _code(connection, "SELECT id FROM families FOR NO KEY UPDATE") == ""
        assert _code(connection, "UPDATE families SET name = 'X'") == FORBIDDEN
        for column in ("id = id", "version = version", "version = version + 1"):
            assert _code(connection, f"UPDATE families SET {column}") in {FORBIDDEN, STALE}


def test_blind_and_stale_writings_are_refused(two_services: TwoServices, debited: int) -> None:
    other, *_ = two_services.family(MEALS, "AUTRE")
    with two_services.psql(OFFICER) as connection:
        (row,) = connection.execute("SELECT id, person_id FROM read_mandates(%s, NULL)", [debited]).fetchall()
        for family, changed in (
            (debited, {"version": 1}), (debited, {"version": 3}), (other, {"version": 2}), (debited, {"id": 999_999}),
        ):
            given = {"id": row["id"], **changed}
            assert _code(connection, WRITE, _written(family, row["person_id"], **given)) == STALE, changed


def test_a_mandate_that_no_program_could_read_is_refused(two_services: TwoServices, debited: int) -> None:
    with two_services.psql(OFFICER) as connection:
        (row,) = connection.execute("SELECT person_id FROM read_mandates(%s, NULL)", [debited]).fetchall()
        for changed, code in (
            ({"iban": ""}, "22004"), ({"holder": None}, "22004"), ({"valid_to": "infinity"}, "22008"),
            ({"signed_on": "0001-01-01 BC"}, "22008"), ({"iban": "F" * 35}, "22001"),
        ):
            assert _code(connection, WRITE, _written(debited, row["person_id"], **changed)) == code, changed


def test_neither_the_answers_nor_the_log_of_the_server_hold_an_account(two_services: TwoServices, debited: int) -> None:
    door = two_services.door(OFFICER)
    (mandate,) = door.ask(MandatesOfFamily(debited))
    stale = EditMandate(mandate.id, 9, _values(mandate.person_id, GERMAN))
    with pytest.raises(UserError):
        door.execute(stale)
    with pytest.raises(UserError):
        door.execute(replace(stale, version=1, values=_values(999_999)))
    elsewhere, parent, _ = two_services.family(LEISURE, "AUTRE")
    with pytest.raises(UserError):
        door.execute(AddMandate(elsewhere, _values(parent)))
    door.actor = type(door.actor)(door.actor.login, door.actor.name, door.actor.permissions)
    door.execute(ShowIban(mandate.id))
    refused = two_services.door(MEALS)
    refused.actor = type(door.actor)(MEALS, MEALS, door.actor.permissions)
    with pytest.raises(EnvironmentFault):
        refused.execute(ShowIban(mandate.id))

    log = log_of_server(two_services.administrator)
    if log is None:
        pytest.skip("the log of this server cannot be read by the account of TEST_PG_URL")
    assert "permission denied for function read_mandates" in log  # the log is the right one, and tells what happened
    assert [secret for secret in (FRENCH, FRENCH[4:], "370400440532013000", "AGRIFRPP882") if secret in log] == []


def test_what_is_refused_is_not_quoted(two_services: TwoServices, debited: int) -> None:
    """No CHECK nor UNIQUE on accounts: their refusals copy the row into the log."""
    with two_services.psql(OFFICER) as connection, said_by_server(connection) as said:
        (row,) = connection.execute("SELECT person_id FROM read_mandates(%s, NULL)", [debited]).fetchall()
        crossed = _written(debited, row["person_id"], valid_from="2025-01-02", valid_to="2025-01-01")
        assert _code(connection, WRITE, crossed) == ""
        assert _code(connection, WRITE, _written(debited, 999_999)) == "23503"
    assert not any(FRENCH in line for line in said)
