"""The days of a contract: those it reserves, and writing them as bookings."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from backoffice.attendance.recording import AttendanceEntry, tell_recorded, write_units
from backoffice.attendance.rules import AttendanceState
from backoffice.attendance.units import units_of
from backoffice.bookings.in_force import rules_of
from backoffice.bookings.openings import openings_of
from backoffice.catalog.queries import Slot, slots_of
from backoffice.contracts.rules.pattern import WeeklyPattern
from backoffice.kernel.application import Context
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Period

_CHANNEL = "office"


@dataclass(frozen=True, slots=True)
class Booked:
    """What writing a contract did of its days: `written` and `cleared` bookings, `kept`: days that were already settled
    (clocked, billed, absent) and stay as they are."""

    written: int = 0
    cleared: int = 0
    kept: int = 0


def slot_of(session: Session, slot_id: int) -> Slot:
    """Raises UserError `catalog.unknown_slot`."""
    slot = slots_of(session).get(slot_id)
    if slot is None:
        raise UserError("catalog.unknown_slot", id=slot_id)
    return slot


def is_open(session: Session, slot: Slot) -> Callable[[date], bool]:
    """Whether the crèche opens on a day; worked out once for each."""
    openings = openings_of(session, rules_of(session, [slot.activity_id]))
    return lambda day: not openings.why_closed(slot, day)


def book_days(
    context: Context, family_id: int, child_id: int, slot: Slot, pattern: WeeklyPattern, period: Period
) -> Booked:
    """Every open day of the pattern becomes a booking with its hours; bookings of the period that the pattern does not
    hold go. What happened stays: a day that was clocked, billed or marked away is not touched."""
    session = context.session
    opened = is_open(session, slot)
    wanted = {day: hours for day in period.days() if (hours := pattern.hours_on(day)) is not None and opened(day)}
    units = {unit.day: unit for unit in units_of(session, [slot.id], list(period.days()), [child_id])}
    settled = {
        day for day, unit in units.items()
        if unit.state is not AttendanceState.BOOKED or unit.charge_id is not None or unit.arrived_minute is not None
    }
    entries = [
        AttendanceEntry(
            family_id, child_id, slot.id, day, AttendanceState.BOOKED, booked_start=hours[0], booked_end=hours[1],
            channel=_CHANNEL,
        )
        for day, hours in wanted.items() if day not in settled
    ]  # fmt: skip
    gone = [day for day in units if day not in wanted and day not in settled]
    entries += [AttendanceEntry(family_id, child_id, slot.id, day, None) for day in gone]
    _write(context, entries)
    return Booked(len(entries) - len(gone), len(gone), len(settled))


def clear_days(context: Context, family_id: int, child_id: int, slot_id: int, days: Collection[date]) -> int:
    """Bookings of these days go, but for what happened; answers how many went."""
    found = [
        unit.day for unit in units_of(context.session, [slot_id], days, [child_id])
        if unit.state is AttendanceState.BOOKED and unit.charge_id is None and unit.arrived_minute is None
    ]
    _write(context, [AttendanceEntry(family_id, child_id, slot_id, day, None) for day in found])
    return len(found)


def _write(context: Context, entries: Collection[AttendanceEntry]) -> None:
    if not entries:
        return
    _, freed = write_units(context, entries, whole=True)
    tell_recorded(context, {(entry.child_id, entry.day) for entry in entries}, freed)
