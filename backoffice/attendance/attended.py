"""What the children of a family attend: where a tariff is tried first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from backoffice.attendance.tables import AttendanceRow
from backoffice.kernel.application import Query, Reading, read


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
