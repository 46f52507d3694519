"""A day side by side: booked, clocked, to bill, and what does not agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sqlalchemy import select

from backoffice.attendance.clocked import ClockedUnit
from backoffice.attendance.day import DayRow, day_rows
from backoffice.attendance.rules import AttendanceState
from backoffice.catalog.queries import Slot, is_inside, slots_of
from backoffice.clocking.applying import ClockConflict, Why, conflicts_of, prior_state
from backoffice.clocking.billable import Billable, ToBill, billable
from backoffice.clocking.kinds import ClockKind
from backoffice.clocking.rules.comparison import Anomaly, Compared, DayFacts, compared
from backoffice.clocking.tables import ClockEventRow
from backoffice.families.queries import child_names
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.zone import day_and_minute

_ABSENT = frozenset({AttendanceState.ABSENT, AttendanceState.EXCUSED})
_NOT_BOOKED = frozenset({AttendanceState.WAITING, AttendanceState.REFUSED})
_Child: TypeAlias = tuple[int, int]  # child, structure


@dataclass(frozen=True, slots=True)
class RawClock:
    """One raw event of the day, as it was clocked: what, and what the clock on the wall said, in minutes."""

    kind: ClockKind
    minute: int
    replaces: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """One child in one slot: what was booked, what was clocked (and the raw events behind), what a run would bill.

    Times in minutes from midnight. `expected_until`: the booking, otherwise the end of the slot.
    """

    unit_id: int
    child_id: int
    slot_id: int
    booked: bool
    booked_start: int | None
    booked_end: int | None
    arrived: int | None
    left: int | None
    events: tuple[RawClock, ...]
    to_bill: ToBill
    anomalies: tuple[Anomaly, ...]
    late_minutes: int


@dataclass(frozen=True, slots=True)
class NamedConflict:
    """Clock events that the units of the day do not say, and why."""

    child_id: int
    child_name: str
    structure_id: int
    day: date
    slot: str
    why: Why
    arrived: int | None
    left: int | None


@dataclass(frozen=True, slots=True)
class ComparedDay:
    """Every unit of a day in the order of the day sheet, and the clock events that found no place in it."""

    day: date
    units: tuple[Comparison, ...]
    conflicts: tuple[NamedConflict, ...]


@dataclass(frozen=True)
class CompareDay(Query[ComparedDay]):
    """Of one structure (None: all; `NO_STRUCTURE`: outside structures)."""

    day: date
    structure_id: int | None = None


@read(CompareDay, permission="attendance.read")
def compare_day(query: CompareDay, reading: Reading) -> ComparedDay:
    session = reading.session
    rows = day_rows(session, query.day, query.structure_id)
    slots = slots_of(session)
    tariffs = billable(session, slots, {row.slot_id for row in rows})
    events = _events(session, query, slots)
    now_day, now_minute = day_and_minute(reading.now)
    # Whoever is still expected today may still come, and whoever is here may still leave.
    now = now_minute if query.day == now_day else (24 * 60 if query.day < now_day else -1)
    units = tuple(
        _compared(row, slots[row.slot_id], tariffs, events.get((row.child_id, row.structure_id or 0), ()), now=now,
                  today=query.day == now_day)
        for row in rows
    )
    return ComparedDay(query.day, units, _conflicts(session, query.day, list(events), slots))


def _compared(
    row: DayRow, slot: Slot, tariffs: Billable, events: Sequence[RawClock], *, now: int, today: bool
) -> Comparison:
    booked = was_booked(row)
    ends = row.booked_end if row.booked_end is not None else slot.end_minute
    facts = DayFacts(
        booked=booked, arrived=row.arrived_minute, left=row.left_minute, ends=ends,
        present=row.state is AttendanceState.PRESENT, absent=row.state in _ABSENT,
        over=now >= (24 * 60 if ends is None else ends),
    )
    rounding = tariffs.rounding(row.slot_id, row.day)
    # A priced day is decided: nobody is asked to look at it again.
    found = Compared(()) if row.billed else compared(facts, rounding.tolerance_minutes if rounding else 0)
    anomalies = tuple(one for one in found.anomalies if not (today and one is Anomaly.MISSING_DEPARTURE))
    return Comparison(
        row.id, row.child_id, row.slot_id, booked, row.booked_start, row.booked_end, row.arrived_minute,
        row.left_minute, tuple(events), tariffs.of(row), anomalies, found.late_minutes,
    )


def was_booked(row: DayRow) -> bool:
    """Whether somebody had put the child there before any clock did."""
    unit = ClockedUnit(row.id, row.family_id, row.child_id, row.slot_id, row.day, row.state, row.arrived_minute,
                       row.left_minute, row.billed, row.channel, row.note)
    return not unit.unbooked and prior_state(unit) not in _NOT_BOOKED


def _events(session: Session, query: CompareDay, slots: Mapping[int, Slot]) -> dict[_Child, list[RawClock]]:
    """The raw events of the day, by child and structure, as they come in the day."""
    row = ClockEventRow
    inside = {slot.structure_id for slot in slots.values() if is_inside(slot.structure_id, query.structure_id)}
    statement = (
        select(row.child_id, row.structure_id, row.kind, row.minute, row.replaces)
        .where(row.day == query.day, row.structure_id.in_({one for one in inside if one is not None}))
        .order_by(row.at, row.id)
    )
    found: dict[_Child, list[RawClock]] = defaultdict(list)
    for child, structure, kind, minute, replaces in session.execute(statement):
        found[child, structure].append(RawClock(ClockKind(kind), minute, replaces is not None))
    return found


def _conflicts(
    session: Session, day: date, clocked: Sequence[_Child], slots: Mapping[int, Slot]
) -> tuple[NamedConflict, ...]:
    met = conflicts_of(session, [(child, structure, day) for child, structure in clocked])
    names = child_names(session, {one.child_id for one in met})
    found = [_named(one, names[one.child_id].name, slots) for one in met if one.day == day and one.child_id in names]
    return tuple(sorted(found, key=lambda one: (one.child_name, one.child_id, one.slot)))


def _named(one: ClockConflict, name: str, slots: Mapping[int, Slot]) -> NamedConflict:
    slot = slots[one.slot_id].label if one.slot_id is not None else ""
    return NamedConflict(one.child_id, name, one.structure_id, one.day, slot, one.why, one.arrived, one.left)
