"""What leaves the database: the rows an agent sees, and not a trace of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Json

from backoffice.agents.roles import Role
from backoffice.kernel.schema import Base
from tests.kernel.access.borough import Borough, login_of, told

FORBIDDEN, NOT_SUPPORTED = "42501", "0A000"
SECRETARY = login_of(Role.SECRETARY, "structure")
OFFICER = login_of(Role.REVENUE_OFFICER, "service")
CHIEF = login_of(Role.ADMINISTRATOR, "town")


def _copied(connection: psycopg.Connection[Any], statement: str) -> int:
    with connection.cursor().copy(statement) as copy:
        return sum(1 for _ in copy.rows())


@pytest.mark.parametrize("table", ["families", "people", "attendances", "quotients", "family_access", "agents"])
def test_a_copy_takes_what_is_seen(table: str, borough: Borough) -> None:
    with borough.opened(SECRETARY) as connection:
        seen = connection.execute(f"SELECT count(*) AS n FROM {table}").fetchone()
        assert seen is not None
        assert _copied(connection, f"COPY {table} TO STDOUT") == seen["n"] > 0
        if table != "agents":
            assert seen["n"] < len(borough.rows(table))


def test_no_copy_comes_in_and_none_goes_through_the_server(borough: Borough, tmp_path: Path) -> None:
    with borough.opened(CHIEF) as connection:
        for table in ("families", "attendances", "invoices", "charges", "audit_journal"):
            columns = ", ".join(c.name for c in Base.metadata.tables[table].columns if c.name != "id")
            assert told(connection, f"COPY {table} ({columns}) FROM STDIN") in {FORBIDDEN, NOT_SUPPORTED}
        for way in (f"TO '{tmp_path}/out'", "TO PROGRAM 'cat'", "FROM '/etc/passwd'", "FROM PROGRAM 'id'"):
            assert told(connection, f"COPY imports (kind) {way}") == FORBIDDEN


@pytest.mark.parametrize(
    "call",
    [
        "pg_read_file('postgresql.conf')", "pg_read_binary_file('PG_VERSION')", "pg_ls_dir('.')", "pg_ls_logdir()",
        "pg_stat_file('PG_VERSION')", "pg_current_logfile()", "pg_hba_file_rules()", "pg_show_all_file_settings()",
        "pg_switch_wal()", "pg_create_restore_point('x')", "pg_reload_conf()", "pg_stat_reset()",
    ],
)  # fmt: skip
def test_the_server_keeps_its_files(call: str, borough: Borough) -> None:
    with borough.opened(CHIEF) as connection:
        assert told(connection, f"SELECT {call}") == FORBIDDEN


@pytest.mark.parametrize("table", ["pg_authid", "pg_statistic", "pg_largeobject", "pg_user_mapping", "pg_subscription"])
def test_the_server_keeps_its_secrets(table: str, borough: Borough) -> None:
    with borough.opened(CHIEF) as connection:
        assert told(connection, f"SELECT * FROM {table}") == FORBIDDEN
        assert told(connection, "SELECT rolpassword FROM pg_roles WHERE rolpassword <> '********'") == "0 rows"


def test_what_the_server_counted_of_the_values_is_hidden(borough: Borough) -> None:
    with borough.opened() as administrator:
        administrator.execute("ANALYZE people, families, invoices")
        administrator.commit()
    with borough.opened(SECRETARY) as connection:
        assert told(connection, "SELECT * FROM pg_stats WHERE schemaname = 'public'") == "0 rows"


@pytest.mark.parametrize(
    "condition",
    [
        "1 / (CASE WHEN last_name LIKE '%LEISURE%' THEN 0 ELSE 1 END) = 1",
        "(CASE WHEN last_name LIKE '%LEISURE%' THEN last_name ELSE '1' END)::int = 1",
    ],
    ids=["an error that depends on the value", "an error that tells the value"],
)
def test_a_condition_is_asked_of_seen_rows_only(condition: str, borough: Borough) -> None:
    """A condition that shouts what it is given would tell of the rows that the policy takes away afterwards."""
    assert any("LEISURE" in row["last_name"] for row in borough.rows("people"))
    with borough.opened(SECRETARY) as connection:
        sieve = f"SELECT id FROM people WHERE last_name LIKE '%LEISURE%' AND {condition}"
        assert told(connection, sieve) == "0 rows"


def test_a_refusal_repeats_nothing_of_the_row_that_is_there(borough: Borough) -> None:
    """The server adds a detail with the values of the other row: not where rows are hidden."""
    slot, mine = borough.slots["CANT", "OUEST"], borough.families["west meals"]
    double = (
        "INSERT INTO attendances (family_id, child_id, slot_id, day, state, quantity, carried)"
        " VALUES (%s, %s, %s, '2025-10-02', 'present', 1, false)"
    )
    with borough.opened(SECRETARY) as connection:
        with pytest.raises(psycopg.errors.UniqueViolation) as refusal, connection.transaction():
            connection.execute(double, [mine.id, mine.child, slot])
        assert refusal.value.diag.message_detail is None
        with pytest.raises(psycopg.errors.CheckViolation) as wrong, connection.transaction():
            connection.execute(
                "INSERT INTO quotients (family_id, value, source, valid_from) VALUES (%s, -1, 'secret', '2025-01-01')",
                [mine.id],
            )
        assert wrong.value.diag.message_detail is None


def test_what_is_unique_is_unique_among_what_one_may_write(borough: Borough) -> None:
    """« Already there » would tell of a row that is hidden. The keys of the town's own lists are seen by all."""
    hidden = "SELECT relname AS t FROM pg_class WHERE relrowsecurity AND relkind = 'r'"
    with borough.opened() as connection:
        tables = {row["t"] for row in connection.execute(hidden)}
        unique = connection.execute("""
            SELECT c.relname AS t, array_agg(a.attname::text ORDER BY a.attnum) AS columns
            FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
            WHERE i.indisunique AND NOT i.indisprimary AND c.relnamespace = 'public'::regnamespace
            GROUP BY c.relname, i.indexrelid
        """).fetchall()  # fmt: skip
    found = {(row["t"], *row["columns"]) for row in unique if row["t"] in tables}
    # Each is safe for a reason of its own; a new one needs its own too.
    assert found == {
        # seen by every agent who may write there
        ("activities", "code"), ("services", "code"), ("services", "prefix"), ("services", "accounting_number"),
        ("slots", "activity_id", "code"), ("structures", "code"), ("tariffs", "slot_id", "valid_from"),
        ("activity_rules", "activity_id", "kind", "first_day"), ("age_groups", "activity_id", "code"),
        ("document_types", "code"), ("document_arrivals", "channel", "key"), ("letter_templates", "kind"),
        # begins with what the policy of insertion looks at first
        ("attendances", "child_id", "slot_id", "day"), ("memberships", "family_id", "person_id"),
        ("letterheads", "service_id", "digest"), ("letters", "family_id", "kind"),
        ("booking_wishes", "child_id", "slot_id", "day"), ("badges", "person_id"), ("kiosk_codes", "login"),
        ("letter_items", "letter_id", "about", "about_id"),
        ("letter_files", "letter_id", "about", "about_id"),
        # the number must be of one's own service, and what is cancelled or replaced seen, before it is looked up
        ("invoices", "origin", "number"), ("invoices", "debt_number"), ("invoices", "cancels_id"),
        ("charges", "replaces_id"),
        # a content only who takes data over for the whole town holds, and a random name
        ("imports", "digest"), ("audit_journal", "op_id"), ("clock_events", "uid"), ("badges", "code"),
        ("booking_requests", "origin_key"),
        # written by functions, by the administrator, by the seal
        ("family_access", "family_id", "service_id", "structure_id"), ("agents", "login"),
        ("family_access", "family_id", "service_id"),
        ("agent_grants", "agent_id", "role", "service_id", "structure_id"), ("journal_chain", "row_id"),
        ("agent_grants", "agent_id", "role", "service_id"), ("agent_grants", "agent_id", "role"),
    }  # fmt: skip


def test_a_number_of_another_service_is_refused_before_it_is_looked_up(borough: Borough) -> None:
    """The same answer whether the number is taken or not."""
    mine = next(row for row in borough.rows("invoices") if row["kind"] == "invoice")
    answers = set()
    with borough.opened(OFFICER) as connection:
        for number in ("ALSH-F251100001", "ALSH-F251100009"):
            row = {**mine, "number": number, "debt_number": int(f"2511002{number[-5:]}")}
            given = {name: Json(v) if isinstance(v, list | dict) else v for name, v in row.items() if name != "id"}
            places = ", ".join(["%s"] * len(given))
            insert = f"INSERT INTO invoices ({', '.join(given)}) VALUES ({places})"
            answers.add(told(connection, insert, *given.values()))
    assert answers == {FORBIDDEN}


def test_each_agent_knows_their_own_rights_and_nobody_else_s(borough: Borough) -> None:
    with borough.opened(SECRETARY) as connection:
        assert told(connection, "SELECT * FROM agent_grants") == FORBIDDEN
        assert told(connection, "SELECT * FROM journal_keys") == FORBIDDEN
        logins = {row["login"] for row in connection.execute("SELECT login FROM agent_scopes")}
        assert logins == {SECRETARY}


def test_a_function_of_others_is_not_called(borough: Borough) -> None:
    """Each function is for those whom the rights name, and a trigger is nobody's to call."""
    with borough.opened() as administrator:
        functions = administrator.execute("""
            SELECT p.oid::regprocedure::text AS name, p.prorettype = 'trigger'::regtype AS fires,
                   has_function_privilege(%s, p.oid, 'EXECUTE') AS allowed
            FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
        """, [login_of(Role.COMMISSION_MEMBER, "town")]).fetchall()  # fmt: skip
    assert {row["name"] for row in functions if row["allowed"]} == {"changed_since(text)"}
    assert len([row for row in functions if row["fires"]]) > 5
    with borough.opened(SECRETARY) as connection:
        for call in ("draw_numbers('CANT-F2511', 1)", "journal_masked('{}', '', '{}')", "refuse_stale()",
                     "remove_tariffs('{1}')"):
            assert told(connection, f"SELECT {call}") == FORBIDDEN
