"""What a table shows of its rows. No Qt: columns, order and filter are tried without a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, TypeVar

from backoffice.kernel.money import NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE, Money, amount_digits
from backoffice.kernel.periods import Month, french_day
from backoffice.kernel.zone import PARIS

R = TypeVar("R")


class Kind(StrEnum):
    """How a value is written and aligned: texts and dates to the left, numbers to the right."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DIFFERENCE = "difference"  # money with its sign, « +8,30 »
    DATE = "date"
    STATE = "state"  # a word with its icon: see `Column.mark`


@dataclass(frozen=True, slots=True)
class Mark:
    """Shape and colour beside a word: `icon` a Lucide name, `token` a colour of the theme."""

    icon: str
    token: str


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column. `value` is typed (Money, date, int, str…); a None shows nothing and sorts last.

    `width` in characters of body text; `strong` for what the eye looks for first.
    """

    title: str
    value: Callable[[R], object]
    kind: Kind = Kind.TEXT
    width: int = 16
    strong: bool = False
    mark: Callable[[R], Mark | None] | None = None
    tip: Callable[[R], str] | None = None
    key: Callable[[R], Any] | None = None  # what the column sorts by, when it is not its value

    @cached_property
    def to_the_right(self) -> bool:
        return self.kind in {Kind.NUMBER, Kind.MONEY, Kind.DIFFERENCE}

    @cached_property
    def is_whole(self) -> bool:
        """Whether a piece of it would say something else: numbers and days are never cut."""
        return self.to_the_right or self.kind is Kind.DATE

    def text(self, row: R) -> str:
        """The cell of this row. Thousands take a no-break space: the narrow one is too thin on screen."""
        return self.printed(row).replace(NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE)

    def printed(self, row: R) -> str:
        """The cell of this row on paper."""
        value = self.value(row)
        if self.kind is Kind.DIFFERENCE and isinstance(value, Money) and value.cents > 0:
            return f"+{written(value)}"
        return written(value)


def shown(value: object) -> str:
    """A value as a cell shows it."""
    return written(value).replace(NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE)


def written(value: object) -> str:
    """A value as people write it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Money):
        return amount_digits(value)
    if isinstance(value, datetime):
        local = value.astimezone(PARIS)
        return f"{french_day(local.date())} {local.hour}{NO_BREAK_SPACE}h{NO_BREAK_SPACE}{local.minute:02d}"
    if isinstance(value, date):
        return french_day(value)
    if isinstance(value, Month):
        return value.in_french
    if isinstance(value, bool):
        return "oui" if value else ""
    if isinstance(value, int):
        return f"{value:,}".replace(",", NARROW_NO_BREAK_SPACE)
    if isinstance(value, Decimal):
        return f"{value:,f}".replace(",", NARROW_NO_BREAK_SPACE).replace(".", ",")
    return str(value)


def copied(value: object) -> str:
    """A value as a spreadsheet understands it when pasted: amounts with a comma and no space."""
    if isinstance(value, Money):
        return f"{value.euros:.2f}".replace(".", ",")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal):
        return str(value).replace(".", ",")
    return shown(value).replace("\t", " ").replace("\n", " ")
