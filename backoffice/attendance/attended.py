"""What the children of a family attend: where a tariff is tried first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from backoffice.attendance.rules import BILLED_WHEN_BOOKED, AttendanceState
from backoffice.attendance.tables import AttendanceRow
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session


@dataclass(frozen=True, slots=True)
class AttendedSlot:
    """A slot where children of the family are recorded; `children`: the one of the latest day first."""

    slot_id: int
    children: tuple[int, ...]
    last_day: date


@dataclass(frozen=True)
class SlotsOfFamily(Query[tuple[AttendedSlot, ...]]):
    """The slots where a family's children were booked or clocked, the latest day first, then the most days."""

    family_id: int


@read(SlotsOfFamily, permission="attendance.read")
def slots_of_family(query: SlotsOfFamily, reading: Reading) -> tuple[AttendedSlot, ...]:
    row = AttendanceRow
    statement = (
        select(row.slot_id, row.child_id, func.max(row.day), func.count())
        .where(row.family_id == query.family_id)
        .group_by(row.slot_id, row.child_id)
    )
    by_slot: dict[int, list[tuple[date, int, int]]] = defaultdict(list)
    for slot_id, child_id, last, days in reading.session.execute(statement):
        by_slot[slot_id].append((last, days, child_id))
    found = [
        (max(last for last, _, _ in own), sum(days for _, days, _ in own), slot_id, sorted(own, reverse=True))
        for slot_id, own in by_slot.items()
    ]
    found.sort(key=lambda one: (one[0], one[1], -one[2]), reverse=True)
    return tuple(AttendedSlot(slot_id, tuple(child for _, _, child in own), last) for last, _, slot_id, own in found)


@dataclass(frozen=True, slots=True)
class HoursOfDay:
    """The minutes of a day in some slots: booked, attended, and due (what was booked and not excused, with what was
    attended beyond)."""

    day: date
    booked: int
    attended: int
    billed: int


def hours_between(session: Session, slot_ids: Collection[int], first_day: date, last_day: date) -> list[HoursOfDay]:
    """Day by day, those with something only."""
    row = AttendanceRow
    statement = select(
        row.day, row.state, row.booked_start, row.booked_end, row.arrived_minute, row.left_minute
    ).where(row.slot_id.in_(slot_ids), row.day.between(first_day, last_day))
    days: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0])
    for day, state, start, end, arrived, left in session.execute(statement):
        counts = days[day]
        reserved = (start, end) if start is not None and end is not None else (0, 0)
        there = (arrived, left) if arrived is not None and left is not None else (0, 0)
        booked, stayed = reserved[1] - reserved[0], there[1] - there[0]
        inside = max(0, min(there[1], reserved[1]) - max(there[0], reserved[0]))
        counts[0] += booked if state != AttendanceState.WAITING else 0
        counts[1] += stayed
        counts[2] += booked + stayed - inside if state in BILLED_WHEN_BOOKED else 0
    return [HoursOfDay(day, *days[day]) for day in sorted(days)]
