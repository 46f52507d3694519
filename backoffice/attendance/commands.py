"""Recording attendance, and the marks that billing puts on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select, update

from backoffice.attendance.priced import free_priced
from backoffice.attendance.rules import AttendanceState, check_clock
from backoffice.attendance.tables import AttendanceRow
from backoffice.catalog.queries import hold_service_of, refuse_ended
from backoffice.families.queries import is_member
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.batches import batches
from backoffice.kernel.bulk import set_by_id
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month

_ROWS_WRITTEN_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class AttendanceRecorded(Event):
    """The attendance of this child on this day changed."""

    child_id: int
    day: date


@dataclass(frozen=True, slots=True)
class AttendanceOfDayChanged(Event):
    """The attendance of this day changed, for one child or many: told once for each day of a command."""

    day: date


@dataclass(frozen=True, slots=True)
class NewAttendance:
    """One unit to record. Times in minutes from midnight, as booked and as clocked.

    `billable` False: no run will ever price it, whatever its state. `special`: granted outside the rules;
    `queued_at`: since when it waits for a place.
    """

    family_id: int
    child_id: int
    slot_id: int
    day: date
    state: AttendanceState
    quantity: int = 1
    booked_start: int | None = None
    booked_end: int | None = None
    arrived_minute: int | None = None
    left_minute: int | None = None
    announced_price: Money | None = None
    charge_id: int | None = None
    billable: bool = True
    special: bool = False
    queued_at: datetime | None = None


def add_attendances(session: Session, attendances: Iterable[NewAttendance]) -> int:
    """Record many units at once; returns how many."""
    count = 0
    table = AttendanceRow.__table__
    for some in batches(attendances, _ROWS_WRITTEN_AT_ONCE):
        session.execute(
            insert(table),  # type: ignore[arg-type]
            [
                {
                    "family_id": a.family_id,
                    "child_id": a.child_id,
                    "slot_id": a.slot_id,
                    "day": a.day,
                    "state": a.state.value,
                    "quantity": a.quantity,
                    "booked_start": a.booked_start,
                    "booked_end": a.booked_end,
                    "arrived_minute": a.arrived_minute,
                    "left_minute": a.left_minute,
                    "billing_month": Month.of(a.day) if a.billable else None,
                    "carried": False,
                    "announced_price": a.announced_price,
                    "charge_id": a.charge_id,
                    "special": a.special,
                    "queued_at": a.queued_at,
                }
                for a in some
            ],
        )
        count += len(some)
    return count


def mark_billed(session: Session, billed: Iterable[tuple[int, int]]) -> None:
    """Put on each unit the charge that priced it: pairs (attendance id, charge id)."""
    set_by_id(session, AttendanceRow, "charge_id", billed)


def give_back(session: Session, charge_ids: Iterable[int], month: Month) -> None:
    """Make the units of these charges billable again, by the run of `month`."""
    for some in batches(charge_ids):
        session.execute(
            update(AttendanceRow)
            .where(AttendanceRow.charge_id.in_(some))
            .values(charge_id=None, billing_month=month, carried=False)
            .execution_options(synchronize_session=False)
        )


def give_back_carried(session: Session, charge_ids: Iterable[int]) -> None:
    """Make the units of these charges billable again, by the run of their month or of any later one."""
    for some in batches(charge_ids):
        session.execute(
            update(AttendanceRow).where(AttendanceRow.charge_id.in_(some)).values(charge_id=None, carried=True)
        )


def follow_charge(session: Session, moved: Iterable[tuple[int, int]]) -> None:
    """Move the units of a charge to the one that replaces it: pairs (old charge id, new charge id)."""
    for old, new in moved:
        session.execute(
            update(AttendanceRow)
            .where(AttendanceRow.charge_id == old)
            .values(charge_id=new)
            .execution_options(synchronize_session=False)
        )


@dataclass(frozen=True)
class RecordAttendance(Command[None]):
    """Clock one child in one slot on one day, replacing what was recorded there.

    Refused once the day is on an invoice: cancel it first. A day whose amount waits for the next invoice is priced
    again by the next run.
    """

    family_id: int
    child_id: int
    slot_id: int
    day: date
    state: AttendanceState
    arrived_minute: int | None = None
    left_minute: int | None = None


@use_case(RecordAttendance, permission="attendance.edit", action="attendance.recorded")
def record_attendance(command: RecordAttendance, context: Context) -> None:
    """Raises UserError `attendance.already_billed`, `attendance.price_taken_over`, `attendance.impossible_time`,
    `attendance.left_before_arrived`, `attendance.not_in_family`, `catalog.unknown_slot`."""
    session = context.session
    check_clock(command.arrived_minute, command.left_minute)
    if not is_member(session, command.family_id, command.child_id):
        raise UserError("attendance.not_in_family")
    hold_service_of(session, command.slot_id)
    row = session.scalar(
        select(AttendanceRow).where(
            AttendanceRow.child_id == command.child_id,
            AttendanceRow.slot_id == command.slot_id,
            AttendanceRow.day == command.day,
        )
    )
    if row is None:
        refuse_ended(session, [(command.slot_id, command.day)])
        row = AttendanceRow(
            family_id=command.family_id,
            child_id=command.child_id,
            slot_id=command.slot_id,
            day=command.day,
            quantity=1,
            billing_month=Month.of(command.day),
        )
        session.add(row)
    freed = free_priced(session, [row])
    row.family_id = command.family_id
    # What another program left without a price is ours to bill once an agent clocks it.
    row.billing_month = row.billing_month or Month.of(command.day)
    row.state = command.state.value
    row.arrived_minute = command.arrived_minute
    row.left_minute = command.left_minute
    if session.is_modified(row):  # said again, it is still the word of who said it first
        row.changed_by, row.changed_at = context.actor.login, context.now
    context.record(
        f"child {command.child_id}",
        slot=command.slot_id,
        day=command.day,
        state=command.state.value,
        **freed.for_journal,
    )
    context.events.append(AttendanceRecorded(command.child_id, command.day))
    context.events.extend(AttendanceOfDayChanged(day) for day in sorted({command.day, *freed.days}))
