"""Ids follow one another: naming a row of another service must open nothing of it, and touch nothing of it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from backoffice.agents.roles import Role
from tests.kernel.access.borough import Borough, Row, login_of, told

FORBIDDEN, CLOSED = "42501", "BE001"
SECRETARY = login_of(Role.SECRETARY, "service")  # of the canteen: the leisure centre is none of theirs
DIRECTOR = login_of(Role.DAYCARE_DIRECTOR, "structure")
OFFICER = login_of(Role.REVENUE_OFFICER, "service")
ADMINISTRATOR = login_of(Role.ADMINISTRATOR, "service")  # of the canteen only


def _seen(connection: psycopg.Connection[dict[str, Any]], table: str) -> set[int]:
    return {row["id"] for row in connection.execute(f"SELECT id FROM {table}")}


def _one(borough: Borough, table: str, **wanted: object) -> Row:
    return next(row for row in borough.rows(table) if all(row[name] == value for name, value in wanted.items()))


def _invoice(borough: Borough, service: str, kind: str = "invoice", *, cancelled: bool = False) -> Row:
    gone = {row["cancels_id"] for row in borough.rows("invoices")}
    return next(
        row for row in borough.rows("invoices")
        if row["service_id"] == borough.services[service] and row["kind"] == kind and (row["id"] in gone) == cancelled
    )


# --- families and people -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("whose", ["east leisure", "unknown"])
def test_a_stranger_cannot_be_made_a_member_of_a_family_of_ones_own(whose: str, borough: Borough) -> None:
    """It would show the stranger, then every family they are in."""
    mine, stranger = borough.families["west meals"], borough.families[whose]
    with borough.opened(SECRETARY) as connection:
        for person in (stranger.parent, stranger.child):
            join = "INSERT INTO memberships (family_id, person_id, role, is_holder) VALUES (%s, %s, 'contact', false)"
            assert told(connection, join, mine.id, person) == FORBIDDEN
        assert told(connection, "UPDATE memberships SET person_id = %s", stranger.child) == FORBIDDEN


def test_one_of_ours_cannot_be_sent_into_a_family_of_others(borough: Borough) -> None:
    mine, other = borough.families["west meals"], borough.families["east leisure"]
    with borough.opened(SECRETARY) as connection:
        join = "INSERT INTO memberships (family_id, person_id, role, is_holder) VALUES (%s, %s, 'adult', true)"
        assert told(connection, join, other.id, mine.parent) == FORBIDDEN
        assert told(connection, "UPDATE memberships SET family_id = %s", other.id) == FORBIDDEN


def test_a_stranger_cannot_be_named_as_payer(borough: Borough) -> None:
    mine, stranger = borough.families["west meals"], borough.families["east leisure"]
    pays = "INSERT INTO payers (family_id, person_id, rank, valid_from) VALUES (%s, %s, 2, '2025-01-01')"
    with borough.opened(SECRETARY) as connection:
        assert told(connection, pays, mine.id, stranger.parent) == FORBIDDEN
        assert told(connection, pays, stranger.id, mine.parent) == FORBIDDEN
        assert told(connection, "UPDATE payers SET person_id = %s", stranger.parent) == FORBIDDEN


@pytest.mark.parametrize("login", [SECRETARY, DIRECTOR, ADMINISTRATOR])
def test_a_day_cannot_be_clocked_for_a_stranger(login: str, borough: Borough) -> None:
    """A day in a slot makes the family known to the service: it needs a child and a family one knows already."""
    mine, stranger = borough.families["west meals"], borough.families["east leisure"]
    clock = (
        "INSERT INTO attendances (family_id, child_id, slot_id, day, state, quantity)"
        " VALUES (%s, %s, %s, '2026-01-05', 'present', 1)"
    )
    slot = borough.slots["CANT", "OUEST"]
    with borough.opened(login) as connection:
        before = _seen(connection, "families"), _seen(connection, "people")
        for family, child in ((stranger.id, stranger.child), (mine.id, stranger.child), (stranger.id, mine.child)):
            assert told(connection, clock, family, child, slot) == FORBIDDEN
        assert told(connection, "UPDATE attendances SET family_id = %s", stranger.id) == FORBIDDEN
        assert told(connection, clock, mine.id, mine.child, borough.slots["ALSH", "EST"]) == FORBIDDEN
        assert (_seen(connection, "families"), _seen(connection, "people")) == before


def test_a_drawn_number_opens_a_new_family_and_no_other(borough: Borough) -> None:
    columns = "(id, name, sort_name, billing_email, caf_number, version) VALUES (%s, 'X', 'x', '', '', 1)"
    with borough.opened(SECRETARY) as connection:
        last = max(_seen(connection, "families"))
        for guessed in (borough.families["unknown"].id, last + 1, last + 1000):
            assert told(connection, f"INSERT INTO families {columns}", guessed) == FORBIDDEN
        (drawn,) = connection.execute("SELECT new_families(1) AS id").fetchall()
        assert told(connection, f"INSERT INTO families {columns}", drawn["id"]) == "1 rows"
        # A number that is drawn and not used leaves no claim on it.
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_person_takes_a_drawn_number_only(borough: Borough) -> None:
    """Numbers taken beforehand would refuse the next people of everybody else."""
    people = "INSERT INTO people (id, title, last_name, first_name, birth_name, sort_name, sex, street, postcode, city,"
    people += " phone, mobile, email, version) VALUES (%s, '', 'X', 'Y', '', 'x', '', '', '', '', '', '', '', 1)"
    with borough.opened(SECRETARY) as connection:
        assert told(connection, people, max(_seen(connection, "people")) + 500) == FORBIDDEN
        (drawn,) = connection.execute("SELECT new_people(1) AS id").fetchall()
        assert told(connection, people, drawn["id"]) == "1 rows"


def test_nobody_chooses_the_number_of_a_row(borough: Borough) -> None:
    """Taken in advance, the next numbers of a table would refuse the work of every other service."""
    mine = borough.families["west meals"]
    slot = borough.slots["CANT", "OUEST"]
    with borough.opened(SECRETARY) as connection:
        assert told(
            connection, "INSERT INTO attendances (id, family_id, child_id, slot_id, day, state, quantity)"
            " VALUES (9999, %s, %s, %s, '2026-01-05', 'present', 1)", mine.id, mine.child, slot,
        ) == FORBIDDEN
        assert told(
            connection, "INSERT INTO quotients (id, family_id, value, source, valid_from)"
            " VALUES (9999, %s, 1, '', '2026-01-05')", mine.id,
        ) == FORBIDDEN
        for sequence in ("attendances_id_seq", "families_id_seq", "row_journal_id_seq"):
            assert told(connection, f"SELECT setval('{sequence}', 1)") == FORBIDDEN
            assert told(connection, f"ALTER SEQUENCE {sequence} RESTART") == FORBIDDEN
        assert told(connection, "SELECT nextval('families_id_seq')") == FORBIDDEN


def test_the_rows_of_others_are_not_removed_by_their_numbers(borough: Borough) -> None:
    everything = list(range(1, 500))
    with borough.opened(SECRETARY) as connection:
        for table, column in (("attendances", "slot_id"), ("memberships", "family_id"), ("quotients", "family_id")):
            outside = {row["id"] for row in borough.rows(table)} - _seen(connection, table)
            assert outside, table
            with connection.transaction(force_rollback=True):
                connection.execute(f"SELECT remove_{table}(%s)", [list(outside)])
                left = connection.execute(f"SELECT remove_{table}(%s) AS gone", [list(outside)]).fetchone()
                assert left == {"gone": 0}, (table, column)
        assert told(connection, "SELECT remove_tariffs(%s)", everything) == FORBIDDEN


# --- money ---------------------------------------------------------------------------------------------------------


def _copied(row: Row, **changed: object) -> tuple[str, list[object]]:
    """Columns and values of a row, with some of them changed, to be inserted again."""
    values = {name: psycopg.types.json.Json(value) if isinstance(value, list | dict) else value
              for name, value in {**row, **changed}.items() if name != "id"}
    return f"({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})", list(values.values())


def test_a_line_is_not_put_on_an_invoice_of_others(borough: Borough) -> None:
    """The invoice would no longer be the sum of its lines, and its own service could not see why."""
    foreign = _invoice(borough, "ALSH")
    mine = _one(borough, "charges", service_id=borough.services["CANT"], stored_price=False)
    columns, values = _copied(mine, invoice_id=foreign["id"])
    with borough.opened(OFFICER) as connection:
        assert told(connection, f"INSERT INTO charges {columns}", *values) == CLOSED
        waiting = "UPDATE charges SET invoice_id = %s WHERE invoice_id IS NULL"
        assert told(connection, waiting, foreign["id"]) == CLOSED
        historic = _invoice(borough, "ALSH", "historic")
        assert told(connection, waiting, historic["id"]) == CLOSED


def test_a_payer_is_not_added_to_a_document_of_others_nor_to_an_issued_one(borough: Borough) -> None:
    add = "INSERT INTO invoice_payers (invoice_id, rank, name, address) VALUES (%s, 2, 'Intrus', '[]')"
    with borough.opened(OFFICER) as connection:
        for kind, cancelled in (("invoice", False), ("invoice", True), ("credit_note", False)):
            foreign = _invoice(borough, "ALSH", kind, cancelled=cancelled)
            assert told(connection, add, foreign["id"]) in {FORBIDDEN, CLOSED}, (kind, cancelled)
            mine = _invoice(borough, "CANT", kind, cancelled=cancelled)
            assert told(connection, add, mine["id"]) == CLOSED, (kind, cancelled)


def test_reading_a_service_and_billing_another_does_not_bill_the_first(borough: Borough, reader_biller: str) -> None:
    """Both rights in one agent: each holds where it was given."""
    read, billed = _invoice(borough, "ALSH"), _invoice(borough, "CANT")
    note = _invoice(borough, "ALSH", "credit_note")
    with borough.opened(reader_biller) as connection:
        add = "INSERT INTO invoice_payers (invoice_id, rank, name, address) VALUES (%s, 2, 'Intrus', '[]')"
        assert told(connection, add, note["id"]) == CLOSED
        columns, values = _copied(_invoice(borough, "CANT", "credit_note"), service_id=billed["service_id"],
                                  cancels_id=read["id"], number="CANT-A251100002", total=-read["total"])
        assert told(connection, f"INSERT INTO invoices {columns}", *values) == CLOSED
        columns, values = _copied(read)
        assert told(connection, f"INSERT INTO invoices {columns}", *values) == FORBIDDEN


def test_a_day_is_not_hung_on_a_line_of_others(borough: Borough) -> None:
    """A line that a foreign day names can no longer be freed by its own service."""
    foreign = _one(borough, "charges", service_id=borough.services["ALSH"], invoice_id=None)
    mine, slot = borough.families["west meals"], borough.slots["CANT", "OUEST"]
    with borough.opened(OFFICER) as connection:
        hang = "UPDATE attendances SET charge_id = %s WHERE charge_id IS NULL"
        assert told(connection, hang, foreign["id"]) == FORBIDDEN
    with borough.opened(SECRETARY) as connection:
        assert told(connection, hang, foreign["id"]) == FORBIDDEN
        clock = (
            "INSERT INTO attendances (family_id, child_id, slot_id, day, state, quantity, charge_id)"
            " VALUES (%s, %s, %s, '2026-01-05', 'present', 1, %s)"
        )
        assert told(connection, clock, mine.id, mine.child, slot, foreign["id"]) == FORBIDDEN


def test_a_day_is_hung_by_who_bills_and_on_a_line_of_its_family(borough: Borough) -> None:
    """Hung on any line it would never be billed, and no line of the journal would say who did it."""
    mine = borough.families["west meals"]
    canteen = [row for row in borough.rows("charges") if row["service_id"] == borough.services["CANT"]]
    own = [row["id"] for row in canteen if row["family_id"] == mine.id]
    others = [row["id"] for row in canteen if row["family_id"] != mine.id]
    assert own
    assert others
    hang = f"UPDATE attendances SET charge_id = %s WHERE charge_id IS NULL AND family_id = {mine.id}"
    clock = (
        "INSERT INTO attendances (family_id, child_id, slot_id, day, state, quantity, carried, charge_id)"
        f" VALUES ({mine.id}, {mine.child}, {borough.slots['CANT', 'OUEST']}, '2026-01-05', 'present', 1, false, %s)"
    )
    for login in (SECRETARY, DIRECTOR):
        with borough.opened(login) as connection:
            assert {told(connection, hang, line) for line in own + others} == {FORBIDDEN}
            assert {told(connection, clock, line) for line in own + others} == {FORBIDDEN}
            assert told(connection, clock, None) == "1 rows"
    with borough.opened(OFFICER) as connection:
        assert {told(connection, hang, line) for line in others} == {FORBIDDEN}
        assert told(connection, hang, own[0]) == "1 rows"


def test_a_line_does_not_replace_one_of_others(borough: Borough) -> None:
    """A line is replaced once: the claim of a stranger would keep its own service from cancelling."""
    foreign = _one(borough, "charges", service_id=borough.services["ALSH"], stored_price=True)
    mine = _one(borough, "charges", service_id=borough.services["CANT"], stored_price=True)
    with borough.opened(OFFICER) as connection:
        columns, values = _copied(mine, replaces_id=foreign["id"], invoice_id=None)
        assert told(connection, f"INSERT INTO charges {columns}", *values) == CLOSED
        columns, values = _copied(mine, replaces_id=mine["id"], invoice_id=None)
        assert told(connection, f"INSERT INTO charges {columns}", *values) == CLOSED  # its invoice stands


def test_a_letterhead_is_kept_for_one_service(borough: Borough) -> None:
    """Found by its digest alone, a false letterhead laid in advance would be printed on the invoices of others."""
    with borough.opened(OFFICER) as connection:
        lay = "INSERT INTO letterheads (service_id, digest, content) VALUES (%s, 'f', '{}')"
        assert told(connection, lay, borough.services["ALSH"]) == FORBIDDEN
        foreign = _one(borough, "letterheads", service_id=borough.services["ALSH"])
        own = "INSERT INTO letterheads (service_id, digest, content) VALUES (%s, %s, '{}')"
        assert told(connection, own, borough.services["CANT"], foreign["digest"]) == "1 rows"


def test_a_payment_settles_what_was_billed_where_it_may(borough: Borough) -> None:
    """An administrator of the canteen takes data over for the canteen."""
    foreign = _one(borough, "payments", family_id=borough.families["east leisure"].id)
    line = _one(borough, "charges", service_id=borough.services["CANT"])
    with borough.opened(ADMINISTRATOR) as connection:
        settle = "INSERT INTO payment_allocations (payment_id, charge_id, amount) VALUES (%s, %s, 1)"
        assert told(connection, settle, foreign["id"], line["id"]) == FORBIDDEN


def test_the_file_of_an_invoice_of_others_is_not_touched(borough: Borough) -> None:
    foreign = _invoice(borough, "ALSH")
    with borough.opened(OFFICER) as connection:
        change = "UPDATE invoice_files SET digest = 'x' WHERE invoice_id = %s"
        assert told(connection, change, foreign["id"]) == "0 rows"
        with connection.transaction(force_rollback=True):
            (gone,) = connection.execute("SELECT remove_invoice_files(%s) AS n", [[foreign["id"]]]).fetchall()
            assert gone == {"n": 0}
