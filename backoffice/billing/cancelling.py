"""Cancelling an invoice: a credit note with its reason; the invoice stays, its days become billable again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, insert, select, update

from backoffice.attendance.commands import follow_charge, give_back
from backoffice.billing.issuing import draw_numbers
from backoffice.billing.rules import printed_number, series_name
from backoffice.billing.tables import ChargeRow, InvoiceFileRow, InvoicePayerRow, InvoiceRow, PaymentAllocationRow
from backoffice.billing.views import InvoiceKind
from backoffice.catalog.queries import services_in_scope
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.periods import Month


@dataclass(frozen=True, slots=True)
class InvoiceCancelled(Event):
    """This invoice was cancelled by a credit note."""

    invoice_id: int
    credit_note_id: int
    family_id: int


@dataclass(frozen=True)
class CancelInvoice(Command[str]):
    """Cancel an issued invoice by its printed number; answers the number of the credit note."""

    number: str
    reason: str
    issued_on: date
    op_id: UUID | None = None


@use_case(CancelInvoice, permission="billing.cancel", action="invoice.cancelled")
def cancel_invoice(command: CancelInvoice, context: Context) -> str:
    """Raises UserError `billing.reason_missing`, `invoice.unknown`, `invoice.not_cancellable`,
    `invoice.already_cancelled`, `billing.credit_before_invoice`."""
    session = context.session
    reason = command.reason.strip()
    if not reason:
        raise UserError("billing.reason_missing")
    invoice = _own_invoice(session, command.number.strip())
    if command.issued_on < invoice.issued_on:
        raise UserError("billing.credit_before_invoice", number=invoice.number, day=invoice.issued_on)
    service = next(s for s in services_in_scope(session, for_update=True) if s.id == invoice.service_id)
    already = session.scalar(select(InvoiceRow.number).where(InvoiceRow.cancels_id == invoice.id))
    if already is not None:
        raise UserError("invoice.already_cancelled", number=invoice.number, credit_note=already)

    series = series_name(service.prefix, Month.of(command.issued_on), credit_note=True)
    note = InvoiceRow(
        kind=InvoiceKind.CREDIT_NOTE.value,
        origin="",
        number=printed_number(series, draw_numbers(session, series, 1)),
        debt_number=None,
        service_id=invoice.service_id,
        family_id=invoice.family_id,
        family_name=invoice.family_name,
        run_id=None,
        billed_month=invoice.billed_month,
        issued_on=command.issued_on,
        due_on=None,
        total=-invoice.total,
        line_count=0,
        payer_count=invoice.payer_count,
        quotient_text=invoice.quotient_text,
        letterhead_id=invoice.letterhead_id,
        cancels_id=invoice.id,
        reason=reason,
    )
    session.add(note)
    session.flush()
    _copy_payers(session, invoice.id, note.id)
    _free_charges(session, invoice)
    # Its PDF must be written again, with the mark of its cancellation.
    remove(session, InvoiceFileRow, [invoice.id])
    context.record(f"invoice {invoice.number}", credit_note=note.number, total_cents=note.total.cents)
    context.events.append(InvoiceCancelled(invoice.id, note.id, invoice.family_id))
    return note.number


def _own_invoice(session: Session, number: str) -> InvoiceRow:
    rows = list(session.scalars(select(InvoiceRow).where(InvoiceRow.number == number)))
    if not rows:  # typed in other letters than printed
        rows = list(session.scalars(select(InvoiceRow).where(func.lower(InvoiceRow.number) == number.lower())))
    for row in rows:
        if row.kind == InvoiceKind.INVOICE.value:
            return row
    if rows:
        raise UserError("invoice.not_cancellable", number=number)
    raise UserError("invoice.unknown", number=number)


def _copy_payers(session: Session, source_id: int, target_id: int) -> None:
    """The credit note is addressed to those the invoice named, wherever they live now."""
    for payer in session.scalars(select(InvoicePayerRow).where(InvoicePayerRow.invoice_id == source_id)):
        session.add(
            InvoicePayerRow(
                invoice_id=target_id,
                rank=payer.rank,
                person_id=payer.person_id,
                name=payer.name,
                address=payer.address,
            )
        )


def _free_charges(session: Session, invoice: InvoiceRow) -> None:
    """Give the days back to the run of the invoice's month; lines with a stored price open again as they were."""
    charges = list(session.scalars(select(ChargeRow).where(ChargeRow.invoice_id == invoice.id)))
    if invoice.billed_month is None:
        raise ValueError("an invoice of ours has a billed month")
    give_back(session, [charge.id for charge in charges if not charge.stored_price], invoice.billed_month)
    for charge in charges:
        if charge.stored_price:
            again = _open_again(session, charge)
            follow_charge(session, [(charge.id, again)])
            session.execute(
                update(PaymentAllocationRow)
                .where(PaymentAllocationRow.charge_id == charge.id)
                .values(charge_id=again)
                .execution_options(synchronize_session=False)
            )


def _open_again(session: Session, charge: ChargeRow) -> int:
    copied = {
        column.key: getattr(charge, column.key)
        for column in ChargeRow.__mapper__.column_attrs
        if column.key not in {"id", "invoice_id", "replaces_id"}
    }
    statement = insert(ChargeRow).values(**copied, invoice_id=None, replaces_id=charge.id).returning(ChargeRow.id)
    return session.scalars(statement).one()
