"""The waiting list: who gets the places that become free, and what their families are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import cast

from backoffice.attendance.freeing import takes_freed_places
from backoffice.attendance.recording import AttendanceEntry, tell_recorded, write_units
from backoffice.attendance.rules import AttendanceState
from backoffice.attendance.units import Unit, hold_units, waiting_units
from backoffice.bookings.changes import Change
from backoffice.bookings.events import PlacesGiven
from backoffice.bookings.ground import Ground, read_ground
from backoffice.bookings.in_force import hold_capacity
from backoffice.bookings.judging import give_places
from backoffice.bookings.rules.states import Stored
from backoffice.bookings.saying import days_in_french
from backoffice.catalog.queries import hold_services_of, slots_of
from backoffice.kernel.application import Command, Context, use_case
from backoffice.letters.kinds import LetterKind
from backoffice.letters.saying import say

ABOUT = "place given"


@dataclass(frozen=True, slots=True)
class Given:
    """A child who waited has the place. `is_told`: the family reads it in a mail; False: this agent may not write to
    families, somebody must tell it."""

    family_id: int
    child_id: int
    slot_id: int
    day: date
    is_told: bool


@dataclass(frozen=True)
class ReleasePlaces(Command[tuple[Given, ...]]):
    """Give the places that are free to who waits for them: after a capacity was raised, for instance."""

    activity_id: int
    first_day: date
    last_day: date


@use_case(ReleasePlaces, permission="attendance.edit", action="bookings.places_released")
def release_places(command: ReleasePlaces, context: Context) -> tuple[Given, ...]:
    given = release(context, command.activity_id, command.first_day, command.last_day)
    context.record(f"activity {command.activity_id}", given=in_journal(given))
    return given


def release(context: Context, activity_id: int, first_day: date, last_day: date) -> tuple[Given, ...]:
    """The same, as a part of what frees the places."""
    session = context.session
    slots = [slot.id for slot in slots_of(session).values() if slot.activity_id == activity_id]
    if not slots:
        return ()
    hold_services_of(session, slots)
    hold_capacity(session, [activity_id])
    waiting = waiting_units(session, slots, max(first_day, context.today), last_day)
    if not waiting:
        return ()
    hold_units(session, [unit.key for unit in waiting])
    asked = [Change(unit.family_id, *unit.key, Stored.BOOKED) for unit in waiting]
    ground = read_ground(session, asked, context.now, context.today)
    places = sorted({(unit.slot_id, unit.day) for unit in waiting})
    found = [unit for slot_id, day in places for unit in give_places(ground, slot_id, day)]
    _, freed = write_units(context, [booked(unit) for unit in found], whole=True)
    tell_recorded(context, ((unit.child_id, unit.day) for unit in found), freed)
    return tell_given(context, ground, found)[0]


@takes_freed_places
def give_freed(context: Context, places: Collection[tuple[int, date]]) -> None:
    """What the day sheet frees goes to who waits for it, as in the grid."""
    slots = slots_of(context.session)
    days: dict[int, list[date]] = defaultdict(list)
    for slot_id, day in places:
        days[slots[slot_id].activity_id].append(day)
    for activity_id, some in sorted(days.items()):
        given = release(context, activity_id, min(some), max(some))
        if given:
            context.details["given"] = [*cast("list[object]", context.details.get("given", [])), *in_journal(given)]


def booked(unit: Unit) -> AttendanceEntry:
    """What is written of a unit whose place is given."""
    return AttendanceEntry(
        unit.family_id, *unit.key, AttendanceState.BOOKED, special=unit.special, channel=unit.channel, note=unit.note
    )


def tell_given(
    context: Context, ground: Ground, units: Collection[Unit]
) -> tuple[tuple[Given, ...], dict[int, int]]:
    """Tell families, in one mail each, of the places given to their children.

    Answers who was given what, and under which number the mail says each unit.
    """
    may_write = context.actor.may("letters.write")
    told: dict[int, int] = {}
    by_child: dict[tuple[int, int, int], list[Unit]] = defaultdict(list)
    for unit in units:
        by_child[unit.family_id, unit.child_id, unit.slot_id].append(unit)
    for (family_id, child_id, slot_id), some in sorted(by_child.items()):
        if not may_write:
            continue
        slot, number = ground.slots[slot_id], min(unit.id for unit in some)
        days = days_in_french(unit.day for unit in some)
        say(context, family_id, LetterKind.PLACES_GIVEN, ABOUT, number, {
            "outcome": "given", "document": f"{slot.activity}, {slot.label} : {days}",
            "person": ground.children[child_id].name, "service_id": slot.service_id,
        })
        told.update((unit.id, number) for unit in some)
    activities = {ground.slots[unit.slot_id].activity_id for unit in units}
    context.events.extend(PlacesGiven(activity) for activity in sorted(activities))
    given = tuple(
        Given(unit.family_id, unit.child_id, unit.slot_id, unit.day, unit.id in told) for unit in units
    )
    return given, told


def in_journal(given: Iterable[Given]) -> list[list[object]]:
    return [[one.child_id, one.slot_id, one.day, one.is_told] for one in given]
