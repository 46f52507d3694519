"""What a tariff reads (quotient, income, day) and what it answers (prices that explain themselves)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from backoffice.kernel.errors import UserError
from backoffice.kernel.money import MINUS, NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE, Money
from backoffice.tariffs.rules.psu_figures import PsuFigures

_TYPED_QUOTIENT = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,2})?")
_HUNDREDTH = Decimal("0.01")


class NoQuotient(UserError):
    """The family has no quotient on that day and the tariff gives no price without one."""


class NoIncome(UserError):
    """The resources are not known on that day and the tariff gives no price without them."""


class QuotientAboveLastBracket(UserError):
    """The grid ends below the quotient of the family."""


def french_decimal(number: Decimal) -> str:
    """« 1 234,5 », « 0,0610 »: the digits as they were written, with a comma."""
    whole, _, decimals = f"{number:,f}".partition(".")
    return whole.replace(",", NARROW_NO_BREAK_SPACE).replace("-", MINUS) + (f",{decimals}" if decimals else "")


def half_up(number: Fraction) -> int:
    """The nearest whole number, halves going away from zero. Exact: nothing is cut before."""
    magnitude = (2 * abs(number.numerator) + number.denominator) // (2 * number.denominator)
    return magnitude if number >= 0 else -magnitude


@dataclass(frozen=True, slots=True, order=True)
class Quotient:
    """A family quotient (QF), 0 or more, at most two decimals. Raises UserError `quotient.impossible`."""

    amount: Decimal

    def __post_init__(self) -> None:
        amount = self.amount
        if not amount.is_finite() or amount < 0 or amount != amount.quantize(_HUNDREDTH):
            raise UserError("quotient.impossible", text=str(amount).replace(".", ","))

    @classmethod
    def parse(cls, text: str) -> Quotient:
        """What an agent typed: « 399,50 », « 1 234 », « 812.4 ». Raises UserError `quotient.impossible`."""
        compact = re.sub(r"\s", "", text)
        if not _TYPED_QUOTIENT.fullmatch(compact):
            raise UserError("quotient.impossible", text=text)
        return cls(Decimal(compact.replace(",", ".")))

    def __str__(self) -> str:
        return french_decimal(self.amount.quantize(_HUNDREDTH))


@dataclass(frozen=True, slots=True)
class ReferenceIncome:
    """Resources of year N-2 and the household they feed.

    `annual` None: resources unknown or not proven, household known. `disabled_children` counts, among the
    dependent children, those with AEEH. Raises UserError `income.negative`, `income.impossible_children`.
    """

    annual: Money | None
    dependent_children: int
    disabled_children: int = 0

    def __post_init__(self) -> None:
        if self.annual is not None and self.annual.cents < 0:
            raise UserError("income.negative", amount=self.annual)
        if not 0 <= self.disabled_children <= self.dependent_children or self.dependent_children < 1:
            raise UserError("income.impossible_children", children=self.dependent_children,
                            disabled=self.disabled_children)


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a tariff may look at. `figures` is only needed by shapes with `needs_income`."""

    day: date
    quotient: Quotient | None = None
    income: ReferenceIncome | None = None
    figures: PsuFigures | None = None


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """The price of one unit and, for « Expliquer », the French sentences that lead to it."""

    price: Money
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Priced:
    """A quantity at a price. The last step is the multiplication: « 17 × 4,15 € = 70,55 € ».

    `quantity` is what the line prints; after `price_minutes` it is in hours, rounded to four decimals, and
    `amount` was computed from the exact minutes.
    """

    quantity: Decimal
    unit_price: Money
    amount: Money
    steps: tuple[str, ...]


def price_line(unit_price: UnitPrice, quantity: Decimal) -> Priced:
    """Quantity × price, rounded half-up to the cent once. A negative quantity gives a negative amount."""
    if not quantity.is_finite():
        raise ValueError("a quantity is a finite number")
    return _priced(unit_price, quantity, Fraction(quantity), french_decimal(quantity))


def price_minutes(unit_price: UnitPrice, minutes: int) -> Priced:
    """Minutes at an hourly price, exact: 50 min × 1,29 € = 1,08 €, where 0.8333… hour would lose the half cent."""
    hours, rest = divmod(abs(minutes), 60)
    shown = f"{MINUS if minutes < 0 else ''}{hours}{NO_BREAK_SPACE}h{NO_BREAK_SPACE}{rest:02d}"
    quantity = Decimal(half_up(Fraction(minutes * 10000, 60))).scaleb(-4)
    return _priced(unit_price, quantity, Fraction(minutes, 60), shown)


def _priced(unit_price: UnitPrice, quantity: Decimal, exact_quantity: Fraction, shown: str) -> Priced:
    exact_cents = exact_quantity * unit_price.price.cents
    amount = Money(half_up(exact_cents))
    rounding = "" if exact_cents.denominator == 1 else ", arrondi au centime le plus proche"
    step = f"{shown} × {unit_price.price} = {amount}{rounding}"
    return Priced(quantity, unit_price.price, amount, (*unit_price.steps, step))


def clamped(price: Money, floor: Money, ceiling: Money, steps: Iterable[str]) -> UnitPrice:
    """The price kept between a minimum and a maximum, and the step that says so."""
    if price < floor:
        return UnitPrice(floor, (*steps, f"Prix minimum appliqué : {floor}"))
    if price > ceiling:
        return UnitPrice(ceiling, (*steps, f"Prix maximum appliqué : {ceiling}"))
    return UnitPrice(price, tuple(steps))
