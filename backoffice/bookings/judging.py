"""What becomes of each cell that is wanted otherwise: booked, queued, cancelled, or kept from it and why.

Pure: everything it looks at was read before (`ground`). The rules say; an agent with the right and a reason goes past
them, but not past what is final.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from backoffice.attendance.recording import AttendanceEntry
from backoffice.attendance.rules import AttendanceState
from backoffice.attendance.units import Unit, UnitKey
from backoffice.bookings.changes import Change, RefusedCell
from backoffice.bookings.ground import AWAY, EXPECTED, Ground
from backoffice.bookings.rules.capacity import Capacity, Occupancy
from backoffice.bookings.rules.notice import Late
from backoffice.bookings.rules.states import CellFacts, Stored, stored_of, why_locked
from backoffice.bookings.rules.waiting import Queued, promoted
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence

_EXPECTED_OR_AWAY = EXPECTED | AWAY
_STATES = {
    Stored.BOOKED: AttendanceState.BOOKED,
    Stored.SPECIAL: AttendanceState.BOOKED,
    Stored.ABSENT: AttendanceState.ABSENT,
    Stored.EXCUSED: AttendanceState.EXCUSED,
    Stored.NOTHING: None,
}


@dataclass
class Judged:
    """A cell: what is to stand there. `reasons` break a rule, `final` cannot be gone past. `asked_at`: when it was
    wanted, which is its rank if it has to wait."""

    change: Change
    before: Unit | None
    state: AttendanceState | None
    special: bool
    asked_at: datetime
    queued_at: datetime | None = None
    reasons: list[str] = field(default_factory=list)
    final: list[str] = field(default_factory=list)

    @property
    def refused(self) -> RefusedCell:
        return RefusedCell(*self.change.key, (*self.final, *self.reasons), bool(self.final))

    def entry(self, channel: str, note: str) -> AttendanceEntry:
        """What is written there. An exception keeps its reason until another one is given."""
        if self.change.restores is not None:
            return self.change.restores
        unit, there = self.before, self.state is AttendanceState.PRESENT
        return AttendanceEntry(
            self.change.family_id, *self.change.key, self.state,
            arrived_minute=unit.arrived_minute if unit and there else None,
            left_minute=unit.left_minute if unit and there else None,
            special=self.special, queued_at=self.queued_at, channel=channel,
            note=note or (unit.note if unit else ""),
        )


@dataclass
class Verdict:
    """`cells`: those that change; `given`: units that waited and now have their place."""

    cells: tuple[Judged, ...]
    given: tuple[Unit, ...]

    @property
    def refused(self) -> tuple[RefusedCell, ...]:
        return tuple(cell.refused for cell in self.cells if cell.final or cell.reasons)

    @property
    def is_final(self) -> bool:
        return any(cell.final for cell in self.cells)


def judge(
    ground: Ground, changes: Collection[Change], members: Collection[tuple[int, int]],
    asked_at: Mapping[UnitKey, datetime] | None = None,
) -> Verdict:
    """What becomes of these changes, together. `members`: who is in which family; `asked_at`: when a cell was wanted,
    where it was not now."""
    cells = []
    for change in changes:
        unit = ground.units.get(change.key)
        if change.restores is None and stored_now(unit) is change.wanted:
            continue
        cell = _judged(ground, change, unit, (asked_at or {}).get(change.key, ground.now))
        if unit is None and (change.family_id, change.child_id) not in members:
            cell.final.append(sentence(UserError("attendance.not_in_family")))
        cells.append(cell)
    _choose(ground, cells)
    given = [unit for place in _places(ground, cells) for unit in give_places(ground, *place)]
    return Verdict(tuple(cells), tuple(given))


def stored_now(unit: Unit | None) -> Stored:
    """What an agent sees there, in the words of gestures."""
    return stored_of(unit.state if unit else None, special=unit.special if unit else False)


def _judged(ground: Ground, change: Change, unit: Unit | None, asked_at: datetime) -> Judged:
    was = unit.state if unit is not None else None
    restores = change.restores
    if restores is not None:
        cell = Judged(change, unit, restores.state, restores.special, asked_at, restores.queued_at)
    else:
        state = AttendanceState.PRESENT if _stays_there(change.wanted, was) else _STATES[change.wanted]
        special = change.wanted is Stored.SPECIAL
        if state in AWAY:
            special = unit is not None and unit.special
        cell = Judged(change, unit, state, special, asked_at)
    cell.reasons.extend(_locked(ground, cell))
    if restores is not None:
        return cell
    if change.wanted.takes_place:
        if was not in _EXPECTED_OR_AWAY:
            _book(ground, cell)
    elif change.wanted is Stored.NOTHING:
        _cancel(ground, cell)
    elif was not in _EXPECTED_OR_AWAY:
        cell.final.append(sentence(UserError("bookings.nobody_expected")))
    return cell


def _stays_there(wanted: Stored, was: AttendanceState | None) -> bool:
    return wanted.takes_place and was is AttendanceState.PRESENT


def _locked(ground: Ground, cell: Judged) -> Iterable[str]:
    unit = cell.before
    facts = CellFacts(
        stored=unit.state if unit else None,
        special=unit.special if unit else False,
        clocked=unit is not None and (unit.arrived_minute is not None or unit.state is AttendanceState.PRESENT),
        priced=unit is not None and unit.charge_id is not None,
        pending=cell.change.key in ground.pending,
    )
    if why := why_locked(facts):
        yield why


def _book(ground: Ground, cell: Judged) -> None:
    """A child who was not expected: registered, on a day that is open, in time, with nothing in the way."""
    change, slot = cell.change, ground.slots[cell.change.slot_id]
    if ground.registration(change.child_id, slot.id, change.day) is None:
        cell.reasons.append(sentence(UserError("bookings.not_registered", activity=slot.activity, day=change.day)))
    if closed := ground.why_closed(slot.id, change.day):
        # A slot that is over takes nobody, whatever the reason: attendance refuses it too.
        (cell.reasons if slot.is_offered_on(change.day) else cell.final).append(closed)
    rules = ground.rules_on(slot.id, change.day)
    if rules.window is not None and (outside := rules.window.why_outside(cell.asked_at)):
        cell.reasons.append(outside)
    late = rules.notice.too_late(cell.asked_at, ground.target(slot.id, change.day), cancelling=False)
    if late and rules.notice.after(cancelling=False) is Late.REFUSED:
        cell.reasons.append(late)
    comer = ground.comers.get((change.family_id, change.child_id, slot.activity_id))
    if comer is not None:
        cell.reasons.extend(ground.in_the_way.get(comer, ()))


def _cancel(ground: Ground, cell: Judged) -> None:
    """In time, nothing remains. Too late, what the town decided: refused, or the absence is billed."""
    change, unit = cell.change, cell.before
    if unit is None or unit.state not in _EXPECTED_OR_AWAY:
        return
    rules = ground.rules_on(change.slot_id, change.day)
    if rules.window is not None and (outside := rules.window.why_outside(cell.asked_at)):
        cell.reasons.append(outside)
    late = rules.notice.too_late(cell.asked_at, ground.target(change.slot_id, change.day), cancelling=True)
    if late is None:
        return
    after = rules.notice.after(cancelling=True)
    if after is Late.BILLED and unit.state in EXPECTED:
        cell.state, cell.special = AttendanceState.ABSENT, unit.special
    elif after is not Late.ASKS:
        cell.reasons.append(late)


def _choose(ground: Ground, cells: Collection[Judged]) -> None:
    """The slots of a day go together, or the cells that changed the choice say what is missing."""
    changed: dict[tuple[int, int, date], list[Judged]] = defaultdict(list)
    for cell in cells:
        if cell.change.restores is None:
            activity = ground.slots[cell.change.slot_id].activity_id
            changed[cell.change.child_id, activity, cell.change.day].append(cell)
    by_key = {cell.change.key: cell for cell in cells}
    for (child_id, activity_id, day), some in changed.items():
        combinations = ground.rules.on(activity_id, day).combinations
        if combinations is None:
            continue
        before, after = set(), set()
        names = {}
        for slot in ground.slots.values():
            if slot.activity_id != activity_id:
                continue
            names[slot.code] = slot.label
            key = (child_id, slot.id, day)
            unit = ground.units.get(key)
            was = unit.state if unit is not None else None
            if _chosen(was):
                before.add(slot.code)
            if _chosen(by_key[key].state if key in by_key else was):
                after.add(slot.code)
        wrong = combinations.verdict(after, day.weekday())
        if wrong is not None and after != before:
            for cell in some:
                cell.reasons.append(wrong.sentence(names))


def _chosen(state: AttendanceState | None) -> bool:
    """An absence and a wait were chosen too: only what nobody wants any more is not."""
    return state is not None and state is not AttendanceState.REFUSED


# --- places ------------------------------------------------------------------------------------------------------


def _places(ground: Ground, cells: Collection[Judged]) -> list[tuple[int, date, list[Judged]]]:
    """The slots and days where places are counted and somebody moves, with those who do."""
    moving: dict[tuple[int, date], list[Judged]] = defaultdict(list)
    for cell in cells:
        if ground.rules.limits(ground.slots[cell.change.slot_id].activity_id):
            moving[cell.change.slot_id, cell.change.day].append(cell)
    return [(slot_id, day, some) for (slot_id, day), some in sorted(moving.items())]


def give_places(ground: Ground, slot_id: int, day: date, cells: Collection[Judged] = ()) -> list[Unit]:
    """Give the places of a slot on a day: to who has one, then in order to who waits, was asked for, or comes now.

    Answers the units that waited and have a place now. A booking that finds none waits; a special one, or one that
    comes back where somebody else is, says that the slot is full.
    """
    slot, capacity = ground.slots[slot_id], ground.rules_on(slot_id, day).capacity
    moved = {cell.change.key for cell in cells}
    staying = [
        unit for unit in ground.units.values()
        if unit.slot_id == slot_id and unit.day == day and unit.key not in moved
    ]
    taken = Occupancy()
    for child_id in _staying_children(ground, staying, cells):
        taken = taken.with_one(ground.group(child_id, slot_id, day))
    for cell in cells:
        if _wants_a_place(ground, cell) and _pushes_in(cell):
            group = ground.group(cell.change.child_id, slot_id, day)
            left = capacity.places_left(slot.code, group, taken)
            if left is not None and left <= 0:
                cell.reasons.append(sentence(UserError("bookings.full", slot=slot.label, day=day)))
            taken = taken.with_one(group)
    if day < ground.today:  # nobody is called for a day that is over
        staying = [unit for unit in staying if unit.state is not AttendanceState.WAITING]
    queue = _Queue(staying, [cell for cell in cells if _queues(ground, cell)])
    return _call(ground, slot_id, day, queue, capacity, taken)


def _staying_children(ground: Ground, staying: Collection[Unit], cells: Collection[Judged]) -> list[int]:
    """Who takes a place already and keeps it."""
    found = [unit.child_id for unit in staying if ground.counts(unit)]
    for cell in cells:
        kept = cell.state in EXPECTED and not _wants_a_place(ground, cell)
        if kept or (cell.state in AWAY and _still_takes(ground, cell)):
            found.append(cell.change.child_id)
    return found


@dataclass
class _Queue:
    """Who waits already, and who comes now."""

    staying: Collection[Unit]
    coming: Collection[Judged]


def _call(
    ground: Ground, slot_id: int, day: date, queue: _Queue, capacity: Capacity, taken: Occupancy
) -> list[Unit]:
    """Call the queue in its order: those who wait, the wishes that nobody answered yet, those who come now."""
    waiting = {
        unit.id: unit for unit in queue.staying
        if unit.state is AttendanceState.WAITING and unit.queued_at is not None
    }
    last = max(waiting, default=0)
    entries = [Queued(unit.id, unit.queued_at, ground.group(unit.child_id, slot_id, day))
               for unit in waiting.values() if unit.queued_at is not None]
    for wish in ground.pending.values():
        if wish.slot_id == slot_id and wish.day == day and not _is_here(ground, wish.child_id, slot_id, day):
            last += 1
            entries.append(Queued(last, wish.received_at, ground.group(wish.child_id, slot_id, day)))
    coming = {}
    for cell in queue.coming:
        last += 1
        coming[last] = cell
        entries.append(Queued(last, cell.queued_at or cell.asked_at, ground.group(cell.change.child_id, slot_id, day)))
    called = {one.id for one in promoted(entries, ground.slots[slot_id].code, capacity, taken)}
    for number, cell in coming.items():
        if number not in called:
            cell.queued_at = cell.queued_at or cell.asked_at
            cell.state = AttendanceState.WAITING
        elif cell.change.restores is None:
            cell.queued_at, cell.state = None, AttendanceState.BOOKED
    return [unit for number, unit in waiting.items() if number in called]


def _is_here(ground: Ground, child_id: int, slot_id: int, day: date) -> bool:
    unit = ground.units.get((child_id, slot_id, day))
    return unit is not None and unit.state is not AttendanceState.REFUSED


def _pushes_in(cell: Judged) -> bool:
    """A special presence is granted outside the rules, what is put back stood there: neither waits."""
    return cell.special or cell.change.restores is not None


def _queues(ground: Ground, cell: Judged) -> bool:
    return cell.state is AttendanceState.WAITING or (_wants_a_place(ground, cell) and not _pushes_in(cell))


def _wants_a_place(ground: Ground, cell: Judged) -> bool:
    """One more than is taken: a child marked away too late kept theirs."""
    return cell.state in EXPECTED and (cell.before is None or not ground.counts(cell.before))


def _still_takes(ground: Ground, cell: Judged) -> bool:
    """Whether an absence said now comes too late for its place to be given."""
    if cell.before is None or not ground.counts(cell.before):
        return False
    rules = ground.rules_on(cell.change.slot_id, cell.change.day)
    if rules.capacity.frees_late:
        return False
    target = ground.target(cell.change.slot_id, cell.change.day)
    return rules.notice.too_late(cell.asked_at, target, cancelling=True) is not None
