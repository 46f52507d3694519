"""The rules of activities, their age groups, and what families asked for slot by slot.

A booking itself is a row of `attendances`: one unit, from the wish to the invoice.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.bookings.kinds import Answer, Channel, RuleKind, Wish
from backoffice.kernel.schema import Base, DocumentType, Versioned, one_of, partial_index


class ActivityRuleRow(Versioned, Base):
    """What the town decided for an activity from a day on: a kind of rule and its value, with where it is written."""

    __tablename__ = "activity_rules"
    __table_args__ = (
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="period"),
        one_of("kind", RuleKind),
        Index("uq_activity_rules_from", "activity_id", "kind", "first_day", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"))
    kind: Mapped[str] = mapped_column(String(20))
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    value: Mapped[dict[str, Any]] = mapped_column(DocumentType)
    source: Mapped[str] = mapped_column(String(200))


class AgeGroupRow(Versioned, Base):
    """A group or section of an activity (« Maternels », « Bébés »): its children from `from_months` of age until the
    eve of `to_months` (None: no limit)."""

    __tablename__ = "age_groups"
    __table_args__ = (
        CheckConstraint("from_months >= 0 AND (to_months IS NULL OR to_months > from_months)", name="ages"),
        Index("uq_age_groups_activity_code", "activity_id", "code", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"))
    code: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(80))
    from_months: Mapped[int]
    to_months: Mapped[int | None]
    position: Mapped[int]


class BookingRequestRow(Base):
    """What a family sent in one go (« Vous devez enregistrer vos demandes »). `origin_key`: its name on the portal, so
    that it is taken once."""

    __tablename__ = "booking_requests"
    __table_args__ = (one_of("channel", Channel),)

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    received_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(10))
    origin_key: Mapped[str | None] = mapped_column(String(60), unique=True)
    note: Mapped[str] = mapped_column(String(400))


class BookingWishRow(Base):
    """One slot on one day of a request, and the answer; it waits while `answered_at` is empty.

    `reason` is what the family reads of a refusal.
    """

    __tablename__ = "booking_wishes"
    __table_args__ = (
        one_of("wish", Wish),
        one_of("answer", Answer),
        partial_index("uq_booking_wishes_pending", "child_id", "slot_id", "day", where="answered_at IS NULL",
                      unique=True),
        partial_index("ix_booking_wishes_day", "day", "slot_id", where="answered_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("booking_requests.id"), index=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), index=True)
    day: Mapped[date]
    wish: Mapped[str] = mapped_column(String(10))
    answer: Mapped[str] = mapped_column(String(10))
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(400))
