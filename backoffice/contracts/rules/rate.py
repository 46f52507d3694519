"""« Taux de facturation » : billed hours over attended hours, and what it says to a director (domain.md 1.8)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil

from backoffice.tariffs.rules.values import half_up


class RateBand(StrEnum):
    """Where the rate stands between the two thresholds of the PSU."""

    UNKNOWN = "unknown"
    FULL = "full"
    FALLING = "falling"
    LOWEST = "lowest"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """In hundredths of the rate: since 1 January 2025 the aid is constant up to 107 %, falls until 120 %, and is
    constant from there (caf.fr 15/01/2025). Data, with their day: they have changed before."""

    falling_from: Decimal
    lowest_from: Decimal


@dataclass(frozen=True, slots=True)
class BillingRate:
    """`percent`: one decimal, None while nothing was attended. `spare_minutes`: billed hours above the first threshold,
    in minutes that would have to be attended, or taken off the contracts, to come back to it."""

    billed_minutes: int
    attended_minutes: int
    percent: Decimal | None
    band: RateBand
    spare_minutes: int

    @property
    def in_french(self) -> str:
        if self.percent is None:
            return "Aucune heure réalisée : le taux n'existe pas encore"
        shown = f"{self.percent}".replace(".", ",")
        if self.band is RateBand.FULL:
            return f"{shown} % : l'aide de la CAF est entière"
        hours = -(-self.spare_minutes // 60)
        reserved = "est réservée" if hours < 2 else "sont réservées"
        if self.band is RateBand.FALLING:
            return f"{shown} % : l'aide baisse ; {hours} h de trop {reserved} par rapport aux présences"
        return f"{shown} % : l'aide est au plus bas ; revoyez les contrats, {hours} h de trop y {reserved}"


def billing_rate(billed_minutes: int, attended_minutes: int, thresholds: Thresholds) -> BillingRate:
    """The rate, exact until it is shown with one decimal, halves going up."""
    if attended_minutes <= 0:
        return BillingRate(billed_minutes, attended_minutes, None, RateBand.UNKNOWN, 0)
    exact = Fraction(billed_minutes * 100, attended_minutes)
    percent = Decimal(half_up(exact * 10)).scaleb(-1)
    if exact <= Fraction(thresholds.falling_from):
        band = RateBand.FULL
    else:
        band = RateBand.FALLING if exact < Fraction(thresholds.lowest_from) else RateBand.LOWEST
    above = billed_minutes - Fraction(thresholds.falling_from) * attended_minutes / 100
    spare = max(0, ceil(above))
    return BillingRate(billed_minutes, attended_minutes, percent, band, spare)
