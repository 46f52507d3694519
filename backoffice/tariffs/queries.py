"""Tariffs in force, ready to price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from backoffice.kernel.database import Session
from backoffice.kernel.dated import Dated, InForce
from backoffice.kernel.periods import Period, french_day
from backoffice.tariffs.figures import FigureKind, TownFigure, national_psu_figures, with_town_figures
from backoffice.tariffs.rules import PsuFigures, Tariff, tariff_from_data
from backoffice.tariffs.tables import TariffRow, TownFigureRow


@dataclass(frozen=True, slots=True)
class SlotTariff:
    """A tariff of a slot, with what « Expliquer » says of its origin."""

    id: int
    tariff: Tariff
    valid_from: date
    deliberation: str

    @property
    def origin(self) -> str:
        """« Tarif par tranches de quotient, en vigueur depuis le 01/09/2025 (délibération …) »."""
        source = f" ({self.deliberation})" if self.deliberation else ""
        return f"{self.tariff.label}, en vigueur depuis le {french_day(self.valid_from)}{source}"


def tariffs_of(session: Session, slots: dict[int, str]) -> dict[int, Dated[SlotTariff]]:
    """The dated tariffs of these slots (id → name for errors); a slot without any gets an empty `Dated`."""
    found: dict[int, list[InForce[SlotTariff]]] = defaultdict(list)
    ids: Collection[int] = slots.keys()
    for row in session.scalars(select(TariffRow).where(TariffRow.slot_id.in_(ids))):
        tariff = SlotTariff(row.id, tariff_from_data(row.shape, row.parameters), row.valid_from, row.deliberation)
        found[row.slot_id].append(InForce(Period(row.valid_from, row.valid_to), tariff))
    return {slot: Dated(f"tarif {name}", found[slot]) for slot, name in slots.items()}


def psu_figures(session: Session) -> PsuFigures:
    """The national figures, and those the town entered where the national ones are missing."""
    entered = [
        TownFigure(FigureKind(row.figure), Period(row.valid_from, row.valid_to), row.monthly, row.label)
        for row in session.scalars(select(TownFigureRow))
    ]
    return with_town_figures(national_psu_figures(), entered)
