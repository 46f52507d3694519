"""What the server says of itself once the rights are in place: nothing forgotten, nothing open to everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from backoffice.kernel.access.rights import rights
from backoffice.kernel.database import Database
from backoffice.kernel.invariants import broken, invariants
from tests.kernel.access.borough import Borough


@pytest.fixture
def catalogue(borough: Borough) -> Iterator[Connection]:
    """A transaction of the administrator, taken back at the end."""
    database = Database(borough.administrator)
    with database.engine.connect() as connection:
        yield connection
        connection.rollback()
    database.close()


def _broken(connection: Connection) -> dict[str, tuple[str, ...]]:
    return {one.invariant.name: one.rows for one in broken(connection)}


def test_a_town_at_work_keeps_every_promise(catalogue: Connection) -> None:
    assert _broken(catalogue) == {}


SPOILT = {
    "protected_tables": ["CREATE TABLE novelty (id int)", "ALTER TABLE families NO FORCE ROW LEVEL SECURITY",
                         "ALTER TABLE families OWNER TO CURRENT_USER"],
    "silent_triggers": ["ALTER TABLE invoices DISABLE TRIGGER invoices_no_update"],
    "indexed_keys": ["DROP INDEX ix_charges_family_id"],
    "closed_functions": ["GRANT EXECUTE ON FUNCTION draw_numbers(text, integer) TO PUBLIC",
                         "ALTER FUNCTION sees_person(bigint) RESET search_path",
                         "ALTER FUNCTION sees_person(bigint) SET search_path = public, pg_catalog",
                         "ALTER FUNCTION sees_person(bigint) OWNER TO CURRENT_USER"],
    "nothing_for_everybody": ["GRANT SELECT ON agents TO PUBLIC", "GRANT USAGE ON SEQUENCE people_id_seq TO PUBLIC",
                              "GRANT USAGE ON SCHEMA public TO PUBLIC",
                              "GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC"],
    "powerless_groups": ["ALTER ROLE enf_owner LOGIN", "GRANT enf_owner TO borough_secretary_town",
                         "GRANT enf_billing_issue TO borough_secretary_town WITH SET TRUE"],
    "known_logins": ["UPDATE agents SET active = false, version = 2 WHERE login = 'borough_secretary_town'"],
    "journal_chain": [("SET session_replication_role = replica;"
                       " DELETE FROM row_journal WHERE id = (SELECT row_id FROM journal_chain)")],
    "traces": ["SET session_replication_role = replica; DELETE FROM row_journal WHERE table_name = 'invoices'"],
    "numbers_follow": ["SET session_replication_role = replica; UPDATE number_counters SET last = last + 1"],
    "totals": ["SET session_replication_role = replica; UPDATE charges SET amount = amount + 1"],
    "payers": ["SET session_replication_role = replica; DELETE FROM invoice_payers"],
    "credit_notes": ["SET session_replication_role = replica; UPDATE invoices SET total = 1 WHERE total < 0"],
    "billed_days": ["SET session_replication_role = replica; UPDATE charges SET family_id = 1"],
    "priced_lines": ["SET session_replication_role = replica; UPDATE attendances SET charge_id = NULL"],
    "whole_runs": [("INSERT INTO billing_runs (month, issued_on, services, actor, at)"
                    " VALUES ('2025-10-01', '2025-11-15', '[]', 'x', now())")],
    "registered_children": [("INSERT INTO registrations (family_id, child_id, activity_id, first_day, state, asked_at,"
                             " version) SELECT f.id, m.person_id, 1, '2026-09-01', 'accepted', now(), 1"
                             f" FROM families f, memberships m WHERE {wrong} LIMIT 1")
                            for wrong in ("m.family_id <> f.id", "m.family_id = f.id AND m.role <> 'child'")],
    "waivers_end": [("SET session_replication_role = replica; INSERT INTO document_waivers (family_id, type_id, until,"
                     f" reason, given_by, given_at) VALUES (1, 1, '{until}', 'Délai', '{author}', '2026-09-01')")
                    for until, author in (("2026-08-30", "x"), ("2026-09-30", ""))],
}  # fmt: skip


@pytest.mark.parametrize(("promise", "gesture"), [(name, one) for name, some in SPOILT.items() for one in some])
def test_a_promise_broken_by_hand_is_named(promise: str, gesture: str, catalogue: Connection) -> None:
    catalogue.exec_driver_sql(gesture)
    assert promise in _broken(catalogue)


def test_every_promise_has_been_seen_broken() -> None:
    """A query that never finds anything promises nothing."""
    assert {one.name for one in invariants("postgresql")} == set(SPOILT)
    assert {one.name for one in invariants("sqlite")} - {"whole_file"} < set(SPOILT)
    assert all(one.sees <= set(rights().permissions) for one in invariants("postgresql"))


def test_whoever_sees_half_of_the_town_is_not_told_that_the_rest_is_missing(catalogue: Connection) -> None:
    catalogue.exec_driver_sql("SET session_replication_role = replica; UPDATE charges SET amount = amount + 1")
    assert {one.invariant.name for one in broken(catalogue, frozenset({"agents.read"}))} == set()
    assert "totals" in {one.invariant.name for one in broken(catalogue, frozenset({"billing.read"}))}


def test_the_journal_follows_every_table_that_the_rights_say(catalogue: Connection) -> None:
    followed = {
        row[0] for row in catalogue.exec_driver_sql(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname ~ '_journal$'"
        )
    }
    assert followed == {name for name, table in rights().tables.items() if table.key}
    # Kept by the program for itself, written by others than agents, or journals themselves.
    assert set(rights().tables) - followed == {
        "acting", "agent_scopes", "document_arrival_files", "document_contents", "document_takes", "invoice_files",
        "journal_chain", "journal_keys", "number_counters", "row_journal", "unattached_people", "worker_post",
        "worker_tasks",
    }  # fmt: skip


def test_what_families_an_agent_knows_is_asked_even_of_the_functions(catalogue: Connection) -> None:
    """The functions of the database read under the same policies: one that reads all would open every family.

    But the one that looks for families known elsewhere: no agent calls it, and it has an owner of its own.
    """
    open_to_functions = catalogue.exec_driver_sql(
        "SELECT polname FROM pg_policy WHERE polrelid = 'family_access'::regclass AND polcmd IN ('r', '*')"
        " AND pg_get_expr(polqual, polrelid) = 'true' AND polroles <> ARRAY['enf_finder'::regrole::oid]"
    ).scalars().all()  # fmt: skip
    assert open_to_functions == []
    owned = catalogue.exec_driver_sql(
        "SELECT proname FROM pg_proc WHERE pg_get_userbyid(proowner) = 'enf_finder'"
    ).scalars().all()  # fmt: skip
    assert owned == ["families_elsewhere"]
