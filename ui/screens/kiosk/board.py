"""Who is there, from the day of the kiosk and what was touched since. No Qt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from backoffice.clocking.kinds import ClockKind
from backoffice.clocking.roster import Adult, Roster, RosterChild, Touch
from backoffice.clocking.rules.stays import ClockEvent, Part, clocked, standing
from backoffice.clocking.touches import NewClock
from backoffice.kernel.text import folded, needles
from backoffice.kernel.zone import day_and_minute, instant_of
from ui.times import clock_text


class Whereabouts(StrEnum):
    """Where a child is, in the words of the tile."""

    EXPECTED = "expected"
    PRESENT = "present"
    LEFT = "left"
    ABSENT = "absent"
    UNEXPECTED = "unexpected"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Whereabouts.EXPECTED: "Prévu",
    Whereabouts.PRESENT: "Présent",
    Whereabouts.LEFT: "Parti",
    Whereabouts.ABSENT: "Absent",
    Whereabouts.UNEXPECTED: "Non prévu",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """A child as the kiosk shows it. `minute`: since when the child is there, or when it left. `sending`: the last
    touch has not reached the base yet."""

    child_id: int
    name: str
    first_name: str
    initials: str
    where: Whereabouts
    minute: int | None
    alert: bool
    sending: bool = False

    @property
    def last_name(self) -> str:
        return self.name.removesuffix(self.first_name).strip() or self.name

    @property
    def words(self) -> str:
        """« Présent 8 h 32 »."""
        return f"{self.where.label} {clock_text(self.minute)}".rstrip()

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        alert = ", alerte santé" if self.alert else ""
        return f"{self.name}, {self.words}{alert}"


@dataclass(frozen=True, slots=True)
class Inside:
    """A line of the evacuation list: who is in, since when, and whom to call."""

    child_id: int
    name: str
    section: str
    since: int | None
    call: str
    phone: str
    alert: bool


class Board:
    """The children of a structure, what the base knew of them, and what this kiosk touched."""

    def __init__(self, roster: Roster, own: Mapping[int, Sequence[Touch]], today: date) -> None:
        self.roster = roster
        self._own = own
        self._today = today
        self._children = {child.child_id: child for child in roster.children}
        self._where_is: dict[int, tuple[Whereabouts, int | None]] = {}  # worked out once, until a touch changes it
        self._badges = {child.badge: child.child_id for child in roster.children if child.badge}

    def is_of(self, roster: Roster, today: date) -> bool:
        """Whether it shows this day of this roster."""
        return self.roster is roster and self._today == today

    def knows(self, child_id: int) -> bool:
        return child_id in self._children

    def child(self, child_id: int) -> RosterChild:
        return self._children[child_id]

    def touched(self, child_id: int) -> None:
        """Something was touched, or taken away, for this child."""
        self._where_is.pop(child_id, None)

    def by_badge(self, code: str) -> int | None:
        """The child of a card, as a reader types it."""
        return self._badges.get(code.strip().upper())

    # --- who is there -----------------------------------------------------------------------------------------

    def tile(self, child_id: int, sending: Collection[UUID] = ()) -> Tile:
        child = self._children[child_id]
        where, minute = self._where(child)
        own = self._own.get(child_id, ())
        return Tile(child_id, child.name, child.first_name, _initials(child), where, minute, child.alert,
                    any(UUID(touch.uid) in sending for touch in own))

    def tiles(self, section: str, typed: str, sending: Collection[UUID]) -> list[Tile]:
        """Those who come, in a section (empty: all); with letters typed, whoever answers them, expected or not."""
        wanted = needles(typed)
        if wanted:
            return [self.tile(child.child_id, sending) for child in self.roster.children
                    if all(needle in folded(child.name) for needle in wanted)]
        found = [self.tile(child.child_id, sending) for child in self.roster.children
                 if not section or child.section == section]
        coming = [tile for tile in found if tile.where is not Whereabouts.UNEXPECTED]
        return coming if self._is_booked(section) else found

    def _is_booked(self, section: str) -> bool:
        """Whether anybody booked that day; where nobody does, all who are registered may come."""
        return any(child.expected or child.away for child in self.roster.children
                   if not section or child.section == section)

    def inside(self) -> list[Inside]:
        """Everybody who is in now, section by section."""
        found = []
        for child in self.roster.children:
            where, minute = self._where(child)
            if where is Whereabouts.PRESENT:
                call = next((adult for adult in child.adults if adult.phone), Adult("", parent=True, phone=""))
                found.append(Inside(child.child_id, child.name, child.section, minute, call.name, call.phone,
                                    child.alert))
        return found

    def _where(self, child: RosterChild) -> tuple[Whereabouts, int | None]:
        found = self._where_is.get(child.child_id)
        if found is None:
            found = self._where_is[child.child_id] = self._work_out(child)
        return found

    def _work_out(self, child: RosterChild) -> tuple[Whereabouts, int | None]:
        parts = self._parts(child)
        if parts:
            last = parts[-1]
            return (Whereabouts.PRESENT, last.start) if last.end is None else (Whereabouts.LEFT, last.end)
        events = self._events(child)
        if (child.arrived is not None and self.roster.day == self._today
                and not any(event.kind is ClockKind.ARRIVAL for event in events)):
            # The office typed the arrival; a kiosk may have seen the departure.
            gone = [day_and_minute(event.at)[1] for event in standing(events) if event.kind is ClockKind.DEPARTURE]
            left = gone[-1] if gone else child.left
            return (Whereabouts.PRESENT, child.arrived) if left is None else (Whereabouts.LEFT, left)
        if child.away:
            return Whereabouts.ABSENT, None
        return (Whereabouts.EXPECTED if child.expected else Whereabouts.UNEXPECTED), None

    def _parts(self, child: RosterChild) -> list[Part]:
        found = clocked(self._events(child))
        today = [part for part in found.on(self._today) if part.start is not None]
        if today:
            return today
        # Somebody who came yesterday evening and is still there.
        return [part for part in found.parts[-1:] if part.start is not None and part.end is None
                and part.day < self._today and not _is_long_gone(found.stays[-1].arrived, self._today)]

    # --- what is touched --------------------------------------------------------------------------------------

    def tapped(self, child_id: int, at: datetime, device: str) -> NewClock:
        """Who is in leaves, who is not arrives."""
        where, _ = self._where(self._children[child_id])
        kind = ClockKind.DEPARTURE if where is Whereabouts.PRESENT else ClockKind.ARRIVAL
        return NewClock(uuid4(), child_id, self.roster.structure_id, kind, at, device)

    def taken_back(self, event: NewClock, at: datetime) -> NewClock:
        return NewClock(uuid4(), event.child_id, event.structure_id, ClockKind.CANCEL, at, event.device,
                        replaces=event.uid)

    def times(self, child_id: int) -> tuple[int | None, int | None]:
        """The first arrival and the last departure of today, in minutes."""
        parts = self._parts(self._children[child_id])
        if parts:
            return parts[0].start, parts[-1].end
        child = self._children[child_id]
        return (child.arrived, child.left) if self.roster.day == self._today else (None, None)

    def corrected(
        self, child_id: int, arrived: int | None, left: int | None, *, at: datetime, device: str, author: str,
        reason: str,
    ) -> tuple[NewClock, ...]:
        """The events that make the day begin and end at these minutes; None takes back what was touched."""
        before = self.times(child_id)
        today = [event for event in self._standing(self._children[child_id])
                 if day_and_minute(event.at)[0] == self._today]
        first = next((event for event in today if event.kind is ClockKind.ARRIVAL), None)
        last = next((event for event in reversed(today) if event.kind is ClockKind.DEPARTURE), None)
        found: list[NewClock] = []
        for kind, old, minute, known in (
            (ClockKind.ARRIVAL, first, arrived, before[0]), (ClockKind.DEPARTURE, last, left, before[1]),
        ):
            if minute == known and (minute is None or old is not None):
                continue
            if minute is None and old is None:
                continue
            replaces = None if old is None else UUID(old.uid)
            moment = at if minute is None else instant_of(self._today, minute)
            found.append(NewClock(uuid4(), child_id, self.roster.structure_id,
                                  ClockKind.CANCEL if minute is None else kind, moment, device, author, replaces,
                                  reason))
        return tuple(found)

    def _standing(self, child: RosterChild) -> list[ClockEvent]:
        return standing(self._events(child))

    def _events(self, child: RosterChild) -> list[ClockEvent]:
        own = self._own.get(child.child_id, ())
        return [ClockEvent(touch.uid, child.child_id, touch.kind, touch.at, touch.made_at, touch.replaces)
                for touch in (*child.touches, *own)]


def touch_of(event: NewClock, made_at: datetime) -> Touch:
    return Touch(str(event.uid), event.kind, event.at, made_at,
                 None if event.replaces is None else str(event.replaces))


def counted(tiles: Iterable[Tile]) -> str:
    """« 12 présents, 3 prévus, 2 partis »."""
    counts: dict[Whereabouts, int] = {}
    for tile in tiles:
        counts[tile.where] = counts.get(tile.where, 0) + 1
    words = [
        f"{counts[where]} {where.label.lower()}{'s' if counts[where] > 1 else ''}"
        for where in (Whereabouts.PRESENT, Whereabouts.EXPECTED, Whereabouts.LEFT, Whereabouts.ABSENT)
        if counts.get(where)
    ]
    return ", ".join(words)


def _is_long_gone(arrived: datetime | None, today: date) -> bool:
    return arrived is None or (today - day_and_minute(arrived)[0]).days > 1


def _initials(child: RosterChild) -> str:
    last = child.name.removesuffix(child.first_name).strip() or child.name
    return f"{child.first_name[:1]}{last[:1]}".upper()
