"""Places, meals and adults of each column of a board: everybody counted at once, nobody twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from backoffice.bookings.board import Board, SlotDay
from backoffice.bookings.grid import Filled, GroupFilled, Meals
from backoffice.bookings.labels import ByDay, bands, group_codes
from backoffice.bookings.rules.capacity import Occupancy
from backoffice.bookings.rules.supervision import SupervisionRule
from backoffice.catalog.queries import Slot
from backoffice.health.choices import menus
from backoffice.health.queries import menus_of
from backoffice.kernel.database import Session
from backoffice.kernel.text import folded

_MEAL = "repas"


def is_meal(slot: Slot) -> bool:
    """What one unit of the slot counts says so."""
    return folded(slot.unit) == _MEAL


class Counting:
    """The head counts of a board; what a day needs of each child is worked out once."""

    def __init__(self, session: Session, board: Board) -> None:
        self._board = board
        self.codes: Mapping[int, ByDay] = {
            activity_id: group_codes(
                board.days, board.births, board.groups.get(activity_id, ()), board.coming.get(activity_id, {})
            )
            for activity_id in {slot.activity_id for slot in board.slots}
        }
        self.menus: Mapping[int, str] = menus_of(session, board.names.keys())
        self._bands: dict[SupervisionRule, ByDay] = {}

    def columns(self) -> Iterator[SlotDay]:
        for slot in self._board.slots:
            yield from self._board.columns[slot.id].values()

    def filled(self, column: SlotDay) -> Filled:
        slot, capacity, taking = column.slot, column.rules.capacity, column.taking
        by_group = Counter(map(self.codes[slot.activity_id][column.day].__getitem__, taking))
        taken = Occupancy(len(taking), by_group)
        groups = [group for _, group in self._board.groups.get(slot.activity_id, ())]
        full_for = {
            code
            for code in ("", *(group.code for group in groups))
            if (left := capacity.places_left(slot.code, code, taken)) is not None and left <= 0
        }
        return Filled(
            len(taking), capacity.limit(slot.code), capacity.over(slot.code, taken), column.waiting,
            tuple(GroupFilled(group.code, group.label, by_group[group.code], capacity.by_group.get(group.code))
                  for group in groups),
            frozenset(full_for),
        )

    def meals(self, column: SlotDay) -> tuple[Meals, ...]:
        """Those of who is expected, the ordinary menu first; none where nobody eats."""
        if not column.expected or not is_meal(column.slot):
            return ()
        words = menus()
        counts = Counter(self.menus.get(child, "") for child in column.expected)
        return tuple(Meals(words.get(code, code), counts[code]) for code in sorted(counts))

    def adults(self, column: SlotDay) -> int | None:
        """None: no rule says how many."""
        rule, slot = column.rules.supervision, column.slot
        if rule is None:
            return None
        if rule not in self._bands:
            self._bands[rule] = bands(self._board.days, self._board.births, rule)
        labels: Mapping[int, str] = self._bands[rule][column.day]
        return rule.adults_needed(Counter(map(labels.__getitem__, column.expected)), _minutes(slot))

    def group_on(self, activity_id: int, child_id: int, day: date) -> str:
        return self.codes[activity_id][day][child_id]


def _minutes(slot: Slot) -> int:
    return (slot.end_minute or 0) - (slot.start_minute or 0)
