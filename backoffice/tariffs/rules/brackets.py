"""A price by bracket of quotient, without a hole between two brackets."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import ClassVar, Self

from backoffice.kernel.errors import UserError
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
from backoffice.tariffs.rules.values import Quotient, QuotientAboveLastBracket, Situation, UnitPrice

_STEP = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Bracket:
    """From where the bracket before ends, up to `upper` (None: without end); `included` says whether the bound
    itself is inside. « 0 à 399 puis 400 à 599 » is written upper 400, not included: 399,50 is in the first."""

    upper: Decimal | None
    price: Money
    included: bool = True


@dataclass(frozen=True)
class BracketTariff(Tariff):
    """Ordered brackets that start at 0 and meet. A last bound is allowed: a quotient above it is an error."""

    brackets: tuple[Bracket, ...]
    without_quotient: WithoutQuotient = WithoutQuotientRule.ANOMALY
    _bounds: tuple[Decimal, ...] = field(init=False, repr=False, compare=False)

    shape: ClassVar[str] = "brackets"
    label: ClassVar[str] = "Tarif par tranches de quotient"
    needs_quotient: ClassVar[bool] = True

    def __post_init__(self) -> None:
        uppers = [bracket.upper for bracket in self.brackets]
        if not uppers or None in uppers[:-1]:
            raise self.wrong("tranches (seule la dernière peut être sans fin)")
        bounds = tuple(upper for upper in uppers if upper is not None)
        for bound in bounds:
            _checked(bound)
        first = self.brackets[0]
        if any(one >= other for one, other in pairwise(bounds)) or (first.upper == 0 and not first.included):
            raise self.wrong("bornes des tranches (elles doivent être croissantes)")
        if self.brackets[-1].upper is None and not self.brackets[-1].included:
            raise self.wrong("dernière tranche (sans fin, elle n'exclut rien)")
        if any(bracket.price.cents < 0 for bracket in self.brackets):
            raise self.wrong("prix d'une tranche")
        if isinstance(self.without_quotient, Money) and self.without_quotient.cents < 0:
            raise self.wrong("prix sans quotient")
        object.__setattr__(self, "_bounds", bounds)

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        parameters = Parameters(cls, data).only({"brackets", "without_quotient"})
        rows = [row.only({"upper", "included", "price_cents"}) for row in parameters.rows("brackets", "tranches")]
        return cls(tuple(_bracket(row) for row in rows), parameters.without_quotient())

    def to_data(self) -> dict[str, object]:
        rows = [
            {"price_cents": bracket.price.cents}
            if bracket.upper is None
            else {"upper": str(bracket.upper), "included": bracket.included, "price_cents": bracket.price.cents}
            for bracket in self.brackets
        ]
        return {"brackets": rows, "without_quotient": without_quotient_data(self.without_quotient)}

    def in_french(self) -> tuple[str, ...]:
        lines = [f"{self._span(index)} : {bracket.price}" for index, bracket in enumerate(self.brackets)]
        if self.brackets[-1].upper is not None:
            lines.append(f"à partir de {Quotient(self._first(len(self.brackets)))} : aucun prix")
        highest = max(bracket.price for bracket in self.brackets)
        return (*lines, without_quotient_in_french(self.without_quotient, highest))

    def _first(self, index: int) -> Decimal:
        """The lowest quotient of a bracket: quotients have two decimals."""
        if not index:
            return Decimal(0)
        return self._bounds[index - 1] + (_STEP if self.brackets[index - 1].included else 0)

    def _span(self, index: int) -> str:
        """« de 400,00 à 599,99 »: what the deliberation prints, both ends inside."""
        upper, first = self.brackets[index].upper, self._first(index)
        if upper is None:
            return f"à partir de {Quotient(first)}" if index else "tous les quotients"
        last = upper if self.brackets[index].included else upper - _STEP
        return f"de {Quotient(first)} à {Quotient(last)}" if first < last else f"à {Quotient(last)}"

    def unit_price(self, situation: Situation) -> UnitPrice:
        if situation.quotient is None:
            highest = max(bracket.price for bracket in self.brackets)
            return price_without_quotient(self.without_quotient, highest, situation.day)
        index = self.position(situation.quotient)
        price = self.brackets[index].price
        return UnitPrice(price, (f"Quotient {situation.quotient} : tranche « {self.wording(index)} », {price}",))

    def position(self, quotient: Quotient) -> int:
        """The index of the only bracket that holds the quotient. Raises QuotientAboveLastBracket."""
        index = bisect_left(self._bounds, quotient.amount)
        if index < len(self._bounds) and self._bounds[index] == quotient.amount and not self.brackets[index].included:
            index += 1
        if index == len(self.brackets):
            raise QuotientAboveLastBracket("tariff.quotient_above_last_bracket", last=str(Quotient(self._bounds[-1])))
        return index

    def wording(self, index: int) -> str:
        """« à partir de 400,00 et moins de 600,00 »."""
        parts = []
        if index:
            before = self.brackets[index - 1]
            word = "plus de" if before.included else "à partir de"
            parts.append(f"{word} {Quotient(self._bounds[index - 1])}")
        bracket = self.brackets[index]
        if bracket.upper is not None:
            bound = Quotient(bracket.upper)
            parts.append(f"jusqu'à {bound} inclus" if bracket.included else f"moins de {bound}")
        return " et ".join(parts) or "tous les quotients"


def _checked(bound: Decimal) -> None:
    try:
        Quotient(bound)
    except UserError as exc:
        raise BracketTariff.wrong("borne d'une tranche") from exc


def _bracket(row: Parameters) -> Bracket:
    price = row.money("price_cents", "prix d'une tranche")
    if not row.has("upper"):
        return Bracket(None, price)
    return Bracket(row.decimal("upper", "borne d'une tranche"), price, row.flag("included", "borne incluse ou non"))
