"""Admissions that wait for vaccines: how long they may last, and what is said as their end comes near.

The figures are in `resources/vaccines.toml`, with their source.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from backoffice.kernel.periods import Month, clamp_day, french_day
from backoffice.kernel.resources import load_toml


@cache
def _figures() -> tuple[int, int]:
    """How many months it lasts, and how many days before its end one is told."""
    figures = load_toml("vaccines.toml")["provisional"]
    return figures["months"], figures["warn_days"]


def longest_provisional(first_day: date) -> date:
    """The last day of a provisional admission that begins on a day."""
    months, _ = _figures()
    return clamp_day(Month.of(first_day).plus(months), first_day.day)


def is_ending(until: date, today: date) -> bool:
    """Whether its end is near, or past."""
    _, warn_days = _figures()
    return (until - today).days <= warn_days


def provisional_in_words(until: date, today: date) -> str:
    """« Admission provisoire jusqu'au 30/11/2025 : encore 12 jours pour compléter les vaccins. »"""
    left = (until - today).days
    if left < 0:
        return f"Admission provisoire terminée le {french_day(until)} : les vaccins ne sont pas validés."
    days = "dernier jour" if left == 0 else f"encore {left} jour{'s' if left > 1 else ''}"
    return f"Admission provisoire jusqu'au {french_day(until)} : {days} pour compléter les vaccins."
