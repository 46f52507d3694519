"""The dated national figures of the PSU scale: rates, floors and ceilings of monthly resources."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from backoffice.kernel.dated import Dated, NotInForce
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import french_day

T = TypeVar("T")


class CareKind(StrEnum):
    """Which rate table applies."""

    COLLECTIVE = "collective"
    FAMILY = "family"

    @property
    def label(self) -> str:
        return "accueil collectif" if self is CareKind.COLLECTIVE else "accueil familial ou parental"


class DisabledChildRule(StrEnum):
    """How each dependent child with AEEH lowers the rate.

    The CAF grants « le tarif immédiatement inférieur » for each such child: the next lower rate of the table.
    Some towns read it as one child more; the two differ for families of 4 to 6 children.
    """

    NEXT_LOWER_RATE = "next_lower_rate"
    ONE_MORE_CHILD = "one_more_child"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a figure comes from. `checked` None: entered by the town, `source` then says by whom."""

    source: str
    checked: date | None = None
    confidence: str = ""

    def __str__(self) -> str:
        return self.source if self.checked is None else f"{self.source} ; vérifié le {french_day(self.checked)}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A monthly amount of resources, the first day it holds and its origin."""

    monthly: Money
    since: date
    origin: Origin


@dataclass(frozen=True, slots=True)
class RateStep:
    """From this number of dependent children on, this percentage of the monthly resources per hour."""

    from_children: int
    percent: Decimal


@dataclass(frozen=True, slots=True)
class RateTable:
    """Hourly rates by number of dependent children. Raises UserError `tariff.psu_rates_incomplete`."""

    steps: tuple[RateStep, ...]
    since: date
    origin: Origin

    def __post_init__(self) -> None:
        starts = [step.from_children for step in self.steps]
        rising = all(one < other for one, other in pairwise(starts))
        falling = all(one.percent > other.percent for one, other in pairwise(self.steps))
        if starts[:1] != [1] or not rising or not falling or not 0 < self.steps[-1].percent < self.steps[0].percent < 1:
            raise UserError("tariff.psu_rates_incomplete", day=self.since)

    def percent(self, children: int, disabled: int, rule: DisabledChildRule) -> Decimal:
        """The rate of a household, the children with AEEH counted by `rule`."""
        starts = [step.from_children for step in self.steps]
        if rule is DisabledChildRule.ONE_MORE_CHILD:
            index = bisect_right(starts, children + disabled) - 1
        else:
            index = min(bisect_right(starts, children) - 1 + disabled, len(starts) - 1)
        return self.steps[index].percent


@dataclass(frozen=True, slots=True, eq=False)
class PsuFigures:
    """Every figure known, by day. A day without one is an error that names what the town must enter."""

    rates: Mapping[CareKind, Dated[RateTable]]
    floors: Dated[Figure]
    ceilings: Dated[Figure]

    def rates_at(self, care_kind: CareKind, day: date) -> RateTable:
        """Raises NotInForce `tariff.psu_figure_missing`."""
        return _at(self.rates[care_kind], day)

    def floor_at(self, day: date) -> Figure:
        """Raises NotInForce `tariff.psu_figure_missing`."""
        return _at(self.floors, day)

    def ceiling_at(self, day: date) -> Figure:
        """Raises NotInForce `tariff.psu_figure_missing`."""
        return _at(self.ceilings, day)

    def change_days(self, care_kind: CareKind) -> frozenset[date]:
        """The days on which a floor, a ceiling or a rate of this kind of care may differ from the eve."""
        periods = [entry.period for dated in (self.floors, self.ceilings) for entry in dated]
        periods += [entry.period for entry in self.rates[care_kind]]
        ends = {period.end + timedelta(days=1) for period in periods if period.end is not None}
        return frozenset(ends | {period.start for period in periods})


def _at(dated: Dated[T], day: date) -> T:
    try:
        return dated.at(day)
    except NotInForce as exc:
        raise NotInForce("tariff.psu_figure_missing", figure=dated.what, day=day) from exc
