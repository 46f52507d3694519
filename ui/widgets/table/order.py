"""Which rows of a table are seen, and in which order. No Qt: nothing here needs the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import zip_longest
from typing import Any, TypeVar

from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month
from backoffice.kernel.text import folded, needles
from ui.widgets.table.columns import Column

R = TypeVar("R")

_AT_ONCE = 16_000  # values: some milliseconds


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every position of the rows, in the order of a column and against it; empty values come last in both."""

    ascending: Sequence[int]
    descending: Sequence[int]


_folded = lru_cache(maxsize=8192)(folded)  # names with an accent come again


def sort_key(value: object) -> Any:
    """Comparable with the other values of its column, and fast to compare; texts without accents or case."""
    if isinstance(value, str):
        return value.casefold() if value.isascii() else _folded(value)
    if isinstance(value, Money):
        return value.cents
    if isinstance(value, Month):
        return (value.year, value.month)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.toordinal()
    return value


def rank(rows: Iterable[R], column: Column[R]) -> Ranking:
    """The rows by this column; equal ones keep their order, in both directions.

    The different values are sorted, then the rows by the place of their value: whole numbers are compared ten times
    faster than names. All of it in short turns (see `sorted_in_turns`).
    """
    if column.key is not None:
        key_of = column.key
        keys = [key_of(row) for row in rows]
    else:
        value_of = column.value
        keys = [sort_key(value_of(row)) for row in rows]
    places = {key: place for place, key in enumerate(sorted_in_turns(list(set(keys) - {None})))}
    ranks = [places.get(key, -1) for key in keys]
    none = ranks.count(-1)
    lines = range(len(ranks))
    ascending = sorted_in_turns(lines, ranks.__getitem__)
    empty, filled = ascending[:none], ascending[none:]
    if len(places) == len(filled):  # no two alike: nothing more to compare
        return Ranking(filled + empty, filled[::-1] + empty)
    return Ranking(filled + empty, sorted_in_turns(lines, ranks.__getitem__, reverse=True))


def sorted_in_turns(
    values: Sequence[Any], key: Callable[[Any], Any] | None = None, *, reverse: bool = False
) -> list[Any]:
    """As `sorted`, equal values kept in their order. The interpreter gives the window no turn inside one `sorted`: here
    pieces are sorted, then joined two by two, which only compares each value once."""
    pieces = [
        sorted(values[start : start + _AT_ONCE], key=key, reverse=reverse) for start in range(0, len(values), _AT_ONCE)
    ]
    while len(pieces) > 1:
        pairs: Iterable[tuple[list[Any], list[Any]]] = zip_longest(pieces[::2], pieces[1::2], fillvalue=[])
        pieces = [sorted(first + second, key=key, reverse=reverse) for first, second in pairs]
    return pieces[0] if pieces else []


class Order:
    """Rows, the text that the filter looks into (`haystack` gives it, folded), and how they were ranked so far."""

    def __init__(self, rows: Sequence[R] = (), haystack: Callable[[R], str] = str) -> None:
        self.rows: Sequence[Any] = rows
        self._haystack: Callable[[Any], str] = haystack
        self._haystacks: Sequence[str] | None = None
        self._rankings: dict[int, Ranking] = {}

    def knows(self, index: int) -> bool:
        """Whether the rows were already ranked by the column of this index (-1: they need not be)."""
        return index < 0 or index in self._rankings

    def keep(self, index: int, ranking: Ranking) -> None:
        """Take the ranking of these rows by a column."""
        self._rankings[index] = ranking

    def seen(self, words: str, index: int, *, descending: bool) -> Sequence[int]:
        """Positions of the rows that hold every word, in the order of a column that was ranked, or of the rows."""
        found = self._holding(words)
        ranking = self._rankings.get(index)
        if ranking is None:
            return found
        ordered = ranking.descending if descending else ranking.ascending
        if len(found) == len(ordered):
            return ordered
        kept = bytearray(len(self.rows))
        for position in found:
            kept[position] = 1
        return [position for position in ordered if kept[position]]

    def _holding(self, words: str) -> Sequence[int]:
        found: Sequence[int] = range(len(self.rows))
        for word in needles(words):
            if self._haystacks is None:  # at the first letter typed
                self._haystacks = [self._haystack(row) for row in self.rows]
            haystacks = self._haystacks
            found = [position for position in found if word in haystacks[position]]
        return found
