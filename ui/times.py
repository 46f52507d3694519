"""Times of the day and ages, typed and shown as people say them. No Qt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from backoffice.kernel.errors import UserError
from backoffice.kernel.money import NO_BREAK_SPACE

_TYPED = re.compile(r"(\d{1,2})\s*(?:h|:|\.|,|\s)\s*(\d{2})?|(\d{1,2})(\d{2})|(\d{1,2})", re.IGNORECASE | re.ASCII)
_END_OF_DAY = 24 * 60
_MINUTES_IN_AN_HOUR = 60
_FIRST_AGE_IN_YEARS = 2


def parse_clock(text: str) -> int | None:
    """Minutes from midnight of « 8h05 », « 0805 », « 805 », « 8:05 », « 8.05 », « 8 h 05 » or « 8 »; None when empty.

    Raises UserError `attendance.not_a_time` (« midi », 8 h 75) or `attendance.impossible_time` (after 24 h).
    """
    stripped = text.replace(NO_BREAK_SPACE, " ").strip()
    if not stripped:
        return None
    typed = _TYPED.fullmatch(stripped)
    minutes = int(typed[2] or typed[4] or 0) if typed else _MINUTES_IN_AN_HOUR
    if typed is None or minutes >= _MINUTES_IN_AN_HOUR:
        raise UserError("attendance.not_a_time", text=stripped)
    found = int(typed[1] or typed[3] or typed[5]) * _MINUTES_IN_AN_HOUR + minutes
    if found > _END_OF_DAY:
        raise UserError("attendance.impossible_time")
    return found


@dataclass(frozen=True, slots=True, order=True)
class Clock:
    """A time of the day, ordered, in minutes from midnight; or the words that stand for one."""

    minute: int
    words: str = ""

    def __str__(self) -> str:
        """« 8 h 05 »."""
        return self.words or f"{self.minute // 60}{NO_BREAK_SPACE}h{NO_BREAK_SPACE}{self.minute % 60:02d}"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From a time to another."""

    start: int
    end: int

    def __str__(self) -> str:
        """« 8 h 00 – 18 h 00 »."""
        return f"{Clock(self.start)} – {Clock(self.end)}"


@dataclass(frozen=True, slots=True, order=True)
class Stay:
    """From an arrival to a departure; `missing` when somebody forgot to clock it."""

    arrived: int
    left: int
    missing: bool = False

    def __str__(self) -> str:
        """« 8 h 05 – 17 h 30 », « 8 h 05 » while the child is there, « 8 h 05 – à saisir »."""
        if self.left >= self.arrived:
            return f"{Clock(self.arrived)} – {Clock(self.left)}"
        return f"{Clock(self.arrived)} – à saisir" if self.missing else str(Clock(self.arrived))


@dataclass(frozen=True, slots=True, order=True)
class Quantity:
    """What is to be billed: minutes or units, and their words."""

    number: int
    words: str

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, slots=True, order=True)
class Age:
    """How old a child is, in whole months."""

    months: int

    @classmethod
    def on(cls, birth: date, day: date) -> Age:
        before_birthday = day.day < birth.day
        return cls(max((day.year - birth.year) * 12 + day.month - birth.month - before_birthday, 0))

    def __str__(self) -> str:
        """« 18 mois », « 8 ans »: months until two years, as childcare counts."""
        years = self.months // 12
        return f"{self.months} mois" if years < _FIRST_AGE_IN_YEARS else f"{years} ans"


def clock_text(minute: int | None) -> str:
    """« 8 h 05 », or nothing."""
    return "" if minute is None else str(Clock(minute))
