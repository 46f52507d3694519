"""The units of many children over some days as the grid shows them: those that say the same are read as one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import String, cast, func, select

from backoffice.attendance.tables import AttendanceRow
from backoffice.kernel.database import Session

_SEPARATOR = ","


class AlikeUnits(NamedTuple):
    """What is recorded alike for a child in a slot on some days. `clocked`: an arrival was; `priced`: by a run."""

    child_id: int
    slot_id: int
    days: tuple[date, ...]
    family_id: int
    state: str
    special: bool
    clocked: bool
    priced: bool
    queued_at: datetime | None
    channel: str
    note: str
    changed_by: str
    changed_at: datetime | None


def alike_units(session: Session, slot_ids: Collection[int], days: Sequence[date]) -> Iterator[AlikeUnits]:
    """The units of these slots on these days (every day from the first to the last), in no particular order.

    The database puts days together: a month of four hundred children is sixty thousand units, and ten times fewer rows.
    """
    table = AttendanceRow.__table__.c
    same = (
        table.family_id, table.state, table.special, table.arrived_minute.is_not(None), table.charge_id.is_not(None),
        table.queued_at, table.channel, table.note, table.changed_by, table.changed_at,
    )
    statement = (
        select(table.child_id, table.slot_id, func.aggregate_strings(cast(table.day, String), _SEPARATOR), *same)
        .where(table.slot_id.in_(slot_ids), table.day.between(days[0], days[-1]))
        .group_by(table.child_id, table.slot_id, *same)
    )
    by_name = {day.isoformat(): day for day in days}
    # The connection itself: nothing here is a mapped object.
    for child_id, slot_id, names, *rest in session.connection().execute(statement).all():
        yield AlikeUnits(child_id, slot_id, tuple(by_name[name] for name in names.split(_SEPARATOR)), *rest)
