"""Registrations of children to activities."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.kernel.schema import Base, Versioned, one_of
from backoffice.registrations.kinds import RegistrationState


class RegistrationRow(Versioned, Base):
    """A child registered to an activity, from a day to another (none: until it is ended).

    `state` is one of `RegistrationState`. `provisional_until`: the last day of an admission that waits for vaccines.
    `group_id`: the age group that was chosen; none, the age of the child says it. `channel`, `reason`: how it came, and
    why an agent made an exception or refused.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="period"),
        one_of("state", RegistrationState),
        Index("ix_registrations_child_activity", "child_id", "activity_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(12))
    provisional_until: Mapped[date | None]
    asked_at: Mapped[datetime]
    group_id: Mapped[int | None] = mapped_column(ForeignKey("age_groups.id"), index=True)
    channel: Mapped[str] = mapped_column(String(10), default="", server_default=text("''"))
    reason: Mapped[str] = mapped_column(String(400), default="", server_default=text("''"))
