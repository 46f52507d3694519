"""The months that were or can be billed, and the runs that billed them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from backoffice.agents.overview import agent_names
from backoffice.attendance.waiting import open_units_by_month
from backoffice.billing.carried import carried_by_month
from backoffice.billing.scope import Scope, scope_of
from backoffice.billing.tables import BillingRunRow, ChargeRow, InvoiceRow, PaymentAllocationRow
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


# --- runs ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run: who launched it and when, what it issued and what it newly carried over.

    `cancelled_count`: its invoices that a credit note cancelled since. `paid`: what is known to be paid of it.
    Numbers are empty when it only carried.
    """

    id: int
    at: datetime
    actor: str
    actor_name: str
    month: Month
    issued_on: date
    service_codes: tuple[str, ...]
    invoice_count: int
    total: Money
    first_number: str
    last_number: str
    carried_count: int
    carried_total: Money
    cancelled_count: int
    cancelled_total: Money
    paid: Money

    @property
    def still_due(self) -> Money:
        return self.total - self.cancelled_total - self.paid


@dataclass(frozen=True)
class RunHistory(Query[tuple[RunRow, ...]]):
    """Past runs, latest first."""

    limit: int = 200


@read(RunHistory, permission="billing.read")
def run_history(query: RunHistory, reading: Reading) -> tuple[RunRow, ...]:
    session = reading.session
    latest = select(BillingRunRow).order_by(BillingRunRow.at.desc(), BillingRunRow.id.desc()).limit(query.limit)
    runs = session.scalars(latest).all()
    ids = [run.id for run in runs]
    issued, carried, paid = _issued(session, ids), _newly_carried(session, ids), _paid(session, ids)
    names = agent_names(session)
    none, nothing = (0, ZERO, "", "", 0, ZERO), (0, ZERO)
    return tuple(
        RunRow(
            run.id,
            run.at,
            run.actor,
            names.get(run.actor, run.actor),
            run.month,
            run.issued_on,
            tuple(run.services),
            *(values := issued.get(run.id, none))[:4],
            *carried.get(run.id, nothing),
            *values[4:],
            paid.get(run.id, ZERO),
        )
        for run in runs
    )


def _issued(session: Session, runs: list[int]) -> dict[int, tuple[int, Money, str, str, int, Money]]:
    """By run: invoices, their total, first and last number as drawn, how many were cancelled and for how much."""
    row, note, first, last = InvoiceRow, aliased(InvoiceRow), aliased(InvoiceRow), aliased(InvoiceRow)
    figures = (
        select(
            row.run_id,
            func.count().label("how_many"),
            func.sum(row.total).label("total"),
            func.min(row.id).label("first_id"),
            func.max(row.id).label("last_id"),
            func.count(note.id).label("cancelled"),
            func.sum(note.total).label("noted"),
        )
        .outerjoin(note, note.cancels_id == row.id)
        .where(row.run_id.in_(runs))
        .group_by(row.run_id)
        .subquery()
    )
    statement = (
        select(figures, first.number.label("first_number"), last.number.label("last_number"))
        .join(first, first.id == figures.c.first_id)
        .join(last, last.id == figures.c.last_id)
    )
    return {
        found.run_id: (
            found.how_many,
            found.total,
            found.first_number,
            found.last_number,
            found.cancelled,
            -(found.noted or ZERO),
        )
        for found in session.execute(statement)
    }


def _newly_carried(session: Session, runs: list[int]) -> dict[int, tuple[int, Money]]:
    """By run: families it left under the threshold, and the amount."""
    row = ChargeRow
    statement = (
        select(row.carried_by_run_id, func.count(row.family_id.distinct()), func.sum(row.amount))
        .where(row.carried_by_run_id.in_(runs), row.replaces_id.is_(None))
        .group_by(row.carried_by_run_id)
    )
    records: Iterable[Any] = session.execute(statement)
    return {run: (count, total) for run, count, total in records}


def _paid(session: Session, runs: list[int]) -> dict[int, Money]:
    note = aliased(InvoiceRow)
    statement = (
        select(InvoiceRow.run_id, func.sum(PaymentAllocationRow.amount))
        .join(ChargeRow, ChargeRow.invoice_id == InvoiceRow.id)
        .join(PaymentAllocationRow, PaymentAllocationRow.charge_id == ChargeRow.id)
        .outerjoin(note, note.cancels_id == InvoiceRow.id)
        .where(InvoiceRow.run_id.in_(runs), note.id.is_(None))
        .group_by(InvoiceRow.run_id)
    )
    records: Iterable[Any] = session.execute(statement)
    return {record[0]: record[1] for record in records}
