"""A percentage of the quotient between a minimum and a maximum (« taux d'effort »)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Self

from backoffice.kernel.money import Money
from backoffice.tariffs.rules.shape import (
    Parameters,
    Tariff,
    WithoutQuotient,
    WithoutQuotientRule,
    price_without_quotient,
    without_quotient_data,
    without_quotient_in_french,
)
from backoffice.tariffs.rules.values import Situation, UnitPrice, clamped, french_decimal, half_up

_KEYS = {"rate_percent", "floor_cents", "ceiling_cents", "without_quotient"}


@dataclass(frozen=True)
class LinearEffortTariff(Tariff):
    """`rate_percent` % of the quotient in euros, half-up to the cent, never under `floor` nor over `ceiling`.

    As published by Fay-aux-Loges for its canteen: 0,36 % of the CAF quotient, from 2,60 € to 4,50 €.
    """

    rate_percent: Decimal
    floor: Money
    ceiling: Money
    without_quotient: WithoutQuotient = WithoutQuotientRule.ANOMALY

    shape: ClassVar[str] = "linear_effort"
    label: ClassVar[str] = "Taux d'effort sur le quotient"
    needs_quotient: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.rate_percent.is_finite() or not 0 <= self.rate_percent <= 100:
            raise self.wrong("taux")
        if not 0 <= self.floor.cents <= self.ceiling.cents:
            raise self.wrong("prix minimum et maximum")
        if isinstance(self.without_quotient, Money) and self.without_quotient.cents < 0:
            raise self.wrong("prix sans quotient")

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        parameters = Parameters(cls, data).only(_KEYS)
        return cls(
            parameters.decimal("rate_percent", "taux"),
            parameters.money("floor_cents", "prix minimum"),
            parameters.money("ceiling_cents", "prix maximum"),
            parameters.without_quotient(),
        )

    def to_data(self) -> dict[str, object]:
        return {
            "rate_percent": str(self.rate_percent),
            "floor_cents": self.floor.cents,
            "ceiling_cents": self.ceiling.cents,
            "without_quotient": without_quotient_data(self.without_quotient),
        }

    def in_french(self) -> tuple[str, ...]:
        return (
            f"{french_decimal(self.rate_percent)} % du quotient, de {self.floor} à {self.ceiling}",
            without_quotient_in_french(self.without_quotient, self.ceiling),
        )

    def unit_price(self, situation: Situation) -> UnitPrice:
        if situation.quotient is None:
            return price_without_quotient(self.without_quotient, self.ceiling, situation.day)
        exact_cents = Fraction(situation.quotient.amount) * Fraction(self.rate_percent)
        price = Money(half_up(exact_cents))
        rounding = "" if exact_cents.denominator == 1 else ", arrondi au centime le plus proche"
        step = f"Quotient {situation.quotient} × {french_decimal(self.rate_percent)} % = {price}{rounding}"
        return clamped(price, self.floor, self.ceiling, (step,))
