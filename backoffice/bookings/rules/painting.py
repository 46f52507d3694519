"""What an agent has changed in the grid and not saved yet: painted, copied, filled down, undone and redone.

A draft never changes: each gesture answers another one, so that undoing is going back to the one before. Only cells
that differ from what is saved are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from backoffice.bookings.rules.states import Stored


class Cell(NamedTuple):
    """A slot of a child on a day."""

    child_id: int
    slot_id: int
    day: date


Saved: TypeAlias = Callable[[Cell], Stored]
Layer: TypeAlias = Mapping[Cell, Stored]


@dataclass(frozen=True)
class Draft:
    """The cells that wait to be saved, and the way back. `past` and `future` are whole layers: a layer is as large as
    what changed, not as the grid."""

    wanted: Layer = field(default_factory=dict)
    past: tuple[Layer, ...] = ()
    future: tuple[Layer, ...] = ()

    def __len__(self) -> int:
        return len(self.wanted)

    def at(self, cell: Cell, saved: Saved) -> Stored:
        """What the grid shows there."""
        return self.wanted.get(cell) or saved(cell)

    def paint(self, cells: Iterable[Cell], stored: Stored, saved: Saved) -> Draft:
        """The same mark on every cell."""
        return self.put(dict.fromkeys(cells, stored), saved)

    def put(self, marks: Mapping[Cell, Stored], saved: Saved) -> Draft:
        """One gesture: a mark for each cell. Nothing changed: the very same draft, and no step to undo."""
        layer = dict(self.wanted)
        for cell, stored in marks.items():
            if stored is saved(cell):
                layer.pop(cell, None)
            else:
                layer[cell] = stored
        if layer == self.wanted:
            return self
        return Draft(MappingProxyType(layer), (*self.past, self.wanted), ())

    def toggle(self, cells: Iterable[Cell], saved: Saved) -> Draft:
        """Book what is free, free what is taken; a range follows its first cell."""
        marked = list(cells)
        if not marked:
            return self
        stored = Stored.NOTHING if self.at(marked[0], saved).takes_place else Stored.BOOKED
        return self.paint(marked, stored, saved)

    def copy_days(
        self, cells: Iterable[Cell], shift: timedelta, saved: Saved, allowed: Callable[[Cell], bool]
    ) -> Draft:
        """The same marks so many days later (a week into another): cells that may not change stay as they are."""
        marks = {}
        for cell in cells:
            target = cell._replace(day=cell.day + shift)
            if allowed(target):
                marks[target] = self._copied(cell, saved)
        return self.put(marks, saved)

    def fill_down(
        self, source: Iterable[Cell], children: Iterable[int], saved: Saved, allowed: Callable[[Cell], bool]
    ) -> Draft:
        """The marks of one child for other children, slot by slot and day by day."""
        row = list(source)
        marks = {}
        for child in children:
            for cell in row:
                target = cell._replace(child_id=child)
                if allowed(target):
                    marks[target] = self._copied(cell, saved)
        return self.put(marks, saved)

    def undo(self) -> Draft:
        if not self.past:
            return self
        return Draft(self.past[-1], self.past[:-1], (self.wanted, *self.future))

    def redo(self) -> Draft:
        if not self.future:
            return self
        return Draft(self.future[0], (*self.past, self.wanted), self.future[1:])

    def over(self, saved: Saved) -> Draft:
        """The same wishes over what is saved now: those that are fulfilled are no longer wishes, neither here nor on
        the way back, where a step that changes nothing any more is no step."""

        def still(layer: Layer) -> Layer:
            return MappingProxyType({cell: stored for cell, stored in layer.items() if stored is not saved(cell)})

        wanted = still(self.wanted)
        return Draft(wanted, _steps(map(still, self.past), wanted), _steps(map(still, self.future[::-1]), wanted)[::-1])

    def _copied(self, cell: Cell, saved: Saved) -> Stored:
        """Bookings are copied; an absence of one week says nothing of the next."""
        stored = self.at(cell, saved)
        return stored if stored.takes_place else Stored.NOTHING


def _steps(layers: Iterable[Layer], last: Layer) -> tuple[Layer, ...]:
    """Layers in the order in which they lead to the last one, each different from the next."""
    found = [*layers, last]
    return tuple(layer for layer, following in pairwise(found) if layer != following)
