"""The hours of a contract, in exact minutes, in the two ways crèches count them (domain.md 1.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from backoffice.contracts.rules.pattern import WeeklyPattern
from backoffice.kernel.periods import Period


@dataclass(frozen=True, slots=True)
class ContractHours:
    """`days`: how many days the child comes; `minutes`: what is reserved in all; the sentence that explains it."""

    days: int
    minutes: Fraction
    why: str


def by_days(
    pattern: WeeklyPattern, period: Period, is_open: Callable[[date], bool], leave_days: int = 0
) -> ContractHours:
    """The sum of each day's own hours: closed days out, and so many days of leave at the mean of a day."""
    reserved = [pattern.minutes_on(day) for day in period.days() if is_open(day)]
    coming = [minutes for minutes in reserved if minutes]
    total = Fraction(sum(coming))
    taken = min(leave_days, len(coming))
    if taken:
        total -= total / len(coming) * taken
    days = len(coming) - taken
    return ContractHours(days, total, f"{len(coming)} jours d'accueil, {taken} de congés : {_hours(total)}")


def by_weeks(pattern: WeeklyPattern, weeks: int, leave_weeks: Fraction = Fraction()) -> ContractHours:
    """(weeks − weeks of leave) × the hours of a week; 11 days of leave on 5 days a week are 2.2 weeks."""
    weekly = Fraction(pattern.weekly_minutes, len(pattern.weeks))
    counted = max(Fraction(), weeks - leave_weeks)
    days = Fraction(sum(len(week) for week in pattern.weeks), len(pattern.weeks)) * counted
    words = f"({weeks} − {float(leave_weeks):g} semaines) × {_hours(weekly)} : {_hours(weekly * counted)}"
    return ContractHours(int(days), weekly * counted, words.replace(".", ","))


def _hours(minutes: Fraction) -> str:
    whole, rest = divmod(round(minutes), 60)
    return f"{whole} h {rest:02d}" if rest else f"{whole} h"
