"""From raw clock events to stays, whatever the order in which the events came, and how many times.

Nothing is thrown away: an event that another one replaces stays in the journal of events, and no longer counts here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from backoffice.clocking.kinds import ClockKind
from backoffice.kernel.zone import MINUTES_IN_A_DAY, day_and_minute, instant_of

LONGEST_STAY = timedelta(hours=16)  # ours: beyond, a departure was forgotten, nights of « crèches tardives » included
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """One touch or one correction. `at`: the instant it is about; `made_at`: when it was made. `replaces`: the uid of
    the event it corrects, or takes back when it is a cancellation. Both instants are kept in UTC, where they can be
    compared: the clock on the wall shows the same hour twice one night in October."""

    uid: str
    child_id: int
    kind: ClockKind
    at: datetime
    made_at: datetime
    replaces: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", self.at.astimezone(UTC))
        object.__setattr__(self, "made_at", self.made_at.astimezone(UTC))


class Trouble(StrEnum):
    """What the events of a child leave in doubt."""

    MISSING_DEPARTURE = "missing_departure"
    MISSING_ARRIVAL = "missing_arrival"
    TWO_ARRIVALS = "two_arrivals"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Trouble.MISSING_DEPARTURE: "Départ non pointé",
    Trouble.MISSING_ARRIVAL: "Arrivée non pointée",
    Trouble.TWO_ARRIVALS: "Deux arrivées pointées",
}


@dataclass(frozen=True, slots=True)
class Stay:
    """From an arrival to a departure; one of them may be missing."""

    arrived: datetime | None
    left: datetime | None


@dataclass(frozen=True, slots=True)
class Part:
    """What a stay holds of one day. Minutes are those of the clock on the wall, 1,440 for the end of the day; `elapsed`
    are real minutes, that differ on the two days when the clocks change. None: not clocked."""

    day: date
    start: int | None
    end: int | None
    elapsed: int | None


@dataclass(frozen=True, slots=True)
class Clocked:
    """The stays of one child, what each day holds of them, and what is in doubt on which day."""

    stays: tuple[Stay, ...]
    parts: tuple[Part, ...]
    troubles: tuple[tuple[date, Trouble], ...]

    def on(self, day: date) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.day == day)


def standing(events: Iterable[ClockEvent]) -> list[ClockEvent]:
    """The events that count, in the order of the day: of a touch and all that corrects it, one at most.

    Two devices that know nothing of each other may correct the same touch, and one of them may do so again: of all that
    nothing replaces, the last made says what the touch became; nothing, when it is a cancellation.
    """
    known = {event.uid: event for event in events}
    replaced = {event.replaces for event in known.values()}
    last: dict[str, ClockEvent] = {}
    for event in known.values():
        if event.uid not in replaced:
            touch = _touch_of(event, known)
            before = last.get(touch)
            if before is None or (event.made_at, event.uid) > (before.made_at, before.uid):
                last[touch] = event
    counted = [event for event in last.values() if event.kind is not ClockKind.CANCEL]
    return sorted(counted, key=lambda event: (event.at, event.kind is ClockKind.DEPARTURE, event.uid))


def _touch_of(event: ClockEvent, known: Mapping[str, ClockEvent]) -> str:
    """The uid of the touch that a chain of corrections goes back to, whether that touch came yet or not."""
    seen = {event.uid}
    while event.replaces is not None and event.replaces not in seen:
        if event.replaces not in known:
            return event.replaces
        event = known[event.replaces]
        seen.add(event.uid)
    return event.uid


def clocked(events: Iterable[ClockEvent]) -> Clocked:
    """The stays of one child from all its events."""
    stays: list[Stay] = []
    troubles: list[tuple[date, Trouble]] = []
    opened: datetime | None = None

    def forget() -> None:
        nonlocal opened
        if opened is not None:
            stays.append(Stay(opened, None))
            troubles.append((_day(opened), Trouble.MISSING_DEPARTURE))
            opened = None

    for event in standing(events):
        if opened is not None and event.at - opened > LONGEST_STAY:
            forget()
        if event.kind is ClockKind.ARRIVAL:
            if opened is None:
                opened = event.at
            else:
                troubles.append((_day(event.at), Trouble.TWO_ARRIVALS))
        elif opened is None:
            stays.append(Stay(None, event.at))
            troubles.append((_day(event.at), Trouble.MISSING_ARRIVAL))
        else:
            stays.append(Stay(opened, event.at))
            opened = None
    forget()
    return Clocked(tuple(stays), tuple(part for stay in stays for part in parts_of(stay)), tuple(troubles))


def parts_of(stay: Stay) -> list[Part]:
    """A stay cut at each midnight, in whole minutes of the clock: what is shown as 8 h 32 to 17 h 05 lasts 513 of them,
    whatever the seconds were."""
    if stay.arrived is None or stay.left is None:
        known = stay.arrived or stay.left
        if known is None:
            return []
        day, minute = day_and_minute(known)
        return [Part(day, minute if stay.arrived else None, minute if stay.left else None, None)]
    parts: list[Part] = []
    start, left = (instant.astimezone(UTC).replace(second=0, microsecond=0) for instant in (stay.arrived, stay.left))
    while True:
        day, minute = day_and_minute(start)
        midnight = instant_of(day, MINUTES_IN_A_DAY).astimezone(UTC)
        end = min(left, midnight)
        end_minute = MINUTES_IN_A_DAY if end == midnight else day_and_minute(end)[1]
        if end > start or not parts:
            parts.append(Part(day, minute, end_minute, minutes_between(start, end)))
        if left <= midnight:
            return parts
        start = midnight


def minutes_between(start: datetime, end: datetime) -> int:
    """Real whole minutes, whatever the clocks did in between."""
    return int((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds()) // 60


def _day(instant: datetime) -> date:
    return day_and_minute(instant)[0]
