"""The national PSU figures, read from `resources/legal/psu.toml`, and those a town had to enter itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from backoffice.kernel.dated import Dated, InForce
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period
from backoffice.kernel.resources import load_toml
from backoffice.tariffs.rules import CareKind, Figure, Origin, PsuFigures, RateStep, RateTable

_ONE_DAY = timedelta(days=1)
_RATES = {CareKind.COLLECTIVE: "taux de participation, accueil collectif",
          CareKind.FAMILY: "taux de participation, accueil familial ou parental"}

DatedValue = TypeVar("DatedValue", Figure, RateTable)


class FigureKind(StrEnum):
    """A monthly amount that a town may enter when the national one was not found."""

    FLOOR = "psu.floor"
    CEILING = "psu.ceiling"

    @property
    def label(self) -> str:
        bound = "plancher" if self is FigureKind.FLOOR else "plafond"
        return f"{bound} de ressources mensuelles"


@dataclass(frozen=True, slots=True)
class TownFigure:
    """A floor or ceiling entered by the town. `label` is read in « Expliquer »: « saisi par la commune (…) ».

    Raises UserError `tariff.town_figure_not_positive`, `tariff.town_figure_without_source`.
    """

    kind: FigureKind
    period: Period
    monthly: Money
    label: str

    def __post_init__(self) -> None:
        if self.monthly.cents <= 0:
            raise UserError("tariff.town_figure_not_positive", figure=self.kind.label)
        if not self.label.strip():
            raise UserError("tariff.town_figure_without_source", figure=self.kind.label)


@dataclass(frozen=True, slots=True)
class TownRates:
    """A rate table entered by the town. Raises UserError `tariff.psu_rates_incomplete` like any table."""

    care_kind: CareKind
    period: Period
    steps: tuple[RateStep, ...]
    label: str


@cache
def national_psu_figures() -> PsuFigures:
    """The figures shipped with the program, read once."""
    return psu_figures_from(load_toml("legal", "psu.toml"))


def psu_figures_from(legal: Mapping[str, Any]) -> PsuFigures:
    """Figures as the TOML file writes them. Raises UserError `dated.overlap`; KeyError if an entry is incomplete."""
    return PsuFigures(
        rates={kind: Dated(_RATES[kind], map(_rate_entry, legal[f"{kind.value}_rates"])) for kind in CareKind},
        floors=Dated(FigureKind.FLOOR.label, map(_amount_entry, legal["floor"])),
        ceilings=Dated(FigureKind.CEILING.label, map(_amount_entry, legal["ceiling"])),
    )


def with_town_figures(
    figures: PsuFigures, amounts: Iterable[TownFigure] = (), rates: Iterable[TownRates] = ()
) -> PsuFigures:
    """National figures completed with what the town entered.

    A national figure wins wherever there is one, with one exception: an open-ended one gives way to a figure that
    the town makes start after the day it was last checked, for the town then knows more recent news.
    Raises UserError `dated.overlap` when two town figures share a day.
    """
    floors, ceilings = list(figures.floors), list(figures.ceilings)
    tables = {kind: list(figures.rates[kind]) for kind in CareKind}
    town_amounts: dict[FigureKind, list[InForce[Figure]]] = {kind: [] for kind in FigureKind}
    for amount in amounts:
        figure = Figure(amount.monthly, amount.period.start, Origin(amount.label))
        town_amounts[amount.kind].append(InForce(amount.period, figure))
    town_tables: dict[CareKind, list[InForce[RateTable]]] = {kind: [] for kind in CareKind}
    for entered in rates:
        table = RateTable(entered.steps, entered.period.start, Origin(entered.label))
        town_tables[entered.care_kind].append(InForce(entered.period, table))
    return PsuFigures(
        rates={kind: _merged(_RATES[kind], tables[kind], town_tables[kind]) for kind in CareKind},
        floors=_merged(FigureKind.FLOOR.label, floors, town_amounts[FigureKind.FLOOR]),
        ceilings=_merged(FigureKind.CEILING.label, ceilings, town_amounts[FigureKind.CEILING]),
    )


def _merged(
    what: str, national: list[InForce[DatedValue]], town: list[InForce[DatedValue]]
) -> Dated[DatedValue]:
    Dated(what, town)  # two town figures for one day: refused before anything is cut
    added: list[InForce[DatedValue]] = []
    for entry in town:
        added.extend(_outside(entry, [_firm_period(known, entry.period.start) for known in national]))
    taken = [entry.period for entry in added]
    kept: list[InForce[DatedValue]] = [piece for entry in national for piece in _outside(entry, taken)]
    return Dated(what, kept + added)


def _firm_period(known: InForce[DatedValue], town_start: date) -> Period:
    """The days a national figure keeps against a town figure that starts on `town_start`."""
    checked = known.value.origin.checked
    if known.period.end is not None or checked is None or town_start <= checked:
        return known.period
    return Period(known.period.start, max(checked, known.period.start))


def _outside(entry: InForce[DatedValue], taken: Iterable[Period]) -> Iterator[InForce[DatedValue]]:
    """The entry on the days no taken period holds. What is cut says from which day its rest holds."""
    start: date | None = entry.period.start
    for period in sorted(taken, key=lambda taken_period: taken_period.start):
        if start is None or not period.overlaps(Period(start, entry.period.end)):
            continue
        if period.start > start:
            yield _cut(entry, Period(start, period.start - _ONE_DAY))
        start = None if period.end is None else period.end + _ONE_DAY
        if start is not None and entry.period.end is not None and start > entry.period.end:
            start = None
    if start is not None:
        yield _cut(entry, Period(start, entry.period.end))


def _cut(entry: InForce[DatedValue], period: Period) -> InForce[DatedValue]:
    return InForce(period, replace(entry.value, since=period.start))


def _amount_entry(row: Mapping[str, Any]) -> InForce[Figure]:
    period = Period(row["first_day"], row.get("last_day"))
    return InForce(period, Figure(Money.rounded(row["monthly"]), period.start, _origin(row)))


def _rate_entry(row: Mapping[str, Any]) -> InForce[RateTable]:
    period = Period(row["first_day"], row.get("last_day"))
    steps = tuple(RateStep(step["from_children"], step["percent"]) for step in row["rates"])
    return InForce(period, RateTable(steps, period.start, _origin(row)))


def _origin(row: Mapping[str, Any]) -> Origin:
    return Origin(row["source"], row["last_checked"], row["confidence"])

