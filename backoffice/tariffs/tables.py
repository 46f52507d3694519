"""Tariffs by slot and by date, and the national figures that the town had to enter."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.kernel.money import Money
from backoffice.kernel.schema import Base, Versioned, one_of
from backoffice.tariffs.figures import FigureKind


class TariffRow(Versioned, Base):
    """What a slot costs during a period: a shape of `TARIFFS` and its parameters, with the deliberation."""

    __tablename__ = "tariffs"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        Index("uq_tariffs_slot_from", "slot_id", "valid_from", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    shape: Mapped[str] = mapped_column(String(30))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    deliberation: Mapped[str] = mapped_column(String(160))


class TownFigureRow(Base):
    """A national monthly amount (`FigureKind`) that was not found and that the town entered; `label` says so."""

    __tablename__ = "town_figures"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        one_of("figure", FigureKind),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    figure: Mapped[str] = mapped_column(String(40))
    monthly: Mapped[Money]
    label: Mapped[str] = mapped_column(String(160))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
