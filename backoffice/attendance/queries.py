"""What other wings read of attendance."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, and_, func, or_, select, type_coerce

from backoffice.attendance.rules import BILLED_WHEN_ATTENDED, BILLED_WHEN_BOOKED
from backoffice.attendance.tables import AttendanceRow
from backoffice.catalog.kinds import BillingBasis
from backoffice.catalog.queries import Slot, slots_in
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Month, Period


class DayToBill(NamedTuple):
    """One attended or booked unit that no charge has priced yet. Minutes from midnight.

    A plain tuple: a month of a town reads tens of thousands of them.
    """

    id: int
    family_id: int
    child_id: int
    slot_id: int
    day: date
    quantity: int
    booked_start: int | None
    booked_end: int | None
    arrived_minute: int | None
    left_minute: int | None
    announced_cents: int | None


_ROWS_READ_AT_ONCE = 2_000


def days_to_bill(session: Session, month: Month, slots: Collection[Slot]) -> Iterator[DayToBill]:
    """The units of these slots that the run of `month` must price, in no particular order.

    Read as a stream: memory does not grow with the town.
    """
    row = AttendanceRow
    statement = select(
        row.id,
        row.family_id,
        row.child_id,
        row.slot_id,
        row.day,
        row.quantity,
        row.booked_start,
        row.booked_end,
        row.arrived_minute,
        row.left_minute,
        type_coerce(row.announced_price, BigInteger),  # plain cents: one object less for each unit
    ).where(*_to_bill(month, slots))
    result = session.execute(statement, execution_options={"yield_per": _ROWS_READ_AT_ONCE})
    for partition in result.partitions():
        for record in partition:
            yield DayToBill._make(record)


def families_to_bill(session: Session, month: Month, slots: Collection[Slot]) -> set[int]:
    """The families that `days_to_bill` will name."""
    return set(session.scalars(select(AttendanceRow.family_id).where(*_to_bill(month, slots)).distinct()))


def span_to_bill(session: Session, month: Month, slots: Collection[Slot]) -> tuple[int, date]:
    """How many units `days_to_bill` will give, and the first of their days (the month's own when there is none)."""
    statement = select(func.count(AttendanceRow.id), func.min(AttendanceRow.day)).where(*_to_bill(month, slots))
    count, first = session.execute(statement).one()
    return (count, first) if count else (0, month.first_day)


class LeftBehind(NamedTuple):
    """Billable units of a month before, that no run took: clocked late, or blocked by an anomaly since settled."""

    month: Month
    units: int


def left_behind(session: Session, month: Month, slots: Collection[Slot]) -> list[LeftBehind]:
    """What earlier months still have to bill, and the run of `month` does not take."""
    row = AttendanceRow
    statement = (
        select(row.billing_month, func.count(row.id))
        .where(row.billing_month < month, row.carried.is_(False), *unpriced(slots))
        .group_by(row.billing_month)
    )
    return [LeftBehind(earlier, units) for earlier, units in session.execute(statement) if earlier is not None]


def _to_bill(month: Month, slots: Collection[Slot]) -> tuple[ColumnElement[bool], ...]:
    row = AttendanceRow
    # Each side whole, so that each is looked up in the index.
    own = and_(row.carried.is_(False), row.billing_month == month, row.charge_id.is_(None))
    corrected = and_(row.carried.is_(True), row.billing_month <= month, row.charge_id.is_(None))
    return (or_(own, corrected), *unpriced(slots))


def recorded_days(session: Session) -> Period | None:
    """From the first to the last day with a unit, whatever its state; None without any."""
    first, last = (session.scalar(select(edge(AttendanceRow.day))) for edge in (func.min, func.max))
    return Period(first, last) if first is not None else None


def in_structure(session: Session, structure_id: int | None) -> tuple[ColumnElement[bool], ...]:
    """What keeps the units of a structure (None: of all; `NO_STRUCTURE`: of none). For this wing's statements."""
    return () if structure_id is None else (AttendanceRow.slot_id.in_(slots_in(session, structure_id)),)


def unpriced(slots: Collection[Slot]) -> tuple[ColumnElement[bool], ...]:
    """What tells the units of these slots that a run, of whatever month, has to price. For this wing's statements."""
    row = AttendanceRow
    attended = [slot.id for slot in slots if slot.billing_basis is BillingBasis.ATTENDED]
    booked = [slot.id for slot in slots if slot.billing_basis is BillingBasis.BOOKED]
    return (
        row.charge_id.is_(None),
        or_(
            and_(row.slot_id.in_(attended), row.state.in_(BILLED_WHEN_ATTENDED)),
            and_(row.slot_id.in_(booked), row.state.in_(BILLED_WHEN_BOOKED)),
        ),
    )
