"""« Expliquer » a line: the days behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from backoffice.attendance.day import (
    DayOfAttendance,
    DayRow,
    day_rows,
    totals_of,
    units_by_ids,
    units_of_charges,
)
from backoffice.billing.tables import ChargeRow, InvoiceRow
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session


@dataclass(frozen=True)
class DaysOfCharge(Query[tuple[DayRow, ...]]):
    """The days that a line bills (`LineView.id`), oldest first. None are left on a cancelled invoice: its days
    went back to the run of its month; nor on lines whose days another program did not give."""

    charge_id: int


@read(DaysOfCharge, permission="billing.read")
def days_of_charge(query: DaysOfCharge, reading: Reading) -> tuple[DayRow, ...]:
    return _with_numbers(reading.session, units_of_charges(reading.session, [query.charge_id]))


@dataclass(frozen=True)
class DaysOfUnits(Query[tuple[DayRow, ...]]):
    """The days of a line that is only planned (`PlannedCharge.attendance_ids`), oldest first."""

    attendance_ids: tuple[int, ...]


@read(DaysOfUnits, permission="billing.read")
def days_of_units(query: DaysOfUnits, reading: Reading) -> tuple[DayRow, ...]:
    return _with_numbers(reading.session, units_by_ids(reading.session, query.attendance_ids))


@dataclass(frozen=True)
class AttendanceOfDay(Query[DayOfAttendance]):
    """The day « réservé / réel / facturé » of a structure (None: all; `NO_STRUCTURE`: outside structures), by
    activity, slot and name."""

    day: date
    structure_id: int | None = None


@read(AttendanceOfDay, permission="attendance.read")
def attendance_of_day(query: AttendanceOfDay, reading: Reading) -> DayOfAttendance:
    rows = _with_numbers(reading.session, day_rows(reading.session, query.day, query.structure_id))
    return DayOfAttendance(query.day, rows, totals_of(rows))


def _with_numbers(session: Session, rows: list[DayRow]) -> tuple[DayRow, ...]:
    lines: dict[int, tuple[str, bool]] = {}
    for some in batches({row.charge_id for row in rows if row.charge_id is not None}):
        statement = (
            select(ChargeRow.id, InvoiceRow.number, ChargeRow.stored_price)
            .outerjoin(InvoiceRow, InvoiceRow.id == ChargeRow.invoice_id)
            .where(ChargeRow.id.in_(some))
        )
        records: Iterable[Any] = session.execute(statement)  # no number: the line waits for its invoice
        lines.update({line: (number or "", number is not None or stored) for line, number, stored in records})
    return tuple(row if row.charge_id is None else _priced(row, *lines[row.charge_id]) for row in rows)


def _priced(row: DayRow, number: str, locked: bool) -> DayRow:
    return replace(row, invoice_number=number, locked=locked)
