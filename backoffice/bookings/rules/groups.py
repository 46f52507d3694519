"""The age group of a child on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class AgeGroup:
    """Children from `from_months` of age until the eve of `to_months` (None: no limit)."""

    code: str
    label: str
    from_months: int = 0
    to_months: int | None = None

    def holds(self, months: int) -> bool:
        return self.from_months <= months and (self.to_months is None or months < self.to_months)


def age_in_months(birth_date: date, day: date) -> int:
    """Whole months lived on a day; below 0 before the birth. Born on the 31st, a month is over on the last day of a
    shorter one."""
    months = (day.year - birth_date.year) * 12 + day.month - birth_date.month
    reached = day.day >= birth_date.day or (day.month != _next(day).month)
    return months if reached else months - 1


def group_on(
    birth_date: date | None, day: date, groups: Sequence[AgeGroup], chosen: str = ""
) -> AgeGroup | None:
    """The group chosen at the registration, otherwise the first whose ages hold the child; None: there is none."""
    if chosen:
        return next((group for group in groups if group.code == chosen), None)
    if birth_date is None:
        return None
    months = age_in_months(birth_date, day)
    return next((group for group in groups if group.holds(months)), None)


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
