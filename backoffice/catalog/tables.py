"""The town, its structures, services, activities and slots, and the days they are closed."""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.catalog.kinds import BillingBasis, StructureKind
from backoffice.catalog.rules import SchoolZone
from backoffice.kernel.schema import Base, Versioned, one_of


class TownRow(Versioned, Base):
    """The issuer of invoices: one row."""

    __tablename__ = "town"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"), one_of("school_zone", SchoolZone))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[list[str]] = mapped_column(JSON)
    identifier: Mapped[str] = mapped_column(String(60))
    signatory: Mapped[str] = mapped_column(String(120))
    school_zone: Mapped[str] = mapped_column(String(1))


class StructureRow(Versioned, Base):
    """A place that receives children. `kind` is one of `StructureKind`."""

    __tablename__ = "structures"
    __table_args__ = (one_of("kind", StructureKind),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(30))


class ServiceRow(Versioned, Base):
    """What is billed together: one invoice per service and family, one régie, one series of numbers.

    `accounting_number` (1 to 999) goes into the numeric debt number; it never changes and is never reused.
    """

    __tablename__ = "services"
    __table_args__ = (
        CheckConstraint("due_day BETWEEN 1 AND 31 AND due_months_after BETWEEN 0 AND 12", name="due_rule"),
        CheckConstraint("accounting_number BETWEEN 1 AND 999", name="accounting_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    prefix: Mapped[str] = mapped_column(String(10), unique=True)
    accounting_number: Mapped[int] = mapped_column(unique=True)
    revenue_office: Mapped[str] = mapped_column(String(160))
    contact: Mapped[list[str]] = mapped_column(JSON)
    payment_means: Mapped[list[str]] = mapped_column(JSON)
    appeal_text: Mapped[str] = mapped_column(Text)
    legal_text: Mapped[str] = mapped_column(Text)
    due_day: Mapped[int]
    due_months_after: Mapped[int]
    last_day: Mapped[date | None]


class ActivityRow(Versioned, Base):
    """Something a service offers in a structure. `billing_basis` says which days are billed: `BillingBasis`."""

    __tablename__ = "activities"
    __table_args__ = (one_of("billing_basis", BillingBasis),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"), index=True)
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structures.id"), index=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    billing_basis: Mapped[str] = mapped_column(String(20))
    last_day: Mapped[date | None]


class SlotRow(Versioned, Base):
    """A named, timed part of an activity's day (« Repas 12:15-13:15 »). Minutes count from midnight.

    `weekdays` are the days it opens, « 0134 » with 0 for Monday; `unit` is what one attendance counts (repas,
    journée, heure).
    """

    __tablename__ = "slots"
    __table_args__ = (
        CheckConstraint("start_minute IS NULL OR end_minute > start_minute", name="times"),
        Index("uq_slots_activity_code", "activity_id", "code", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"))
    code: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(80))
    unit: Mapped[str] = mapped_column(String(20))
    start_minute: Mapped[int | None]
    end_minute: Mapped[int | None]
    weekdays: Mapped[str] = mapped_column(String(7))
    position: Mapped[int]
    last_day: Mapped[date | None]


class ClosureRow(Base):
    """Days a structure (or, without one, every structure) is closed."""

    __tablename__ = "closures"

    id: Mapped[int] = mapped_column(primary_key=True)
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structures.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(120))
