"""Tariffs as agents read them, the national figures behind them, and the simulator « combien paierait… ? »."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import or_, select

from backoffice.catalog.queries import slots_of
from backoffice.families.queries import incomes_during, quotients_during
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.dated import Dated, InForce
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period
from backoffice.tariffs.figures import FigureKind
from backoffice.tariffs.queries import psu_figures, tariffs_of
from backoffice.tariffs.rules import (
    Figure,
    PsuFigures,
    Quotient,
    ReferenceIncome,
    Situation,
    Tariff,
    UnitPrice,
    tariff_from_data,
)
from backoffice.tariffs.tables import TariffRow, TownFigureRow


@dataclass(frozen=True, slots=True)
class TariffView:
    """A tariff of a slot. `lines` say its parameters; `in_force`: on the day of the question."""

    id: int
    version: int
    slot_id: int
    tariff: Tariff
    lines: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    deliberation: str
    in_force: bool

    @property
    def shape_label(self) -> str:
        """« Tarif par tranches de quotient »."""
        return self.tariff.label


@dataclass(frozen=True)
class TariffsOfSlot(Query[tuple[TariffView, ...]]):
    """The tariffs of a slot, latest first; « en vigueur » is told today."""

    slot_id: int


@read(TariffsOfSlot, permission="tariffs.read")
def tariffs_of_slot(query: TariffsOfSlot, reading: Reading) -> tuple[TariffView, ...]:
    statement = select(TariffRow).where(TariffRow.slot_id == query.slot_id).order_by(TariffRow.valid_from.desc())
    return tuple(_view(row, reading.today) for row in reading.session.scalars(statement))


@dataclass(frozen=True)
class TariffsInForce(Query[tuple[TariffView, ...]]):
    """The tariff of every slot that has one on that day: a slot that is missing has no price."""

    day: date


@read(TariffsInForce, permission="tariffs.read")
def tariffs_in_force(query: TariffsInForce, reading: Reading) -> tuple[TariffView, ...]:
    statement = (
        select(TariffRow)
        .where(TariffRow.valid_from <= query.day)
        .where(or_(TariffRow.valid_to.is_(None), TariffRow.valid_to >= query.day))
        .order_by(TariffRow.slot_id)
    )
    return tuple(_view(row, query.day) for row in reading.session.scalars(statement))


def _view(row: TariffRow, day: date) -> TariffView:
    tariff = tariff_from_data(row.shape, row.parameters)
    return TariffView(
        id=row.id,
        version=row.version,
        slot_id=row.slot_id,
        tariff=tariff,
        lines=tariff.in_french(),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        deliberation=row.deliberation,
        in_force=day in Period(row.valid_from, row.valid_to),
    )


# --- the simulator -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TryTariff(Query[UnitPrice]):
    """What one unit would cost with this tariff, saved or not, and why."""

    tariff: Tariff
    quotient: Quotient | None
    income: ReferenceIncome | None
    day: date


@read(TryTariff, permission="tariffs.read")
def try_tariff(query: TryTariff, reading: Reading) -> UnitPrice:
    """Raises NoQuotient, NoIncome, QuotientAboveLastBracket, NotInForce `tariff.psu_figure_missing`."""
    figures = psu_figures(reading.session) if query.tariff.needs_income else None
    return query.tariff.unit_price(Situation(query.day, query.quotient, query.income, figures))


@dataclass(frozen=True)
class TrySlot(Query[UnitPrice]):
    """What one unit of a slot would cost on a day in this situation; the first step says which tariff it is."""

    slot_id: int
    quotient: Quotient | None
    income: ReferenceIncome | None
    day: date


@read(TrySlot, permission="tariffs.read")
def try_slot(query: TrySlot, reading: Reading) -> UnitPrice:
    """Raises UserError `catalog.unknown_slot`, NotInForce `dated.not_in_force`, and those of TryTariff."""
    return _price(reading.session, query.slot_id, query.quotient, query.income, query.day)


@dataclass(frozen=True)
class TryFamily(Query[UnitPrice]):
    """What one unit of a slot costs this family on a day, with the quotient and resources of its file."""

    slot_id: int
    family_id: int
    day: date


@read(TryFamily, permission="tariffs.read")
def try_family(query: TryFamily, reading: Reading) -> UnitPrice:
    """Raises what TrySlot raises."""
    session, family = reading.session, query.family_id
    day = Period(query.day, query.day)
    quotients = quotients_during(session, [family], day).get(family, ())
    incomes = incomes_during(session, [family], day).get(family, ())
    quotient = next((Quotient(held.value) for held in quotients), None)
    income = next(
        (ReferenceIncome(held.annual, held.dependent_children, held.disabled_children) for held in incomes), None
    )
    return _price(session, query.slot_id, quotient, income, query.day)


def _price(
    session: Session, slot_id: int, quotient: Quotient | None, income: ReferenceIncome | None, day: date
) -> UnitPrice:
    slot = slots_of(session).get(slot_id)
    if slot is None:
        raise UserError("catalog.unknown_slot", id=slot_id)
    held = tariffs_of(session, {slot_id: f"« {slot.activity} - {slot.label} »"})[slot_id].at(day)
    figures = psu_figures(session) if held.tariff.needs_income else None
    found = held.tariff.unit_price(Situation(day, quotient, income, figures))
    return replace(found, steps=(held.origin, *found.steps))


# --- the national figures ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FigureView:
    """A monthly floor or ceiling as runs use it. One that the town entered may hold fewer days here than it was
    entered for: a national figure wins."""

    kind: FigureKind
    monthly: Money
    valid_from: date
    valid_to: date | None
    origin: str
    by_town: bool


@dataclass(frozen=True, slots=True)
class TownFigureView:
    """A figure as the town entered it."""

    id: int
    kind: FigureKind
    monthly: Money
    source: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class FigureList:
    """The figures runs use, and those the town entered; both latest first."""

    used: tuple[FigureView, ...]
    entered: tuple[TownFigureView, ...]


@dataclass(frozen=True)
class ListFigures(Query[FigureList]):
    """The floors and ceilings of the PSU scale, national and entered."""


@read(ListFigures, permission="tariffs.read")
def list_figures(_query: ListFigures, reading: Reading) -> FigureList:
    figures: PsuFigures = psu_figures(reading.session)
    used = [*_used(FigureKind.FLOOR, figures.floors), *_used(FigureKind.CEILING, figures.ceilings)]
    rows = reading.session.scalars(select(TownFigureRow).order_by(TownFigureRow.valid_from.desc(), TownFigureRow.id))
    entered = tuple(
        TownFigureView(row.id, FigureKind(row.figure), row.monthly, row.label, row.valid_from, row.valid_to)
        for row in rows
    )
    return FigureList(tuple(sorted(used, key=lambda figure: figure.valid_from, reverse=True)), entered)


def _used(kind: FigureKind, figures: Dated[Figure]) -> list[FigureView]:
    return [_figure(kind, entry) for entry in figures]


def _figure(kind: FigureKind, entry: InForce[Figure]) -> FigureView:
    origin = entry.value.origin
    return FigureView(
        kind, entry.value.monthly, entry.period.start, entry.period.end, str(origin), by_town=origin.checked is None
    )
