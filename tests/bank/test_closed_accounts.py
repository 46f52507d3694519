"""Bank details on the shared database, by agents who have psql, and in the log of its server."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from backoffice.bank.commands import AddMandate, EditMandate, ShowIban
from backoffice.bank.queries import MandatesOfFamily, PaysByDebit
from backoffice.bank.rules import MandateValues
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


def _values(person: int, iban: str = FRENCH) -> MandateValues:
    return MandateValues(person, "MARTIN Camille", "RUM-1", date(2025, 8, 25), SINCE, None, iban, "AGRIFRPP882")


@pytest.fixture
def debited(two_services: TwoServices) -> int:
    """A family of the canteen, with a mandate."""
    family, parent, _ = two_services.family(MEALS)
    two_services.door(OFFICER).execute(AddMandate(family, _values(parent)))
    return family


def _code(connection: psycopg.Connection[Any], statement: str, *values: object) -> str:
    try:
        with connection.transaction():
            connection.execute(statement, values)
    except psycopg.Error as error:
        return error.sqlstate or ""
    return ""


@pytest.mark.parametrize("login", [CHIEF.login, MEALS, LEISURE, HEALTH, DIRECTOR, WATCHER])
def test_only_the_revenue_office_reaches_the_table(two_services: TwoServices, debited: int, login: str) -> None:
    with two_services.psql(login) as connection:
        for statement in (
            "SELECT iban FROM bank_details", "SELECT count(*) FROM bank_details", "COPY bank_details TO STDOUT",
            "UPDATE bank_details SET iban = ''", "DELETE FROM bank_details", "LOCK TABLE bank_details",
            f"INSERT INTO bank_details (family_id) VALUES ({debited})", "SELECT remove_bank_details('{1}')",
        ):
            assert _code(connection, statement) == FORBIDDEN, statement


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
        insert = (
            "INSERT INTO bank_details (family_id, person_id, holder, iban, bic, mandate_reference, signed_on,"
            " valid_from, version) VALUES (%s, %s, 'X', 'X', '', 'X', '2025-01-01', '2025-01-01', 1)"
        )
        assert _code(connection, insert, family, parent) == FORBIDDEN
        assert connection.execute("SELECT * FROM bank_details").fetchall() == []


def test_the_revenue_office_holds_a_family_without_changing_it(two_services: TwoServices, debited: int) -> None:
    """Its right to lock the row is not one to write it."""
    with two_services.psql(OFFICER) as connection:
        assert _code(connection, "SELECT id FROM families FOR NO KEY UPDATE") == ""
        assert _code(connection, "UPDATE families SET name = 'X'") == FORBIDDEN
        for column in ("id = id", "version = version", "version = version + 1"):
            assert _code(connection, f"UPDATE families SET {column}") in {FORBIDDEN, STALE}


def test_blind_and_stale_writings_are_refused(two_services: TwoServices, debited: int) -> None:
    with two_services.psql(OFFICER) as connection:
        assert _code(connection, "UPDATE bank_details SET iban = 'X'") == STALE
        assert _code(connection, "UPDATE bank_details SET family_id = 1, version = version + 1") == FORBIDDEN


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
    assert "permission denied for table bank_details" in log  # the log is the right one, and tells what happened
    assert [secret for secret in (FRENCH, FRENCH[4:], "370400440532013000", "AGRIFRPP882") if secret in log] == []


def test_what_a_row_refuses_does_not_quote_it(two_services: TwoServices, debited: int) -> None:
    """No CHECK nor UNIQUE on accounts: their refusals copy the row into the log."""
    with two_services.psql(OFFICER) as connection, said_by_server(connection) as said:
        (row,) = connection.execute("SELECT person_id FROM bank_details").fetchall()
        insert = (
            "INSERT INTO bank_details (family_id, person_id, holder, iban, bic, mandate_reference, signed_on,"
            " valid_from, valid_to, version)"
            " VALUES (%s, %s, 'X', %s, '', 'RUM-1', '2025-01-01', '2025-01-02', '2025-01-01', 1)"
        )
        assert _code(connection, insert, debited, row["person_id"], FRENCH) == ""
    assert not any(FRENCH in line for line in said)
