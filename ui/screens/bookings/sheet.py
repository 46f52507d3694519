"""What of the grid is on screen: which columns and children, and how each cell looks with what waits to be saved.

No Qt: the table asks, cell by cell, only for what it draws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import NamedTuple

from backoffice.bookings.grid import Column, Filled, Grid, GridCell, GridChild, GridSlot
from backoffice.bookings.rules.painting import Cell, Draft
from backoffice.bookings.rules.states import CellState, Stored
from backoffice.kernel.text import folded

_SHOWN: Mapping[Stored, CellState] = {
    Stored.BOOKED: CellState.PRESENCE,
    Stored.SPECIAL: CellState.SPECIAL,
    Stored.ABSENT: CellState.ABSENCE,
    Stored.EXCUSED: CellState.ABSENCE,
}


class GridColumn(NamedTuple):
    """A slot on a day."""

    day: date
    slot: GridSlot


@dataclass(frozen=True, slots=True)
class CellLook:
    """How a cell is drawn. `state` None: the child is not registered there. `pending`: not saved yet."""

    state: CellState | None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """What the agent keeps: activities, one group, one state, words of a name. Empty: all."""

    activities: frozenset[int] = frozenset()
    group: str = ""
    state: CellState | None = None
    words: str = ""


_NOWHERE = CellLook(None)
_TOO_MANY = 6  # slots a day: a week of more is not readable on one screen


def first_filters(grid: Grid, filters: Filters) -> Filters:
    """What is shown before the agent chooses: where the day has more slots than a screen can show, the activity that
    has the most children."""
    if filters.activities or len(grid.columns) <= _TOO_MANY:
        return filters
    children = Counter(one.activity_id for child in grid.children for one in child.registrations)
    busiest = max(children, key=lambda activity: (children[activity], -activity), default=None)
    return filters if busiest is None else replace(filters, activities=frozenset({busiest}))


@dataclass(frozen=True)
class Sheet:
    """The part of a grid that filters keep, in the order of the screen."""

    grid: Grid
    filters: Filters
    columns: tuple[GridColumn, ...]
    children: tuple[GridChild, ...]
    _rows: dict[int, list[CellState | None]] = field(default_factory=dict)
    _counted: list[tuple[Draft, Mapping[Column, int]]] = field(default_factory=list)

    @classmethod
    def of(cls, grid: Grid, filters: Filters) -> Sheet:
        slots = [slot for slot in grid.columns if not filters.activities or slot.activity_id in filters.activities]
        columns = tuple(
            GridColumn(day, slot) for day in grid.days for slot in slots if day.weekday() in slot.weekdays
        )
        words = folded(filters.words).split()
        kept = (child for child in grid.children if _kept(child, filters, words))
        if filters.state is not None:
            wanted = _with_state(grid, columns, filters.state)
            kept = (child for child in kept if wanted(child))
        return cls(grid, filters, columns, tuple(kept))

    def cell(self, row: int, column: int) -> Cell:
        where = self.columns[column]
        return Cell(self.children[row].child_id, where.slot.slot_id, where.day)

    def written(self, cell: Cell) -> GridCell | None:
        return self.grid.cells.get(cell)

    def saved(self, cell: Cell) -> Stored:
        """What the base holds, in the words of gestures."""
        found = self.grid.cells.get(cell)
        return found.saved if found is not None else Stored.NOTHING

    def look(self, row: int, column: int, draft: Draft) -> CellLook:
        """How it is drawn, what waits to be saved included."""
        where = self.columns[column]
        child = self.children[row]
        if draft.wanted:
            wanted = draft.wanted.get(Cell(child.child_id, where.slot.slot_id, where.day))
            if wanted is not None:
                return CellLook(self._drafted(child, where, wanted), pending=True)
        states = self._rows.get(child.child_id)
        if states is None:
            states = self._rows[child.child_id] = [
                self.grid.state_at(child, slot, day) for day, slot in self.columns
            ]
        state = states[column]
        return _LOOKS[state] if state is not None else _NOWHERE

    def _drafted(self, child: GridChild, where: GridColumn, wanted: Stored) -> CellState:
        """What it will look like once saved, as far as it can be told: a full slot puts on the waiting list."""
        if wanted is Stored.NOTHING:
            return CellState.FREE
        if wanted is Stored.BOOKED and self.grid.state_at(child, where.slot, where.day) is CellState.FULL:
            return CellState.WAITING
        return _SHOWN[wanted]

    def may_paint(self, row: int, column: int, *, may_override: bool) -> bool:
        """Whether a gesture may change it: what is billed never, what is locked with a right that asks why."""
        where, child = self.columns[column], self.children[row]
        found = self.grid.cells.get((child.child_id, where.slot.slot_id, where.day))
        if found is None and child.registered(where.slot.activity_id, where.day) is None:
            return False
        if found is not None and found.state is CellState.BILLED:
            return False
        return may_override or not self.grid.why_locked(child, where.slot, where.day)

    def why_locked(self, row: int, column: int) -> str:
        where = self.columns[column]
        return self.grid.why_locked(self.children[row], where.slot, where.day)

    def family_of(self, cell: Cell) -> int:
        """Whose booking it is, or would be."""
        found = self.grid.cells.get(cell)
        if found is not None:
            return found.family_id
        child, slot = self._children_by_id[cell.child_id], self._slots_by_id[cell.slot_id]
        registration = child.registered(slot.activity_id, cell.day)
        return registration.family_id if registration is not None else child.family_id

    @cached_property
    def _children_by_id(self) -> Mapping[int, GridChild]:
        return {child.child_id: child for child in self.grid.children}

    @cached_property
    def _slots_by_id(self) -> Mapping[int, GridSlot]:
        return {slot.slot_id: slot for slot in self.grid.columns}

    def filled(self, column: int, draft: Draft) -> Filled | None:
        """The places of a column, with what waits to be saved counted in."""
        where = self.columns[column]
        found = self.grid.filled.get((where.slot.slot_id, where.day))
        if found is None:
            return None
        more = self._come(draft).get((where.slot.slot_id, where.day), 0)
        if not more:
            return found
        filled = found.filled + more
        over = 0 if found.limit is None else max(0, filled - found.limit)
        return Filled(filled, found.limit, over, found.waiting, found.groups, found.full_for)

    def _come(self, draft: Draft) -> Mapping[Column, int]:
        """How many more children each column takes with what waits to be saved, counted once for a draft."""
        if self._counted and self._counted[0][0] is draft:
            return self._counted[0][1]
        found: dict[Column, int] = {}
        for cell, wanted in draft.wanted.items():
            more = int(wanted.takes_place) - int(self._takes_place(cell))
            if more:
                column = (cell.slot_id, cell.day)
                found[column] = found.get(column, 0) + more
        self._counted[:] = [(draft, found)]
        return found

    def _takes_place(self, cell: Cell) -> bool:
        found = self.grid.cells.get(cell)
        return found is not None and found.saved.takes_place and found.state is not CellState.WAITING

    def day_spans(self) -> Iterator[tuple[date, int, int]]:
        """Each day with its first column and how many it has."""
        start = 0
        for number, where in enumerate(self.columns):
            last = number + 1 == len(self.columns) or self.columns[number + 1].day != where.day
            if last:
                yield where.day, start, number + 1 - start
                start = number + 1


_LOOKS = {state: CellLook(state) for state in CellState}


def _kept(child: GridChild, filters: Filters, words: Sequence[str]) -> bool:
    if filters.activities and not any(one.activity_id in filters.activities for one in child.registrations):
        return False
    if filters.group and filters.group not in {one.group for one in child.registrations}:
        return False
    name = folded(child.name) if words else ""
    return all(word in name for word in words)


def _with_state(
    grid: Grid, columns: Sequence[GridColumn], state: CellState
) -> Callable[[GridChild], bool]:
    """Whether a child shows that state somewhere. What is written is looked up at once, what is not by column."""
    shown = {(where.slot.slot_id, where.day) for where in columns}
    found = {child for (child, slot, day), cell in grid.cells.items() if cell.state is state and (slot, day) in shown}
    if state not in {CellState.CLOSED, CellState.FULL, CellState.FREE}:
        return lambda child: child.child_id in found
    return lambda child: child.child_id in found or any(
        grid.state_at(child, where.slot, where.day) is state for where in columns
    )
