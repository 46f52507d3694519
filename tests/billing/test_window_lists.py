"""What the billing screens list: invoices, months, runs, carried amounts, days behind a line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.billing.cancelling import CancelInvoice
from backoffice.billing.carried import CarriedOver
from backoffice.billing.comparison import MonthComparison
from backoffice.billing.explaining import AttendanceOfDay, DaysOfCharge, DaysOfUnits
from backoffice.billing.history import (
    HistoricInvoice,
    ReceivedPayment,
    StoredCharge,
    add_historic_invoices,
    add_payments,
    add_stored_charges,
    allocate,
)
from backoffice.billing.lists import InvoicesOfFamily, InvoiceState, ListInvoices
from backoffice.billing.months import BillingMonths
from backoffice.billing.queries import BillingMonthView, InvoiceByNumber, InvoicesByIds, PreviewMonth
from backoffice.billing.services import EditService, NumberedServices
from backoffice.catalog.overview import CatalogOverview
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import ZERO, Money
from backoffice.kernel.periods import Month
from tests.support.desk import NOVEMBER, OCTOBER, SCHOOL_DAYS, SEPTEMBER, Desk, Household, new_service, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def historic(desk: Desk, household: Household, number: str, cents: int, paid: int = 0, service: int | None = 1) -> int:
    """An invoice of another program, in September, due on the 25th of October."""
    with desk.database.write() as session:
        (invoice,) = add_historic_invoices(
            session,
            "noethys",
            [HistoricInvoice(number, service, household.id, "MARTIN", SEPTEMBER, date(2025, 10, 5),
                             date(2025, 10, 25), Money(cents))],
        )
        (charge,) = add_stored_charges(
            session,
            [StoredCharge(household.id, 1, household.child, None, "MARTIN Léa", "Cantine", "Repas", "repas",
                          date(2025, 9, 1), date(2025, 9, 1), Decimal(1), None, Money(cents), (), invoice)],
        )
        if paid:
            (payment,) = add_payments(
                session,
                "noethys",
                [ReceivedPayment(household.id, date(2025, 10, 20), Money(paid), "chèque", "", "")],
            )
            allocate(session, [(payment, charge, Money(paid))])
    return invoice


def test_a_list_shows_newest_documents_first_with_what_is_left_to_pay(desk: Desk) -> None:
    slot = desk.slot()
    leroy = desk.family("LÉROY")
    desk.attend(leroy, slot)
    historic(desk, leroy, "H-1", 5000, paid=2000)
    desk.issue()
    new, old = desk.ask(ListInvoices())
    assert (new.number, new.state, new.total, new.still_due) == (
        "CANT-F251100001", InvoiceState.TO_PAY, Money(3320), Money(3320)
    )
    assert (new.service_code, new.billed_month, new.due_on) == ("CANT", OCTOBER, date(2025, 12, 10))
    assert (old.number, old.state.label, old.paid, old.still_due) == (
        "H-1", "Reprise (historique)", Money(2000), Money(3000)
    )
    assert desk.ask(InvoicesOfFamily(leroy.id)) == (new, old)


def test_a_cancelled_invoice_and_its_credit_note_leave_nothing_due(desk: Desk) -> None:
    slot = desk.slot()
    desk.attend(desk.family(), slot)
    (number,) = desk.issue().numbers
    note_number = desk.do(CancelInvoice(number, "Erreur", date(2025, 11, 20)))
    note, invoice = desk.ask(ListInvoices())
    assert (note.number, note.state, note.still_due) == (note_number, InvoiceState.CREDIT_NOTE, ZERO)
    assert (invoice.state, invoice.cancelled_by, invoice.still_due) == (InvoiceState.CANCELLED, note_number, ZERO)


def test_a_paid_part_is_told(desk: Desk) -> None:
    slot = desk.slot()
    family = desk.family()
    desk.attend(family, slot)
    (number,) = desk.issue().numbers
    (line,) = desk.ask(InvoiceByNumber(number)).lines
    with desk.database.write() as session:
        payments = [ReceivedPayment(family.id, date(2025, 11, 18), Money(2000), "CB", "", "")] * 2
        first, second = add_payments(session, "", payments)
        allocate(session, [(first, line.id, Money(2000))])
    assert desk.ask(ListInvoices())[0].state is InvoiceState.PARTLY_PAID
    with desk.database.write() as session:
        allocate(session, [(second, line.id, Money(1320))])
    assert desk.ask(ListInvoices())[0].state is InvoiceState.SETTLED


def test_a_list_is_narrowed_by_month_service_and_words(desk: Desk) -> None:
    slot = desk.slot()
    leroy, other = desk.family("LÉROY"), desk.family("DUPONT")
    desk.attend(leroy, slot)
    desk.attend(other, slot)
    historic(desk, leroy, "H-1", 5000)
    historic(desk, leroy, "H-2", 7000, service=None)
    desk.issue()
    assert [row.number for row in desk.ask(ListInvoices(month=SEPTEMBER))] == ["H-2", "H-1"]
    assert "H-2" not in {row.number for row in desk.ask(ListInvoices(service_codes=("cant",)))}
    assert [row.family_name for row in desk.ask(ListInvoices(text="leroy octobre"))] == ["LÉROY"]
    assert [row.number for row in desk.ask(ListInvoices(text="251100002"))] == ["CANT-F251100002"]
    assert len(desk.ask(ListInvoices(text="33,20"))) == 2


def test_months_tell_what_waits_and_what_stands(desk: Desk) -> None:
    slot = desk.slot()
    billed, small, late = desk.family("A"), desk.family("B"), desk.family("C")
    desk.attend(billed, slot)
    desk.attend(small, slot, SCHOOL_DAYS[:2])
    desk.issue()
    desk.attend(late, slot, SCHOOL_DAYS[:3])
    desk.attend(late, slot, [date(2025, 11, 4)])
    desk.attend(late, slot, [date(2025, 11, 6)], AttendanceState.ABSENT)
    october, november = desk.ask(BillingMonths())
    assert (october.month, october.open_units, october.invoice_count, october.invoiced_total) == (
        OCTOBER, 3, 1, Money(3320)
    )
    assert october.carried_total == Money(830)
    assert (november.month, november.open_units, november.carried_total) == (NOVEMBER, 1, Money(830))


def test_a_cancelled_invoice_leaves_the_count_of_its_month(desk: Desk) -> None:
    slot = desk.slot()
    desk.attend(desk.family(), slot)
    (number,) = desk.issue().numbers
    desk.do(CancelInvoice(number, "Erreur", date(2025, 11, 20)))
    (october,) = desk.ask(BillingMonths())
    assert (october.invoice_count, october.invoiced_total, october.open_units) == (0, ZERO, 8)


def test_historic_invoices_draw_the_months_before_ours(desk: Desk) -> None:
    desk.slot()
    historic(desk, desk.family(), "H-1", 5000)
    (september,) = desk.ask(BillingMonths())
    assert (september.historic_count, september.total, september.invoice_count) == (1, Money(5000), 0)


def test_what_is_carried_over_is_listed_as_in_the_workbook_of_the_month(desk: Desk) -> None:
    slot = desk.slot()
    small = desk.family("PETIT")
    desk.attend(small, slot, SCHOOL_DAYS[:2])
    desk.issue()
    (carried,) = desk.ask(CarriedOver(OCTOBER))
    assert (carried.family_name, carried.service_code, carried.amount) == ("PETIT", "CANT", Money(830))
    assert desk.ask(BillingMonthView(OCTOBER)).services[0].carried == (carried,)


def test_two_months_are_compared_by_what_was_rendered_in_each(desk: Desk) -> None:
    slot = desk.slot()
    more, carried = desk.family("PLUS"), desk.family("REPORT")
    desk.attend(more, slot, [date(2025, 9, day) for day in (1, 2, 4, 5)])
    desk.attend(carried, slot, [date(2025, 9, 1)])
    desk.issue(SEPTEMBER, issued_on=date(2025, 10, 15))
    desk.attend(more, slot)
    desk.attend(carried, slot, SCHOOL_DAYS[:1])
    rows = desk.ask(MonthComparison(OCTOBER))
    assert [(row.family_name, row.previous, row.current, row.difference) for row in rows] == [
        ("PLUS", Money(1660), Money(3320), Money(1660)),
        ("REPORT", Money(415), Money(415), ZERO),
    ]
    desk.issue()
    assert desk.ask(MonthComparison(OCTOBER)) == rows


def test_the_days_behind_a_line_are_those_it_counts(desk: Desk) -> None:
    slot = desk.slot()
    family = desk.family()
    desk.attend(family, slot, arrived=725, left=775)
    (charge,) = desk.ask(PreviewMonth(OCTOBER, date(2025, 11, 15))).groups[0].charges
    planned = desk.ask(DaysOfUnits(charge.attendance_ids))
    (number,) = desk.issue().numbers
    (line,) = desk.ask(InvoiceByNumber(number)).lines
    days = desk.ask(DaysOfCharge(line.id))
    assert [day.day for day in days] == [day.day for day in planned] == list(SCHOOL_DAYS)
    assert {(day.state.label, day.arrived_minute, day.left_minute) for day in days} == {("Présence", 725, 775)}
    assert {day.invoice_number for day in days} == {number}


def test_the_day_shows_what_was_booked_clocked_and_billed(desk: Desk) -> None:
    slot = desk.slot(structure="La Clairière")
    there, away = desk.family("ZOLA", "Zoé"), desk.family("ÉLUARD", "Paul")
    desk.attend(there, slot)
    desk.attend(away, slot, SCHOOL_DAYS[:1], AttendanceState.ABSENT)
    (number,) = desk.issue().numbers
    day = desk.ask(AttendanceOfDay(SCHOOL_DAYS[0]))
    assert [(row.child_name, row.billed, row.invoice_number) for row in day.rows] == [
        ("ÉLUARD Paul", False, ""), ("ZOLA Zoé", True, number)
    ]
    (totals,) = day.totals
    assert (totals.present, totals.absent, totals.booked, totals.total) == (1, 1, 0, 2)
    structure = day.rows[0].structure_id
    assert structure is not None
    assert desk.ask(AttendanceOfDay(SCHOOL_DAYS[0], structure)) == day
    assert desk.ask(AttendanceOfDay(SCHOOL_DAYS[0], structure + 1)).rows == ()


def test_the_prefix_of_a_service_stays_once_it_is_printed(desk: Desk) -> None:
    slot = desk.slot()
    (service,) = desk.ask(CatalogOverview()).services
    desk.do(EditService(service.service.id, service.version, new_service("CANT", "Cantine", "REST")))
    desk.attend(desk.family(), slot)
    desk.issue()
    (service,) = desk.ask(CatalogOverview()).services
    assert (service.service.prefix, service.service.name) == ("REST", "Cantine")
    assert desk.ask(NumberedServices()) == {service.service.id}
    refused = desk.refused(EditService(service.service.id, service.version, new_service("CANT", "Cantine", "C")))
    assert refused == "catalog.code_is_printed"
    desk.do(EditService(service.service.id, service.version, new_service("CANT", "Restaurants", "REST")))
    stale = EditService(service.service.id, service.version, new_service("CANT", "Selfs", "REST"))
    assert desk.refused(stale) == "record.changed_meanwhile"


def test_a_month_without_anything_has_no_figures(desk: Desk) -> None:
    desk.slot()
    assert desk.ask(BillingMonths()) == ()
    assert desk.ask(ListInvoices(Month(2020, 1))) == ()


def test_a_document_that_does_not_exist_is_said_with_the_next_gesture(desk: Desk) -> None:
    desk.attend(desk.family(), desk.slot())
    desk.issue()
    with pytest.raises(UserError) as refusal:
        desk.ask(InvoicesByIds((1, 999)))
    assert sentence(refusal.value) == (
        "Aucune facture n'est enregistrée sous le repère 999 : cherchez-la par son numéro."
    )
