"""Writing what families asked for, as it came: for who builds a town, not for who answers one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from backoffice.bookings.kinds import Answer, Channel, Wish
from backoffice.bookings.tables import BookingRequestRow, BookingWishRow
from backoffice.kernel.database import Session


@dataclass(frozen=True, slots=True)
class NewWish:
    """One slot on one day that a family asked for in a request of its own, and nobody answered."""

    family_id: int
    child_id: int
    slot_id: int
    day: date
    wish: Wish
    received_at: datetime
    channel: Channel
    note: str = ""


def add_wishes(session: Session, wishes: Iterable[NewWish]) -> None:
    for one in wishes:
        request = BookingRequestRow(
            family_id=one.family_id, received_at=one.received_at, channel=one.channel.value, origin_key=None,
            note=one.note,
        )
        session.add(request)
        session.flush()
        session.add(BookingWishRow(
            request_id=request.id, family_id=one.family_id, child_id=one.child_id, slot_id=one.slot_id, day=one.day,
            wish=one.wish.value, answer=Answer.PENDING.value, answered_at=None, answered_by="", reason="",
        ))
