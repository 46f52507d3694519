"""Days, times and counts as the sentences of the rules say them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from backoffice.kernel.periods import french_day
from backoffice.kernel.zone import PARIS, day_and_minute

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def french_time(minute: int) -> str:
    """« 8 h 05 », « 12 h »."""
    hours, minutes = divmod(minute, 60)
    return f"{hours} h {minutes:02d}" if minutes else f"{hours} h"


def french_moment(instant: datetime) -> str:
    """« jeudi 02/10/2025 à 12 h »."""
    local = instant.astimezone(PARIS)
    return f"{_named(local.date())} à {french_time(local.hour * 60 + local.minute)}"


def french_deadline(instant: datetime) -> str:
    """« avant le jeudi 02/10/2025 à 12 h »; midnight is the end of the day that it closes."""
    day, minute = day_and_minute(instant)
    if minute == 0:
        return f"avant la fin du {_named(day - timedelta(days=1))}"
    return f"avant le {french_moment(instant)}"


def _named(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {french_day(day)}"


def plural(count: int, one: str, many: str = "") -> str:
    """« 1 place », « 3 places »."""
    return f"{count} {one if count < 2 else many or one + 's'}"


def joined(words: Iterable[str], last: str = "et") -> str:
    """« lundi, mardi et jeudi »."""
    found: Sequence[str] = list(words)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} {last} {found[-1]}"


def days_in_words(weekdays: Iterable[int]) -> str:
    """« lundi et mardi », « tous les jours »."""
    found = sorted(weekdays)
    return "tous les jours" if len(found) == len(WEEKDAYS) else joined(WEEKDAYS[day] for day in found)
