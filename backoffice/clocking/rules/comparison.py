"""Booked, clocked, to bill: what does not agree on a day."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Anomaly(StrEnum):
    """What the office looks at before it bills."""

    MISSING_DEPARTURE = "missing_departure"
    CLOCKED_NOT_BOOKED = "clocked_not_booked"
    BOOKED_NOT_CLOCKED = "booked_not_clocked"
    LATE_PICKUP = "late_pickup"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Anomaly.MISSING_DEPARTURE: "Départ non pointé",
    Anomaly.CLOCKED_NOT_BOOKED: "Pointé sans réservation",
    Anomaly.BOOKED_NOT_CLOCKED: "Réservé, non pointé",
    Anomaly.LATE_PICKUP: "Départ tardif",
}


@dataclass(frozen=True, slots=True)
class DayFacts:
    """One child in one slot. `over`: the slot is past, so that what is missing will not come. `ends`: until when the
    child was expected (the booking, otherwise the slot). `absent`: an absence was recorded."""

    booked: bool
    arrived: int | None = None
    left: int | None = None
    ends: int | None = None
    present: bool = False
    absent: bool = False
    over: bool = True


@dataclass(frozen=True, slots=True)
class Compared:
    anomalies: tuple[Anomaly, ...]
    late_minutes: int = 0


def compared(facts: DayFacts, tolerance: int = 0) -> Compared:
    """What does not agree; a departure `tolerance` minutes late or less is on time, a later one counts whole."""
    found = []
    came = facts.present or facts.arrived is not None
    if facts.over and facts.arrived is not None and facts.left is None:
        found.append(Anomaly.MISSING_DEPARTURE)
    if came and not facts.booked:
        found.append(Anomaly.CLOCKED_NOT_BOOKED)
    if facts.booked and facts.over and not came and not facts.absent:
        found.append(Anomaly.BOOKED_NOT_CLOCKED)
    late = 0
    if facts.left is not None and facts.ends is not None and facts.left - facts.ends > tolerance:
        late = facts.left - facts.ends
        found.append(Anomaly.LATE_PICKUP)
    return Compared(tuple(found), late)
