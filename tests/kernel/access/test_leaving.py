"""Getting in, and no longer: who has no place here does not connect, and who leaves sees nothing from that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql

from backoffice.agents.appointing import Post, disable_agent, give, make_agent, take
from backoffice.agents.roles import Role
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import Database, Session
from tests.kernel.access.borough import Borough, told
from tests.support.towns import NOON

NO_SUCH_TABLE = "42P01"  # what a schema answers to who may not even look into it
LEAVING, STRANGER = "borough_leaving", "borough_stranger"


@pytest.fixture
def database(borough: Borough) -> Iterator[Database]:
    """The borough for its administrator, with one secretary more."""
    database = Database(borough.administrator)
    with database.write() as session:
        make_agent(session, LEAVING, "Sur le départ", NOON, password=LEAVING)
        give(session, LEAVING, Post(Role.SECRETARY, "CANT"), NOON)
    yield database
    database.close()


def test_a_login_of_the_server_that_is_no_agent_does_not_get_in(borough: Borough) -> None:
    with borough.opened(autocommit=True) as administrator:
        administrator.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
            sql.Identifier(STRANGER), sql.Literal(STRANGER)
        ))
        try:
            refused = pytest.raises(psycopg.OperationalError, match="permission denied for database")
            with refused, borough.opened(STRANGER):
                pass
        finally:
            administrator.execute(f"DROP ROLE {STRANGER}")


class _Watched(Database):
    """Looks from elsewhere after each transaction."""

    def __init__(self, address: DatabaseAddress, look: Callable[[], None]) -> None:
        super().__init__(address)
        self._look = look

    @contextmanager
    def write(self) -> Iterator[Session]:
        with super().write() as session:
            yield session
        self._look()


def test_who_leaves_sees_nothing_more_even_through_an_open_session(borough: Borough, database: Database) -> None:
    """No new connection first, then nothing to see for the open one, then its end."""
    steps: list[tuple[bool, str]] = []
    with borough.opened(LEAVING) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")  # an old snapshot of its rights
        before = told(connection, "SELECT * FROM families")
        watched = _Watched(database.address, lambda: steps.append((_gets_in(borough), _still_sees(connection))))
        try:
            disable_agent(watched, LEAVING, NOON)
        finally:
            watched.close()
    assert before != "0 rows"
    assert steps == [(False, before), (False, NO_SUCH_TABLE), (False, "57P01")]


def _still_sees(connection: psycopg.Connection[Any]) -> str:
    return told(connection, "SELECT * FROM families")


def _gets_in(borough: Borough) -> bool:
    try:
        with borough.opened(LEAVING):
            return True
    except psycopg.OperationalError:
        return False


def test_a_role_taken_back_is_gone_from_an_open_session(borough: Borough, database: Database) -> None:
    with borough.opened(LEAVING, autocommit=True) as connection:
        assert told(connection, "SELECT * FROM attendances") != "0 rows"
        with database.write() as session:
            take(session, LEAVING, Post(Role.SECRETARY, "CANT"), NOON)
        for table in ("attendances", "families", "people", "invoices", "services", "agents"):
            assert told(connection, f"SELECT * FROM {table}") == "42501"
        with database.write() as session:
            give(session, LEAVING, Post(Role.DAYCARE_DIRECTOR, "CANT", "EST"), NOON)
        assert told(connection, "SELECT * FROM invoices") == "42501"
        assert told(connection, "SELECT * FROM families") != "0 rows"


def test_rights_without_scopes_show_nothing(borough: Borough, database: Database) -> None:
    """A group of the server is shared by all its databases: held for another one, it opens nothing here."""
    with borough.opened(LEAVING) as connection, borough.opened() as administrator:
        connection.rollback()
        administrator.execute("DELETE FROM agent_scopes WHERE login = %s", [LEAVING])
        administrator.commit()
        for table in ("families", "people", "attendances", "invoices", "charges", "agents", "agent_scopes",
                      "family_access", "number_counters", "letterheads"):
            assert told(connection, f"SELECT * FROM {table}") == "0 rows", table
