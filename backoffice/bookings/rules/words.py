"""Days, times and counts as the sentences of the rules say them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from backoffice.kernel.periods import french_day
from backoffice.kernel.zone import PARIS

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def french_time(minute: int) -> str:
    """« 8 h 05 », « 12 h »."""
    hours, minutes = divmod(minute, 60)
    return f"{hours} h {minutes:02d}" if minutes else f"{hours} h"


def french_moment(instant: datetime) -> str:
    """« jeudi 02/10/2025 à 12 h »; the end of a day is said as that day."""
    local = instant.astimezone(PARIS)
    return f"{WEEKDAYS[local.weekday()]} {french_day(local.date())} à {french_time(local.hour * 60 + local.minute)}"


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
