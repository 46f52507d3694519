"""Raw clock events, absences, badges and the codes with which a person signs a correction at a kiosk."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.clocking.kinds import AbsenceReason, ClockKind
from backoffice.kernel.schema import Base, Versioned, one_of, partial_index


class ClockEventRow(Base):
    """One touch of a kiosk or one correction of the office, as it was made: only ever added to.

    `uid` is drawn where it happened, so that an event sent twice is one. `at` is the instant, `day` and `minute` what
    the clock on the wall said there. `replaces` is the uid of the event that this one corrects or takes back.
    """

    __tablename__ = "clock_events"
    __table_args__ = (
        one_of("kind", ClockKind),
        CheckConstraint("minute BETWEEN 0 AND 1440", name="minute"),
        Index("ix_clock_events_day_structure", "day", "structure_id"),
        Index("ix_clock_events_child_day", "child_id", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    structure_id: Mapped[int] = mapped_column(ForeignKey("structures.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    day: Mapped[date]
    minute: Mapped[int]
    device: Mapped[str] = mapped_column(String(60))
    author: Mapped[str] = mapped_column(String(120))
    received_at: Mapped[datetime]
    replaces: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(String(200))


class AbsenceRow(Versioned, Base):
    """A child announced absent from an activity, from a day to another, and the proof that came."""

    __tablename__ = "absences"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="period"),
        one_of("reason", AbsenceReason),
        Index("ix_absences_child_day", "child_id", "first_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(12))
    announced_at: Mapped[datetime | None]
    proof_on: Mapped[date | None]
    author: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(String(400))


class BadgeRow(Base):
    """A card that names a child to a reader: a drawn word, and nothing of the child."""

    __tablename__ = "badges"
    __table_args__ = (partial_index("uq_badges_person", "person_id", where="revoked_at IS NULL", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    code: Mapped[str] = mapped_column(String(26), unique=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class KioskCodeRow(Base):
    """The digest of the code with which an agent signs at a kiosk; `salt` and `digest` in hexadecimal."""

    __tablename__ = "kiosk_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(63), unique=True)
    salt: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(128))
    changed_at: Mapped[datetime]
