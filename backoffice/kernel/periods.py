"""Days, months and the periods between them. All days are local days (Europe/Paris)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from backoffice.kernel.errors import UserError

_MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
           "novembre", "décembre")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, e.g. the month that is billed."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.month <= 12 and 1900 <= self.year <= 2999):
            raise UserError("month.impossible", text=f"{self.year}-{self.month:02d}")

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """« 2025-10 ». Raises UserError `month.impossible`."""
        match = re.fullmatch(r"(\d{4})-(\d{2})", text.strip(), re.ASCII)
        if not match:
            raise UserError("month.impossible", text=text)
        return cls(int(match[1]), int(match[2]))

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def short(self) -> str:
        """« 2510 » (AAMM), as in invoice numbers."""
        return f"{self.year % 100:02d}{self.month:02d}"

    def plus(self, months: int) -> Month:
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    def days(self) -> Iterator[date]:
        return Period(self.first_day, self.last_day).days()

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def in_french(self) -> str:
        """« octobre 2025 »."""
        return f"{_MONTHS[self.month - 1]} {self.year}"

    @property
    def of_in_french(self) -> str:
        """« d'octobre 2025 », « de mai 2025 »."""
        name = self.in_french
        return f"d'{name}" if name[0] in "ao" else f"de {name}"


@dataclass(frozen=True, slots=True)
class Period:
    """From a first to a last day, both inside; `end` None means « until further notice »."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise UserError("period.ends_before_start", start=self.start, end=self.end)

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)

    def overlaps(self, other: Period) -> bool:
        return (other.end is None or self.start <= other.end) and (self.end is None or other.start <= self.end)

    def days(self) -> Iterator[date]:
        """Every day of a closed period."""
        if self.end is None:
            raise ValueError("an open period has no last day")
        for offset in range((self.end - self.start).days + 1):
            yield self.start + timedelta(days=offset)


@dataclass(frozen=True, slots=True, order=True)
class SchoolYear:
    """1 September to 31 August, named by its first year."""

    start_year: int

    @classmethod
    def of(cls, day: date) -> SchoolYear:
        return cls(day.year if day.month >= 9 else day.year - 1)

    @property
    def first_day(self) -> date:
        return date(self.start_year, 9, 1)

    @property
    def last_day(self) -> date:
        return date(self.start_year + 1, 8, 31)

    @property
    def period(self) -> Period:
        return Period(self.first_day, self.last_day)

    def __contains__(self, day: date) -> bool:
        return day in self.period

    def __str__(self) -> str:
        return f"{self.start_year}-{self.start_year + 1}"


def parse_day(text: str) -> date:
    """« 2025-11-15 » or « 15/11/2025 ». Raises UserError `day.impossible`."""
    stripped = text.strip()
    french = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", stripped, re.ASCII)
    try:
        if french:
            return date(int(french[3]), int(french[2]), int(french[1]))
        return date.fromisoformat(stripped)
    except ValueError as exc:
        raise UserError("day.impossible", text=text) from exc


_TYPED_DAY = re.compile(r"(\d{1,2})[/. -](\d{1,2})(?:[/. -](\d{4}|\d{2}))?|(\d{2})(\d{2})(\d{4}|\d{2})?", re.ASCII)
_YEARS_AHEAD = 10  # of the school year


def parse_french_day(text: str, school_year: SchoolYear) -> date:
    """What an agent types for a day: « 1/9 », « 01/09/25 », « 010925 », « 1.9.2025 », « 2025-09-01 ».

    Without a year, the day is that of the school year: « 1/9 » is its first day, « 31/8 » its last. A year of two
    digits is at most ten years ahead: « 30 » is 2030, « 87 » is 1987. Raises UserError `day.impossible`.
    """
    typed = _TYPED_DAY.fullmatch(text.strip())
    if typed is None:
        return parse_day(text)
    day, month, year = (typed[index] or typed[index + 3] for index in (1, 2, 3))
    try:
        return date(_year_of(year, int(month), school_year), int(month), int(day))
    except ValueError as exc:
        raise UserError("day.impossible", text=text) from exc


def _year_of(typed: str | None, month: int, school_year: SchoolYear) -> int:
    if not typed:
        first = school_year.period.start
        return first.year if month >= first.month else first.year + 1
    if len(typed) == len("2025"):
        return int(typed)
    year = school_year.start_year // 100 * 100 + int(typed)
    return year - 100 if year > school_year.start_year + _YEARS_AHEAD else year


def french_day(day: date) -> str:
    """« 05/11/2025 »."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def french_long_day(day: date) -> str:
    """« 1er novembre 2025 »."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {_MONTHS[day.month - 1]} {day.year}"


def clamp_day(month: Month, day: int) -> date:
    """The given day of the month, or its last one when the month is shorter."""
    return date(month.year, month.month, min(day, month.last_day.day))
