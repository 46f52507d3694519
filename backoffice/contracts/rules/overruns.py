"""What was attended beyond the contract, rounded as the establishment decided for that day."""

from __future__ import annotations

from backoffice.tariffs.rules.hours import HoursRounding, billed_minutes


def overrun_minutes(
    reserved: tuple[int, int] | None, arrived: int | None, left: int | None, rounding: HoursRounding
) -> int:
    """Minutes to add to the contract for a day: what is before and after the reserved hours, or the whole stay of a day
    that was not reserved. Nothing is guessed while a time is missing.

    Raises UserError `attendance.impossible_times`.
    """
    if arrived is None or left is None or arrived == left:
        return 0
    if reserved is None:
        return billed_minutes(arrived, left, rounding)
    return billed_minutes(arrived, left, rounding, reserved) - (reserved[1] - reserved[0])
