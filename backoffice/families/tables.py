"""Families, the people in them, who pays, and what their tariff depends on."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.families.kinds import MemberRole
from backoffice.kernel.money import Money
from backoffice.kernel.schema import Base, HundredthsType, Versioned, one_of, partial_index


class FamilyRow(Versioned, Base):
    """A household as the service knows it. `sort_name` is accent-free, for lists and search."""

    __tablename__ = "families"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(160))
    sort_name: Mapped[str] = mapped_column(String(160), index=True)
    billing_email: Mapped[str] = mapped_column(String(254))
    caf_number: Mapped[str] = mapped_column(String(20))


class PersonRow(Versioned, Base):
    """An adult, a child or a contact. Health data never lives here."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(10))
    last_name: Mapped[str] = mapped_column(String(120))
    first_name: Mapped[str] = mapped_column(String(120))
    birth_name: Mapped[str] = mapped_column(String(120))
    sort_name: Mapped[str] = mapped_column(String(240), index=True)
    birth_date: Mapped[date | None]
    sex: Mapped[str] = mapped_column(String(1))
    street: Mapped[str] = mapped_column(String(200))
    postcode: Mapped[str] = mapped_column(String(10))
    city: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(30))
    mobile: Mapped[str] = mapped_column(String(30))
    email: Mapped[str] = mapped_column(String(254))


class MembershipRow(Base):
    """A person's place in a family. `role` is one of `MemberRole`; a holder speaks for the family."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index("uq_memberships_family_person", "family_id", "person_id", unique=True),
        one_of("role", MemberRole),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str] = mapped_column(String(12))
    is_holder: Mapped[bool]


class PayerRow(Base):
    """Who is named on the family's invoices, from a day to another; `rank` 1 is the main debtor, 2 the joint one.

    A separation ends a period and opens another: the past does not move.
    """

    __tablename__ = "payers"
    __table_args__ = (
        CheckConstraint("rank IN (1, 2)", name="rank"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    rank: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class QuotientRow(Base):
    """A family quotient, with its source and the days it holds."""

    __tablename__ = "quotients"
    __table_args__ = (
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    value: Mapped[Decimal] = mapped_column(HundredthsType)
    source: Mapped[str] = mapped_column(String(60))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class IncomeRow(Base):
    """Yearly reference income and dependent children, as the CAF gives them for the hourly tariff of crèches."""

    __tablename__ = "incomes"
    __table_args__ = (
        CheckConstraint("annual >= 0", name="annual"),
        CheckConstraint("dependent_children >= disabled_children AND disabled_children >= 0", name="children"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    annual: Mapped[Money]
    dependent_children: Mapped[int]
    disabled_children: Mapped[int]
    source: Mapped[str] = mapped_column(String(60))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class FamilyAccessRow(Base):
    """A service, or a structure of it, that knows a family: what its agents may see on the shared database.

    Kept by the database itself: a family is known where it was created and where its children come.
    """

    __tablename__ = "family_access"
    __table_args__ = (
        Index("uq_family_access_structure", "family_id", "service_id", "structure_id", unique=True),
        partial_index("uq_family_access_service", "family_id", "service_id", where="structure_id IS NULL", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id", deferrable=True, initially="DEFERRED"))
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"), index=True)
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structures.id"), index=True)


class UnattachedPersonRow(Base):
    """A person not yet in a family: seen by who typed it, until then, on the shared database."""

    __tablename__ = "unattached_people"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", deferrable=True, initially="DEFERRED"), primary_key=True, autoincrement=False
    )
    login: Mapped[str] = mapped_column(String(63))


class LinkRequestRow(Base):
    """A service asks, on the shared database, that a family known elsewhere be known to it too.

    `person` and `birth_date` are what its agent typed; `state` is one of `LinkState`. Kept by the database itself.
    """

    __tablename__ = "link_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(63))
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"), index=True)
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structures.id"), index=True)
    person: Mapped[str] = mapped_column(String(240))
    birth_date: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10))
    decided_at: Mapped[datetime | None]


class LinkTargetRow(Base):
    """The family that a request is about: apart, because who asks must not learn it from the request."""

    __tablename__ = "link_targets"

    request_id: Mapped[int] = mapped_column(ForeignKey("link_requests.id"), primary_key=True, autoincrement=False)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
