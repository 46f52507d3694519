"""An invoice is never corrected: a credit note cancels it and its days are billed again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.attendance.commands import RecordAttendance
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.cancelling import InvoiceCancelled
from backoffice.billing.documents import write_month_files
from backoffice.billing.history import (
    HistoricInvoice,
    ReceivedPayment,
    StoredCharge,
    add_historic_invoices,
    add_payments,
    add_stored_charges,
    allocate,
)
from backoffice.billing.queries import BillingMonthView
from backoffice.billing.views import InvoiceKind
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import ZERO, Money
from backoffice.kernel.progress import silent
from reports.invoice_pdf import render_invoices
from tests.support.books import check_books, dump
from tests.support.towns import DAYS, ISSUED_ON, OCTOBER, SEPTEMBER, Household, SmallTown


def _refusal(town: SmallTown, number: str, reason: str = "erreur", issued_on: date = ISSUED_ON) -> str:
    before = dump(town.database)
    with pytest.raises(UserError) as refusal:
        town.cancel(number, reason, issued_on)
    assert dump(town.database) == before
    return refusal.value.code


def _open_line(
    town: SmallTown, household: Household, slot: int, amount: int, invoice: int | None = None, day: date = DAYS[0]
) -> int:
    """A line at the price another program found, open unless an invoice holds it."""
    with town.database.write() as session:
        (charge,) = add_stored_charges(
            session,
            [
                StoredCharge(
                    family_id=household.id,
                    service_id=town.service_of(slot),
                    child_id=household.child,
                    slot_id=slot,
                    child_name="MARTIN Léa",
                    activity="Restauration scolaire",
                    label="Forfait repris",
                    unit="forfait",
                    first_day=day,
                    last_day=day,
                    quantity=Decimal(1),
                    unit_price=None,
                    amount=Money(amount),
                    explanation=("Prix repris",),
                    invoice_id=invoice,
                )
            ],
        )
    return charge


def test_a_credit_note_has_its_own_gapless_series(either_town: SmallTown) -> None:
    slot = either_town.slot()
    for name in "ABCD":
        either_town.attend(either_town.family(name), slot)
    numbers = either_town.issue().numbers

    notes = [either_town.cancel(number) for number in numbers[1:3]]
    december = either_town.cancel(numbers[0], issued_on=date(2025, 12, 1))

    assert notes == ["CANT-A251100001", "CANT-A251100002"]
    assert december == "CANT-A251200001"
    note = either_town.invoice(notes[0])
    assert (note.kind, note.total, note.cancels_number) == (InvoiceKind.CREDIT_NOTE, Money(-3320), numbers[1])
    assert (note.due_on, note.debt_number, note.reason) == (None, None, "Pointage erroné")
    assert [line.amount for line in note.lines] == [Money(-3320)]
    assert either_town.invoice(numbers[1]).cancelled_by == notes[0]
    check_books(either_town.database)


def test_the_days_are_billed_again_by_the_run_of_the_same_month(either_town: SmallTown) -> None:
    slot = either_town.slot()
    household, neighbour = either_town.family("MARTIN"), either_town.family("VOISIN")
    for each in (household, neighbour):
        either_town.attend(each, slot)
    first = either_town.issue().numbers[0]
    either_town.cancel(first)
    for day in DAYS[:2]:
        either_town.app.execute(
            RecordAttendance(household.id, household.child, slot, day, AttendanceState.ABSENT)
        )

    run = either_town.issue()

    assert run.numbers == ("CANT-F251100003",)
    again = either_town.invoice("CANT-F251100003")
    assert (again.family_name, again.total) == ("MARTIN", Money(6 * 415))
    invoices = either_town.rows("invoices")
    assert Money.total(row["total"] for row in invoices) == Money(8 * 415 + 6 * 415)
    check_books(either_town.database)


def test_a_carried_month_that_was_on_the_cancelled_invoice_comes_back_with_it(either_town: SmallTown) -> None:
    slot = either_town.slot()
    household = either_town.family()
    either_town.attend(household, slot, [date(2025, 9, 1), date(2025, 9, 2)])
    either_town.attend(household, slot, DAYS[:2])
    either_town.issue(SEPTEMBER, issued_on=date(2025, 10, 5))
    [number] = either_town.issue().numbers
    either_town.cancel(number)

    assert either_town.issue(SEPTEMBER, issued_on=date(2025, 11, 16)).plan.groups == ()
    [again] = either_town.issue(issued_on=date(2025, 11, 16)).numbers

    view = either_town.invoice(again)
    assert [(line.month, line.amount, line.carried) for line in view.lines] == [
        (SEPTEMBER, Money(830), True),
        (OCTOBER, Money(830), False),
    ]
    check_books(either_town.database)


def test_a_cancelled_invoice_that_falls_under_the_threshold_is_carried(town: SmallTown) -> None:
    slot = town.slot()
    household = town.family()
    town.attend(household, slot, DAYS[:4])
    [number] = town.issue().numbers
    town.cancel(number)
    town.app.execute(RecordAttendance(household.id, household.child, slot, DAYS[0], AttendanceState.EXCUSED))

    run = town.issue()

    assert run.numbers == ()
    assert [group.total for group in run.plan.groups] == [Money(3 * 415)]
    [carried] = town.app.ask(BillingMonthView(OCTOBER)).services[0].carried
    assert carried.amount == Money(3 * 415)
    check_books(town.database)


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_a_reason_is_required(reason: str, town: SmallTown) -> None:
    town.attend(town.family(), town.slot())
    [number] = town.issue().numbers

    assert _refusal(town, number, reason) == "billing.reason_missing"


def test_an_invoice_is_cancelled_once(either_town: SmallTown) -> None:
    either_town.attend(either_town.family(), either_town.slot())
    [number] = either_town.issue().numbers
    note = either_town.cancel(number)

    assert _refusal(either_town, number) == "invoice.already_cancelled"
    assert _refusal(either_town, note) == "invoice.not_cancellable"
    assert _refusal(either_town, "CANT-F251199999") == "invoice.unknown"


def test_a_credit_note_is_not_older_than_its_invoice(town: SmallTown) -> None:
    town.attend(town.family(), town.slot())
    [number] = town.issue().numbers

    assert _refusal(town, number, issued_on=date(2025, 11, 14)) == "billing.credit_before_invoice"


def test_what_another_program_invoiced_is_not_ours_to_cancel(town: SmallTown) -> None:
    town.slot()
    household = town.family()
    with town.database.write() as session:
        old = HistoricInvoice("42", 1, household.id, "MARTIN", SEPTEMBER, date(2025, 9, 30), None, Money(900))
        add_historic_invoices(session, "essai", [old])

    assert _refusal(town, "42") == "invoice.not_cancellable"


def test_our_invoice_is_found_even_when_an_import_brought_the_same_number(town: SmallTown) -> None:
    household = town.family()
    town.attend(household, town.slot())
    [number] = town.issue().numbers
    with town.database.write() as session:
        old = HistoricInvoice(number, 1, household.id, "MARTIN", SEPTEMBER, date(2025, 9, 30), None, Money(900))
        add_historic_invoices(session, "essai", [old])

    assert town.cancel(number) == "CANT-A251100001"


def test_a_line_with_a_stored_price_opens_again_at_that_very_price(either_town: SmallTown) -> None:
    slot = either_town.slot()
    household = either_town.family()
    charge = _open_line(either_town, household, slot, 2345)
    with either_town.database.write() as session:
        (payment,) = add_payments(
            session, "essai", [ReceivedPayment(household.id, DAYS[0], Money(500), "chèque", "MARTIN", "")]
        )
        allocate(session, [(payment, charge, Money(500))])
    [number] = either_town.issue().numbers
    assert (either_town.invoice(number).total, either_town.invoice(number).still_due) == (Money(2345), Money(1845))

    either_town.cancel(number)
    [again] = either_town.issue().numbers

    view = either_town.invoice(again)
    assert [(line.label, line.amount) for line in view.lines] == [("Forfait repris", Money(2345))]
    assert view.already_paid == Money(500)
    # The first invoice still shows its line; what was paid followed the debt.
    assert either_town.invoice(number).lines == view.lines
    assert either_town.invoice(number).already_paid == ZERO
    check_books(either_town.database)


def test_a_line_with_a_stored_price_under_the_threshold_is_not_lost(either_town: SmallTown) -> None:
    slot = either_town.slot()
    household = either_town.family()
    _open_line(either_town, household, slot, 1000)
    assert either_town.issue().numbers == ()
    [sheet] = either_town.app.ask(BillingMonthView(OCTOBER)).services
    assert [carried.amount for carried in sheet.carried] == [Money(1000)]

    _open_line(either_town, household, slot, 600, day=date(2025, 11, 4))
    [number] = either_town.issue(SEPTEMBER.plus(2), issued_on=date(2025, 12, 5)).numbers

    assert either_town.invoice(number).total == Money(1600)


def test_an_open_line_of_an_import_is_billed_by_the_run_of_its_own_month(town: SmallTown) -> None:
    slot = town.slot()
    _open_line(town, town.family(), slot, 2000, day=date(2025, 9, 2))

    assert town.issue(OCTOBER).plan.groups == ()
    assert town.issue(SEPTEMBER).numbers == ("CANT-F251100001",)


def test_the_file_of_a_cancelled_invoice_is_made_again_with_its_mark(either_town: SmallTown, tmp_path: Path) -> None:
    slot = either_town.slot()
    for name in ("MARTIN", "VOISIN"):
        either_town.attend(either_town.family(name), slot)
    either_town.issue()
    folder = tmp_path / "pdf"
    write_month_files(either_town.app, OCTOBER, (), folder, render_invoices, silent)
    neighbour = (folder / "CANT-F251100002.pdf").read_bytes()
    note = either_town.cancel("CANT-F251100001")

    written = write_month_files(either_town.app, OCTOBER, (), folder, render_invoices, silent)

    assert (written.written, written.kept) == (2, 1)
    assert (folder / "CANT-F251100001.pdf").read_bytes() == either_town.pdf("CANT-F251100001")
    assert note in either_town.pdf_text("CANT-F251100001")
    assert "annulée" in either_town.pdf_text("CANT-F251100001").casefold()
    assert "Pointage erroné" in either_town.pdf_text(note)
    assert (folder / "CANT-F251100002.pdf").read_bytes() == neighbour


def test_screens_hear_of_a_cancelled_invoice(town: SmallTown) -> None:
    household = town.family()
    town.attend(household, town.slot())
    [number] = town.issue().numbers
    heard: list[InvoiceCancelled] = []
    town.app.events.subscribe(InvoiceCancelled, heard.append)
    note = town.cancel(number)

    [event] = heard
    assert (event.invoice_id, event.credit_note_id) == (town.invoice(number).id, town.invoice(note).id)
    assert event.family_id == household.id
