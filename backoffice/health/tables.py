"""Health sheets, and who read them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.health.rules import DOCTOR_LENGTH, PHONE_LENGTH, REASON_LENGTH, TEXT_LENGTH
from backoffice.kernel.schema import Base


class HealthSheetRow(Base):
    """What a town keeps of a child's health; "" and None mean that nothing was said.

    On the shared database only the functions of `functions_health.sql` reach it, so its version is theirs to keep,
    not the mapper's. No CHECK here: what a CHECK refuses is copied whole into the log of the server.
    """

    __tablename__ = "health_sheets"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    version: Mapped[int]
    allergies: Mapped[str] = mapped_column(String(TEXT_LENGTH))
    menu: Mapped[str] = mapped_column(String(20))
    has_pai: Mapped[bool]
    pai_until: Mapped[date | None]
    pai_conduct: Mapped[str] = mapped_column(String(TEXT_LENGTH))
    treatments: Mapped[str] = mapped_column(String(TEXT_LENGTH))
    vaccines_until: Mapped[date | None]
    doctor_name: Mapped[str] = mapped_column(String(DOCTOR_LENGTH))
    doctor_phone: Mapped[str] = mapped_column(String(PHONE_LENGTH))
    remarks: Mapped[str] = mapped_column(String(TEXT_LENGTH))


class HealthReadRow(Base):
    """Somebody opened a sheet, and why. Only ever added to; it names no row of `people`, so that it outlives them."""

    __tablename__ = "health_reads"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[int] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(REASON_LENGTH))
