"""Charges, invoices, credit notes, the counters that number them, and what was paid.

Issued invoices are only ever inserted: triggers of the schema refuse any other change.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.billing.views import InvoiceKind
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month
from backoffice.kernel.schema import Base, HundredthsType, one_of, partial_index


class BillingRunRow(Base):
    """One run that issued or carried something: who, when, which month and services."""

    __tablename__ = "billing_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[Month] = mapped_column(index=True)
    issued_on: Mapped[date]
    services: Mapped[list[str]] = mapped_column(JSON)
    actor: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class LetterheadRow(Base):
    """Issuer and texts as they were at issue: one row for all the invoices of a service that share them.

    A digest is known within its service only: nobody lays down what another service will print.
    """

    __tablename__ = "letterheads"
    __table_args__ = (Index("uq_letterheads_service_digest", "service_id", "digest", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"))
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)


class NumberCounterRow(Base):
    """The last number drawn of a series (« CANT-F2511 »). Moved inside the transaction that uses the numbers."""

    __tablename__ = "number_counters"

    series: Mapped[str] = mapped_column(String(30), primary_key=True)
    last: Mapped[int]


class InvoiceRow(Base):
    """An invoice, a credit note, or a historic invoice of another program (`kind`: InvoiceKind).

    `origin` is empty for ours and names the import for historic ones, whose numbers live outside our series.
    `line_count` closes ours: the schema refuses one line more (a credit note has none: it shows those it cancels).
    `payer_count` closes every document: the schema refuses one payer more than it was written with.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        Index("uq_invoices_origin_number", "origin", "number", unique=True),
        Index("ix_invoices_month_service", "billed_month", "service_id"),
        CheckConstraint("(kind = 'historic') = (origin <> '')", name="origin"),
        CheckConstraint("kind = 'historic' OR (service_id IS NOT NULL AND letterhead_id IS NOT NULL)", name="complete"),
        CheckConstraint("(kind = 'invoice') = (debt_number IS NOT NULL)", name="debt_number"),
        CheckConstraint("(kind = 'credit_note') = (cancels_id IS NOT NULL)", name="credit_note"),
        one_of("kind", InvoiceKind),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    origin: Mapped[str] = mapped_column(String(80))
    number: Mapped[str] = mapped_column(String(40))
    debt_number: Mapped[int | None] = mapped_column(unique=True)
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"), index=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    family_name: Mapped[str] = mapped_column(String(160))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("billing_runs.id"), index=True)
    billed_month: Mapped[Month | None]
    issued_on: Mapped[date]
    due_on: Mapped[date | None]
    total: Mapped[Money]
    line_count: Mapped[int]
    payer_count: Mapped[int]
    quotient_text: Mapped[str] = mapped_column(Text)
    letterhead_id: Mapped[int | None] = mapped_column(ForeignKey("letterheads.id"), index=True)
    cancels_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)


class InvoicePayerRow(Base):
    """A named debtor as it was when the invoice was issued."""

    __tablename__ = "invoice_payers"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str] = mapped_column(String(240))
    address: Mapped[list[str]] = mapped_column(JSON)


class ChargeRow(Base):
    """A priced line: what a family owes for one child, slot and unit price in one month.

    Open until `invoice_id` is set; carried over when a run left it under the threshold (`carried_by_run_id`).
    `stored_price` tells that the amount came with an import and is never recomputed. Names are frozen copies.
    """

    __tablename__ = "charges"
    __table_args__ = (
        Index("ix_charges_invoice", "invoice_id", "position"),
        partial_index("ix_charges_open", "service_id", "month", where="invoice_id IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"), index=True)
    child_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slots.id"), index=True)
    month: Mapped[Month]
    first_day: Mapped[date]
    last_day: Mapped[date]
    child_name: Mapped[str] = mapped_column(String(240))
    activity: Mapped[str] = mapped_column(String(120))
    label: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[Decimal] = mapped_column(HundredthsType)
    unit_price: Mapped[Money | None]
    amount: Mapped[Money]
    basis: Mapped[str] = mapped_column(String(160))
    explanation: Mapped[list[str]] = mapped_column(JSON)
    stored_price: Mapped[bool]
    position: Mapped[int]
    carried_by_run_id: Mapped[int | None] = mapped_column(ForeignKey("billing_runs.id"), index=True)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("charges.id"), unique=True)


class InvoiceFileRow(Base):
    """The PDF last written for an invoice: what makes a broken series of PDFs resume where it stopped."""

    __tablename__ = "invoice_files"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    written_at: Mapped[datetime]


class PaymentRow(Base):
    """Money received from a family."""

    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    paid_on: Mapped[date]
    amount: Mapped[Money]
    means: Mapped[str] = mapped_column(String(60))
    payer_name: Mapped[str] = mapped_column(String(240))
    reference: Mapped[str] = mapped_column(String(120))
    origin: Mapped[str] = mapped_column(String(80))


class PaymentAllocationRow(Base):
    """The part of a payment that settles a charge."""

    __tablename__ = "payment_allocations"

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("charges.id"), index=True)
    amount: Mapped[Money]
