"""What the page of contracts says. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from backoffice.contracts.following import WeekOfHours
from backoffice.contracts.queries import ContractFigures, ContractLine
from backoffice.contracts.rules.rate import RateBand
from backoffice.kernel.periods import french_day


def hours_in_words(minutes: Fraction | int) -> str:
    """« 172 h 30 », to the nearest minute."""
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"


def days_of(line: ContractLine) -> str:
    """« du 01/09/2026 au 31/07/2027 »."""
    end = line.terms.period.end or line.terms.period.start
    return f"du {french_day(line.terms.period.start)} au {french_day(end)}"


def figures_in_words(found: ContractFigures) -> Sequence[tuple[str, str]]:
    """The pairs of a contract's sheet: what, how much."""
    pairs = [
        ("Heures du contrat", f"{hours_in_words(found.hours.minutes)} ({found.hours.days} jours)"),
        ("Calcul", found.hours.why),
        ("Congés", found.leave.in_french),
    ]
    billed = [month for month in found.months if month.billed is not None]
    if billed:
        each = {month.billed for month in billed}
        if len(each) == 1:
            pairs.append(("Mensualité", f"{hours_in_words(billed[0].billed or 0)} pendant {len(billed)} mois"))
        else:
            pairs += [(month.month.in_french, hours_in_words(month.billed or 0)) for month in billed]
    return pairs


def rate_in_words(weeks: Sequence[WeekOfHours]) -> str:
    """The rate since the first week shown, in the words of a director."""
    return weeks[-1].rate_so_far.in_french if weeks else "Aucune heure n'est réservée ni réalisée ces jours-là."


def percent_in_words(week: WeekOfHours) -> str:
    percent = week.rate.percent
    return "" if percent is None else f"{percent} %".replace(".", ",")


def is_too_high(week: WeekOfHours) -> bool:
    return week.rate.band in {RateBand.FALLING, RateBand.LOWEST}
