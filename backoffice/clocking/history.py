"""Everything that was clocked for a child on a day: what was touched first, then who corrected it, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from backoffice.clocking.applying import event_of
from backoffice.clocking.kinds import ClockKind
from backoffice.clocking.rules.stays import standing
from backoffice.clocking.tables import ClockEventRow
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One event as it was made. `minute`: what the clock on the wall said. `stands`: it counts still; `corrects`: it
    replaces the one above. `device` is empty for the office."""

    uid: str
    kind: ClockKind
    at: datetime
    minute: int
    device: str
    author: str
    received_at: datetime
    reason: str
    stands: bool
    corrects: bool


@dataclass(frozen=True)
class ClockHistory(Query[tuple[ClockLine, ...]]):
    """The events of a child in a structure on a day: in the order of the day, each followed by its corrections."""

    child_id: int
    structure_id: int
    day: date


@read(ClockHistory, permission="attendance.read")
def clock_history(query: ClockHistory, reading: Reading) -> tuple[ClockLine, ...]:
    rows = events_of_day(reading.session, query.child_id, query.structure_id, query.day)
    counted = {event.uid for event in standing(map(event_of, rows))}
    return tuple(
        ClockLine(row.uid, ClockKind(row.kind), row.at, row.minute, row.device, row.author, row.received_at, row.reason,
                  row.uid in counted, row.replaces is not None)
        for row in _by_origin(rows)
    )


@dataclass(frozen=True)
class ClockedChildren(Query[frozenset[tuple[int, date]]]):
    """Which of these children have raw events, and on which days."""

    child_ids: tuple[int, ...]
    first_day: date
    last_day: date


@read(ClockedChildren, permission="attendance.read")
def clocked_children(query: ClockedChildren, reading: Reading) -> frozenset[tuple[int, date]]:
    row = ClockEventRow
    found: set[tuple[int, date]] = set()
    for some in batches(query.child_ids):
        statement = select(row.child_id, row.day).where(
            row.child_id.in_(some), row.day.between(query.first_day, query.last_day)
        )
        found.update((child, day) for child, day in reading.session.execute(statement.distinct()))
    return frozenset(found)


def events_of_day(session: Session, child_id: int, structure_id: int, day: date) -> list[ClockEventRow]:
    """Those whose clock on the wall said that day."""
    row = ClockEventRow
    conditions = (row.child_id == child_id, row.structure_id == structure_id, row.day == day)
    return list(session.scalars(select(row).where(*conditions).order_by(row.at, row.id)))


def _by_origin(rows: Iterable[ClockEventRow]) -> Iterator[ClockEventRow]:
    """Each event, then what replaced it, in the order in which it came."""
    rows = list(rows)
    known = {row.uid for row in rows}
    after: dict[str | None, list[ClockEventRow]] = defaultdict(list)
    for row in rows:
        after[row.replaces if row.replaces in known else None].append(row)
    waiting = list(reversed(after[None]))
    while waiting:
        row = waiting.pop()
        yield row
        waiting.extend(sorted(after[row.uid], key=lambda each: (each.received_at, each.id), reverse=True))
