"""A leisure centre open on Wednesdays, and short words to decide its rules and fill its grid."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert

from backoffice.attendance.rules import AttendanceState
from backoffice.attendance.tables import AttendanceRow
from backoffice.bookings.activity_rules import SetRule
from backoffice.bookings.grid import Grid, GridCell, GridChild, GridSlot, ReadGrid
from backoffice.bookings.kinds import RuleKind
from backoffice.bookings.rules.states import CellState
from backoffice.bookings.tables import BookingRequestRow, BookingWishRow
from backoffice.catalog.commands import NewSlot
from backoffice.kernel.address import DatabaseAddress
from backoffice.registrations.tables import RegistrationRow
from tests.support.shared import by_administrator
from tests.support.towns import Household, SmallTown

NOW = datetime(2026, 10, 12, 8, tzinfo=UTC)  # a Monday, 10 o'clock in the town
WEDNESDAY = date(2026, 10, 14)
SLOTS = (
    NewSlot("matin", "Matin", "matin", frozenset({2}), 450, 705),
    NewSlot("repas", "Repas", "repas", frozenset({2}), 735, 795),
    NewSlot("apres-midi", "Après-Midi", "après-midi", frozenset({2}), 825, 1080),
)


class HolidayClub(SmallTown):
    """One activity with a morning, a meal and an afternoon, on Wednesdays."""

    def __init__(self, address: DatabaseAddress) -> None:
        super().__init__(address, NOW)
        self.first_slot = self.slot("ALSH", name="Mercredi", structure="L'arbre à paumes", slots=SLOTS)
        self.activity = next(row["id"] for row in self.rows("activities"))
        self.structure = next(row["id"] for row in self.rows("structures"))

    def decide(self, kind: RuleKind, value: dict[str, object], first: date = date(2026, 9, 1)) -> int:
        return self.do(SetRule(self.activity, kind, first, None, value, "règlement"))

    def register(self, household: Household, first: date = date(2026, 9, 1), last: date | None = None,
                 child: int = 0, group: int | None = None) -> None:
        self._write(RegistrationRow, family_id=household.id, child_id=household.children[child], first_day=first,
                    last_day=last, activity_id=self.activity, state="accepted", asked_at=NOW, group_id=group, version=1,
                    channel="", reason="")

    def registered(self, name: str = "MARTIN", *children: str) -> Household:
        household = self.family(name, *children)
        for child in range(len(household.children)):
            self.register(household, child=child)
        return household

    def put(self, household: Household, slot: str, state: AttendanceState, day: date = WEDNESDAY, child: int = 0,
            **values: Any) -> None:
        self._write(AttendanceRow, family_id=household.id, child_id=household.children[child], slot_id=self.id_of(slot),
                    day=day, state=state.value, quantity=1, carried=False, **values)

    def ask_for(self, household: Household, slot: str, wish: str = "book", day: date = WEDNESDAY) -> None:
        with by_administrator(self.database) as opened, opened.write() as session:
            request = BookingRequestRow(
                family_id=household.id, received_at=NOW, channel="portal", origin_key=None, note="Merci"
            )
            session.add(request)
            session.flush()
            session.add(BookingWishRow(
                request_id=request.id, family_id=household.id, child_id=household.child, slot_id=self.id_of(slot),
                day=day, wish=wish, answer="pending", answered_by="", reason="",
            ))

    def id_of(self, slot: str) -> int:
        return self.first_slot + [one.code for one in SLOTS].index(slot)

    def grid(self, first: date = WEDNESDAY, last: date | None = None, **asked: Any) -> Grid:
        return self.ask(ReadGrid(first, last or first, **asked))

    def _write(self, table: Any, **values: Any) -> None:
        with by_administrator(self.database) as opened, opened.write() as session:
            session.execute(insert(table), [values])


class Shown:
    """What a grid says of one child's slot on a day."""

    def __init__(self, grid: Grid, household: Household, slot: str, day: date = WEDNESDAY, child: int = 0) -> None:
        self.child: GridChild = next(one for one in grid.children if one.child_id == household.children[child])
        self.slot: GridSlot = next(one for one in grid.columns if one.code == slot)
        self.state: CellState | None = grid.state_at(self.child, self.slot, day)
        self.locked: str = grid.why_locked(self.child, self.slot, day)
        self.cell: GridCell | None = grid.cells.get((self.child.child_id, self.slot.slot_id, day))
