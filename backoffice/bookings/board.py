"""What the grid and the head counts are made of, read in a handful of questions whatever the number of children."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import select

from backoffice.attendance.cells import AlikeUnits, alike_units
from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.in_force import Rules, RulesOfDay, age_groups_of, rules_of
from backoffice.bookings.kinds import Wish
from backoffice.bookings.openings import Openings, openings_of
from backoffice.bookings.rules.groups import AgeGroup
from backoffice.bookings.rules.notice import Late
from backoffice.bookings.tables import BookingRequestRow, BookingWishRow
from backoffice.catalog.queries import Slot, slots_in
from backoffice.families.queries import ChildName, child_names
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Period
from backoffice.kernel.text import folded
from backoffice.kernel.zone import is_later
from backoffice.registrations.queries import Coming, children_coming

EXPECTED = frozenset({AttendanceState.BOOKED.value, AttendanceState.PRESENT.value})
AWAY = frozenset({AttendanceState.ABSENT.value, AttendanceState.EXCUSED.value})


class WishAsked(NamedTuple):
    """What a family asked for a cell, and nobody answered."""

    child_id: int
    slot_id: int
    day: date
    family_id: int
    wish: str
    received_at: datetime
    channel: str
    note: str


@dataclass(slots=True)
class SlotDay:
    """A slot on a day: what the rules say of it, once, and who is there. `shut`: why it is closed; `closed`: why
    nobody more may be booked, the deadline and the window counted; `kept`: why who is there may not be cancelled.

    `payable`: paid when it is booked; `package`: booking it starts a package. `expected`: the children booked or
    present; `holding`: those who take a place besides them, asked for or away too late.
    """

    slot: Slot
    day: date
    rules: RulesOfDay
    shut: str
    closed: str
    kept: str
    payable: bool
    package: bool
    is_limited: bool
    cancel_until: datetime
    expected: list[int] = field(default_factory=list)
    holding: list[int] = field(default_factory=list)
    waiting: int = 0

    @property
    def taking(self) -> list[int]:
        return [*self.expected, *self.holding]

    def keeps_place(self, said_at: datetime | None) -> bool:
        """Whether an absence said at that moment (None: nobody knows when) still takes its place."""
        if not self.is_limited or self.rules.capacity.frees_late:
            return False
        return said_at is None or is_later(said_at, self.cancel_until)


@dataclass
class Board:
    """`slots` in the order of the columns, those that ended before the first day left out unless somebody is there."""

    days: tuple[date, ...]
    slots: tuple[Slot, ...]
    rules: Rules
    openings: Openings
    columns: Mapping[int, Mapping[date, SlotDay]]
    units: Sequence[AlikeUnits]
    wishes: Sequence[WishAsked]
    coming: Mapping[int, Mapping[int, Sequence[Coming]]]
    """By activity, then by child."""
    groups: Mapping[int, Sequence[tuple[int, AgeGroup]]]
    names: Mapping[int, ChildName]

    @cached_property
    def births(self) -> dict[int, date | None]:
        return {child.id: child.birth_date for child in self.names.values()}


def read_board(
    session: Session, period: Period, structure_id: int | None, activity_ids: Collection[int], now: datetime
) -> Board:
    """Raises UserError `catalog.no_town`, and that of a rule that cannot be read."""
    days = tuple(period.days())
    found = slots_in(session, structure_id)
    wanted = {slot.id: slot for slot in found.values() if not activity_ids or slot.activity_id in activity_ids}
    activities = sorted({slot.activity_id for slot in wanted.values()})
    rules = rules_of(session, activities)
    openings = openings_of(session, rules)
    units = list(alike_units(session, wanted, days))
    wishes = _wishes(session, wanted, days)
    used = {unit.slot_id for unit in units} | {wish.slot_id for wish in wishes}
    slots = sorted((slot for slot in wanted.values() if slot.id in used or slot.is_offered_on(days[0])), key=_order)
    coming: dict[int, dict[int, list[Coming]]] = defaultdict(lambda: defaultdict(list))
    for one in children_coming(session, activities, days[0], days[-1]):
        coming[one.activity_id][one.child_id].append(one)
    children = {unit.child_id for unit in units} | {wish.child_id for wish in wishes}
    children.update(*coming.values())
    board = Board(
        days, tuple(slots), rules, openings,
        {slot.id: {day: _slot_day(slot, day, rules, openings, now) for day in days} for slot in slots},
        units, wishes, coming, age_groups_of(session, activities), child_names(session, children),
    )
    _seat(board)
    return board


def _wishes(session: Session, slot_ids: Collection[int], days: Sequence[date]) -> list[WishAsked]:
    wish, request = BookingWishRow, BookingRequestRow
    statement = (
        select(wish.child_id, wish.slot_id, wish.day, wish.family_id, wish.wish, request.received_at, request.channel,
               request.note)
        .join(request, request.id == wish.request_id)
        .where(wish.answered_at.is_(None), wish.slot_id.in_(slot_ids), wish.day.between(days[0], days[-1]))
        .order_by(wish.id)
    )
    return [WishAsked._make(one) for one in session.execute(statement)]


def _order(slot: Slot) -> tuple[object, ...]:
    return folded(slot.activity), slot.activity_id, slot.position, slot.id


def _slot_day(slot: Slot, day: date, rules: Rules, openings: Openings, now: datetime) -> SlotDay:
    held, target = rules.on(slot.activity_id, day), openings.target(slot, day)
    shut = openings.why_closed(slot, day)
    outside = (held.window.why_outside(now) if held.window else None) or ""
    late = {
        cancelling: held.notice.too_late(now, target, cancelling=cancelling) or ""
        for cancelling in (False, True)
        if held.notice.after(cancelling=cancelling) is Late.REFUSED
    }
    return SlotDay(
        slot, day, held, shut, shut or outside or late.get(False, ""), outside or late.get(True, ""),
        held.payment is not None and held.payment.concerns(slot.code),
        held.package is not None and held.package.concerns(slot.code),
        rules.limits(slot.activity_id), held.notice.deadline(target, cancelling=True),
    )


def _seat(board: Board) -> None:
    """Say in each column who is expected, who takes a place, and how many wait."""
    waiting = AttendanceState.WAITING.value
    there: set[tuple[int, int, date]] = set()
    asked = {(wish.child_id, wish.slot_id, wish.day) for wish in board.wishes}
    for unit in board.units:
        columns = board.columns[unit.slot_id]
        expected, away, waits = unit.state in EXPECTED, unit.state in AWAY, unit.state == waiting
        for day in unit.days:
            column = columns[day]
            if expected:
                column.expected.append(unit.child_id)
            elif waits:
                column.waiting += 1
            elif away and column.keeps_place(unit.changed_at):
                column.holding.append(unit.child_id)
        if asked and unit.state != AttendanceState.REFUSED.value:
            there.update((unit.child_id, unit.slot_id, day) for day in unit.days)
    for wish in board.wishes:
        if wish.wish == Wish.BOOK and (wish.child_id, wish.slot_id, wish.day) not in there:
            board.columns[wish.slot_id][wish.day].holding.append(wish.child_id)
