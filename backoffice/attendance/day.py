"""One day as the office sees it, and the departures nobody clocked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select

from backoffice.attendance.queries import in_structure
from backoffice.attendance.rules import AttendanceState
from backoffice.attendance.tables import AttendanceRow
from backoffice.catalog.queries import Slot, slots_of
from backoffice.families.queries import ChildName, child_names
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.money import Money
from backoffice.kernel.text import folded


@dataclass(frozen=True, slots=True)
class DayRow:
    """One unit of a day: a child in a slot. Minutes count from midnight.

    `charge_id`: the line that priced it; `invoice_number` is empty while that line waits for an invoice
    (« Reporté »). `locked`: this price stays, so that the unit cannot change. `channel`, `note`: how it came there, and
    why.
    """

    id: int
    child_id: int
    family_id: int
    child_name: str
    birth_date: date | None
    day: date
    activity_id: int
    activity: str
    structure_id: int | None
    slot_id: int
    slot_label: str
    slot_start: int | None
    slot_end: int | None
    state: AttendanceState
    quantity: int
    booked_start: int | None
    booked_end: int | None
    arrived_minute: int | None
    left_minute: int | None
    announced_price: Money | None
    charge_id: int | None
    invoice_number: str = ""
    locked: bool = False
    channel: str = ""
    note: str = ""

    @property
    def billed(self) -> bool:
        """« Facturé » or « Reporté »: priced by a run."""
        return self.charge_id is not None

    @property
    def waiting(self) -> bool:
        """« Reporté »: a correction has it priced again."""
        return self.billed and not self.locked


@dataclass(frozen=True, slots=True)
class SlotTotals:
    """How many children of a slot are expected, there, or not. `total` counts every unit of the day."""

    slot_id: int
    activity: str
    slot_label: str
    booked: int
    present: int
    absent: int
    excused: int
    other: int

    @property
    def total(self) -> int:
        return self.booked + self.present + self.absent + self.excused + self.other


@dataclass(frozen=True, slots=True)
class DayOfAttendance:
    """A day, by activity, slot and name; the totals come in the same order of slots."""

    day: date
    rows: tuple[DayRow, ...]
    totals: tuple[SlotTotals, ...]


def day_rows(session: Session, day: date, structure_id: int | None) -> list[DayRow]:
    """The units of a day in one structure (None: all; `NO_STRUCTURE`: outside structures), by activity, slot and
    name, without invoice numbers."""
    return _rows(session, slots_of(session), [AttendanceRow.day == day, *in_structure(session, structure_id)])


def units_of_charges(session: Session, charge_ids: Collection[int]) -> list[DayRow]:
    """The units that these lines price, day by day."""
    return by_day(_rows(session, slots_of(session), [AttendanceRow.charge_id.in_(charge_ids)]))


def units_by_ids(session: Session, ids: Collection[int]) -> list[DayRow]:
    """These units, day by day."""
    return by_day(_rows(session, slots_of(session), [AttendanceRow.id.in_(ids)]))


def by_day(rows: Iterable[DayRow]) -> list[DayRow]:
    """In the order of the days; a day's own rows keep theirs."""
    return sorted(rows, key=lambda row: row.day)


def _rows(
    session: Session, slots: Mapping[int, Slot], conditions: Sequence[ColumnElement[bool]]
) -> list[DayRow]:
    units = session.scalars(select(AttendanceRow).where(*conditions)).all()
    children = child_names(session, {unit.child_id for unit in units})
    names = {child.id: folded(child.name) for child in children.values()}
    activities = {slot.activity: folded(slot.activity) for slot in slots.values()}

    def order(row: DayRow) -> tuple[object, ...]:
        slot = slots[row.slot_id]
        return (activities[row.activity], row.activity_id, slot.position, slot.id, names[row.child_id], row.child_id)

    return sorted((_row(unit, slots[unit.slot_id], children[unit.child_id]) for unit in units), key=order)


def _row(unit: AttendanceRow, slot: Slot, child: ChildName) -> DayRow:
    return DayRow(
        id=unit.id,
        child_id=child.id,
        family_id=unit.family_id,
        child_name=child.name,
        birth_date=child.birth_date,
        day=unit.day,
        activity_id=slot.activity_id,
        activity=slot.activity,
        structure_id=slot.structure_id,
        slot_id=slot.id,
        slot_label=slot.label,
        slot_start=slot.start_minute,
        slot_end=slot.end_minute,
        state=AttendanceState(unit.state),
        quantity=unit.quantity,
        booked_start=unit.booked_start,
        booked_end=unit.booked_end,
        arrived_minute=unit.arrived_minute,
        left_minute=unit.left_minute,
        announced_price=unit.announced_price,
        charge_id=unit.charge_id,
        channel=unit.channel,
        note=unit.note,
    )


def totals_of(rows: Iterable[DayRow]) -> tuple[SlotTotals, ...]:
    """The totals of each slot, in the order in which slots first come."""
    counts: dict[int, Counter[AttendanceState]] = {}
    first: dict[int, DayRow] = {}
    for row in rows:
        first.setdefault(row.slot_id, row)
        counts.setdefault(row.slot_id, Counter())[row.state] += 1
    return tuple(
        SlotTotals(
            slot_id=slot_id,
            activity=row.activity,
            slot_label=row.slot_label,
            booked=counts[slot_id][AttendanceState.BOOKED],
            present=counts[slot_id][AttendanceState.PRESENT],
            absent=counts[slot_id][AttendanceState.ABSENT],
            excused=counts[slot_id][AttendanceState.EXCUSED],
            other=counts[slot_id][AttendanceState.WAITING] + counts[slot_id][AttendanceState.REFUSED],
        )
        for slot_id, row in first.items()
    )


# --- departures nobody clocked -------------------------------------------------------------------------------


@dataclass(frozen=True)
class MissingDepartures(Query[tuple[DayRow, ...]]):
    """« Oublis de départ »: an arrival, no departure, the day is over and nothing is billed; oldest first."""

    first_day: date
    last_day: date
    structure_id: int | None = None


@read(MissingDepartures, permission="attendance.read")
def missing_departures(query: MissingDepartures, reading: Reading) -> tuple[DayRow, ...]:
    session = reading.session
    forgotten = _forgotten(query.first_day, query.last_day, reading.today)
    conditions = [*forgotten, *in_structure(session, query.structure_id)]
    return tuple(by_day(_rows(session, slots_of(session), conditions)))


def count_missing_departures(
    session: Session, first_day: date, last_day: date, today: date, structure_id: int | None
) -> tuple[int, date | None]:
    """How many departures are missing in a structure until the eve of today, and the oldest day."""
    row = AttendanceRow
    conditions = (*_forgotten(first_day, last_day, today), *in_structure(session, structure_id))
    count, oldest = session.execute(select(func.count(), func.min(row.day)).where(*conditions)).one()
    return count, oldest


def _forgotten(first_day: date, last_day: date, today: date) -> tuple[ColumnElement[bool], ...]:
    row = AttendanceRow
    last = min(last_day, today - timedelta(days=1))  # whoever is here today may still leave
    return (
        row.day.between(first_day, last),
        row.arrived_minute.is_not(None),
        row.left_minute.is_(None),
        row.charge_id.is_(None),
    )
