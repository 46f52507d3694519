"""A canteen where children are registered, with the rules that a test gives it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.kinds import Channel, RuleKind
from backoffice.bookings.rules.states import Stored
from backoffice.bookings.saving import BookingsRefused, Change, SaveBookings, Saved
from backoffice.bookings.tables import ActivityRuleRow, AgeGroupRow
from backoffice.bookings.wishes import Received, ReceiveWishes, Wished
from backoffice.catalog.commands import NewSlot
from backoffice.catalog.queries import slots_of
from backoffice.kernel.actor import Actor
from backoffice.kernel.periods import Period
from backoffice.registrations.commands import RegisterChild
from tests.support.towns import Household, SmallTown

MONDAY = date(2026, 9, 7)
WEEK = tuple(MONDAY + timedelta(days=offset) for offset in (0, 1, 3, 4))
YEAR = Period(date(2026, 9, 1), date(2027, 8, 31))
BOOKED, SPECIAL, ABSENT, EXCUSED, NOTHING = (
    Stored.BOOKED, Stored.SPECIAL, Stored.ABSENT, Stored.EXCUSED, Stored.NOTHING
)
SINCE = date(2026, 1, 1)
SLOTS = (
    NewSlot("REPAS", "Repas", "repas", frozenset(range(5)), 720, 780),
    NewSlot("SOIR", "Soir", "séance", frozenset(range(5)), 990, 1080),
)


@dataclass
class Canteen:
    """`meal` and `evening` are the slots of one activity."""

    town: SmallTown
    meal: int
    evening: int
    activity: int

    def rule(self, kind: RuleKind, value: Any, since: date = SINCE, until: date | None = None) -> None:
        """`value`: of a rule, or its data as somebody wrote them."""
        data = value if isinstance(value, dict) else value.to_data()
        with self.town.database.write() as session:
            session.add(ActivityRuleRow(
                activity_id=self.activity, kind=kind, first_day=since, last_day=until, value=data,
                source="délibération d'essai",
            ))

    def group(self, code: str, from_months: int, to_months: int | None) -> None:
        with self.town.database.write() as session:
            session.add(AgeGroupRow(
                activity_id=self.activity, code=code, label=code.title(), from_months=from_months,
                to_months=to_months, position=from_months,
            ))

    def family(self, name: str = "MARTIN", *children: str) -> Household:
        """Registered for the school year, all its children."""
        home = self.town.family(name, *children)
        for child in home.children:
            self.town.do(RegisterChild(home.id, child, self.activity, YEAR))
        return home

    def change(
        self, home: Household, wanted: Stored, day: date = MONDAY, *, slot: int | None = None, child: int = 0,
        seen: Stored = NOTHING,
    ) -> Change:
        return Change(home.id, home.children[child], slot or self.meal, day, wanted, seen)

    def save(self, *changes: Change, reason: str = "", channel: Channel = Channel.OFFICE) -> Saved:
        return self.town.do(SaveBookings(changes, channel, reason))

    def book(self, home: Household, *days: date, seen: Stored = NOTHING) -> Saved:
        return self.save(*(self.change(home, BOOKED, day, seen=seen) for day in days or (MONDAY,)))

    def cancel(self, home: Household, day: date = MONDAY, seen: Stored = BOOKED) -> Saved:
        return self.save(self.change(home, NOTHING, day, seen=seen))

    def why(self, *changes: Change, reason: str = "") -> list[str]:
        """The reasons that refuse these changes, cell by cell."""
        with pytest.raises(BookingsRefused) as refusal:
            self.save(*changes, reason=reason)
        return [" / ".join(cell.reasons) for cell in refusal.value.cells]

    def ask(self, home: Household, *wishes: Wished, key: str | None = None, note: str = "") -> Received:
        return self.town.do(ReceiveWishes(home.id, wishes, Channel.PORTAL, key, note))

    def at(self, hours: float) -> None:
        """So many hours after noon of 31 August 2026, in Paris 13 h."""
        self.town.app = self.town.door(now=datetime(2026, 8, 31, 11, tzinfo=UTC) + timedelta(hours=hours))

    def without(self, *permissions: str) -> None:
        held: Actor = self.town.app.actor
        self.town.app = self.town.door(held.permissions - set(permissions))

    def states(self, slot: int | None = None) -> dict[tuple[int, date], AttendanceState]:
        return {
            (row["child_id"], row["day"]): AttendanceState(row["state"])
            for row in self.town.rows("attendances") if row["slot_id"] == (slot or self.meal)
        }

    def row(self, home: Household, day: date = MONDAY) -> dict[str, Any]:
        return next(row for row in self.town.rows("attendances")
                    if row["child_id"] == home.child and row["day"] == day)

    def letters(self, kind: str) -> list[str]:
        return [row["body"] for row in self.town.rows("letters") if row["kind"] == kind and row["state"] == "held"]


def units(canteen: Canteen, leaving_out: Iterable[str] = ("id", "changed_at", "changed_by")) -> list[dict[str, Any]]:
    """What is recorded, to compare before and after."""
    rows = [{name: value for name, value in row.items() if name not in set(leaving_out)}
            for row in canteen.town.rows("attendances")]
    return sorted(rows, key=lambda row: (row["child_id"], row["slot_id"], row["day"]))


@pytest.fixture
def canteen(either_town: SmallTown) -> Canteen:
    return open_canteen(either_town)


@pytest.fixture
def shared_canteen(shared_town: SmallTown) -> Canteen:
    """The same, on PostgreSQL."""
    return open_canteen(shared_town)


def open_canteen(town: SmallTown) -> Canteen:
    meal = town.slot(slots=SLOTS)
    with town.database.read() as session:
        slots = slots_of(session)
    evening = next(slot.id for slot in slots.values() if slot.code == "SOIR")
    return Canteen(town, meal, evening, slots[meal].activity_id)
