"""Money as integer cents, and the French way to write it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import total_ordering

from backoffice.kernel.errors import UserError

NARROW_NO_BREAK_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"

_TYPED = re.compile(r"[+-]?\d+(?:[.,]\d{1,2})?", re.ASCII)


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount of euros, exact to the cent.

    Multiplication takes whole numbers only; a fraction goes through `Money.rounded`, where the rounding is
    visible (half-up, domain.md 1.4).
    """

    cents: int

    @classmethod
    def rounded(cls, euros: Decimal) -> Money:
        """The nearest cent, halves going up (away from zero)."""
        return cls(int((euros * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)))

    @classmethod
    def parse(cls, text: str) -> Money:
        """What an agent typed: « 12,5 », « 1 234,56 € », « 12.50 ». Raises UserError `money.not_an_amount`."""
        compact = re.sub(r"[\s\u00a0\u202f]", "", text).removesuffix("€").replace(MINUS, "-")
        if not _TYPED.fullmatch(compact):
            raise UserError("money.not_an_amount", text=text)
        try:
            return cls.rounded(Decimal(compact.replace(",", ".")))
        except InvalidOperation as exc:
            raise UserError("money.not_an_amount", text=text) from exc

    @classmethod
    def total(cls, amounts: Iterable[Money]) -> Money:
        return cls(sum(amount.cents for amount in amounts))

    @property
    def euros(self) -> Decimal:
        return Decimal(self.cents).scaleb(-2)

    def __add__(self, other: Money) -> Money:
        return Money(self.cents + other.cents)

    def __sub__(self, other: Money) -> Money:
        return Money(self.cents - other.cents)

    def __neg__(self) -> Money:
        return Money(-self.cents)

    def __mul__(self, quantity: int) -> Money:
        return Money(self.cents * quantity)

    def __lt__(self, other: Money) -> bool:
        return self.cents < other.cents

    def __bool__(self) -> bool:
        return self.cents != 0

    def __str__(self) -> str:
        return euros(self)


ZERO = Money(0)


def euros(amount: Money) -> str:
    """« 1 234,56 € » with a narrow no-break space between thousands and a no-break space before the sign."""
    return f"{amount_digits(amount)}{NO_BREAK_SPACE}€"


def amount_digits(amount: Money) -> str:
    """« 1 234,56 », for columns whose header already says euros."""
    whole, cents = divmod(abs(amount.cents), 100)
    sign = MINUS if amount.cents < 0 else ""
    return f"{sign}{whole:,}".replace(",", NARROW_NO_BREAK_SPACE) + f",{cents:02d}"


def plain_amount(amount: Money) -> str:
    """« 1234.56 », for files read by programs."""
    return f"{amount.euros:.2f}"
