"""What an attendance can be, and which ones are billed."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


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
