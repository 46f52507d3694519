"""Short words for the tests of pointage: a leisure centre, its children, touches of a kiosk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

from backoffice.attendance.rules import AttendanceState
from backoffice.catalog.commands import NewSlot
from backoffice.clocking.kinds import ClockKind
from backoffice.clocking.receiving import Received, ReceiveEvents
from backoffice.clocking.touches import NewClock
from backoffice.kernel.periods import Period
from backoffice.kernel.zone import PARIS
from backoffice.registrations.commands import RegisterChild
from tests.support.towns import Household, SmallTown

DAY = date(2025, 10, 8)
ALL_WEEK = frozenset(range(7))
MORNING, MEAL, AFTERNOON, WHOLE = 0, 1, 2, 3


def at(hour: int, minute: int = 0, day: date = DAY, *, fold: int = 0) -> datetime:
    """What the clock on the wall says; `fold` 1: the second time that hour comes in October."""
    return datetime.combine(day, time(hour, minute, fold=fold), PARIS).astimezone(UTC)


@dataclass
class Centre:
    """A leisure centre open every day: morning 8-12, meal 12-14, afternoon 14-18, or the whole day 8-18."""

    town: SmallTown
    structure: int
    activity: int
    slots: tuple[int, ...]

    def child(self, name: str = "MARTIN", *, registered: bool = True) -> Household:
        household = self.town.family(name)
        if registered:
            self.town.do(RegisterChild(household.id, household.child, self.activity, Period(date(2025, 9, 1))))
        return household

    def book(
        self, household: Household, *which: int, day: date = DAY, state: AttendanceState = AttendanceState.BOOKED,
        arrived: int | None = None, left: int | None = None,
    ) -> None:
        for one in which:
            self.town.attend(household, self.slots[one], [day], state, arrived=arrived, left=left)

    def touch(
        self, household: Household, kind: ClockKind, moment: datetime, replaces: UUID | None = None
    ) -> NewClock:
        return NewClock(uuid4(), household.child, self.structure, kind, moment, "Accueil", "", replaces)

    def arrives(self, household: Household, moment: datetime) -> NewClock:
        return self.touch(household, ClockKind.ARRIVAL, moment)

    def leaves(self, household: Household, moment: datetime) -> NewClock:
        return self.touch(household, ClockKind.DEPARTURE, moment)

    def receive(self, *events: NewClock) -> Received:
        return self.town.do(ReceiveEvents(events))

    def units(self, household: Household, day: date = DAY) -> dict[int, tuple[str, int | None, int | None]]:
        """State and times of each unit of the day, by the place of its slot."""
        return {
            self.slots.index(row["slot_id"]): (row["state"], row["arrived_minute"], row["left_minute"])
            for row in self.town.rows("attendances")
            if row["child_id"] == household.child and str(row["day"])[:10] == day.isoformat()
        }


def centre_in(town: SmallTown, code: str = "ALSH", whole: bool = True) -> Centre:
    slots = [
        NewSlot("MAT", "Matin", "unité", ALL_WEEK, 8 * 60, 12 * 60),
        NewSlot("MID", "Repas", "unité", ALL_WEEK, 12 * 60, 14 * 60),
        NewSlot("APM", "Après-midi", "unité", ALL_WEEK, 14 * 60, 18 * 60),
        NewSlot("JOU", "Journée", "unité", ALL_WEEK, 8 * 60, 18 * 60),
    ]
    first = town.slot(code, name="Accueil de loisirs", structure="Les Lucioles", slots=tuple(slots[:4 if whole else 3]))
    rows = town.rows("slots")
    activity = next(row["activity_id"] for row in rows if row["id"] == first)
    own = tuple(row["id"] for row in rows if row["activity_id"] == activity)
    structure = next(row["structure_id"] for row in town.rows("activities") if row["id"] == activity)
    return Centre(town, structure, activity, own)


def days_around(day: date) -> Iterable[date]:
    return [day - timedelta(days=1), day, day + timedelta(days=1)]
