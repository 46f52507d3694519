"""The months that were or can be billed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from backoffice.attendance.waiting import open_units_by_month
from backoffice.billing.carried import carried_by_month
from backoffice.billing.scope import Scope, scope_of
from backoffice.billing.tables import ChargeRow, InvoiceRow
from backoffice.billing.views import InvoiceKind
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.money import ZERO, Money
from backoffice.kernel.periods import Month


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A month of billing.

    `open_units`: attendance that its run would price; `open_lines`: imported lines that wait for its run at their
    own price. `invoice_count` and `invoiced_total`: our invoices that stand, without those that a credit note
    cancelled. `carried_total`: what waited under the threshold once the month was billed. `historic_…`: what
    another program had invoiced.
    """

    month: Month
    open_units: int
    invoice_count: int
    invoiced_total: Money
    carried_total: Money
    open_lines: int = 0
    historic_count: int = 0
    historic_total: Money = ZERO

    @property
    def total(self) -> Money:
        """What families were asked for this month, by us or before us: the height of a bar."""
        return self.invoiced_total + self.historic_total

    @property
    def to_bill(self) -> bool:
        return bool(self.open_units or self.open_lines)


@dataclass(frozen=True)
class BillingMonths(Query[tuple[MonthFigures, ...]]):
    """Every month with something to bill or an invoice, oldest first; only of these services, or of this structure,
    when they are named."""

    service_codes: tuple[str, ...] = ()
    structure_id: int | None = None


@read(BillingMonths, permission="billing.read")
def billing_months(query: BillingMonths, reading: Reading) -> tuple[MonthFigures, ...]:
    """Raises UserError `catalog.unknown_service`."""
    session = reading.session
    scope = scope_of(session, query.structure_id, query.service_codes)
    return month_figures(session, open_units_by_month(session, scope.slots.values()), scope)


def month_figures(
    session: Session, units: Mapping[Month, int], scope: Scope, since: Month | None = None
) -> tuple[MonthFigures, ...]:
    """Three statements, however many months and invoices; `units` are those that wait for each month's run.

    Invoices of months before `since` are not counted, unless None.
    """
    lines = _open_lines(session, scope)
    ours, historic = _invoiced(session, scope, since)
    months = sorted(units.keys() | lines.keys() | ours.keys() | historic.keys())
    carried = carried_by_month(session, months, scope)
    nothing = (0, ZERO)
    return tuple(
        MonthFigures(
            month=month,
            open_units=units.get(month, 0),
            invoice_count=ours.get(month, nothing)[0],
            invoiced_total=ours.get(month, nothing)[1],
            carried_total=carried[month],
            open_lines=lines.get(month, 0),
            historic_count=historic.get(month, nothing)[0],
            historic_total=historic.get(month, nothing)[1],
        )
        for month in months
    )


def _open_lines(session: Session, scope: Scope) -> dict[Month, int]:
    statement = (
        select(ChargeRow.month, func.count())
        .where(ChargeRow.invoice_id.is_(None), ChargeRow.carried_by_run_id.is_(None), *scope.of_lines)
        .group_by(ChargeRow.month)
    )
    return {record[0]: record[1] for record in session.execute(statement)}


def _invoiced(
    session: Session, scope: Scope, since: Month | None
) -> tuple[dict[Month, tuple[int, Money]], dict[Month, tuple[int, Money]]]:
    """Ours that stand, and historic ones: how many and how much, by billed month."""
    row = InvoiceRow
    statement = (
        select(row.billed_month, row.kind, func.count(), func.sum(row.total))
        .where(row.billed_month.is_not(None) if since is None else row.billed_month >= since, *scope.of_invoices)
        .group_by(row.billed_month, row.kind)
    )
    ours: dict[Month, tuple[int, Money]] = defaultdict(lambda: (0, ZERO))
    historic: dict[Month, tuple[int, Money]] = {}
    records: Iterable[Any] = session.execute(statement)
    for month, kind, count, total in records:
        if kind == InvoiceKind.HISTORIC.value:
            historic[month] = (count, total)
        else:
            # A credit note is the exact opposite of one invoice: both leave the count and the total.
            sign = -1 if kind == InvoiceKind.CREDIT_NOTE.value else 1
            ours[month] = (ours[month][0] + sign * count, ours[month][1] + total)
    return dict(ours), historic
