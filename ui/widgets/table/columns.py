"""What a table shows of its rows. No Qt: columns, order and filter are tried without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Generic, TypeVar

from backoffice.kernel.clock import PARIS
from backoffice.kernel.money import NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE, Money, amount_digits
from backoffice.kernel.periods import Month, french_day
from backoffice.kernel.text import folded, needles

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

    @property
    def to_the_right(self) -> bool:
        return self.kind in {Kind.NUMBER, Kind.MONEY, Kind.DIFFERENCE}

    def text(self, row: R) -> str:
        """The cell of this row."""
        value = self.value(row)
        if self.kind is Kind.DIFFERENCE and isinstance(value, Money) and value.cents > 0:
            return f"+{shown(value)}"
        return shown(value)


def shown(value: object) -> str:
    """A value as a cell shows it. Thousands take a no-break space: the narrow one is too thin on screen."""
    if value is None:
        return ""
    if isinstance(value, Money):
        return amount_digits(value).replace(NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE)
    if isinstance(value, datetime):
        local = value.astimezone(PARIS)
        return f"{french_day(local.date())} {local.hour} h {local.minute:02d}"
    if isinstance(value, date):
        return french_day(value)
    if isinstance(value, Month):
        return value.in_french
    if isinstance(value, bool):
        return "oui" if value else ""
    if isinstance(value, int):
        return f"{value:,}".replace(",", NO_BREAK_SPACE)
    if isinstance(value, Decimal):
        return f"{value:,f}".replace(",", NO_BREAK_SPACE).replace(".", ",")
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


def sort_key(value: object) -> Any:
    """Comparable with the other values of its column; texts without accents or case."""
    if isinstance(value, Money):
        return value.cents
    if isinstance(value, Month):
        return (value.year, value.month)
    if isinstance(value, str):
        return folded(value)
    return value


def sort_keys(values: Iterable[object]) -> list[Any]:
    """The keys of a whole column; a text that comes again is folded once."""
    fold = cache(folded)
    return [fold(value) if isinstance(value, str) else sort_key(value) for value in values]


class Order:
    """Which rows are seen, and in which order: positions in the list of rows, never the rows themselves."""

    def __init__(self) -> None:
        self._haystacks: list[str] = []
        self._keys: dict[int, list[Any]] = {}
        self._rows: Sequence[Any] = ()

    def load(self, rows: Sequence[R], haystack: Callable[[R], str]) -> None:
        """Take other rows; `haystack` gives the folded text that the filter looks into."""
        self._rows = rows
        self._haystacks = [haystack(row) for row in rows]
        self._keys = {}

    def seen(self, words: str, column: Column[Any] | None, index: int, *, descending: bool) -> list[int]:
        """Positions of the rows that hold every word, sorted by a column; empty values come last."""
        wanted = needles(words)
        if wanted:
            found = [
                position
                for position, haystack in enumerate(self._haystacks)
                if all(word in haystack for word in wanted)
            ]
        else:
            found = list(range(len(self._rows)))
        if column is None:
            return found
        keys = self._keys.get(index)
        if keys is None:
            key = column.key
            keys = self._keys[index] = (
                [key(row) for row in self._rows] if key else sort_keys(column.value(row) for row in self._rows)
            )
        empty = [position for position in found if keys[position] is None]
        filled = [position for position in found if keys[position] is not None] if empty else found
        filled.sort(key=keys.__getitem__, reverse=descending)
        return filled + empty
