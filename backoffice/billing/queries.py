"""Reads of billing: the preview of a month, invoices as they were issued, the month as the régie receives it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from backoffice.billing.carried import carried_over
from backoffice.billing.plan import RunPlan
from backoffice.billing.planning import plan_month
from backoffice.billing.tables import (
    ChargeRow,
    InvoiceFileRow,
    InvoicePayerRow,
    InvoiceRow,
    LetterheadRow,
    PaymentAllocationRow,
)
from backoffice.billing.views import (
    BillingMonth,
    InvoiceKind,
    InvoiceView,
    Letterhead,
    LineView,
    PayerView,
    WorkbookService,
)
from backoffice.catalog.queries import find_town, services_in_scope
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import ZERO, Money
from backoffice.kernel.periods import Month, Period


@dataclass(frozen=True)
class PreviewMonth(Query[RunPlan]):
    """What issuing this month would do; nothing is written, no number is drawn."""

    month: Month
    issued_on: date
    service_codes: tuple[str, ...] = ()


@read(PreviewMonth, permission="billing.read")
def preview_month(query: PreviewMonth, reading: Reading) -> RunPlan:
    return plan_month(reading.session, query.month, query.issued_on, query.service_codes, reading.progress)


@dataclass(frozen=True, slots=True)
class InvoiceToPrint:
    """An issued document and the digest of the PDF last written for it, if one was."""

    id: int
    number: str
    digest: str | None


@dataclass(frozen=True)
class DocumentsOfMonth(Query[tuple[InvoiceToPrint, ...]]):
    """Our invoices and credit notes of a billed month, by number."""

    month: Month
    service_codes: tuple[str, ...] = ()


@read(DocumentsOfMonth, permission="billing.read")
def documents_of_month(query: DocumentsOfMonth, reading: Reading) -> tuple[InvoiceToPrint, ...]:
    services = services_in_scope(reading.session, query.service_codes)
    statement = (
        select(InvoiceRow.id, InvoiceRow.number, InvoiceFileRow.digest)
        .outerjoin(InvoiceFileRow, InvoiceFileRow.invoice_id == InvoiceRow.id)
        .where(_ours_of_month(query.month), InvoiceRow.service_id.in_([service.id for service in services]))
        .order_by(InvoiceRow.number)
    )
    return tuple(InvoiceToPrint(*row) for row in reading.session.execute(statement))


@dataclass(frozen=True)
class InvoiceByNumber(Query[InvoiceView]):
    """One issued document. Raises UserError `invoice.unknown`."""

    number: str


@read(InvoiceByNumber, permission="billing.read")
def invoice_by_number(query: InvoiceByNumber, reading: Reading) -> InvoiceView:
    statement = select(InvoiceRow.id).where(InvoiceRow.number == query.number).order_by(InvoiceRow.origin)
    found = reading.session.scalars(statement).first()
    if found is None:
        raise UserError("invoice.unknown", number=query.number)
    return next(invoice_views(reading.session, [found]))


@dataclass(frozen=True)
class InvoicesByIds(Query[tuple[InvoiceView, ...]]):
    """Issued documents in the order asked, a page at a time. Raises UserError `invoice.unknown_id`."""

    ids: tuple[int, ...]


@read(InvoicesByIds, permission="billing.read")
def invoices_by_ids(query: InvoicesByIds, reading: Reading) -> tuple[InvoiceView, ...]:
    return tuple(invoice_views(reading.session, query.ids))


@dataclass(frozen=True)
class BillingMonthView(Query[BillingMonth]):
    """All that the régie receives for a month. Raises UserError `billing.month_empty`."""

    month: Month
    service_codes: tuple[str, ...] = ()


@read(BillingMonthView, permission="billing.read")
def billing_month(query: BillingMonthView, reading: Reading) -> BillingMonth:
    session = reading.session
    services = services_in_scope(session, query.service_codes)
    statement = (
        select(InvoiceRow.id, InvoiceRow.service_id).where(_ours_of_month(query.month)).order_by(InvoiceRow.number)
    )
    ids: dict[int | None, list[int]] = defaultdict(list)
    for invoice_id, service_id in session.execute(statement):
        ids[service_id].append(invoice_id)
    carried = carried_over(session, query.month, services)
    sheets = [
        WorkbookService(
            code=service.code,
            name=service.name,
            revenue_office=service.revenue_office,
            invoices=tuple(invoice_views(session, ids[service.id])),
            carried=carried[service.id],
        )
        for service in services
    ]
    if not any(sheet.invoices or sheet.carried for sheet in sheets):
        raise UserError("billing.month_empty", month=query.month)
    return BillingMonth(query.month, find_town(session).name, tuple(sheets))


def billed_days(session: Session) -> Period | None:
    """The months with a document, ours or historic, from the first to the last; None without any."""
    first, last = (session.scalar(select(edge(InvoiceRow.billed_month))) for edge in (func.min, func.max))
    return Period(first.first_day, last.last_day) if first is not None and last is not None else None


def _ours_of_month(month: Month) -> Any:
    return (InvoiceRow.billed_month == month) & (InvoiceRow.kind != InvoiceKind.HISTORIC.value)


def invoice_views(session: Session, ids: Collection[int]) -> Iterator[InvoiceView]:
    """Documents as they were issued, in the order asked, read in slices. Raises UserError `invoice.unknown_id`."""
    letterheads: dict[int, Letterhead] = {}
    for some in batches(ids):
        yield from _views_of(session, some, letterheads)


def _views_of(session: Session, ids: Sequence[int], letterheads: dict[int, Letterhead]) -> Iterator[InvoiceView]:
    cancelled, note = aliased(InvoiceRow), aliased(InvoiceRow)
    statement = (
        select(InvoiceRow, cancelled.number, note.number)
        .outerjoin(cancelled, cancelled.id == InvoiceRow.cancels_id)
        .outerjoin(note, note.cancels_id == InvoiceRow.id)
        .where(InvoiceRow.id.in_(ids))
    )
    rows = {row.id: (row, cancels, cancelled_by) for row, cancels, cancelled_by in session.execute(statement)}
    unknown = next((invoice_id for invoice_id in ids if invoice_id not in rows), None)
    if unknown is not None:
        raise UserError("invoice.unknown_id", id=unknown)
    missing = {row.letterhead_id for row, *_ in rows.values() if row.letterhead_id is not None} - letterheads.keys()
    for letterhead in session.scalars(select(LetterheadRow).where(LetterheadRow.id.in_(missing))):
        letterheads[letterhead.id] = _letterhead(letterhead.content)
    # A credit note shows the lines of the invoice it cancels.
    sources = {row.id: row.cancels_id or row.id for row, *_ in rows.values()}
    lines, paid = _lines(session, set(sources.values())), _paid(session, set(ids))
    payers = _payers(session, ids)
    for invoice_id in ids:
        row, cancels_number, cancelled_by = rows[invoice_id]
        is_note = row.kind == InvoiceKind.CREDIT_NOTE.value
        own = tuple(_line(charge, row.billed_month, negative=is_note) for charge in lines[sources[invoice_id]])
        yield InvoiceView(
            id=row.id,
            number=row.number,
            debt_number=row.debt_number,
            kind=InvoiceKind(row.kind),
            issued_on=row.issued_on,
            due_on=row.due_on,
            billed_month=row.billed_month,
            family_id=row.family_id,
            family_name=row.family_name,
            family_reference=f"Dossier {row.family_id}",
            payers=tuple(payers[invoice_id]),
            quotient_text=row.quotient_text,
            lines=own,
            total=row.total,
            already_paid=paid.get(invoice_id, ZERO),
            letterhead=letterheads[row.letterhead_id] if row.letterhead_id is not None else None,
            cancels_number=cancels_number,
            reason=row.reason,
            cancelled_by=cancelled_by,
        )


def _lines(session: Session, invoice_ids: Collection[int]) -> dict[int, list[ChargeRow]]:
    found: dict[int, list[ChargeRow]] = defaultdict(list)
    statement = select(ChargeRow).where(ChargeRow.invoice_id.in_(invoice_ids))
    for row in session.scalars(statement.order_by(ChargeRow.invoice_id, ChargeRow.position, ChargeRow.id)):
        if row.invoice_id is not None:
            found[row.invoice_id].append(row)
    return found


def _paid(session: Session, invoice_ids: Collection[int]) -> dict[int, Money]:
    statement = (
        select(ChargeRow.invoice_id, func.sum(PaymentAllocationRow.amount))
        .join(PaymentAllocationRow, PaymentAllocationRow.charge_id == ChargeRow.id)
        .where(ChargeRow.invoice_id.in_(invoice_ids))
        .group_by(ChargeRow.invoice_id)
    )
    return {invoice_id: amount for invoice_id, amount in session.execute(statement) if invoice_id is not None}


def _payers(session: Session, invoice_ids: Collection[int]) -> dict[int, list[PayerView]]:
    found: dict[int, list[PayerView]] = defaultdict(list)
    statement = select(InvoicePayerRow).where(InvoicePayerRow.invoice_id.in_(invoice_ids))
    for row in session.scalars(statement.order_by(InvoicePayerRow.invoice_id, InvoicePayerRow.rank)):
        found[row.invoice_id].append(PayerView(row.name, tuple(row.address)))
    return found


def _line(charge: ChargeRow, billed_month: Month | None, *, negative: bool) -> LineView:
    return LineView(
        child_name=charge.child_name,
        label=charge.label,
        activity=charge.activity,
        month=charge.month,
        quantity=-charge.quantity if negative else charge.quantity,
        unit=charge.unit,
        unit_price=charge.unit_price,
        amount=-charge.amount if negative else charge.amount,
        explanation=tuple(charge.explanation),
        carried=billed_month is not None and charge.month < billed_month,
        first_day=charge.first_day,
        last_day=charge.last_day,
        id=charge.id,
    )


def _letterhead(content: dict[str, Any]) -> Letterhead:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in content.items()
    }
    return Letterhead(**fields)
