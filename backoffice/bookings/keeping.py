"""What keeps a child from being booked: higher wings say it here, this wing never asks upward.

And what reservations keep: a child in its family, a slot where something was asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sqlalchemy import func, select

from backoffice.bookings.tables import BookingWishRow
from backoffice.catalog.keeping import Counted, Offered, counts_use
from backoffice.families.keeping import keeps_member
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError


@dataclass(frozen=True, slots=True)
class Comer:
    """A child whom somebody wants to book in an activity, on `first_day` at the earliest."""

    family_id: int
    child_id: int
    activity_id: int
    first_day: date


# All the children wanted, and today: one French sentence for each thing that keeps one of them from coming.
Obstacle: TypeAlias = Callable[[Session, Collection[Comer], date], Mapping[Comer, Sequence[str]]]

_obstacles: list[Obstacle] = []


def keeps_from_booking(obstacle: Obstacle) -> Obstacle:
    """Register what may keep children from being booked: asked once for all of them."""
    _obstacles.append(obstacle)
    return obstacle


def obstacles(session: Session, comers: Collection[Comer], today: date) -> dict[Comer, tuple[str, ...]]:
    """Everything that is in the way of each, in the order the wings were loaded; who may come is not there."""
    found: dict[Comer, list[str]] = defaultdict(list)
    if comers:
        for obstacle in _obstacles:
            for comer, sentences in obstacle(session, comers, today).items():
                found[comer].extend(sentences)
    return {comer: tuple(sentences) for comer, sentences in found.items() if sentences}


@keeps_member
def refuse_child_with_wishes(session: Session, family_id: int, person_id: int) -> None:
    """Raises UserError `member.has_wishes`."""
    row = BookingWishRow
    waiting = select(func.max(row.day)).where(
        row.child_id == person_id, row.family_id == family_id, row.answered_at.is_(None)
    )
    last = session.scalar(waiting)
    if last is not None:
        raise UserError("member.has_wishes", day=last)


@counts_use
def count_wishes(session: Session, offered: Offered) -> Counted:
    """What families asked for in these slots, whatever was answered."""
    row = BookingWishRow
    number, last = session.execute(
        select(func.count(), func.max(row.day)).where(row.slot_id.in_(offered.slot_ids))
    ).one()
    return Counted(number, "demande de réservation", "demandes de réservation", last)
