"""What one agent can do to keep the others from working: nothing beyond the rows they may change themselves."""

from __future__ import annotations

import psycopg
import pytest

from backoffice.agents.roles import Role
from backoffice.billing.issuing import IssueMonth
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.schema import Base
from tests.kernel.access.borough import Borough, login_of, told
from tests.support.postgres import FreshDatabase
from tests.support.shared import address_of, prepare_shared
from tests.support.towns import ISSUED_ON, OCTOBER, SmallTown

FORBIDDEN, UNREADABLE = "42501", "23514"
CHIEF = login_of(Role.ADMINISTRATOR, "town")
MODES = (
    "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE",
)  # fmt: skip
EVERY_TABLE = sorted(Base.metadata.tables)


def test_no_table_is_locked_against_others_nor_emptied(borough: Borough) -> None:
    """With the widest rights there are, on the whole town."""
    taken = []
    with borough.opened(CHIEF) as connection:
        for table in EVERY_TABLE:
            taken += [f"{table} {mode}" for mode in MODES
                      if told(connection, f"LOCK TABLE {table} IN {mode} MODE") != FORBIDDEN]
            for verb in ("TRUNCATE", "DELETE FROM", "DROP TABLE", "REINDEX TABLE"):
                taken += [f"{verb} {table}"] if told(connection, f"{verb} {table}") != FORBIDDEN else []
    assert taken == []


def test_no_lock_of_the_programs_own_is_taken(borough: Borough) -> None:
    """Locks of no row at all, by which one agent would stop whatever waits for the same number."""
    with borough.opened(CHIEF) as connection:
        for function in ("pg_advisory_lock", "pg_advisory_xact_lock", "pg_try_advisory_lock", "pg_advisory_lock_shared",
                         "pg_try_advisory_xact_lock_shared"):
            assert told(connection, f"SELECT {function}(1)") == FORBIDDEN, function
            assert told(connection, f"SELECT {function}(1, 2)") == FORBIDDEN, function


def test_a_month_is_billed_whatever_locks_somebody_holds(fresh_database: FreshDatabase) -> None:
    """Numbers and rows are what is waited for, never a lock that only means something by agreement."""
    administrator = DatabaseAddress.parse(fresh_database())
    prepare_shared(administrator)
    with SmallTown(address_of(administrator, "cheffe")) as town:
        town.describe()
        town.attend(town.family(), town.slot())
        plain = administrator.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain) as other:
            other.execute("SELECT pg_advisory_lock(n) FROM generate_series(-50, 50) n")
            other.execute("SELECT pg_advisory_lock(hashtext(relname)) FROM pg_class WHERE relkind = 'r'")
            assert len(town.app.execute(IssueMonth(OCTOBER, ISSUED_ON)).numbers) == 1


def test_no_room_is_taken_outside_the_tables(borough: Borough) -> None:
    """Large objects have no rows, so no policy: once granted, readable by every service."""
    with borough.opened(CHIEF) as connection:
        for call in ("lo_create(0)", "lo_creat(-1)", "lo_from_bytea(0, 'x')", "lo_open(1, 131072)", "lo_get(1)",
                     "lo_put(1, 0, 'x')", "lo_unlink(1)", "lo_import('/etc/hostname')", "loread(0, 1)"):
            assert told(connection, f"SELECT {call}") == FORBIDDEN, call
        assert told(connection, "SELECT pg_logical_emit_message(false, 'x', 'y')") == FORBIDDEN


def test_nobody_ends_or_reads_the_sessions_of_others(borough: Borough) -> None:
    with borough.opened(login_of(Role.SECRETARY, "town")) as other, borough.opened(CHIEF) as connection:
        other.execute("SELECT 'secret de la secrétaire'")
        there = other.info.backend_pid
        assert told(connection, f"SELECT pg_terminate_backend({there})") == FORBIDDEN
        assert told(connection, f"SELECT pg_cancel_backend({there})") == FORBIDDEN
        seen = connection.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [there]).fetchone()
        assert seen == {"query": "<insufficient privilege>"}


def test_one_login_takes_some_places_of_the_server_and_not_all(borough: Borough) -> None:
    row = "SELECT rolconnlimit, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication"
    with borough.opened() as connection:
        found = connection.execute(f"{row} FROM pg_roles WHERE rolname = %s", [CHIEF]).fetchone()
    assert found is not None
    assert 0 < found.pop("rolconnlimit") < 20
    assert found.pop("rolcanlogin")
    assert not any(found.values())


@pytest.mark.parametrize("draw", ["SELECT new_families(2000000000)", "SELECT new_people(2000000000)"])
def test_numbers_are_drawn_for_people_who_exist(draw: str, borough: Borough) -> None:
    with borough.opened(login_of(Role.SECRETARY, "service")) as connection:
        assert told(connection, draw) == "54000"


def test_nothing_is_written_that_no_program_can_read(borough: Borough) -> None:
    """One such row would close a page to everybody who sees it; a line of the journal could not even be mended."""
    unread = ("infinity", "-infinity", "0044-03-15 BC", "20000-01-01")
    line = (
        "INSERT INTO audit_journal (at, actor, action, subject, details)"
        " VALUES (%s, session_user, 'service.added', 'X', %s)"
    )
    with borough.opened(CHIEF) as connection:
        for moment in unread:
            for statement in (
                "UPDATE people SET birth_date = %s, version = version + 1",
                "UPDATE payers SET valid_from = %s, valid_to = NULL",
                "UPDATE payers SET valid_to = %s",
            ):
                assert told(connection, statement, moment) == UNREADABLE, (statement, moment)
            assert told(connection, line, moment, "{}") == "1 rows", moment  # not read: its hour is the server's
        for details in ("", "pas du JSON", "[]", "1", "null"):
            assert told(connection, line, "2026-01-05", details) == UNREADABLE, details
        assert told(connection, line, "2026-01-05", '{"count": 1}') == "1 rows"
