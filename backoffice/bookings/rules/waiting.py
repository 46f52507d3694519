"""Who takes a place that becomes free: the first who waits and whom it fits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from backoffice.bookings.rules.capacity import Capacity, Occupancy


@dataclass(frozen=True, slots=True)
class Queued:
    """A booking that waits: since when, its own number, and the group of the child."""

    id: int
    queued_at: datetime
    group: str = ""


def in_order(queue: Iterable[Queued]) -> list[Queued]:
    """First come, first served; the lower number first when two came at the same instant."""
    return sorted(queue, key=lambda one: (one.queued_at, one.id))


def promoted(queue: Iterable[Queued], slot: str, capacity: Capacity, taken: Occupancy) -> tuple[Queued, ...]:
    """Those who take the free places of a slot on a day, in order. One whose group is full lets the next one pass, and
    keeps its own rank."""
    found = []
    for one in in_order(queue):
        left = capacity.places_left(slot, one.group, taken)
        if left is None or left > 0:
            found.append(one)
            taken = taken.with_one(one.group)
    return tuple(found)
