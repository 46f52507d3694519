"""Days as pages say them. No Qt."""

from __future__ import annotations

from datetime import date

from backoffice.kernel.periods import french_long_day

_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def weekday(day: date) -> str:
    """« mardi »."""
    return _WEEKDAYS[day.weekday()]


def long_day(day: date) -> str:
    """« mardi 17 novembre 2026 »."""
    return f"{weekday(day)} {french_long_day(day)}"


def short_day(day: date, today: date) -> str:
    """« jeu. 17/12 »; with its year when it is not the current one."""
    year = "" if day.year == today.year else f"/{day.year}"
    return f"{weekday(day)[:3]}. {day.day:02d}/{day.month:02d}{year}"
