"""What an agent should know about a run as a whole, before numbers are drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from sqlalchemy import func, select

from backoffice.attendance.queries import left_behind
from backoffice.billing.tables import ChargeRow
from backoffice.catalog.queries import Slot, find_town
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import euros
from backoffice.kernel.periods import Month

_MONTHS_NAMED = 3


def run_remarks(
    session: Session, month: Month, issued_on: date, service_ids: Collection[int], slots: Mapping[int, Slot]
) -> Iterator[UserError]:
    """Remarks that block nothing, the gravest first."""
    yield from _issuer(session)
    if issued_on <= month.last_day:
        yield UserError("billing.month_not_over", month=month, day=issued_on)
    yield from _forgotten(session, month, service_ids, slots)


def _issuer(session: Session) -> Iterator[UserError]:
    try:
        town = find_town(session)
    except UserError as error:
        yield error
        return
    if not town.address or not town.identifier:
        yield UserError("billing.issuer_incomplete", name=town.name)


def _forgotten(
    session: Session, month: Month, service_ids: Collection[int], slots: Mapping[int, Slot]
) -> Iterator[UserError]:
    """Earlier months that no run billed whole: a run takes its own month only."""
    days = {left.month: str(left.units) for left in left_behind(session, month, slots.values())}
    if days:
        yield UserError("billing.earlier_days_open", months=_named(days))
    statement = (
        select(ChargeRow.month, func.sum(ChargeRow.amount))
        .where(
            ChargeRow.invoice_id.is_(None),
            ChargeRow.carried_by_run_id.is_(None),
            ChargeRow.service_id.in_(service_ids),
            ChargeRow.month < month,
        )
        .group_by(ChargeRow.month)
    )
    lines = {earlier: euros(total) for earlier, total in session.execute(statement)}
    if lines:
        yield UserError("billing.earlier_lines_open", months=_named(lines))


def _named(months: Mapping[Month, str]) -> str:
    """« septembre 2026 (15), août 2026 (3) et 4 autres mois »: the latest first."""
    latest = sorted(months, reverse=True)
    named = ", ".join(f"{month.in_french} ({months[month]})" for month in latest[:_MONTHS_NAMED])
    more = len(latest) - _MONTHS_NAMED
    return f"{named} et {more} autres mois" if more > 0 else named
