"""Due dates, closures and opening days: pure rules of the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Month, Period, clamp_day, french_day

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@dataclass(frozen=True, slots=True)
class DueDateRule:
    """Until when an invoice is paid: the `day` of the month that comes `months_after` its issue.

    The usual rule (Le Touvet: activities of May, issued around 15 June, due on 10 July) is the default. It counts
    from the issue, not from the billed month. Raises UserError `catalog.bad_due_rule`.
    """

    day: int = 10
    months_after: int = 1

    def __post_init__(self) -> None:
        if not (1 <= self.day <= 31 and 0 <= self.months_after <= 12):
            raise UserError("catalog.bad_due_rule", day=self.day, months_after=self.months_after)

    def due_date(self, issued_on: date) -> date:
        """The last day to pay, never before the issue. Day 31 means the last day of a shorter month."""
        month = Month.of(issued_on).plus(self.months_after)
        due = clamp_day(month, self.day)
        return due if due >= issued_on else clamp_day(month.plus(1), self.day)

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        """Read what `to_data` wrote. Raises UserError `catalog.bad_due_rule`."""
        day, months_after = data.get("day"), data.get("months_after")
        if not isinstance(day, int) or not isinstance(months_after, int):
            raise UserError("catalog.bad_due_rule", day=day, months_after=months_after)
        return cls(day, months_after)

    def to_data(self) -> dict[str, object]:
        return {"day": self.day, "months_after": self.months_after}


@dataclass(frozen=True, slots=True)
class Closure:
    """Days without care, and why. Raises UserError `catalog.closure_without_reason`."""

    period: Period
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise UserError("catalog.closure_without_reason")

    @property
    def in_french(self) -> str:
        """« Fermeture du 24/12/2026 au 31/12/2026 : congés de fin d'année »."""
        start, end = self.period.start, self.period.end
        if end is None:
            days = f"depuis le {french_day(start)}"
        elif end == start:
            days = f"le {french_day(start)}"
        else:
            days = f"du {french_day(start)} au {french_day(end)}"
        return f"Fermeture {days} : {self.reason}"


class SchoolZone(StrEnum):
    """The zone of the académie, which sets winter and spring holidays."""

    A = "A"
    B = "B"
    C = "C"


class Season(StrEnum):
    """When in the school year something opens."""

    ALL_YEAR = "all_year"
    SCHOOL_DAYS = "school_days"
    SCHOOL_HOLIDAYS = "school_holidays"


@dataclass(frozen=True, slots=True)
class SchoolHoliday:
    """Days without school in some zones; `period` runs from the day after the last class to the eve of the return."""

    name: str
    zones: frozenset[SchoolZone]
    period: Period


def closed_by_season(season: Season, holiday: str | None) -> str | None:
    """Why the season closes a day that falls in this school holiday (None: a day of school time)."""
    if season is Season.SCHOOL_DAYS and holiday is not None:
        return f"Vacances scolaires : {holiday}"
    if season is Season.SCHOOL_HOLIDAYS and holiday is None:
        return "Ouvert seulement pendant les vacances scolaires"
    return None
