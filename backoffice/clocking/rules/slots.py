"""Which slots of a day a child attended, from the parts of its stays."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from backoffice.clocking.rules.stays import Part
from backoffice.kernel.zone import MINUTES_IN_A_DAY


@dataclass(frozen=True, slots=True)
class SlotTimes:
    """A slot of the day; without times it takes the whole stay (hours of a crèche)."""

    slot_id: int
    start: int | None
    end: int | None

    @property
    def begins(self) -> int:
        return 0 if self.start is None else self.start

    @property
    def ends(self) -> int:
        return MINUTES_IN_A_DAY if self.end is None else self.end


@dataclass(frozen=True, slots=True)
class Attended:
    """A slot that was attended, and what is kept of the clock there: the true arrival in the first slot of a stay, the
    true departure in the last one, its bounds in between."""

    slot_id: int
    arrived: int | None
    left: int | None


def attended(
    parts: Iterable[Part], slots: Sequence[SlotTimes], booked: Collection[int] = (), tolerance: int = 0
) -> tuple[Attended, ...]:
    """The slots attended, in their order. A stay of `tolerance` minutes or less inside a slot is a passage: it does not
    count, unless the slot was booked.

    While a departure is missing, only the slot of the arrival and the booked ones after it count: nothing is billed on
    a guess.
    """
    found: dict[int, Attended] = {}
    for part in parts:
        touched = [slot for slot in slots if _touches(part, slot, booked, tolerance)]
        for number, slot in enumerate(touched):
            first, last = number == 0, number == len(touched) - 1
            arrived = part.start if first else slot.begins
            left = part.end if last else slot.ends
            found[slot.slot_id] = _joined(found.get(slot.slot_id), Attended(slot.slot_id, arrived, left))
    return tuple(found[slot.slot_id] for slot in slots if slot.slot_id in found)


def _touches(part: Part, slot: SlotTimes, booked: Collection[int], tolerance: int) -> bool:
    if part.start is None or part.end is None:
        known = part.start if part.start is not None else part.end
        if known is None:
            return False
        holds = slot.begins <= known < slot.ends
        after = part.start is not None and slot.ends > known
        before = part.end is not None and slot.begins < known
        return holds or (slot.slot_id in booked and (after or before))
    overlap = min(part.end, slot.ends) - max(part.start, slot.begins)
    least = 0 if slot.slot_id in booked else tolerance
    return overlap > least


def _joined(before: Attended | None, now: Attended) -> Attended:
    """A child who left and came back in the same slot: from the first arrival to the last departure."""
    if before is None:
        return now
    arrivals = [minute for minute in (before.arrived, now.arrived) if minute is not None]
    return Attended(now.slot_id, min(arrivals) if arrivals else None, now.left)
