"""What waits for a run, counted for whole towns at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Date, func, select, type_coerce

from backoffice.attendance.queries import in_structure, unpriced
from backoffice.attendance.tables import AttendanceRow
from backoffice.catalog.queries import Slot
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Month


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """Units of a family in a slot that the run of `month` will price: how many, and between which days."""

    month: Month
    family_id: int
    slot_id: int
    units: int
    first_day: date
    last_day: date


def open_spans(session: Session, slots: Collection[Slot]) -> tuple[OpenSpan, ...]:
    """All units that no charge has priced yet, gathered by month of billing, family and slot."""
    row = AttendanceRow
    statement = (
        select(
            type_coerce(row.billing_month, Date),
            row.family_id,
            row.slot_id,
            func.count().label("units"),
            func.min(row.day).label("first_day"),
            func.max(row.day).label("last_day"),
        )
        .where(row.billing_month.is_not(None), *unpriced(slots))
        .group_by(row.billing_month, row.family_id, row.slot_id)
    )
    month_of = cache(Month.of)
    records: Iterable[Any] = session.execute(statement)
    return tuple(OpenSpan(month_of(month), *rest) for month, *rest in records)


def open_units_by_month(session: Session, slots: Collection[Slot]) -> dict[Month, int]:
    """How many units each month's run has to price."""
    row = AttendanceRow
    statement = (
        select(row.billing_month, func.count())
        .where(row.billing_month.is_not(None), *unpriced(slots))
        .group_by(row.billing_month)
    )
    return {month: units for month, units in session.execute(statement) if month is not None}


def open_days(
    session: Session, slots: Collection[Slot], family_ids: Collection[int]
) -> list[tuple[int, int, date]]:
    """The family, slot and day of each unit of these families that no charge has priced yet."""
    row = AttendanceRow
    found: list[tuple[int, int, date]] = []
    for some in batches(family_ids):
        statement = select(row.family_id, row.slot_id, row.day).where(
            row.billing_month.is_not(None), row.family_id.in_(some), *unpriced(slots)
        )
        found.extend((unit.family_id, unit.slot_id, unit.day) for unit in session.execute(statement))
    return found


def families_seen_since(session: Session, day: date, structure_id: int | None) -> set[int]:
    """The families with a unit in a structure on that day or later, whatever its state."""
    row = AttendanceRow
    inside = in_structure(session, structure_id)
    return set(session.scalars(select(row.family_id).where(row.day >= day, *inside).distinct()))
