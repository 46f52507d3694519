"""Recording a whole section at once, adding and removing units; every gesture answers what undoes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, tuple_

from backoffice.attendance.commands import (
    AttendanceOfDayChanged,
    AttendanceRecorded,
)
from backoffice.attendance.freeing import tell_freed
from backoffice.attendance.priced import Freed, free_priced
from backoffice.attendance.rules import AttendanceState, check_booking, check_clock
from backoffice.attendance.tables import AttendanceRow
from backoffice.catalog.queries import hold_services_of, refuse_ended
from backoffice.families.queries import child_names, family_names
from backoffice.families.queries.file import ReadFamily, read_family
from backoffice.kernel.application import Command, Context, Reading, use_case
from backoffice.kernel.batches import batches
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month

_COMING = frozenset({AttendanceState.BOOKED, AttendanceState.PRESENT})
_Key = tuple[int, int, date]


@dataclass(frozen=True, slots=True)
class AttendanceEntry:
    """What is recorded for a child in a slot on a day. `state` None: nothing is.

    The fields after `left_minute` are those of booking: they are used when the unit is created, and leave an existing
    one as it is unless the entry says it whole. `billing_month` None: the month of the day.
    """

    family_id: int
    child_id: int
    slot_id: int
    day: date
    state: AttendanceState | None
    arrived_minute: int | None = None
    left_minute: int | None = None
    quantity: int = 1
    booked_start: int | None = None
    booked_end: int | None = None
    announced_price: Money | None = None
    billing_month: Month | None = None
    carried: bool = False
    special: bool = False
    queued_at: datetime | None = None
    channel: str = ""
    note: str = ""


@dataclass(frozen=True)
class RecordMany(Command[tuple[AttendanceEntry, ...]]):
    """Record several units in one transaction: all or none. Answers the entries that put everything back:
    undo is `RecordMany(answer)`.

    `seen`: what the agent saw of some of these units when it was long ago (their state and times); it is refused
    when something else stands there now.
    """

    entries: tuple[AttendanceEntry, ...]
    op_id: UUID | None = None
    seen: tuple[AttendanceEntry, ...] = ()


@use_case(RecordMany, permission="attendance.edit", action="attendance.recorded_many")
def record_many(command: RecordMany, context: Context) -> tuple[AttendanceEntry, ...]:
    """Raises UserError `attendance.already_billed`, `attendance.price_taken_over`, `attendance.impossible_time`,
    `attendance.left_before_arrived`, `attendance.bad_booking`, `attendance.unknown_child`, `family.unknown`,
    `catalog.unknown_slot`, `catalog.slot_ended`, `attendance.changed_meanwhile`."""
    for entry in command.entries:
        check_clock(entry.arrived_minute, entry.left_minute)
        check_booking(entry.booked_start, entry.booked_end)
    return _record(context, command.entries, command.seen)


@dataclass(frozen=True)
class RemoveAttendance(Command[AttendanceEntry]):
    """Forget what was recorded for a child in a slot on a day; answers the entry that puts it back."""

    child_id: int
    slot_id: int
    day: date


@use_case(RemoveAttendance, permission="attendance.edit", action="attendance.removed")
def remove_attendance(command: RemoveAttendance, context: Context) -> AttendanceEntry:
    """Raises UserError `attendance.already_billed`, `attendance.price_taken_over`, `attendance.nothing_recorded`,
    `catalog.unknown_slot`."""
    hold_services_of(context.session, [command.slot_id])
    key = (command.child_id, command.slot_id, command.day)
    row = _rows_of(context.session, [key]).get(key)
    if row is None:
        raise UserError("attendance.nothing_recorded", day=command.day)
    freed = free_priced(context.session, [row])
    before = _entry(row)
    remove(context.session, AttendanceRow, [row.id])
    _tell(context, [before], freed, f"child {command.child_id}", slot=command.slot_id, day=command.day)
    tell_freed(context, [(command.slot_id, command.day)])
    return before


@dataclass(frozen=True)
class AddToDay(Command[AttendanceEntry]):
    """Put a child into a slot on a day where nothing is recorded; answers the entry that takes it out again."""

    family_id: int
    child_id: int
    slot_id: int
    day: date
    state: AttendanceState = AttendanceState.PRESENT
    arrived_minute: int | None = None
    left_minute: int | None = None
    booked_start: int | None = None
    booked_end: int | None = None


@use_case(AddToDay, permission="attendance.edit", action="attendance.added")
def add_to_day(command: AddToDay, context: Context) -> AttendanceEntry:
    """Raises UserError `attendance.already_recorded`, `attendance.unknown_child` and those of RecordMany."""
    reading = Reading(context.session, context.actor, context.now, context.today)
    family = read_family(ReadFamily(command.family_id), reading)
    if command.child_id not in {child.person_id for child in family.children}:
        raise UserError("attendance.unknown_child")
    key = (command.child_id, command.slot_id, command.day)
    if key in _rows_of(context.session, [key]):
        raise UserError("attendance.already_recorded", day=command.day)
    check_clock(command.arrived_minute, command.left_minute)
    check_booking(command.booked_start, command.booked_end)
    entry = AttendanceEntry(
        family_id=command.family_id,
        child_id=command.child_id,
        slot_id=command.slot_id,
        day=command.day,
        state=command.state,
        arrived_minute=command.arrived_minute,
        left_minute=command.left_minute,
        booked_start=command.booked_start,
        booked_end=command.booked_end,
    )
    (before,) = _record(context, (entry,))
    return before


def _record(
    context: Context, entries: Collection[AttendanceEntry], seen: Collection[AttendanceEntry] = ()
) -> tuple[AttendanceEntry, ...]:
    before, freed = write_units(context, entries, seen)
    units = [[e.child_id, e.slot_id, e.day, e.state.value if e.state else ""] for e in entries]
    _tell(context, entries, freed, f"{len(before)} units", units=units)
    tell_freed(context, [(e.slot_id, e.day) for e in entries if e.state not in _COMING])
    return before


def write_units(
    context: Context, entries: Collection[AttendanceEntry], seen: Collection[AttendanceEntry] = (), *,
    whole: bool = False,
) -> tuple[tuple[AttendanceEntry, ...], Freed]:
    """Write what is recorded of these units, for this wing and for those above it that decide of it.

    Answers the entries that put everything back, and the prices given up on the way; the caller tells both.
    `whole`: an entry says all that is kept of its unit, of booking as well. Several entries for one unit: the last one
    counts, and undo goes back to before the first. Raises the errors of RecordMany but those of impossible times.
    """
    session = context.session
    hold_services_of(session, {entry.slot_id for entry in entries})
    rows = _rows_of(session, {_key(entry) for entry in entries}, hold=whole or bool(seen))
    _refuse_changed(rows, seen)
    new = [entry for entry in entries if entry.state is not None and _key(entry) not in rows]
    _refuse_strangers(session, new)
    refuse_ended(session, {(entry.slot_id, entry.day) for entry in new})
    before: dict[_Key, AttendanceEntry] = {}
    wanted = {_key(entry): entry for entry in entries}
    freed = free_priced(session, [row for key, row in rows.items() if _changes(row, wanted[key])])
    gone = []
    for key, entry in wanted.items():
        row = rows.get(key)
        before[key] = _nothing(entry) if row is None else _entry(row)
        if entry.state is not None:
            _apply(context, row, entry, entry.state, whole=whole)
        elif row is not None:
            gone.append(row.id)
    remove(session, AttendanceRow, gone)
    return tuple(before.values()), freed


def _changes(row: AttendanceRow, entry: AttendanceEntry) -> bool:
    """Whether the entry says something else than what is recorded: only then a price is given up."""
    recorded = (row.state, row.arrived_minute, row.left_minute)
    return entry.state is None or recorded != (entry.state.value, entry.arrived_minute, entry.left_minute)


def _apply(
    context: Context, row: AttendanceRow | None, entry: AttendanceEntry, state: AttendanceState, *, whole: bool
) -> None:
    if row is None:
        row = _created(entry, state)
        context.session.add(row)
    row.state = state.value
    row.arrived_minute, row.left_minute = entry.arrived_minute, entry.left_minute
    if whole:
        row.special, row.queued_at, row.channel, row.note = entry.special, entry.queued_at, entry.channel, entry.note
    if context.session.is_modified(row):  # said again, it is still the word of who said it first
        row.changed_by, row.changed_at = context.actor.login, context.now


def _created(entry: AttendanceEntry, state: AttendanceState) -> AttendanceRow:
    return AttendanceRow(
        family_id=entry.family_id,
        child_id=entry.child_id,
        slot_id=entry.slot_id,
        day=entry.day,
        state=state.value,
        quantity=entry.quantity,
        booked_start=entry.booked_start,
        booked_end=entry.booked_end,
        billing_month=entry.billing_month or Month.of(entry.day),
        carried=entry.carried,
        announced_price=entry.announced_price,
        special=entry.special,
        queued_at=entry.queued_at,
        channel=entry.channel,
        note=entry.note,
    )


def _refuse_strangers(session: Session, entries: Collection[AttendanceEntry]) -> None:
    """Nothing is created for a child or a family that does not exist."""
    children = child_names(session, {entry.child_id for entry in entries})
    families = family_names(session, {entry.family_id for entry in entries})
    for entry in entries:
        if entry.child_id not in children:
            raise UserError("attendance.unknown_child")
        if entry.family_id not in families:
            raise UserError("family.unknown", id=entry.family_id)


def _refuse_changed(rows: Mapping[_Key, AttendanceRow], seen: Iterable[AttendanceEntry]) -> None:
    for entry in seen:
        row = rows.get(_key(entry))
        if (entry.state is not None) if row is None else _changes(row, entry):
            raise UserError("attendance.changed_meanwhile", day=entry.day)


def _rows_of(session: Session, keys: Collection[_Key], *, hold: bool = False) -> dict[_Key, AttendanceRow]:
    """`hold`: nobody changes them until this transaction ends."""
    row = AttendanceRow
    found: dict[_Key, AttendanceRow] = {}
    for some in batches(keys):
        statement = select(row).where(tuple_(row.child_id, row.slot_id, row.day).in_(some))
        if hold:
            statement = statement.order_by(row.id).with_for_update()
        found.update({(one.child_id, one.slot_id, one.day): one for one in session.scalars(statement)})
    return found


def _key(entry: AttendanceEntry) -> _Key:
    return entry.child_id, entry.slot_id, entry.day


def _entry(row: AttendanceRow) -> AttendanceEntry:
    return AttendanceEntry(
        family_id=row.family_id,
        child_id=row.child_id,
        slot_id=row.slot_id,
        day=row.day,
        state=AttendanceState(row.state),
        arrived_minute=row.arrived_minute,
        left_minute=row.left_minute,
        quantity=row.quantity,
        booked_start=row.booked_start,
        booked_end=row.booked_end,
        announced_price=row.announced_price,
        billing_month=row.billing_month,
        carried=row.carried,
        special=row.special,
        queued_at=row.queued_at,
        channel=row.channel,
        note=row.note,
    )


def _nothing(entry: AttendanceEntry) -> AttendanceEntry:
    return AttendanceEntry(entry.family_id, entry.child_id, entry.slot_id, entry.day, state=None)


def _tell(
    context: Context, entries: Iterable[AttendanceEntry], freed: Freed, subject: str, **details: object
) -> None:
    context.record(subject, **details, **freed.for_journal)
    tell_recorded(context, ((entry.child_id, entry.day) for entry in entries), freed)


def tell_recorded(context: Context, changed: Iterable[tuple[int, date]], freed: Freed) -> None:
    """The events of what was recorded: the children with the days that changed, and the days freed on the way."""
    changed = dict.fromkeys(changed)
    context.events.extend(AttendanceRecorded(child, day) for child, day in changed)
    days = dict.fromkeys([*(day for _, day in changed), *sorted(freed.days)])
    context.events.extend(AttendanceOfDayChanged(day) for day in days)
