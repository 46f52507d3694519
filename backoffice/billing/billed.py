"""The month billed last: all its runs together, as one piece of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from backoffice.billing.carried import carried_by_month
from backoffice.billing.scope import Scope
from backoffice.billing.tables import BillingRunRow, ChargeRow, InvoiceRow, PaymentAllocationRow
from backoffice.billing.views import InvoiceKind
from backoffice.kernel.database import Session
from backoffice.kernel.money import ZERO, Money
from backoffice.kernel.periods import Month, SchoolYear


@dataclass(frozen=True, slots=True)
class BilledMonth:
    """A month and what its runs did, whatever their number.

    `invoice_count` and `total`: the invoices that stand; `cancelled_count`: those that a credit note cancelled.
    `carried_total`: what waited under the threshold once the month was billed. `paid`: what is known to be paid.
    `last_issued_on`: the day of issue of its latest run.
    """

    month: Month
    last_issued_on: date
    invoice_count: int
    total: Money
    cancelled_count: int
    carried_total: Money
    paid: Money

    @property
    def still_due(self) -> Money:
        return self.total - self.paid


def last_billed(session: Session, scope: Scope, year: SchoolYear | None = None) -> BilledMonth | None:
    """The month of the latest run of the scope, and of the year; None when nothing was billed."""
    latest = _latest_run(session, scope, year)
    if latest is None:
        return None
    month, issued_on = latest
    row = InvoiceRow
    ours = (row.billed_month == month, row.kind != InvoiceKind.HISTORIC.value, *scope.of_invoices)
    kinds = {
        kind: (count, total)
        for kind, count, total in session.execute(
            select(row.kind, func.count(), func.sum(row.total)).where(*ours).group_by(row.kind)
        )
    }
    issued, issued_total = kinds.get(InvoiceKind.INVOICE.value, (0, ZERO))
    cancelled, cancelled_total = kinds.get(InvoiceKind.CREDIT_NOTE.value, (0, ZERO))
    note = aliased(InvoiceRow)
    paid = session.scalar(
        select(func.sum(PaymentAllocationRow.amount))
        .join(ChargeRow, ChargeRow.id == PaymentAllocationRow.charge_id)
        .join(row, row.id == ChargeRow.invoice_id)
        .outerjoin(note, note.cancels_id == row.id)
        .where(*ours, note.id.is_(None))
    )
    return BilledMonth(
        month=month,
        last_issued_on=issued_on,
        invoice_count=issued - cancelled,
        total=issued_total + cancelled_total,
        cancelled_count=cancelled,
        carried_total=carried_by_month(session, [month], scope)[month],
        paid=paid or ZERO,
    )


def _latest_run(session: Session, scope: Scope, year: SchoolYear | None) -> tuple[Month, date] | None:
    run = BillingRunRow
    statement = select(run.month, run.issued_on).order_by(run.at.desc(), run.id.desc()).limit(1)
    if year is not None:
        statement = statement.where(run.month.between(Month.of(year.first_day), Month.of(year.last_day)))
    if scope.of_invoices:
        billed = select(InvoiceRow.id).where(InvoiceRow.run_id == run.id, *scope.of_invoices)
        carried = select(ChargeRow.id).where(ChargeRow.carried_by_run_id == run.id, *scope.of_lines)
        statement = statement.where(or_(billed.exists(), carried.exists()))
    found = session.execute(statement).first()
    return None if found is None else (found.month, found.issued_on)
