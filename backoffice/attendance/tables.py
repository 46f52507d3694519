"""Who was booked and who was really there, slot by slot and day by day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.attendance.rules import AttendanceState
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month
from backoffice.kernel.schema import Base, one_of, partial_index


class AttendanceRow(Base):
    """One unit: a child, a slot, a day. Raw clock times are kept as they were clocked, in minutes from midnight.

    `billing_month` is the month whose run takes this day: its own, unless a cancelled invoice gave it back. None:
    no run takes it, for the program it came from never priced it.
    `carried`: corrected while its amount waited for the next invoice; the runs of later months take it too.
    `charge_id` is the charge that priced it (« Facturé »); `announced_price` is what another program said it
    costs, kept to compare.
    `special`: a presence granted outside the rules (« Présence spéciale »). `queued_at`: since when it waits for a
    place. `channel`, `note`, `changed_by`, `changed_at`: how the wish came, why an agent made an exception, who and
    when; empty where nobody said it.
    """

    __tablename__ = "attendances"
    __table_args__ = (
        Index("uq_attendances_child_slot_day", "child_id", "slot_id", "day", unique=True),
        partial_index("ix_attendances_to_bill", "carried", "billing_month", "slot_id", where="charge_id IS NULL"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("left_minute IS NULL OR left_minute >= arrived_minute", name="clock"),
        CheckConstraint("booked_end IS NULL OR booked_end > booked_start", name="booking"),
        one_of("state", AttendanceState),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), index=True)
    day: Mapped[date] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int]
    booked_start: Mapped[int | None]
    booked_end: Mapped[int | None]
    arrived_minute: Mapped[int | None]
    left_minute: Mapped[int | None]
    billing_month: Mapped[Month | None]
    carried: Mapped[bool] = mapped_column(default=False)
    announced_price: Mapped[Money | None]
    special: Mapped[bool] = mapped_column(default=False, server_default=false())
    queued_at: Mapped[datetime | None]
    channel: Mapped[str] = mapped_column(String(10), default="", server_default=text("''"))
    note: Mapped[str] = mapped_column(String(200), default="", server_default=text("''"))
    changed_by: Mapped[str] = mapped_column(String(120), default="", server_default=text("''"))
    changed_at: Mapped[datetime | None]
    charge_id: Mapped[int | None] = mapped_column(ForeignKey("charges.id"), index=True)
