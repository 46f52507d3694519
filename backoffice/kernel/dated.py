"""Values that change on a day and do not move once past."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Period

T = TypeVar("T")


class NotInForce(UserError):
    """No value is in force on that day. Never replaced by a default: the caller decides or stops."""


@dataclass(frozen=True, slots=True)
class InForce(Generic[T]):
    """One value and the days it holds."""

    period: Period
    value: T


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

    def __iter__(self) -> Iterator[InForce[T]]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
