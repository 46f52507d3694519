"""What another program invoiced and was paid: kept as it was, outside our series, never recomputed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import insert

from backoffice.billing.tables import ChargeRow, InvoicePayerRow, InvoiceRow, PaymentAllocationRow, PaymentRow
from backoffice.billing.views import InvoiceKind, PayerView
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month


@dataclass(frozen=True, slots=True)
class HistoricInvoice:
    """An invoice of another program, with the number it printed. `service_id` None: it mixed services.

    `reason`: why nothing is due when that program had cancelled it.
    """

    number: str
    service_id: int | None
    family_id: int
    family_name: str
    billed_month: Month | None
    issued_on: date
    due_on: date | None
    total: Money
    payers: tuple[PayerView, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StoredCharge:
    """A line whose price came with an import. `invoice_id` None: still open, billed later at this very price."""

    family_id: int
    service_id: int
    child_id: int | None
    slot_id: int | None
    child_name: str
    activity: str
    label: str
    unit: str
    first_day: date
    last_day: date
    quantity: Decimal
    unit_price: Money | None
    amount: Money
    explanation: tuple[str, ...]
    invoice_id: int | None


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    """Money received, as another program recorded it."""

    family_id: int
    paid_on: date
    amount: Money
    means: str
    payer_name: str
    reference: str


def add_historic_invoices(session: Session, origin: str, invoices: Sequence[HistoricInvoice]) -> list[int]:
    """Insert them under the name of their origin; the ids come in the order given."""
    ids: list[int] = []
    for some in batches(invoices):
        rows = [
            {
                "kind": InvoiceKind.HISTORIC.value,
                "origin": origin,
                "number": invoice.number,
                "debt_number": None,
                "service_id": invoice.service_id,
                "family_id": invoice.family_id,
                "family_name": invoice.family_name,
                "run_id": None,
                "billed_month": invoice.billed_month,
                "issued_on": invoice.issued_on,
                "due_on": invoice.due_on,
                "total": invoice.total,
                "line_count": 0,
                "payer_count": len(invoice.payers),
                "quotient_text": "",
                "letterhead_id": None,
                "cancels_id": None,
                "reason": invoice.reason,
            }
            for invoice in some
        ]
        new = session.scalars(insert(InvoiceRow).returning(InvoiceRow.id, sort_by_parameter_order=True), rows).all()
        ids.extend(new)
        payers = [
            {"invoice_id": invoice_id, "rank": rank, "person_id": None, "name": p.name, "address": list(p.address)}
            for invoice, invoice_id in zip(some, new, strict=True)
            for rank, p in enumerate(invoice.payers, 1)
        ]
        if payers:
            session.execute(insert(InvoicePayerRow), payers)
    return ids


def add_stored_charges(session: Session, charges: Iterable[StoredCharge]) -> list[int]:
    """Insert lines at the price they came with; the ids come in the order given."""
    ids: list[int] = []
    statement = insert(ChargeRow).returning(ChargeRow.id, sort_by_parameter_order=True)
    position = 0
    for some in batches(charges):
        rows = []
        for charge in some:
            position += 1
            rows.append(
                {
                    "family_id": charge.family_id,
                    "service_id": charge.service_id,
                    "child_id": charge.child_id,
                    "slot_id": charge.slot_id,
                    "month": Month.of(charge.first_day),
                    "first_day": charge.first_day,
                    "last_day": charge.last_day,
                    "child_name": charge.child_name,
                    "activity": charge.activity,
                    "label": charge.label,
                    "unit": charge.unit,
                    "quantity": charge.quantity,
                    "unit_price": charge.unit_price,
                    "amount": charge.amount,
                    "basis": "",
                    "explanation": list(charge.explanation),
                    "stored_price": True,
                    "position": position,
                    "carried_by_run_id": None,
                    "invoice_id": charge.invoice_id,
                    "replaces_id": None,
                }
            )
        ids.extend(session.scalars(statement, rows))
    return ids


def add_payments(session: Session, origin: str, payments: Sequence[ReceivedPayment]) -> list[int]:
    """Insert payments; the ids come in the order given."""
    ids: list[int] = []
    statement = insert(PaymentRow).returning(PaymentRow.id, sort_by_parameter_order=True)
    for some in batches(payments):
        rows = [
            {
                "family_id": payment.family_id,
                "paid_on": payment.paid_on,
                "amount": payment.amount,
                "means": payment.means,
                "payer_name": payment.payer_name,
                "reference": payment.reference,
                "origin": origin,
            }
            for payment in some
        ]
        ids.extend(session.scalars(statement, rows))
    return ids


def allocate(session: Session, allocations: Iterable[tuple[int, int, Money]]) -> None:
    """Settle charges: triples (payment id, charge id, amount)."""
    for some in batches(allocations):
        rows = [{"payment_id": payment, "charge_id": charge, "amount": amount} for payment, charge, amount in some]
        session.execute(insert(PaymentAllocationRow), rows)
