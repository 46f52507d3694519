"""From clocked times to billed minutes. The raw times stay with the caller; nothing here replaces them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from backoffice.kernel.errors import UserError

_DAY = 24 * 60
_STEPS = (5, 15, 30, 60)


class RoundingMode(StrEnum):
    """What is rounded up to the step."""

    NONE = "none"
    DURATION = "duration"                        # the length of the stay
    ARRIVAL_DEPARTURE = "arrival_departure"      # arrival down and departure up, on the clock

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    RoundingMode.NONE: "à la minute",
    RoundingMode.DURATION: "durée arrondie au pas supérieur",
    RoundingMode.ARRIVAL_DEPARTURE: "arrivée arrondie avant, départ arrondi après",
}


@dataclass(frozen=True, slots=True)
class HoursRounding:
    """Rounding of an establishment: its own regulation, as no national text was found.

    `tolerance_minutes`: an overrun that long or shorter does not count; a longer one counts whole.
    Raises UserError `tariff.bad_rounding`.
    """

    step_minutes: int = 30
    mode: RoundingMode = RoundingMode.NONE
    tolerance_minutes: int = 0

    def __post_init__(self) -> None:
        if self.step_minutes not in _STEPS or not 0 <= self.tolerance_minutes <= 60:
            raise UserError("tariff.bad_rounding", step=self.step_minutes, tolerance=self.tolerance_minutes)


def billed_minutes(
    arrived_minute: int, left_minute: int, rounding: HoursRounding, booked: tuple[int, int] | None = None
) -> int:
    """Minutes to bill for one stay; times are minutes from midnight of one day.

    With a booked slot (start, end), the slot is due whole and each overrun, before or after, is rounded and
    added; without one (occasional care, attended hours), the stay itself is rounded and no tolerance applies.
    Raises UserError `attendance.impossible_times`.
    """
    for start, end in [(arrived_minute, left_minute), *([booked] if booked else [])]:
        if not 0 <= start < end <= _DAY:
            raise UserError("attendance.impossible_times", start=clock(start), end=clock(end))
    if booked is None:
        return _rounded(arrived_minute, left_minute, rounding)
    slot_start, slot_end = booked
    before = (arrived_minute, min(left_minute, slot_start))
    after = (max(arrived_minute, slot_end), left_minute)
    overruns = [(start, end) for start, end in (before, after) if end - start > rounding.tolerance_minutes]
    return slot_end - slot_start + _overrun_minutes(overruns, booked, rounding)


def unit_minutes(
    clocked: tuple[int | None, int | None], booked: tuple[int | None, int | None], rounding: HoursRounding
) -> int | None:
    """Minutes to bill for one unit, from what was clocked (arrival, departure), else from what was booked (start, end).

    None: no hours are known. One clock time without the other is a departure somebody forgot: hours are never guessed
    from it. Raises UserError `attendance.impossible_times`.
    """
    arrived, left = clocked
    start, end = booked
    slot = None if start is None or end is None else (start, end)
    if arrived is not None and left is not None:
        return billed_minutes(arrived, left, rounding, slot)
    if arrived is not None or left is not None or slot is None:
        return None
    return billed_minutes(*slot, rounding, slot)


def _overrun_minutes(overruns: list[tuple[int, int]], booked: tuple[int, int], rounding: HoursRounding) -> int:
    if rounding.mode is RoundingMode.DURATION:
        return _up(sum(end - start for start, end in overruns), rounding.step_minutes) if overruns else 0
    if rounding.mode is RoundingMode.NONE:
        return sum(end - start for start, end in overruns)
    slot_start, slot_end = booked
    total = 0
    for start, end in overruns:
        down, up = _down(start, rounding.step_minutes), _up(end, rounding.step_minutes)
        # The clock never bills twice what the slot already holds.
        total += min(up, slot_start) - down if end <= slot_start else up - max(down, slot_end)
    return total


def _rounded(start: int, end: int, rounding: HoursRounding) -> int:
    if rounding.mode is RoundingMode.DURATION:
        return _up(end - start, rounding.step_minutes)
    if rounding.mode is RoundingMode.ARRIVAL_DEPARTURE:
        return _up(end, rounding.step_minutes) - _down(start, rounding.step_minutes)
    return end - start


def _down(minute: int, step: int) -> int:
    return minute // step * step


def _up(minute: int, step: int) -> int:
    return -(-minute // step) * step


def clock(minute: int) -> str:
    """« 8 h 05 »."""
    return f"{minute // 60} h {minute % 60:02d}"
