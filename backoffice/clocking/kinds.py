"""The closed lists of pointage, with the words agents read."""

from __future__ import annotations

from enum import StrEnum


class ClockKind(StrEnum):
    """What was clocked. CANCEL takes back the event that it replaces."""

    ARRIVAL = "arrival"
    DEPARTURE = "departure"
    CANCEL = "cancel"

    @property
    def label(self) -> str:
        return _CLOCKS[self]


_CLOCKS = {ClockKind.ARRIVAL: "Arrivée", ClockKind.DEPARTURE: "Départ", ClockKind.CANCEL: "Annulation"}


class AbsenceReason(StrEnum):
    """Why a child does not come: what is deducted follows from it, by the rule of the activity."""

    ILLNESS = "illness"
    HOSPITAL = "hospital"
    EVICTION = "eviction"
    LEAVE = "leave"
    CLOSURE = "closure"
    STRIKE = "strike"
    OTHER = "other"

    @property
    def label(self) -> str:
        return _REASONS[self]


_REASONS = {
    AbsenceReason.ILLNESS: "Maladie",
    AbsenceReason.HOSPITAL: "Hospitalisation",
    AbsenceReason.EVICTION: "Éviction médicale",
    AbsenceReason.LEAVE: "Congé annoncé",
    AbsenceReason.CLOSURE: "Fermeture",
    AbsenceReason.STRIKE: "Grève",
    AbsenceReason.OTHER: "Autre motif",
}
