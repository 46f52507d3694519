"""From raw clock events to the units of a day: the one place where a pointage becomes what is billed.

`plan` is a read, and `apply_events` writes what it found. What cannot be written (a billed unit, a child registered
nowhere here) is answered, never lost: the raw events stay, and `Conflicts` finds it again from them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import select

from backoffice.attendance.clocked import ClockedUnit, UnitChange, clocked_units, write_units
from backoffice.attendance.rules import AttendanceState
from backoffice.catalog.queries import Slot, hold_services_of, slots_of
from backoffice.clocking.kinds import ClockKind
from backoffice.clocking.rules.slots import SlotTimes
from backoffice.clocking.rules.stays import ClockEvent, Part, clocked
from backoffice.clocking.tables import ClockEventRow
from backoffice.clocking.units import Offer, Presence, filled
from backoffice.kernel.application import Context
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.zone import MINUTES_IN_A_DAY, day_and_minute, instant_of
from backoffice.registrations.queries import registered_children

ChildDay: TypeAlias = tuple[int, int, date]  # child, structure, day

# Minutes of a stay in a slot under which the child only passed through it.
_TOLERANCE = 10
_NOT_COMING = frozenset({AttendanceState.ABSENT, AttendanceState.EXCUSED, AttendanceState.WAITING,
                         AttendanceState.REFUSED})
_BEFORE = "Avant le pointage : "


class Why(StrEnum):
    """Why clock events are not what stands in the units of the day."""

    BILLED = "billed"
    BY_HAND = "by_hand"
    NOWHERE = "nowhere"
    OUTSIDE = "outside"

    @property
    def sentence(self) -> str:
        return _WHY[self]


_WHY = {
    Why.BILLED: "Ce jour est déjà facturé : annulez la facture pour que le pointage compte.",
    Why.BY_HAND: "Des heures saisies au service disent autre chose : elles restent tant que personne ne corrige.",
    Why.NOWHERE: "L'enfant n'est ni inscrit ni réservé ce jour-là dans cette structure : inscrivez-le, ou annulez.",
    Why.OUTSIDE: "Aucun de ses créneaux n'est ouvert à cette heure : corrigez l'heure, ou ajoutez le créneau.",
}


@dataclass(frozen=True, slots=True)
class ClockConflict:
    """What a clocking met. `slot_id` None: no unit is concerned. Minutes: what the events say there."""

    child_id: int
    structure_id: int
    day: date
    slot_id: int | None
    why: Why
    arrived: int | None
    left: int | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of clock events: how many units changed, and what the office has to look at."""

    changed: int
    conflicts: tuple[ClockConflict, ...]


def apply_events(context: Context, pairs: Collection[ChildDay], received: Collection[str] = ()) -> Applied:
    """Make the units of these days say what all their raw events say; what nobody had booked is made.

    `received`: the uids that have just come from a kiosk. Times that an agent typed meanwhile then stay, and the
    conflict is answered; without it, as for a correction, the events have the last word. A billed unit never changes.
    The events are already written; the journal of the command is the caller's.
    """
    session = context.session
    context.session.flush()
    found = plan(session, pairs, received, hold=True)
    write_units(context, found.changes)
    return Applied(len(found.changes), found.conflicts)


def conflicts_of(session: Session, pairs: Collection[ChildDay]) -> tuple[ClockConflict, ...]:
    """What the raw events of these days say otherwise than their units, and why; a read."""
    found = plan(session, pairs, None)
    structures = {(child, day): structure for child, structure, day in pairs}
    by_hand = (
        ClockConflict(one.child_id, structures[one.child_id, one.day], one.day, one.slot_id, Why.BY_HAND, one.arrived,
                      one.left)
        for one in found.changes if (one.child_id, one.day) in structures
    )
    return (*found.conflicts, *by_hand)


@dataclass(frozen=True, slots=True)
class Plan:
    changes: tuple[UnitChange, ...]
    conflicts: tuple[ClockConflict, ...]


def plan(
    session: Session, pairs: Collection[ChildDay], received: Collection[str] | None, *, hold: bool = False
) -> Plan:
    """What apply_events writes and answers. `received` None: what differs is only answered, as typed by hand."""
    wanted = set(pairs)
    if not wanted:
        return Plan((), ())
    events = _events_around(session, wanted)
    wanted |= _over_midnight(wanted, events)
    children, days = {child for child, _, _ in wanted}, {day for _, _, day in wanted}
    slots: dict[int, list[Slot]] = defaultdict(list)
    for slot in slots_of(session).values():
        if slot.structure_id is not None:
            slots[slot.structure_id].append(slot)
    if hold:
        hold_services_of(session, [slot.id for _, structure, _ in wanted for slot in slots[structure]])
        # Held first, then read again: what another kiosk said of the same child meanwhile is counted.
        clocked_units(session, children, days, hold=True)
        events = _events_around(session, wanted)
    units: dict[tuple[int, date], list[ClockedUnit]] = defaultdict(list)
    for unit in clocked_units(session, children, days):
        units[unit.child_id, unit.day].append(unit)
    activities = {slot.activity_id for _, structure, _ in wanted for slot in slots[structure]}
    registered = registered_children(session, activities, min(days), max(days), children)
    comes = {
        (one.child_id, one.activity_id, day): one.family_id
        for one in registered for day in days if day in one.period
    }
    changes: list[UnitChange] = []
    conflicts: list[ClockConflict] = []
    for pair in sorted(wanted):
        child, structure, day = pair
        own = {slot.id: slot for slot in slots[structure]}
        here = [unit for unit in units[child, day] if unit.slot_id in own]
        one = _Day(pair, own, here, {activity: family for (who, activity, when), family in comes.items()
                                     if who == child and when == day})
        one.judge(events[child, structure], received)
        changes += one.changes
        conflicts += one.conflicts
    return Plan(tuple(changes), tuple(conflicts))


class _Day:
    """One child in one structure on one day."""

    def __init__(
        self, pair: ChildDay, slots: Mapping[int, Slot], units: Sequence[ClockedUnit], families: Mapping[int, int]
    ) -> None:
        self._pair = pair
        self._slots = slots
        self._units = {unit.slot_id: unit for unit in units}
        self._families = families  # by activity
        self.changes: list[UnitChange] = []
        self.conflicts: list[ClockConflict] = []

    def judge(self, events: Sequence[ClockEvent], received: Collection[str] | None) -> None:
        said = self._said(events)
        before = said if received is None else self._said([one for one in events if one.uid not in set(received)])
        kept = received is None or bool(received)
        for slot_id in sorted({*said, *before, *self._units}):
            self._slot(slot_id, said.get(slot_id), before.get(slot_id), kept=kept)
        there = next((part for part in clocked(events).on(self._pair[2]) if part.start is not None), None)
        if not said and there is not None and there.start is not None:
            why = Why.OUTSIDE if self._families or self._units else Why.NOWHERE
            self._conflict(None, why, Presence(there.start, there.end))

    def _said(self, events: Sequence[ClockEvent]) -> Mapping[int, Presence]:
        day = self._pair[2]
        there = clocked(events).on(day)
        if any(part.start is None for part in there) and (typed := self._typed_arrival(events)) is not None:
            there = tuple(part for part in clocked([*events, typed]).on(day) if part.end is not None)
        return filled(there, self._offers(), _TOLERANCE)

    def _typed_arrival(self, events: Sequence[ClockEvent]) -> ClockEvent | None:
        """The arrival that the office typed, when the kiosk saw the departure only."""
        child, _, day = self._pair
        seen = {day_and_minute(event.at)[1] for event in events if event.kind is ClockKind.ARRIVAL}
        typed = [unit.arrived for unit in self._units.values() if unit.arrived is not None and unit.arrived not in seen]
        if not typed:
            return None
        at = instant_of(day, min(typed))
        return ClockEvent("typed", child, ClockKind.ARRIVAL, at, at)

    def _offers(self) -> list[Offer]:
        day = self._pair[2]
        return [
            Offer(SlotTimes(slot.id, slot.start_minute, slot.end_minute), slot.position, booked)
            for slot in self._slots.values()
            if (booked := self._is_booked(slot.id))
            or (slot.activity_id in self._families and slot.is_offered_on(day) and day.weekday() in slot.weekdays)
        ]

    def _is_booked(self, slot_id: int) -> bool:
        unit = self._units.get(slot_id)
        return unit is not None and not unit.unbooked and prior_state(unit) not in (
            AttendanceState.WAITING, AttendanceState.REFUSED)

    def _slot(self, slot_id: int, said: Presence | None, before: Presence | None, *, kept: bool) -> None:
        unit = self._units.get(slot_id)
        if unit is None:
            if said is not None:
                self._make(slot_id, said)
            return
        stands = Presence(unit.arrived, unit.left) if unit.arrived is not None else None
        if stands == said and (said is None or unit.state is AttendanceState.PRESENT):
            return
        if stands is None and said is None:
            return
        if said is None and before is None and stands is not None and kept:
            return  # typed at the office, and no event says anything of it
        if unit.billed:
            self._conflict(slot_id, Why.BILLED, said)
            return
        if kept and stands is not None and stands != before:
            completed = said is not None and said.arrived == stands.arrived and stands.left is None
            if not completed:
                self._conflict(slot_id, Why.BY_HAND, said)
                return
        self._change(unit, said)

    def _make(self, slot_id: int, said: Presence) -> None:
        child, _, day = self._pair
        family = self._families.get(self._slots[slot_id].activity_id)
        if family is not None:
            self.changes.append(UnitChange(None, family, child, slot_id, day, AttendanceState.PRESENT, said.arrived,
                                           said.left))

    def _change(self, unit: ClockedUnit, said: Presence | None) -> None:
        state: AttendanceState | None
        if said is not None:
            note = unit.note
            if unit.state is not AttendanceState.BOOKED and unit.arrived is None and not unit.unbooked and not note:
                note = f"{_BEFORE}{unit.state.label}"
            state, arrived, left = AttendanceState.PRESENT, said.arrived, said.left
        else:
            # The events that made it are taken back: it is again what it was.
            state, arrived, left = None if unit.unbooked else prior_state(unit), None, None
            note = "" if unit.note.startswith(_BEFORE) else unit.note
        self.changes.append(UnitChange(unit.id, unit.family_id, unit.child_id, unit.slot_id, unit.day, state, arrived,
                                       left, note))

    def _conflict(self, slot_id: int | None, why: Why, said: Presence | None) -> None:
        child, structure, day = self._pair
        arrived, left = (None, None) if said is None else (said.arrived, said.left)
        self.conflicts.append(ClockConflict(child, structure, day, slot_id, why, arrived, left))


def prior_state(unit: ClockedUnit) -> AttendanceState:
    """What a unit is, its clock events left aside."""
    if unit.note.startswith(_BEFORE):
        label = unit.note.removeprefix(_BEFORE)
        return next((state for state in AttendanceState if state.label == label), AttendanceState.BOOKED)
    return unit.state if unit.arrived is None or unit.state in _NOT_COMING else AttendanceState.BOOKED


# --- raw events --------------------------------------------------------------------------------------------------


def event_of(row: ClockEventRow) -> ClockEvent:
    return ClockEvent(row.uid, row.child_id, ClockKind(row.kind), row.at, row.received_at, row.replaces)


def _events_around(session: Session, wanted: Collection[ChildDay]) -> dict[tuple[int, int], list[ClockEvent]]:
    """The raw events of these children in these structures, from the eve to the morrow of their days."""
    near = {day + timedelta(days=shift) for _, _, day in wanted for shift in (-2, -1, 0, 1, 2)}
    row = ClockEventRow
    found: dict[tuple[int, int], list[ClockEvent]] = defaultdict(list)
    for some in batches(sorted({child for child, _, _ in wanted})):
        statement = select(row).where(row.child_id.in_(some), row.day.in_(near)).order_by(row.at, row.uid)
        for each in session.scalars(statement):
            found[each.child_id, each.structure_id].append(event_of(each))
    return found


def _over_midnight(
    wanted: Collection[ChildDay], events: Mapping[tuple[int, int], Sequence[ClockEvent]]
) -> set[ChildDay]:
    """The days on the other side of a midnight that a stay of these days goes over."""
    found: set[ChildDay] = set()
    for child, structure, day in wanted:
        there: tuple[Part, ...] = clocked(events.get((child, structure), ())).on(day)
        if any(part.start == 0 for part in there):
            found.add((child, structure, day - timedelta(days=1)))
        if any(part.end == MINUTES_IN_A_DAY for part in there):
            found.add((child, structure, day + timedelta(days=1)))
    return found
