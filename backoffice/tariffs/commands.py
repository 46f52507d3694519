"""Adopting tariffs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from backoffice.catalog.checks import optional_text
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.periods import Period
from backoffice.tariffs.figures import TownFigure
from backoffice.tariffs.rules import Tariff
from backoffice.tariffs.tables import TariffRow, TownFigureRow


@dataclass(frozen=True, slots=True)
class TariffAdopted(Event):
    """A slot has a new tariff."""

    slot_id: int


def add_tariff(session: Session, slot_id: int, tariff: Tariff, period: Period, deliberation: str) -> int:
    """Give a slot a tariff for a period. Raises UserError `dated.overlap`."""
    for row in session.scalars(select(TariffRow).where(TariffRow.slot_id == slot_id)):
        if Period(row.valid_from, row.valid_to).overlaps(period):
            raise UserError("dated.overlap", what="tarif", day=max(row.valid_from, period.start))
    row = TariffRow(
        slot_id=slot_id,
        valid_from=period.start,
        valid_to=period.end,
        shape=tariff.shape,
        parameters=tariff.to_data(),
        deliberation=deliberation,
    )
    session.add(row)
    session.flush()
    return row.id


def add_town_figure(session: Session, figure: TownFigure) -> None:
    """Enter a national figure that was not found; the national one wins wherever it is known."""
    session.add(
        TownFigureRow(
            figure=figure.kind.value,
            monthly=figure.monthly,
            label=figure.label,
            valid_from=figure.period.start,
            valid_to=figure.period.end,
        )
    )
    session.flush()


@dataclass(frozen=True)
class AdoptTariff(Command[None]):
    """A new tariff from a day on; the one in force ends the day before. Billed days keep their price.

    `seen`: the tariffs of the slot that were read, by id with their version; None when nobody read them.
    """

    slot_id: int
    tariff: Tariff
    valid_from: date
    deliberation: str
    seen: frozenset[tuple[int, int]] | None = None


@use_case(AdoptTariff, permission="tariffs.edit", action="tariff.adopted")
def adopt_tariff(command: AdoptTariff, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `tariff.later_exists`, `catalog.field_too_long`."""
    session = context.session
    deliberation = optional_text(command.deliberation, "délibération", 160)
    rows = session.scalars(select(TariffRow).where(TariffRow.slot_id == command.slot_id)).all()
    if command.seen is not None and command.seen != {(row.id, row.version) for row in rows}:
        raise UserError("record.changed_meanwhile")
    for row in rows:
        if row.valid_from >= command.valid_from:
            raise UserError("tariff.later_exists", day=row.valid_from)
        if row.valid_to is None or row.valid_to >= command.valid_from:
            row.valid_to = command.valid_from - timedelta(days=1)
    session.flush()
    add_tariff(session, command.slot_id, command.tariff, Period(command.valid_from), deliberation)
    context.record(f"slot {command.slot_id}", valid_from=command.valid_from, shape=command.tariff.shape)
    context.events.append(TariffAdopted(command.slot_id))
