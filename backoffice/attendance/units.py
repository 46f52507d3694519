"""The units of some slots and days as they stand, for the wings above that decide who may come."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple, TypeAlias

from sqlalchemy import select, tuple_

from backoffice.attendance.rules import AttendanceState
from backoffice.attendance.tables import AttendanceRow
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session

UnitKey: TypeAlias = tuple[int, int, date]
"""A child, a slot, a day."""

_DAYS_AT_ONCE = 400


class Unit(NamedTuple):
    """What is recorded for a child in a slot on a day. A plain tuple: a month of a town has tens of thousands."""

    id: int
    family_id: int
    child_id: int
    slot_id: int
    day: date
    state: AttendanceState
    special: bool
    queued_at: datetime | None
    arrived_minute: int | None
    left_minute: int | None
    charge_id: int | None
    channel: str
    note: str
    changed_at: datetime | None
    changed_by: str

    @property
    def key(self) -> UnitKey:
        return self.child_id, self.slot_id, self.day


def units_of(
    session: Session, slot_ids: Collection[int], days: Iterable[date], child_ids: Collection[int] | None = None
) -> list[Unit]:
    """The units of these slots on these days, of these children (None: of all), in no particular order."""
    row = AttendanceRow
    columns = (row.id, row.family_id, row.child_id, row.slot_id, row.day, row.state, row.special, row.queued_at,
               row.arrived_minute, row.left_minute, row.charge_id, row.channel, row.note, row.changed_at,
               row.changed_by)
    states = {state.value: state for state in AttendanceState}
    found: list[Unit] = []
    wanted: list[Collection[int] | None] = [None] if child_ids is None else [*batches(sorted(child_ids))]
    for some_days in batches(sorted(set(days)), _DAYS_AT_ONCE):
        for some in wanted:
            statement = select(*columns).where(row.slot_id.in_(slot_ids), row.day.in_(some_days))
            if some is not None:
                statement = statement.where(row.child_id.in_(some))
            found.extend(Unit._make((*one[:5], states[one[5]], *one[6:])) for one in session.execute(statement))
    return found


def hold_units(session: Session, keys: Collection[UnitKey]) -> None:
    """Nobody changes these units until this transaction ends; read them afterwards."""
    row = AttendanceRow
    for some in batches(sorted(keys)):
        statement = select(row.id).where(tuple_(row.child_id, row.slot_id, row.day).in_(some)).order_by(row.id)
        session.execute(statement.with_for_update()).all()


def waiting_units(session: Session, slot_ids: Collection[int], first_day: date, last_day: date) -> list[Unit]:
    """Those that wait for a place in these slots during these days."""
    row = AttendanceRow
    days = select(row.day).where(
        row.slot_id.in_(slot_ids), row.day.between(first_day, last_day), row.state == AttendanceState.WAITING
    )
    found = units_of(session, slot_ids, session.scalars(days.distinct()))
    return [unit for unit in found if unit.state is AttendanceState.WAITING]
