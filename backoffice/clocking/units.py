"""Which units of a day the stays of a child fill in: those that were booked, then what nobody had booked. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from backoffice.clocking.rules.slots import SlotTimes, attended
from backoffice.clocking.rules.stays import Part


@dataclass(frozen=True, slots=True)
class Presence:
    """Minutes of the day between which a child was in a slot; `left` None: still there, or nobody clocked it."""

    arrived: int
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A slot that the child may be in that day. `booked`: a unit stands there already."""

    times: SlotTimes
    position: int
    booked: bool

    @property
    def span(self) -> tuple[int, int]:
        return self.times.begins, self.times.ends

    @property
    def order(self) -> tuple[int, int, int]:
        return self.times.ends - self.times.begins, self.position, self.times.slot_id

    def meets(self, other: Offer) -> bool:
        return _shared(self.span, other.span) > 0


def filled(parts: Iterable[Part], offers: Collection[Offer], tolerance: int = 0) -> Mapping[int, Presence]:
    """The slots attended, by id, with their times. A part whose arrival nobody clocked fills nothing.

    Booked slots are filled first. Time that none of them holds fills a slot that nobody booked: the one that holds the
    most of it, then the shortest, then the first; never one that overlaps a slot already filled. While the child is
    still there and nothing was booked, only the slot under way, or else the next one, is sure.
    """
    known = sorted((part for part in parts if part.start is not None), key=lambda part: part.start or 0)
    booked = [offer for offer in offers if offer.booked]
    taken = [offer for offer in booked if offer.times.slot_id in _attended(known, booked, tolerance)]
    free = [offer for offer in offers if not offer.booked]
    for offer in sorted(free, key=lambda offer: (-_held(known, offer, taken), *offer.order)):
        if _held(known, offer, taken) > tolerance and not any(offer.meets(other) for other in taken):
            taken.append(offer)
    if not taken:
        taken = _under_way(known, free)
    return _attended(known, taken, tolerance)


def _attended(parts: Sequence[Part], offers: Sequence[Offer], tolerance: int) -> dict[int, Presence]:
    ordered = sorted(offers, key=lambda offer: (offer.span, offer.position, offer.times.slot_id))
    slots = [offer.times for offer in ordered]
    found = attended(parts, slots, {slot.slot_id for slot in slots}, tolerance)
    return {one.slot_id: Presence(one.arrived, one.left) for one in found if one.arrived is not None}


def _held(parts: Iterable[Part], offer: Offer, taken: Collection[Offer]) -> int:
    """The minutes of these parts in a slot that are in no slot taken."""
    spans = [offer.span]
    for other in taken:
        first, last = other.span
        spans = [
            piece for start, end in spans
            for piece in ((start, min(end, first)), (max(start, last), end)) if piece[1] > piece[0]
        ]
    closed = [(part.start, part.end) for part in parts if part.start is not None and part.end is not None]
    return sum(_shared(span, one) for span in spans for one in closed)


def _under_way(parts: Sequence[Part], offers: Sequence[Offer]) -> list[Offer]:
    """The slot under way when the child who is still there came, or the next to begin."""
    arrived = next((part.start for part in parts if part.start is not None and part.end is None), None)
    if arrived is None:
        return []
    ahead = [offer for offer in offers if offer.span[1] > arrived]
    begun = [offer for offer in ahead if offer.span[0] <= arrived]
    if begun:
        return [min(begun, key=lambda offer: offer.order)]
    return sorted(ahead, key=lambda offer: (offer.span[0], *offer.order))[:1]


def _shared(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))
