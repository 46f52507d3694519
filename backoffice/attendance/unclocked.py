"""What was clocked without a booking, and booked without being clocked, counted over several days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select

from backoffice.attendance.clocked import CLOCKED
from backoffice.attendance.queries import in_structure
from backoffice.attendance.rules import AttendanceState
from backoffice.attendance.tables import AttendanceRow
from backoffice.catalog.kinds import BillingBasis
from backoffice.catalog.queries import slots_in
from backoffice.kernel.database import Session


@dataclass(frozen=True, slots=True)
class ToCheck:
    """How many units of each kind no run has priced, and the oldest day; None when there is none."""

    unbooked: int
    unclocked: int
    oldest: date | None
    oldest_is_unbooked: bool


def count_to_check(session: Session, first_day: date, last_day: date, structure_id: int | None) -> ToCheck:
    """Of a structure (None: all; `NO_STRUCTURE`: outside structures), on these days, all of them over.

    What was booked and not clocked only counts where attendance is billed: elsewhere the booking is.
    """
    row = AttendanceRow
    attended = [
        slot.id for slot in slots_in(session, structure_id).values() if slot.billing_basis is BillingBasis.ATTENDED
    ]
    here = (row.day.between(first_day, last_day), row.charge_id.is_(None), *in_structure(session, structure_id))
    unbooked, first = _counted(session, *here, row.channel == CLOCKED)
    unclocked, other = _counted(
        session, *here, row.state == AttendanceState.BOOKED, row.arrived_minute.is_(None), row.slot_id.in_(attended)
    )
    oldest = min((day for day in (first, other) if day is not None), default=None)
    return ToCheck(unbooked, unclocked, oldest, first is not None and first == oldest)


def _counted(session: Session, *conditions: ColumnElement[bool]) -> tuple[int, date | None]:
    row = AttendanceRow
    count, oldest = session.execute(select(func.count(), func.min(row.day)).where(*conditions)).one()
    return count, oldest
