"""Correcting what was clocked: events are only added to, the first one stays for ever."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from backoffice.attendance.clocked import ClockedUnit, UnitChange, clocked_units, write_units
from backoffice.attendance.commands import AttendanceOfDayChanged
from backoffice.attendance.priced import free_units
from backoffice.attendance.rules import check_clock
from backoffice.catalog.queries import hold_services_of, slots_in
from backoffice.clocking.applying import Applied, Why, apply_events, event_of
from backoffice.clocking.history import events_of_day
from backoffice.clocking.kinds import ClockKind
from backoffice.clocking.receiving import add_events
from backoffice.clocking.rules.stays import ClockEvent, standing
from backoffice.clocking.touches import NewClock
from backoffice.clocking.undoing import as_it_was, taken_away
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.errors import UserError
from backoffice.kernel.zone import day_and_minute, instant_of, is_later

REASON_LENGTH = 200
_Said = tuple[ClockKind, datetime]


@dataclass(frozen=True, slots=True)
class Before:
    """What stood before a correction: the events that counted, and the units of the day."""

    said: tuple[_Said, ...]
    units: tuple[ClockedUnit, ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """What became of a correction. `undo` goes with `UndoCorrection`."""

    applied: Applied
    undo: UndoCorrection


@dataclass(frozen=True)
class CorrectClock(Command[Corrected]):
    """Say when a child was really there, and why: from the first arrival to the last departure, in minutes.

    No time at all: the child did not come. Stays of the day that lie between stay as they were clocked.
    """

    child_id: int
    structure_id: int
    day: date
    arrived: int | None
    left: int | None
    reason: str


@dataclass(frozen=True)
class UndoCorrection(Command[Applied]):
    """Say again what stood before a correction; its events stay, and new ones follow them."""

    child_id: int
    structure_id: int
    day: date
    before: Before


@use_case(CorrectClock, permission="attendance.edit", action="clocking.corrected")
def correct_clock(command: CorrectClock, context: Context) -> Corrected:
    """Raises UserError `clocking.no_reason`, `clocking.long_reason`, `clocking.not_yet`, `attendance.impossible_time`,
    `attendance.left_before_arrived`, `attendance.already_billed`, `attendance.price_taken_over`."""
    reason = command.reason.strip()
    if not reason:
        raise UserError("clocking.no_reason")
    if len(reason) > REASON_LENGTH:
        raise UserError("clocking.long_reason", limit=REASON_LENGTH)
    check_clock(command.arrived, command.left)
    told = [instant_of(command.day, minute) for minute in (command.arrived, command.left) if minute is not None]
    if any(is_later(at, context.now) for at in told):
        raise UserError("clocking.not_yet")
    held, units = _hold(context, command.child_id, command.structure_id, command.day)
    wanted = _wanted(held, command.day, command.arrived, command.left)
    applied = _say(context, command, held, wanted, reason)
    context.record(f"child {command.child_id}", structure=command.structure_id, day=command.day, units=applied.changed)
    before = Before(tuple((event.kind, event.at) for event in held), tuple(units))
    return Corrected(applied, UndoCorrection(command.child_id, command.structure_id, command.day, before))


@use_case(UndoCorrection, permission="attendance.edit", action="clocking.correction_undone")
def undo_correction(command: UndoCorrection, context: Context) -> Applied:
    """Raises UserError `attendance.already_billed`, `attendance.price_taken_over`."""
    held, _ = _hold(context, command.child_id, command.structure_id, command.day)
    applied = _say(context, command, held, command.before.said, "Correction annulée")
    _put_back(context, command)
    context.record(f"child {command.child_id}", structure=command.structure_id, day=command.day, units=applied.changed)
    return applied


def _hold(
    context: Context, child_id: int, structure_id: int, day: date
) -> tuple[list[ClockEvent], list[ClockedUnit]]:
    """The events that count that day and its units; whoever corrects the same ones waits."""
    session = context.session
    here = slots_in(session, structure_id)
    hold_services_of(session, here.keys())
    units = [unit for unit in clocked_units(session, {child_id}, {day}, hold=True) if unit.slot_id in here]
    held = standing(map(event_of, events_of_day(session, child_id, structure_id, day)))
    return held, units


def _wanted(held: Sequence[ClockEvent], day: date, arrived: int | None, left: int | None) -> list[_Said]:
    """What the events of the day will say."""
    if arrived is None:
        return []
    start = instant_of(day, arrived)
    wanted: list[_Said] = [(ClockKind.ARRIVAL, start)]
    if left is None:
        return wanted
    end = instant_of(day, left)
    # Of a child who went out at noon and came back, only both ends of the day are corrected.
    arrivals = [event for event in held if event.kind is ClockKind.ARRIVAL]
    departures = [event for event in held if event.kind is ClockKind.DEPARTURE]
    ends = {*(event.uid for event in arrivals[:1]), *(event.uid for event in departures[-1:])}
    between = [event for event in held if event.uid not in ends]
    kinds = [event.kind for event in between]
    whole = kinds == [ClockKind.DEPARTURE, ClockKind.ARRIVAL] * (len(between) // 2)
    if whole and all(is_later(event.at, start) and is_later(end, event.at) for event in between):
        wanted += [(event.kind, event.at) for event in between]
    return [*wanted, (ClockKind.DEPARTURE, end)]


def _say(
    context: Context, about: CorrectClock | UndoCorrection, held: Sequence[ClockEvent], wanted: Collection[_Said],
    reason: str,
) -> Applied:
    """Add the events that make the day say what is wanted, and apply them."""
    add_events(context, _additions(about, held, wanted, reason))
    pair = (about.child_id, about.structure_id, about.day)
    applied = apply_events(context, [pair])
    billed = {one.slot_id for one in applied.conflicts if one.why is Why.BILLED}
    if billed:
        # A line that waits for its invoice is given up and priced again; an invoice is not, and says so.
        units = clocked_units(context.session, {about.child_id}, {about.day})
        free_units(context.session, [unit.id for unit in units if unit.slot_id in billed])
        context.session.flush()
        again = apply_events(context, [pair])
        applied = Applied(applied.changed + again.changed, again.conflicts)
    if not applied.changed:  # what was told of the day may be different all the same
        context.events.append(AttendanceOfDayChanged(about.day))
    return applied


def _additions(
    about: CorrectClock | UndoCorrection, held: Sequence[ClockEvent], wanted: Collection[_Said], reason: str
) -> list[NewClock]:
    """What is said already stays; the rest is replaced by what is wanted of the same kind, or taken back."""

    def new(kind: ClockKind, at: datetime, replaces: str | None) -> NewClock:
        return NewClock(uuid4(), about.child_id, about.structure_id, kind, at, "", "",
                        None if replaces is None else UUID(replaces), reason)

    missing = list(wanted)
    wrong: list[ClockEvent] = []
    for event in held:
        same = next((one for one in missing if one[0] is event.kind and _wall(one[1]) == _wall(event.at)), None)
        if same is None:
            wrong.append(event)
        else:
            missing.remove(same)
    added: list[NewClock] = []
    for event in wrong:
        instead = next((one for one in missing if one[0] is event.kind), None)
        if instead is None:
            added.append(new(ClockKind.CANCEL, event.at, event.uid))
        else:
            missing.remove(instead)
            added.append(new(event.kind, instead[1], event.uid))
    return added + [new(kind, at, None) for kind, at in missing]


def _wall(at: datetime) -> tuple[date, int]:
    return day_and_minute(at)


def _put_back(context: Context, command: UndoCorrection) -> None:
    """Times that an agent had typed are no event: the units themselves say them again."""
    session = context.session
    context.session.flush()
    here = slots_in(session, command.structure_id)
    now = {unit.slot_id: unit for unit in clocked_units(session, {command.child_id}, {command.day})
           if unit.slot_id in here}
    before = {unit.slot_id: unit for unit in command.before.units}
    changes: list[UnitChange] = []
    for slot_id in sorted({*now, *before}):
        stands, was = now.get(slot_id), before.get(slot_id)
        if stands is not None and stands.billed:
            continue
        if was is None:
            if stands is not None and stands.unbooked:
                changes.append(taken_away(stands))
        elif stands is None:
            if was.unbooked:
                changes.append(as_it_was(was, made_again=True))
        elif (stands.state, stands.arrived, stands.left, stands.note) != (was.state, was.arrived, was.left, was.note):
            changes.append(as_it_was(was))
    write_units(context, changes)
