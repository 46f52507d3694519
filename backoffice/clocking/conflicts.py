"""What kiosks clocked and the units of the day do not say: found again from the raw events, so never lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from backoffice.clocking.applying import ClockConflict, conflicts_of
from backoffice.clocking.tables import ClockEventRow
from backoffice.kernel.application import Query, Reading, read


@dataclass(frozen=True)
class ListConflicts(Query[tuple[ClockConflict, ...]]):
    """What the office has to look at between two days, in one structure (None: all), day by day."""

    first_day: date
    last_day: date
    structure_id: int | None = None


@read(ListConflicts, permission="attendance.read")
def list_conflicts(query: ListConflicts, reading: Reading) -> tuple[ClockConflict, ...]:
    row = ClockEventRow
    statement = select(row.child_id, row.structure_id, row.day).distinct().where(
        row.day.between(query.first_day, query.last_day)
    )
    if query.structure_id is not None:
        statement = statement.where(row.structure_id == query.structure_id)
    pairs = [(child, structure, day) for child, structure, day in reading.session.execute(statement)]
    found = conflicts_of(reading.session, pairs)
    return tuple(sorted(found, key=lambda one: (one.day, one.child_id, one.slot_id or 0)))
