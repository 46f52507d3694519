"""Absences as a family announces them, and what they make of the days that were booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from backoffice.attendance.clocked import ClockedUnit, clocked_units, write_units
from backoffice.catalog.checks import at_version
from backoffice.catalog.queries import hold_services_of
from backoffice.clocking.absence_days import Judged, is_free, judge, period_of
from backoffice.clocking.kinds import AbsenceReason
from backoffice.clocking.rules.absences import DayVerdict
from backoffice.clocking.tables import AbsenceRow
from backoffice.clocking.undoing import as_it_was
from backoffice.families.queries import is_member
from backoffice.kernel.application import Command, Context, Query, Reading, read, use_case
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError

LONGEST_ABSENCE = 366  # days
NOTE_LENGTH = 400


@dataclass(frozen=True, slots=True)
class AbsenceValues:
    """What is known of an absence. `announced_at` None: nobody had said so. `proof_on`: when the proof came."""

    first_day: date
    last_day: date
    reason: AbsenceReason
    announced_at: datetime | None = None
    proof_on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class AnnounceAbsence(Command["AbsenceDone"]):
    """A child will not come, or did not: its booked days are deducted or billed by the rule of the activity."""

    family_id: int
    child_id: int
    activity_id: int
    values: AbsenceValues


@dataclass(frozen=True)
class ChangeAbsence(Command["AbsenceDone"]):
    """Other days, another reason, or the proof that came: its days are judged again."""

    absence_id: int
    version: int
    values: AbsenceValues


@dataclass(frozen=True)
class RemoveAbsence(Command["AbsenceDone"]):
    """The child comes after all: its days are booked again."""

    absence_id: int
    version: int


@dataclass(frozen=True)
class UndoAbsence(Command[None]):
    """Put an absence and its days back as they were. `values` None: it did not exist."""

    absence_id: int
    family_id: int
    child_id: int
    activity_id: int
    values: AbsenceValues | None
    units: tuple[ClockedUnit, ...]


@dataclass(frozen=True, slots=True)
class AbsenceDone:
    """What became of an absence: a verdict for each booked day; the days that a run had priced stayed as they were.

    `undo` puts everything back.
    """

    absence_id: int
    days: tuple[DayVerdict, ...]
    billed: tuple[date, ...]
    undo: UndoAbsence


@use_case(AnnounceAbsence, permission="attendance.edit", action="absence.announced")
def announce_absence(command: AnnounceAbsence, context: Context) -> AbsenceDone:
    """Raises UserError `attendance.not_in_family`, and those of ChangeAbsence."""
    if not is_member(context.session, command.family_id, command.child_id):
        raise UserError("attendance.not_in_family")
    row = AbsenceRow(family_id=command.family_id, child_id=command.child_id, activity_id=command.activity_id,
                     author=context.actor.name[:120])
    _check(context.session, row, command.values)
    _write(row, command.values)
    context.session.add(row)
    context.session.flush()
    return _done(context, row, None, judge(context, row))


@use_case(ChangeAbsence, permission="attendance.edit", action="absence.changed")
def change_absence(command: ChangeAbsence, context: Context) -> AbsenceDone:
    """Raises UserError `record.changed_meanwhile`, `absence.backwards`, `absence.too_long`,
    `absence.long_note`, `absence.overlap`, and those of a rule that cannot be read."""
    row = _held(context.session, command.absence_id, command.version)
    before, period = _values(row), period_of(row)
    _check(context.session, row, command.values)
    _write(row, command.values)
    context.session.flush()
    return _done(context, row, before, judge(context, row, also=period))


@use_case(RemoveAbsence, permission="attendance.edit", action="absence.removed")
def remove_absence(command: RemoveAbsence, context: Context) -> AbsenceDone:
    """Raises UserError `record.changed_meanwhile`."""
    row = _held(context.session, command.absence_id, command.version)
    before = _values(row)
    judged = judge(context, row, gone=True)
    done = _done(context, row, before, judged)
    remove(context.session, AbsenceRow, [row.id])
    return done


@use_case(UndoAbsence, permission="attendance.edit", action="absence.undone")
def undo_absence(command: UndoAbsence, context: Context) -> None:
    """Days priced or clocked meanwhile stay as they are."""
    session = context.session
    row = session.get(AbsenceRow, command.absence_id)
    if command.values is None:
        if row is not None:
            remove(session, AbsenceRow, [row.id])
    else:
        if row is None:
            row = AbsenceRow(family_id=command.family_id, child_id=command.child_id, activity_id=command.activity_id,
                             author=context.actor.name[:120])
            session.add(row)
        _write(row, command.values)
    session.flush()
    hold_services_of(session, {unit.slot_id for unit in command.units})
    days = {unit.day for unit in command.units}
    now = {unit.id: unit for unit in clocked_units(session, {command.child_id}, days, hold=True)} if days else {}
    free = [was for was in command.units if was.id in now and is_free(now[was.id])]
    write_units(context, map(as_it_was, free))
    context.record(f"absence {command.absence_id}", units=len(command.units))


# --- rows --------------------------------------------------------------------------------------------------------


def _check(session: Session, row: AbsenceRow, values: AbsenceValues) -> None:
    if values.last_day < values.first_day:
        raise UserError("absence.backwards")
    if (values.last_day - values.first_day).days >= LONGEST_ABSENCE:
        raise UserError("absence.too_long")
    if len(values.note) > NOTE_LENGTH:
        raise UserError("absence.long_note", limit=NOTE_LENGTH)
    other = AbsenceRow
    statement = select(other).where(
        other.child_id == row.child_id, other.activity_id == row.activity_id, other.first_day <= values.last_day,
        other.last_day >= values.first_day,
    )
    with session.no_autoflush:
        for each in session.scalars(statement):
            if each.id != row.id:
                raise UserError("absence.overlap", first=each.first_day, last=each.last_day)


def _held(session: Session, absence_id: int, version: int) -> AbsenceRow:
    return at_version(session.get(AbsenceRow, absence_id), version)


def _write(row: AbsenceRow, values: AbsenceValues) -> None:
    row.first_day, row.last_day, row.reason = values.first_day, values.last_day, values.reason.value
    row.announced_at, row.proof_on, row.note = values.announced_at, values.proof_on, values.note.strip()


def _values(row: AbsenceRow) -> AbsenceValues:
    return AbsenceValues(row.first_day, row.last_day, AbsenceReason(row.reason), row.announced_at, row.proof_on,
                         row.note)


def _done(context: Context, row: AbsenceRow, before: AbsenceValues | None, judged: Judged) -> AbsenceDone:
    context.record(f"absence {row.id}", child=row.child_id, activity=row.activity_id, units=len(judged.before),
                   billed=len(judged.billed))
    undo = UndoAbsence(row.id, row.family_id, row.child_id, row.activity_id, before, judged.before)
    return AbsenceDone(row.id, judged.days, judged.billed, undo)


# --- reading -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    """An absence as it stands; `version` goes with its changes."""

    id: int
    version: int
    activity_id: int
    values: AbsenceValues
    author: str


@dataclass(frozen=True)
class ListAbsences(Query[tuple[AbsenceLine, ...]]):
    """The absences of a child that touch a day, by activity."""

    child_id: int
    day: date


@read(ListAbsences, permission="attendance.read")
def list_absences(query: ListAbsences, reading: Reading) -> tuple[AbsenceLine, ...]:
    row = AbsenceRow
    statement = (
        select(row).where(row.child_id == query.child_id, row.first_day <= query.day, row.last_day >= query.day)
        .order_by(row.activity_id, row.id)
    )
    return tuple(
        AbsenceLine(each.id, each.version, each.activity_id, _values(each), each.author)
        for each in reading.session.scalars(statement)
    )
