"""A month beside the one before, family by family: what an agent looks at before issuing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from backoffice.billing.plan import RunPlan
from backoffice.billing.planning import plan_month
from backoffice.billing.rules import Outcome
from backoffice.billing.tables import ChargeRow, InvoiceRow
from backoffice.catalog.queries import services_in_scope
from backoffice.families.queries import family_names
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.money import ZERO, Money
from backoffice.kernel.periods import Month

_Amounts = dict[tuple[int, int, Month], Money]


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """What a family's two months cost in a service. `blocked`: days without a price are missing from `current`."""

    family_id: int
    family_name: str
    service_code: str
    service_name: str
    previous: Money
    current: Money
    blocked: bool

    @property
    def difference(self) -> Money:
        return self.current - self.previous


@dataclass(frozen=True)
class MonthComparison(Query[tuple[ComparisonRow, ...]]):
    """The month beside the one before, largest differences first.

    Amounts are those of the services rendered in each month, billed, carried over or still to bill: a carry-over
    is no difference. Both months count whatever of them is already priced, and what the month's run would price.
    """

    month: Month
    service_codes: tuple[str, ...] = ()


@read(MonthComparison, permission="billing.read")
def month_comparison(query: MonthComparison, reading: Reading) -> tuple[ComparisonRow, ...]:
    """Raises UserError `catalog.unknown_service`, `dated.overlap`."""
    session, month = reading.session, query.month
    issued_on = max(reading.today, month.first_day)
    plan = plan_month(session, month, issued_on, query.service_codes, reading.progress)
    return compare(session, plan)


@dataclass(frozen=True)
class ComparePlan(Query[tuple[ComparisonRow, ...]]):
    """The same from a plan that is already there (a preview on screen): nothing is priced again."""

    plan: RunPlan


@read(ComparePlan, permission="billing.read")
def compare_plan(query: ComparePlan, reading: Reading) -> tuple[ComparisonRow, ...]:
    return compare(reading.session, query.plan)


def compare(session: Session, plan: RunPlan) -> tuple[ComparisonRow, ...]:
    """The same from a plan that is already there (a preview on screen)."""
    services = {service.id: service for service in services_in_scope(session, plan.service_codes)}
    month, before = plan.month, plan.month.plus(-1)
    amounts = _priced(session, (before, month), tuple(services))
    for group in plan.groups:
        for charge in group.charges:
            if charge.charge_id is None and charge.month in (before, month):
                amounts[group.family_id, group.service_id, charge.month] += charge.amount
    blocked = {(g.family_id, g.service_id) for g in plan.groups if g.outcome is Outcome.BLOCKED}
    pairs = {(family, service) for family, service, _ in amounts} | blocked
    names = family_names(session, {family for family, _ in pairs})
    rows = [
        ComparisonRow(
            family_id=family,
            family_name=names[family].name,
            service_code=services[service].code,
            service_name=services[service].name,
            previous=amounts.get((family, service, before), ZERO),
            current=amounts.get((family, service, month), ZERO),
            blocked=(family, service) in blocked,
        )
        for family, service in pairs
    ]
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                -abs(row.difference.cents),
                row.service_code,
                names[row.family_id].sort_name,
                row.family_id,
            ),
        )
    )


def _priced(session: Session, months: tuple[Month, Month], service_ids: tuple[int, ...]) -> _Amounts:
    """What is already priced, by family, service and month of service, without what credit notes cancelled."""
    note, row = aliased(InvoiceRow), ChargeRow
    statement = (
        select(row.family_id, row.service_id, row.month, func.sum(row.amount))
        .outerjoin(note, note.cancels_id == row.invoice_id)
        .where(row.month.in_(months), row.service_id.in_(service_ids), note.id.is_(None))
        .group_by(row.family_id, row.service_id, row.month)
    )
    amounts: _Amounts = defaultdict(lambda: ZERO)
    for record in session.execute(statement):
        amounts[record[0], record[1], record[2]] = record[3]
    return amounts
