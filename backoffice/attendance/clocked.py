"""The units that raw clock events fill in: read and held together, then written together.

`channel` of a unit that nobody had booked is `CLOCKED`: it goes away with the events that made it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from backoffice.attendance.commands import AttendanceOfDayChanged, AttendanceRecorded
from backoffice.attendance.rules import AttendanceState, check_clock
from backoffice.attendance.tables import AttendanceRow
from backoffice.kernel.application import Context
from backoffice.kernel.batches import batches
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Month

CLOCKED = "clock"


@dataclass(frozen=True, slots=True)
class ClockedUnit:
    """A unit as it stands. `billed`: a line prices it. Minutes from midnight."""

    id: int
    family_id: int
    child_id: int
    slot_id: int
    day: date
    state: AttendanceState
    arrived: int | None
    left: int | None
    billed: bool
    channel: str
    note: str

    @property
    def unbooked(self) -> bool:
        """« Pointé sans réservation »."""
        return self.channel == CLOCKED


@dataclass(frozen=True, slots=True)
class UnitChange:
    """What a unit becomes; `id` None: it is made; `state` None: it goes away."""

    id: int | None
    family_id: int
    child_id: int
    slot_id: int
    day: date
    state: AttendanceState | None
    arrived: int | None = None
    left: int | None = None
    note: str = ""


def clocked_units(
    session: Session, child_ids: Collection[int], days: Collection[date], *, hold: bool = False
) -> list[ClockedUnit]:
    """Every unit of these children on these days. `hold`: nobody changes them until this transaction ends."""
    row = AttendanceRow
    found: list[ClockedUnit] = []
    for some in batches(sorted(child_ids)):
        statement = select(row).where(row.child_id.in_(some), row.day.in_(days)).order_by(row.id)
        if hold:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        found.extend(_unit(each) for each in session.scalars(statement))
    return found


def write_units(context: Context, changes: Iterable[UnitChange]) -> None:
    """Write what these units become, and tell the screens. The units are held already, and none is billed.

    Raises UserError `attendance.impossible_time`, `attendance.left_before_arrived`.
    """
    changes = list(changes)
    for change in changes:
        check_clock(change.arrived, change.left)
    session = context.session
    remove(session, AttendanceRow, [change.id for change in changes if change.id is not None and change.state is None])
    kept = {change.id: change for change in changes if change.id is not None and change.state is not None}
    for some in batches(kept):
        for row in session.scalars(select(AttendanceRow).where(AttendanceRow.id.in_(some))):
            _write(row, kept[row.id], context)
    for change in changes:
        if change.id is None and change.state is not None:
            row = AttendanceRow(
                family_id=change.family_id, child_id=change.child_id, slot_id=change.slot_id, day=change.day,
                quantity=1, billing_month=Month.of(change.day), channel=CLOCKED,
            )
            _write(row, change, context)
            session.add(row)
    told = dict.fromkeys((change.child_id, change.day) for change in changes)
    context.events.extend(AttendanceRecorded(child, day) for child, day in told)
    context.events.extend(AttendanceOfDayChanged(day) for day in dict.fromkeys(day for _, day in told))


def _write(row: AttendanceRow, change: UnitChange, context: Context) -> None:
    row.state = AttendanceState(change.state or row.state).value
    row.arrived_minute, row.left_minute = change.arrived, change.left
    row.note = change.note
    row.changed_by, row.changed_at = context.actor.name[:120], context.now


def _unit(row: AttendanceRow) -> ClockedUnit:
    return ClockedUnit(
        row.id, row.family_id, row.child_id, row.slot_id, row.day, AttendanceState(row.state), row.arrived_minute,
        row.left_minute, row.charge_id is not None, row.channel, row.note,
    )
