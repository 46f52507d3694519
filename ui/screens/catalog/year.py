"""Which dated lines of the catalog are of the school year the agent works in. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from backoffice.kernel.periods import Period, SchoolYear
from ui.context import WorkContext

T = TypeVar("T")


class YearFilter:
    """Keeps what holds in the year, and what is to come when the year is that of today; `wide` keeps everything."""

    def __init__(self, context: WorkContext) -> None:
        self._context = context
        self.wide = False

    @property
    def year(self) -> SchoolYear:
        return self._context.year

    def kept(self, rows: Sequence[T], days: Callable[[T], tuple[date, date | None]]) -> tuple[list[T], int]:
        """The rows kept, and how many are of other years; `days` tells the first and the last day of a row."""
        found = [row for row in rows if self.wide or self._is_of(Period(*days(row)))]
        return found, len(rows) - len(found)

    def _is_of(self, period: Period) -> bool:
        to_come = self._context.other_year is None and period.start > self.year.last_day
        return to_come or period.overlaps(self.year.period)


def other_years(hidden: int) -> str:
    """« Voir aussi 2 lignes d'autres années »."""
    return "Voir aussi 1 ligne d'une autre année" if hidden == 1 else f"Voir aussi {hidden} lignes d'autres années"
