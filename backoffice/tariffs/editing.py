"""Ending, removing and reopening tariffs, and the national figures a town enters itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from backoffice.catalog.checks import at_version, required_text
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.bulk import remove
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period
from backoffice.tariffs.commands import add_town_figure
from backoffice.tariffs.figures import FigureKind, TownFigure
from backoffice.tariffs.queries import psu_figures
from backoffice.tariffs.tables import TariffRow, TownFigureRow


@dataclass(frozen=True, slots=True)
class TariffChanged(Event):
    """A tariff of this slot ends on another day, or was removed."""

    slot_id: int


@dataclass(frozen=True, slots=True)
class TownFiguresChanged(Event):
    """A national figure entered by the town came or went."""


@dataclass(frozen=True)
class EndTariff(Command[None]):
    """Say the last day of a tariff (None: until further notice). Billed days keep their price."""

    tariff_id: int
    version: int
    last_day: date | None


@use_case(EndTariff, permission="tariffs.edit", action="tariff.ended")
def end_tariff(command: EndTariff, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `period.ends_before_start`, `dated.overlap`."""
    session = context.session
    row = at_version(session.get(TariffRow, command.tariff_id), command.version)
    period = Period(row.valid_from, command.last_day)
    others = select(TariffRow).where(TariffRow.slot_id == row.slot_id, TariffRow.id != row.id)
    for other in session.scalars(others):
        if Period(other.valid_from, other.valid_to).overlaps(period):
            raise UserError("dated.overlap", what="tarif", day=max(other.valid_from, period.start))
    context.record(f"slot {row.slot_id}", tariff=row.id, valid_to=f"{row.valid_to} → {command.last_day}")
    row.valid_to = command.last_day
    context.events.append(TariffChanged(row.slot_id))


@dataclass(frozen=True)
class RemoveTariff(Command[None]):
    """Remove a tariff that has not begun: one adopted with a wrong day. The one before is reopened by EndTariff."""

    tariff_id: int
    version: int


@use_case(RemoveTariff, permission="tariffs.edit", action="tariff.removed")
def remove_tariff(command: RemoveTariff, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `tariff.already_begun`."""
    session = context.session
    row = at_version(session.get(TariffRow, command.tariff_id), command.version)
    if row.valid_from <= context.today:
        raise UserError("tariff.already_begun", day=row.valid_from)
    context.record(f"slot {row.slot_id}", tariff=row.id, valid_from=row.valid_from, shape=row.shape)
    remove(session, TariffRow, [row.id])
    context.events.append(TariffChanged(row.slot_id))


@dataclass(frozen=True)
class EnterTownFigure(Command[int]):
    """Enter a national monthly amount that was not found; answers its id. `source` is read in « Expliquer »."""

    kind: FigureKind
    monthly: Money
    valid_from: date
    valid_to: date | None
    source: str


@use_case(EnterTownFigure, permission="tariffs.edit", action="tariff.figure_entered")
def enter_town_figure(command: EnterTownFigure, context: Context) -> int:
    """Raises UserError `tariff.town_figure_not_positive`, `tariff.town_figure_without_source`, `dated.overlap`,
    `period.ends_before_start`, `catalog.field_too_long`."""
    period = Period(command.valid_from, command.valid_to)
    figure = TownFigure(command.kind, period, command.monthly, command.source)
    required_text(command.source, "source", 160)
    add_town_figure(context.session, figure)
    psu_figures(context.session)  # two figures of the town for one day are refused here, not in a month's run
    own = select(TownFigureRow.id).where(
        TownFigureRow.figure == command.kind.value, TownFigureRow.valid_from == command.valid_from
    )
    figure_id = context.session.scalars(own).one()
    context.record(f"figure {command.kind.value}", valid_from=command.valid_from, cents=command.monthly.cents)
    context.events.append(TownFiguresChanged())
    return figure_id


@dataclass(frozen=True)
class RemoveTownFigure(Command[None]):
    """Forget a figure the town had entered."""

    figure_id: int


@use_case(RemoveTownFigure, permission="tariffs.edit", action="tariff.figure_removed")
def remove_town_figure(command: RemoveTownFigure, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile` when somebody removed it already."""
    row = context.session.get(TownFigureRow, command.figure_id)
    if row is None:
        raise UserError("record.changed_meanwhile")
    context.record(f"figure {row.figure}", valid_from=row.valid_from, cents=row.monthly.cents)
    remove(context.session, TownFigureRow, [row.id])
    context.events.append(TownFiguresChanged())
