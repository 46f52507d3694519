"""A grid of reservations of any size, and the door that answers it: what the page shows, without a base behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, cast

from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.changes import Change
from backoffice.bookings.grid import Filled, Grid, GridCell, GridChild, GridRegistration, GridSlot, Meals, ReadGrid
from backoffice.bookings.inbox import ListWishes, WaitingRequest
from backoffice.bookings.rules.states import LEGEND, CellState, Stored
from backoffice.bookings.saving import SaveBookings, Saved
from backoffice.kernel.actor import Actor
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.events import EventBus
from backoffice.kernel.periods import Period

NOW = datetime(2025, 10, 7, 8, tzinfo=UTC)
MONDAY = date(2025, 10, 6)
TUESDAY = MONDAY + timedelta(days=1)
MEAL, EVENING, MORNING = 2, 3, 1
EVERYTHING = frozenset({"attendance.read", "attendance.edit", "attendance.unlock"})

_SLOTS = (
    ("MATIN", "Acc matin", "M"), ("REPAS", "Repas", "R"), ("SOIR", "Acc soir", "S"), ("ETUDE", "Étude", "É"),
    ("NUIT", "Garde tardive", "G"),
)  # fmt: skip
_NAMES = ("ÉLOI Zoé", "MARTIN Léa", "DE LA ROCHE-AYMON Marie-Éléonore", "AMZIANE Nour", "BENALI Ilyès", "PETIT Jules")
_STORED = {
    CellState.PRESENCE: AttendanceState.BOOKED,
    CellState.SPECIAL: AttendanceState.BOOKED,
    CellState.ABSENCE: AttendanceState.ABSENT,
    CellState.NOT_ALLOWED: AttendanceState.BOOKED,
    CellState.REAL: AttendanceState.PRESENT,
    CellState.PAYABLE: AttendanceState.BOOKED,
    CellState.BILLED: AttendanceState.PRESENT,
    CellState.PACKAGE: AttendanceState.BOOKED,
    CellState.WAITING: AttendanceState.WAITING,
}
_LOCKS = {
    CellState.REAL: "Présence réelle déjà pointée : corrigez-la dans le pointage, ou dites pourquoi",
    CellState.BILLED: "Déjà facturé : annulez d'abord la facture par un avoir",
    CellState.PENDING: "La demande de la famille attend sa réponse",
}


def slots(count: int = 3) -> tuple[GridSlot, ...]:
    """So many slots of one activity, open from Monday to Sunday."""
    return tuple(
        GridSlot(number, 1, None, "Périscolaire", code, label, letter, 60 * (6 + number), 60 * (7 + number),
                 frozenset(range(7)), is_meal=number == MEAL)
        for number, (code, label, letter) in enumerate(_SLOTS[:count], 1)
    )


def child(number: int, name: str = "", birth_date: date = date(2018, 3, 1)) -> GridChild:
    """A child registered for the whole school year."""
    registration = GridRegistration(number, 100 + number, 1, Period(date(2025, 9, 1), date(2026, 7, 31)), "", "")
    named = name or f"{_NAMES[number % len(_NAMES)]} {number}"
    return GridChild(number, 100 + number, (registration,), named, birth_date, "CE1", number % 40 == 1, "")


def written(state: CellState, family_id: int) -> GridCell:
    """A cell that holds what such a state shows."""
    return GridCell(
        state, _STORED.get(state), state is CellState.SPECIAL, family_id, locked=_LOCKS.get(state, ""),
        who="Claire Martin", when=NOW, channel="Téléphone",
    )


def empty_grid(query: ReadGrid, children: Sequence[GridChild], slot_count: int = 3) -> Grid:
    """Nothing booked: the days asked for, no limit anywhere."""
    length = (query.last_day - query.first_day).days + 1
    days = tuple(query.first_day + timedelta(days=number) for number in range(length))
    return Grid(days, slots(slot_count), tuple(children), {}, {}, {}, {}, {}, NOW)


def full_grid(query: ReadGrid, child_count: int, slot_count: int = 5) -> Grid:
    """Every state in turn, limits, meals and adults everywhere: a heavy month."""
    grid = empty_grid(query, [child(number) for number in range(1, child_count + 1)], slot_count)
    states = [state for state in LEGEND if state not in {CellState.CLOSED, CellState.FULL}]
    same = {(state, one.child_id): written(state, one.family_id) for one in grid.children for state in states}
    cells = {
        (one.child_id, slot.slot_id, day): same[states[(one.child_id * 7 + slot.slot_id + day.day) % len(states)],
                                                one.child_id]
        for one, slot, day in product(grid.children, grid.columns, grid.days)
        if (one.child_id + slot.slot_id * 3 + day.day) % 4
    }
    columns = [(slot.slot_id, day) for slot, day in product(grid.columns, grid.days)]
    closed = {column: "Jour férié" for column in columns if column[1].weekday() > 4}
    filled = {column: Filled(300, 320) for column in columns}
    meals = {(MEAL, day): (Meals("ordinaire", 280), Meals("sans porc", 20)) for day in grid.days}
    return replace(grid, cells=cells, closed=closed, filled=filled, meals=meals, adults=dict.fromkeys(columns, 22))


@dataclass
class Door:
    """Answers with `cells` over an empty grid and does what it is told, unless `refusals` holds what to raise first."""

    children: Sequence[GridChild]
    cells: dict[tuple[int, int, date], GridCell] = field(default_factory=dict)
    closed: dict[tuple[int, date], str] = field(default_factory=dict)
    filled: dict[tuple[int, date], Filled] = field(default_factory=dict)
    requests: tuple[WaitingRequest, ...] = ()
    refusals: list[Exception] = field(default_factory=list)
    permissions: frozenset[str] = EVERYTHING
    done: list[SaveBookings] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = FixedClock(NOW)
        self.events = EventBus()
        self.actor = Actor("claire", "Claire Martin", self.permissions)

    @property
    def app(self) -> Application:
        return cast("Application", self)

    def ask(self, query: object, **_: Any) -> object:
        if isinstance(query, ListWishes):
            return self.requests
        assert isinstance(query, ReadGrid)
        found = empty_grid(query, self.children)
        days = set(found.days)
        cells = {place: cell for place, cell in self.cells.items() if place[2] in days}
        return replace(found, cells=cells, closed=self.closed, filled=self.filled)

    def execute(self, command: object, **_: Any) -> object:
        assert isinstance(command, SaveBookings)
        self.done.append(command)
        if self.refusals:
            raise self.refusals.pop(0)
        before = tuple(_undoing(change) for change in command.changes)
        for change in command.changes:
            self.book(change.child_id, change.slot_id, change.day, change.wanted)
        return Saved(before)

    def book(self, child_id: int, slot_id: int, day: date, wanted: Stored = Stored.BOOKED) -> None:
        """What somebody books, or takes away, behind the page."""
        key = (child_id, slot_id, day)
        if wanted is Stored.NOTHING:
            self.cells.pop(key, None)
            return
        state = {Stored.BOOKED: CellState.PRESENCE, Stored.SPECIAL: CellState.SPECIAL}.get(wanted, CellState.ABSENCE)
        excused = AttendanceState.EXCUSED if wanted is Stored.EXCUSED else None
        self.cells[key] = replace(written(state, 100 + child_id), stored=excused or _STORED[state])


def _undoing(change: Change) -> Change:
    return replace(change, wanted=change.seen, seen=change.wanted)
