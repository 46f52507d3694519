"""Correcting what a run already priced: the wing that priced it says which of its lines can be given up.

That wing is higher and is never asked by name: it registers its answer when its module is imported (see `bootstrap`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from sqlalchemy import select

from backoffice.attendance.tables import AttendanceRow
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.money import Money

GiveUp: TypeAlias = Callable[[Session, Mapping[int, date]], Mapping[int, Money]]

_answers: list[GiveUp] = []


def gives_up_lines(answer: GiveUp) -> GiveUp:
    """Register what gives up lines (their ids, each with a day that is corrected) and frees their units.

    It answers the amount of each line given up, and raises UserError with the day of one that must stay.
    """
    _answers.append(answer)
    return answer


@dataclass(frozen=True, slots=True)
class Freed:
    """What a correction gave up: the lines with their amounts, and the days whose units have no price any more."""

    lines: Mapping[int, Money] = field(default_factory=dict)
    days: frozenset[date] = frozenset()

    @property
    def for_journal(self) -> dict[str, object]:
        return {"freed_cents": {str(line): amount.cents for line, amount in self.lines.items()}} if self.lines else {}


def free_priced(session: Session, rows: Collection[AttendanceRow]) -> Freed:
    """Give up the lines that priced these units, before they change. Raises UserError when one of them must stay."""
    corrected = {row.charge_id: row.day for row in rows if row.charge_id is not None}
    if not corrected:
        return Freed()
    days: set[date] = set()
    for some in batches(corrected):
        days.update(session.scalars(select(AttendanceRow.day).where(AttendanceRow.charge_id.in_(some)).distinct()))
    lines: dict[int, Money] = {}
    for answer in _answers:
        lines.update(answer(session, corrected))
    return Freed(lines, frozenset(days))


def free_units(session: Session, ids: Collection[int]) -> Freed:
    """The same for units known by their ids."""
    rows: list[AttendanceRow] = []
    for some in batches(sorted(ids)):
        rows.extend(session.scalars(select(AttendanceRow).where(AttendanceRow.id.in_(some))))
    return free_priced(session, rows)
