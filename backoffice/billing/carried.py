"""What runs left under the threshold: « reporté sur la facture du mois suivant »."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from backoffice.billing.scope import Scope
from backoffice.billing.tables import BillingRunRow, ChargeRow, InvoiceRow
from backoffice.billing.views import CarriedView
from backoffice.catalog.queries import Service, services_in_scope
from backoffice.families.queries import family_names
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.money import ZERO, Money
from backoffice.kernel.periods import Month, SchoolYear


@dataclass(frozen=True)
class CarriedOver(Query[tuple[CarriedView, ...]]):
    """What families still had waiting when this month had been billed, by service, family and month of service."""

    month: Month


@read(CarriedOver, permission="billing.read")
def carried_over_query(query: CarriedOver, reading: Reading) -> tuple[CarriedView, ...]:
    services = services_in_scope(reading.session)
    found = carried_over(reading.session, query.month, services)
    return tuple(view for service in services for view in found[service.id])


def carried_over(
    session: Session, month: Month, services: Collection[Service]
) -> dict[int, tuple[CarriedView, ...]]:
    """By service, what families still had waiting when this month had been billed, by family and month of service."""
    taken = aliased(InvoiceRow)
    statement = (
        select(ChargeRow.service_id, ChargeRow.family_id, ChargeRow.month, func.sum(ChargeRow.amount).label("amount"))
        .join(BillingRunRow, BillingRunRow.id == ChargeRow.carried_by_run_id)
        .outerjoin(taken, taken.id == ChargeRow.invoice_id)
        .where(ChargeRow.service_id.in_([service.id for service in services]), BillingRunRow.month <= month)
        .where(or_(ChargeRow.invoice_id.is_(None), taken.billed_month > month))
        # A line that opened again after a cancelled invoice stands for the one it replaces.
        .where(ChargeRow.id.not_in(select(ChargeRow.replaces_id).where(ChargeRow.replaces_id.is_not(None))))
        .group_by(ChargeRow.service_id, ChargeRow.family_id, ChargeRow.month)
    )
    rows = session.execute(statement).all()
    names = family_names(session, {row.family_id for row in rows})
    by_id = {service.id: service for service in services}
    found: dict[int, list[CarriedView]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (names[row.family_id].sort_name, row.family_id, row.month)):
        service, name = by_id[row.service_id], names[row.family_id].name
        found[service.id].append(
            CarriedView(row.family_id, name, service.code, service.name, row.month, row.amount)
        )
    return {service.id: tuple(found[service.id]) for service in services}


@dataclass(frozen=True, slots=True)
class CarriedNow:
    """What waits today under the threshold: for how many families, and how much in all."""

    families: int
    total: Money


def carried_now(session: Session, scope: Scope, year: SchoolYear | None = None) -> CarriedNow:
    """The lines of the scope, and of the year, that runs left under the threshold and that no invoice took since."""
    row = ChargeRow
    statement = select(func.count(row.family_id.distinct()), func.sum(row.amount)).where(
        row.invoice_id.is_(None), row.carried_by_run_id.is_not(None), *scope.of_lines
    )
    if year is not None:
        statement = statement.where(row.month.between(Month.of(year.first_day), Month.of(year.last_day)))
    families, total = session.execute(statement).one()
    return CarriedNow(families, total or ZERO)


def carried_by_month(session: Session, months: Collection[Month], scope: Scope) -> dict[Month, Money]:
    """What of the scope waited when each of these months had been billed, from one statement."""
    taken = aliased(InvoiceRow)
    statement = (
        select(BillingRunRow.month, taken.billed_month, func.sum(ChargeRow.amount))
        .join(BillingRunRow, BillingRunRow.id == ChargeRow.carried_by_run_id)
        .outerjoin(taken, taken.id == ChargeRow.invoice_id)
        .where(*scope.of_lines)
        .group_by(BillingRunRow.month, taken.billed_month)
    )
    moves = [(record[0], record[1], record[2]) for record in session.execute(statement)]
    return {
        month: Money.total(
            amount for carried, billed, amount in moves if carried <= month and (billed is None or billed > month)
        )
        for month in months
    }
