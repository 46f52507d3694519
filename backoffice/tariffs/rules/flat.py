"""One price for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from backoffice.kernel.money import Money
from backoffice.tariffs.rules.shape import Parameters, Tariff
from backoffice.tariffs.rules.values import Situation, UnitPrice


@dataclass(frozen=True)
class FlatTariff(Tariff):
    """The same price per unit for every family, 0 or more."""

    price: Money

    shape: ClassVar[str] = "flat"
    label: ClassVar[str] = "Tarif unique"

    def __post_init__(self) -> None:
        if self.price.cents < 0:
            raise self.wrong("prix")

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        return cls(Parameters(cls, data).only({"price_cents"}).money("price_cents", "prix"))

    def to_data(self) -> dict[str, object]:
        return {"price_cents": self.price.cents}

    def in_french(self) -> tuple[str, ...]:
        return (f"{self.price} pour toutes les familles",)

    def unit_price(self, situation: Situation) -> UnitPrice:
        del situation
        return UnitPrice(self.price, (f"Tarif unique : {self.price}",))
