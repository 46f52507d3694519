"""What an attendance can be, and which ones are billed."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from backoffice.kernel.errors import UserError

_MINUTES_IN_A_DAY = 24 * 60


class AttendanceState(StrEnum):
    """The states of a slot that this wing knows; the words are those of the families' legend."""

    BOOKED = "booked"
    PRESENT = "present"
    ABSENT = "absent"      # not excused: booked and not there
    EXCUSED = "excused"    # deductible: illness with proof, closure, notice given
    WAITING = "waiting"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = MappingProxyType(
    {
        AttendanceState.BOOKED: "Réservé",
        AttendanceState.PRESENT: "Présence",
        AttendanceState.ABSENT: "Absence",
        AttendanceState.EXCUSED: "Absence justifiée",
        AttendanceState.WAITING: "Réservation en liste d'attente",
        AttendanceState.REFUSED: "Réservation impossible",
    }
)

BILLED_WHEN_ATTENDED = frozenset({AttendanceState.PRESENT})
BILLED_WHEN_BOOKED = frozenset({AttendanceState.PRESENT, AttendanceState.BOOKED, AttendanceState.ABSENT})


def check_clock(arrived_minute: int | None, left_minute: int | None) -> None:
    """Times as they may be clocked: an arrival alone, or an arrival and a later departure, or nothing.

    Raises UserError `attendance.impossible_time`, `attendance.left_before_arrived`.
    """
    for minute in (arrived_minute, left_minute):
        if minute is not None and not 0 <= minute <= _MINUTES_IN_A_DAY:
            raise UserError("attendance.impossible_time")
    if left_minute is not None and (arrived_minute is None or left_minute < arrived_minute):
        raise UserError("attendance.left_before_arrived")


def check_booking(start: int | None, end: int | None) -> None:
    """Booked times: both or none, in order. Raises UserError `attendance.bad_booking`."""
    if start is None and end is None:
        return
    if start is None or end is None or not 0 <= start < end <= _MINUTES_IN_A_DAY:
        raise UserError("attendance.bad_booking")
