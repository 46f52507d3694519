"""Values that change on a day and do not move once past."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Period

T = TypeVar("T")

_ONE_DAY = timedelta(days=1)


class NotInForce(UserError):
    """No value is in force on that day. Never replaced by a default: the caller decides or stops."""


@dataclass(frozen=True, slots=True)
class InForce(Generic[T]):
    """One value and the days it holds."""

    period: Period
    value: T


@dataclass(frozen=True, slots=True)
class Stretch(Generic[T]):
    """Days from `first` to `last` on which the same value holds; `entry` None: no value is in force."""

    first: date
    last: date
    entry: InForce[T] | None


class Dated(Generic[T]):
    """Values by period, without overlap; holes are allowed and say so.

    `what` names the value in the error (« tarif Repas », « quotient »).
    Raises UserError `dated.overlap` when two periods share a day.
    """

    __slots__ = ("_entries", "_starts", "what")

    def __init__(self, what: str, entries: Iterable[InForce[T]]) -> None:
        self.what = what
        self._entries = sorted(entries, key=lambda entry: entry.period.start)
        self._starts = [entry.period.start for entry in self._entries]
        for earlier, later in zip(self._entries, self._entries[1:], strict=False):
            if earlier.period.overlaps(later.period):
                raise UserError("dated.overlap", what=what, day=later.period.start)

    def at(self, day: date) -> T:
        """The value in force on `day`. Raises NotInForce `dated.not_in_force`."""
        index = bisect_right(self._starts, day) - 1
        if index >= 0 and day in self._entries[index].period:
            return self._entries[index].value
        raise NotInForce("dated.not_in_force", what=self.what, day=day)

    def around(self, day: date) -> Stretch[T]:
        """The longest stretch of days around `day` on which nothing changes: one value, or none at all."""
        index = bisect_right(self._starts, day) - 1
        after = self._starts[index + 1] - _ONE_DAY if index + 1 < len(self._starts) else date.max
        if index < 0:
            return Stretch(date.min, after, None)
        entry = self._entries[index]
        end = entry.period.end or date.max
        if day <= end:
            return Stretch(entry.period.start, end, entry)
        return Stretch(end + _ONE_DAY, after, None)

    def __iter__(self) -> Iterator[InForce[T]]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
