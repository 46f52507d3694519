"""What is issued stays as it is: the database refuses, and what changes later changes no byte."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.exc import DBAPIError

from backoffice.attendance.commands import RecordAttendance
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.history import HistoricInvoice, add_historic_invoices
from backoffice.billing.views import PayerView
from backoffice.catalog.commands import DescribeTown
from backoffice.catalog.queries import Town
from backoffice.families.commands import ChangePayers, SetQuotient
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.money import Money
from backoffice.kernel.schema import Base
from backoffice.tariffs.commands import AdoptTariff
from backoffice.tariffs.rules import FlatTariff
from tests.support.books import dump
from tests.support.towns import DAYS, GRID, SEPTEMBER, SmallTown


@pytest.fixture
def issued(either_town: SmallTown) -> SmallTown:
    """One cancelled invoice, one living, one credit note, one carried line, one invoice of another program."""
    slot = either_town.slot(tariff=GRID)
    for name, days in (("ANNULÉE", DAYS), ("FACTURÉE", DAYS), ("REPORTÉE", DAYS[:1])):
        either_town.attend(either_town.family(name, quotient="700"), slot, days)
    either_town.cancel(either_town.issue().numbers[0])
    with either_town.database.write() as session:
        payers = (PayerView("M. Ancien", ("1 place",)),)
        old = HistoricInvoice("A-1", None, 1, "ANNULÉE", SEPTEMBER, DAYS[0], None, Money(100), payers)
        add_historic_invoices(session, "essai", [old])
    return either_town


REFUSED = [
    "UPDATE invoices SET total = 1",
    "UPDATE invoices SET number = 'X', issued_on = '2025-01-01' WHERE kind = 'credit_note'",
    "UPDATE invoices SET reason = 'autre'",
    "DELETE FROM invoices",
    "UPDATE invoice_payers SET name = 'AUTRE'",
    "DELETE FROM invoice_payers",
    "UPDATE letterheads SET digest = 'x'",
    "DELETE FROM letterheads",
    "UPDATE charges SET amount = 1 WHERE invoice_id IS NOT NULL",
    "UPDATE charges SET invoice_id = NULL",
    "DELETE FROM charges WHERE invoice_id IS NOT NULL",
    "UPDATE number_counters SET last = last - 1",
    "DELETE FROM number_counters",
    "UPDATE audit_journal SET actor = 'autre'",
    "DELETE FROM audit_journal",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_itself_refuses(statement: str, issued: SmallTown) -> None:
    before = dump(issued.database)

    with pytest.raises((DBAPIError, EnvironmentFault)):
        issued.sql(statement)

    assert dump(issued.database) == before


def _copy_of_a_line() -> str:
    columns = [c.name for c in Base.metadata.tables["charges"].columns if c.name not in {"id", "replaces_id"}]
    names = ", ".join(columns)
    return f"INSERT INTO charges ({names}) SELECT {names} FROM charges WHERE invoice_id IS NOT NULL"


def _another_payer(of: str) -> str:
    return (
        "INSERT INTO invoice_payers (invoice_id, rank, name, address)"
        f" SELECT id, 2, 'AUTRE', (SELECT address FROM invoice_payers LIMIT 1) FROM invoices WHERE {of}"
    )


@pytest.mark.parametrize(
    "statement",
    [
        _copy_of_a_line(),
        "UPDATE charges SET invoice_id = (SELECT min(id) FROM invoices) WHERE invoice_id IS NULL",
        _another_payer("kind = 'invoice'"),
        _another_payer("kind = 'credit_note'"),
        _another_payer("kind = 'historic'"),
    ],
    ids=["a line", "a line that waited", "a payer", "a payer of a credit note", "a payer of a taken over invoice"],
)
def test_an_issued_invoice_does_not_grow(statement: str, issued: SmallTown) -> None:
    before = dump(issued.database)

    with pytest.raises((DBAPIError, EnvironmentFault)):
        issued.sql(statement)

    assert dump(issued.database) == before


def test_each_document_names_as_many_payers_as_it_says(either_town: SmallTown) -> None:
    town = either_town
    slot = town.slot()
    for name, payer in (("DEUX", True), ("UN", True)):
        town.attend(town.family(name, payer=payer), slot)
    town.app.execute(ChangePayers(1, (1, 2), date(2025, 9, 1)))
    numbers = town.issue().numbers
    numbers = (*numbers, town.cancel(numbers[0]))

    assert [len(town.invoice(number).payers) for number in numbers] == [2, 1, 2]
    assert [row["payer_count"] for row in town.rows("invoices")] == [2, 1, 2]


@pytest.mark.parametrize("table", ["invoices", "invoice_payers", "letterheads", "number_counters", "audit_journal"])
def test_a_row_cannot_be_replaced_by_another_of_the_same_key(table: str, town: SmallTown) -> None:
    """« INSERT OR REPLACE » deletes without a word unless SQLite is told otherwise."""
    town.attend(town.family(), town.slot())
    town.issue()
    before = dump(town.database)

    with pytest.raises(DBAPIError):
        town.sql(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")

    assert dump(town.database) == before


@pytest.mark.parametrize("table", ["invoices", "charges", "audit_journal"])
def test_a_table_of_issued_rows_cannot_be_emptied_at_once(table: str, shared_town: SmallTown) -> None:
    shared_town.attend(shared_town.family(), shared_town.slot())
    shared_town.issue()
    before = dump(shared_town.database)

    with pytest.raises(EnvironmentFault):
        shared_town.sql(f"TRUNCATE {table} CASCADE")

    assert dump(shared_town.database) == before


def test_a_line_that_waits_may_still_change(issued: SmallTown) -> None:
    issued.sql("UPDATE charges SET position = 9 WHERE invoice_id IS NULL")

    assert [row["position"] for row in issued.rows("charges") if row["invoice_id"] is None] == [9]


@pytest.mark.parametrize(
    "columns",
    [
        "kind = 'invoice', debt_number = NULL",
        "kind = 'credit_note', debt_number = NULL, cancels_id = NULL",
        "kind = 'invoice', service_id = NULL",
    ],
)
def test_an_incomplete_document_cannot_be_written(columns: str, issued: SmallTown) -> None:
    names = ("kind", "origin", "number", "debt_number", "service_id", "family_id", "family_name", "issued_on",
             "total", "quotient_text", "letterhead_id", "cancels_id", "reason")
    changed = dict(part.split(" = ") for part in columns.split(", "))
    values = ", ".join(changed.get(name, "number || 'X'" if name == "number" else
                                   "debt_number + 50000" if name == "debt_number" else name) for name in names)
    with pytest.raises((DBAPIError, EnvironmentFault)):
        issued.sql(
            f"INSERT INTO invoices ({', '.join(names)}) SELECT {values} FROM invoices WHERE debt_number IS NOT NULL"
        )


def test_no_byte_of_an_issued_pdf_changes_whatever_changes_afterwards(either_town: SmallTown) -> None:
    town = either_town
    slot = town.slot(tariff=GRID)
    household = town.family(quotient="700")
    town.attend(household, slot, [date(2025, 9, 1)])
    town.issue(SEPTEMBER, issued_on=date(2025, 10, 1))
    town.attend(household, slot)
    numbers = list(town.issue().numbers)
    other = town.family("VOISIN", quotient="100")
    town.attend(other, slot, [date(2025, 11, 3)] * 1)
    cancelled = town.family("ANNULÉ", quotient="700")
    town.attend(cancelled, slot)
    numbers += town.issue().numbers
    numbers.append(town.cancel(numbers[1]))
    before = [town.pdf(number) for number in numbers]

    town.app.execute(SetQuotient(household.id, Decimal(10), "révisé", date(2025, 9, 1)))
    town.app.execute(AdoptTariff(slot, FlatTariff(Money(999)), date(2025, 10, 1), "autre délibération"))
    town.app.execute(ChangePayers(household.id, (household.child,), date(2025, 9, 1)))
    town.app.execute(DescribeTown(Town("Autre commune", ("Ailleurs",), "SIRET 9", "Autre maire", "C")))
    town.spoil("UPDATE people SET last_name = 'AUTRE', street = 'Ailleurs', birth_date = '2000-01-01'")
    town.spoil("UPDATE families SET name = 'AUTRE'")
    town.spoil("UPDATE services SET name = 'Autre', revenue_office = 'Autre', legal_text = 'Autre texte', due_day = 1")
    town.spoil("UPDATE activities SET name = 'Autre'")
    town.spoil("UPDATE slots SET label = 'Autre', unit = 'autre', position = 7")

    assert len(numbers) == 3
    assert [town.pdf(number) for number in numbers] == before


def test_a_billed_day_is_not_clocked_again_without_a_credit_note(either_town: SmallTown) -> None:
    slot = either_town.slot()
    household = either_town.family()
    either_town.attend(household, slot)
    [number] = either_town.issue().numbers
    correction = RecordAttendance(household.id, household.child, slot, DAYS[0], AttendanceState.ABSENT)

    with pytest.raises(UserError) as refusal:
        either_town.app.execute(correction)
    assert refusal.value.code == "attendance.already_billed"

    either_town.cancel(number)
    either_town.app.execute(correction)
    assert [row["state"] for row in either_town.rows("attendances")].count("absent") == 1
