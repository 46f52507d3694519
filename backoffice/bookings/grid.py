"""What the grid of reservations shows: children × days × slots, read in one question.

A cell that holds nothing is not written: `Grid.state_at` says what an empty one is. Equal cells are the same object, so
that a month of four hundred children stays small.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.kinds import Wish
from backoffice.bookings.rules.states import CellState, Stored, stored_of
from backoffice.kernel.application import Query
from backoffice.kernel.periods import Period

Place: TypeAlias = tuple[int, int, date]  # child, slot, day: equal to a `Cell` of rules/painting
Column: TypeAlias = tuple[int, date]      # slot, day


@dataclass(frozen=True, slots=True)
class GridSlot:
    """A sub-column of each day, in the order of activities then of the day. `letter`: one to three signs for a narrow
    column. Minutes from midnight; `weekdays`: 0 for Monday."""

    slot_id: int
    activity_id: int
    structure_id: int | None
    activity: str
    code: str
    label: str
    letter: str
    start_minute: int | None
    end_minute: int | None
    weekdays: frozenset[int]
    is_meal: bool


@dataclass(frozen=True, slots=True)
class GridRegistration:
    """The days on which a child may be booked in an activity, for a family. `group`: the label of its age group on the
    first day shown, "" without one; `group_code` goes with `GroupFilled`."""

    registration_id: int
    family_id: int
    activity_id: int
    period: Period
    group: str
    group_code: str


@dataclass(frozen=True, slots=True)
class GridChild:
    """A line. `group`: the age groups of the child, joined; `alert`: an allergy or a PAI, never which; `menu`: in
    words, "" for the ordinary one."""

    child_id: int
    family_id: int
    registrations: tuple[GridRegistration, ...]
    name: str
    birth_date: date | None
    group: str
    alert: bool
    menu: str

    def registered(self, activity_id: int, day: date) -> GridRegistration | None:
        """The registration that lets the child be booked there that day."""
        for found in self.registrations:
            if found.activity_id == activity_id and day in found.period:
                return found
        return None


@dataclass(frozen=True, slots=True)
class GridCell:
    """What is written in a cell. `family_id`: of the booking, or of the wish. `stored` None: only a wish is there.

    `wish`: what the family asked and nobody answered. `locked`: why it does not change freely, "" when it does.
    `missing`: why the slots of that day do not go together. `who`, `when`, `channel`, `note`: who changed it last, how
    the wish came and why a rule was gone past, "" or None where nobody said it.
    """

    state: CellState
    stored: AttendanceState | None
    special: bool
    family_id: int
    wish: Wish | None = None
    locked: str = ""
    missing: str = ""
    who: str = ""
    when: datetime | None = None
    channel: str = ""
    note: str = ""
    queued_at: datetime | None = None

    @property
    def saved(self) -> Stored:
        """What it holds, in the words of gestures."""
        return stored_of(self.stored, special=self.special)


@dataclass(frozen=True, slots=True)
class GroupFilled:
    """The children of an age group who take a place; `limit` None: the group has none."""

    code: str
    label: str
    filled: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class Filled:
    """The places of a slot on a day. `limit` None: no limit. `over`: how many children too many, 0 when there is room.
    `waiting`: on the waiting list."""

    filled: int
    limit: int | None
    over: int = 0
    waiting: int = 0
    groups: tuple[GroupFilled, ...] = ()
    full_for: frozenset[str] = frozenset()

    def is_full(self, group_code: str) -> bool:
        """Whether one more child of that group finds no place."""
        return group_code in self.full_for


@dataclass(frozen=True, slots=True)
class Meals:
    """Meals to prepare of one menu, in words."""

    menu: str
    count: int


@dataclass(frozen=True, slots=True)
class Grid:
    """`days` in order; `columns` under each of them; `children` by name. `closed`: why nothing may be booked in a
    column (closed day, not open yet, too late); a booked cell says its own in `locked`. `filled`, `meals` (slots that
    are a meal), `adults` (activities with a supervision rule): by column, where there is something to say.
    `stamp`: when it was read.
    """

    days: tuple[date, ...]
    columns: tuple[GridSlot, ...]
    children: tuple[GridChild, ...]
    cells: Mapping[Place, GridCell]
    closed: Mapping[Column, str]
    filled: Mapping[Column, Filled]
    meals: Mapping[Column, tuple[Meals, ...]]
    adults: Mapping[Column, int]
    stamp: datetime

    def state_at(self, child: GridChild, slot: GridSlot, day: date) -> CellState | None:
        """The state shown; None: the child is not registered there, and nothing is written."""
        cell = self.cells.get((child.child_id, slot.slot_id, day))
        if cell is not None:
            return cell.state
        registration = child.registered(slot.activity_id, day)
        if registration is None:
            return None
        column = (slot.slot_id, day)
        if column in self.closed:
            return CellState.CLOSED
        filled = self.filled.get(column)
        return CellState.FULL if filled and filled.is_full(registration.group_code) else CellState.FREE

    def why_locked(self, child: GridChild, slot: GridSlot, day: date) -> str:
        """Why the cell does not change freely; "" when it does."""
        cell = self.cells.get((child.child_id, slot.slot_id, day))
        if cell is not None:
            return cell.locked
        if child.registered(slot.activity_id, day) is None:
            return "L'enfant n'est pas inscrit à cette activité ce jour-là"
        return self.closed.get((slot.slot_id, day), "")


@dataclass(frozen=True)
class ReadGrid(Query[Grid]):
    """The grid of these days in a structure (None: all; `NO_STRUCTURE`: outside structures) and, when they are named,
    in these activities only."""

    first_day: date
    last_day: date
    structure_id: int | None = None
    activity_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class HeadCount:
    """What is expected in a slot on a day: places, meals by menu, adults (None: no rule says how many)."""

    slot: GridSlot
    day: date
    closed: str
    filled: Filled
    meals: tuple[Meals, ...]
    adults: int | None


@dataclass(frozen=True)
class HeadCounts(Query[tuple[HeadCount, ...]]):
    """« Effectifs » : by day then slot, closed columns included when somebody is booked there all the same."""

    first_day: date
    last_day: date
    structure_id: int | None = None
    activity_ids: tuple[int, ...] = ()
