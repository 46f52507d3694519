"""The nearest days where something is booked or clocked: an empty day says where to go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from backoffice.attendance.queries import in_structure
from backoffice.attendance.tables import AttendanceRow
from backoffice.kernel.application import Query, Reading, read


@dataclass(frozen=True, slots=True)
class NearestDays:
    """The last day before and the first day after that have a unit; None when there is none."""

    before: date | None
    after: date | None


@dataclass(frozen=True)
class DaysAround(Query[NearestDays]):
    """The neighbours of a day in one structure (None: all; `NO_STRUCTURE`: outside structures)."""

    day: date
    structure_id: int | None = None


@read(DaysAround, permission="attendance.read")
def days_around(query: DaysAround, reading: Reading) -> NearestDays:
    row = AttendanceRow
    inside = in_structure(reading.session, query.structure_id)
    before = select(func.max(row.day)).where(row.day < query.day, *inside)
    after = select(func.min(row.day)).where(row.day > query.day, *inside)
    return NearestDays(reading.session.scalar(before), reading.session.scalar(after))
