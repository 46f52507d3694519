"""Everything that decides whether children may be booked, read at once for all the cells that are judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from backoffice.attendance.rules import AttendanceState
from backoffice.attendance.units import Unit, UnitKey, units_of
from backoffice.bookings.changes import Change
from backoffice.bookings.in_force import Rules, RulesOfDay, age_groups_of, rules_of
from backoffice.bookings.keeping import Comer, obstacles
from backoffice.bookings.kinds import Wish
from backoffice.bookings.openings import Openings, openings_of
from backoffice.bookings.rules.groups import AgeGroup, group_on
from backoffice.bookings.rules.notice import Target
from backoffice.bookings.tables import BookingRequestRow, BookingWishRow
from backoffice.catalog.queries import Slot, slots_of
from backoffice.families.queries import ChildName, child_names
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.registrations.queries import Coming, children_coming

_SATURDAY = 5
EXPECTED = frozenset({AttendanceState.BOOKED, AttendanceState.PRESENT})
AWAY = frozenset({AttendanceState.ABSENT, AttendanceState.EXCUSED})


@dataclass(frozen=True, slots=True)
class PendingWish:
    """A family's wish to book that waits: it stands in the queue since it was received."""

    id: int
    family_id: int
    child_id: int
    slot_id: int
    day: date
    received_at: datetime


@dataclass
class Ground:
    """`units`: those of the cells judged and, where places are counted, everybody's that day. `pending`: wishes to
    book that nobody answered, by cell. `in_the_way`: what other wings say of each child."""

    now: datetime
    today: date
    slots: Mapping[int, Slot]
    rules: Rules
    units: dict[UnitKey, Unit]
    coming: Mapping[tuple[int, int], list[Coming]]
    children: Mapping[int, ChildName]
    groups: Mapping[int, list[tuple[int, AgeGroup]]]
    pending: dict[UnitKey, PendingWish]
    in_the_way: Mapping[Comer, tuple[str, ...]]
    comers: Mapping[tuple[int, int, int], Comer]
    openings: Openings

    def rules_on(self, slot_id: int, day: date) -> RulesOfDay:
        return self.rules.on(self.slots[slot_id].activity_id, day)

    def registration(self, child_id: int, slot_id: int, day: date) -> Coming | None:
        """By which the child may come that day."""
        found = self.coming.get((child_id, self.slots[slot_id].activity_id), ())
        return next((one for one in found if one.on(day)), None)

    def group(self, child_id: int, slot_id: int, day: date) -> str:
        """The code of the child's age group, "" for none."""
        groups = self.groups.get(self.slots[slot_id].activity_id, [])
        if not groups:
            return ""
        registered = self.registration(child_id, slot_id, day)
        given = registered.group_id if registered is not None else None
        chosen = next((group.code for id_, group in groups if id_ == given), "")
        child = self.children.get(child_id)
        found = group_on(child.birth_date if child else None, day, [group for _, group in groups], chosen)
        return found.code if found is not None else ""

    def target(self, slot_id: int, day: date) -> Target:
        return self.openings.target(self.slots[slot_id], day)

    def why_closed(self, slot_id: int, day: date) -> str:
        """« Jour férié : Toussaint », or "" on a day that is open."""
        return self.openings.why_closed(self.slots[slot_id], day)

    def counts(self, unit: Unit) -> bool:
        """Whether a unit takes a place: expected, or away and announced too late for somebody else to come."""
        if unit.state in EXPECTED:
            return True
        if unit.state not in AWAY:
            return False
        rules = self.rules_on(unit.slot_id, unit.day)
        if rules.capacity.frees_late:
            return False
        said = unit.changed_at
        target = self.target(unit.slot_id, unit.day)
        return said is None or rules.notice.too_late(said, target, cancelling=True) is not None


def read_ground(
    session: Session, changes: Collection[Change], now: datetime, today: date, answering: Collection[int] = (),
) -> Ground:
    """In a handful of reads, whatever the number of cells. `answering`: the wishes that are being answered.

    Raises UserError `catalog.unknown_slot`, and that of a rule that cannot be read.
    """
    slots = slots_of(session)
    for slot_id in sorted({change.slot_id for change in changes} - slots.keys()):
        raise UserError("catalog.unknown_slot", id=slot_id)
    activities = {slots[change.slot_id].activity_id for change in changes}
    same = {slot.id: slot for slot in slots.values() if slot.activity_id in activities}
    days = {change.day for change in changes}
    children = {change.child_id for change in changes}
    rules = rules_of(session, activities)
    counted = {slot.id for slot in same.values() if rules.limits(slot.activity_id)}
    units = units_of(session, counted, days) if counted else []
    if apart := same.keys() - counted:
        units += units_of(session, apart, days, children)
    pending = pending_wishes(session, same.keys(), days, answering)
    present = children | {unit.child_id for unit in units} | {wish.child_id for wish in pending}
    coming = defaultdict(list)
    if days:
        for one in children_coming(session, activities, min(days), max(days), present):
            coming[one.child_id, one.activity_id].append(one)
    comers = _comers(changes, slots)
    return Ground(
        now, today, same, rules, {unit.key: unit for unit in units}, coming, child_names(session, present),
        age_groups_of(session, activities), {(wish.child_id, wish.slot_id, wish.day): wish for wish in pending},
        obstacles(session, comers.values(), today), comers, openings_of(session, rules),
    )


def pending_wishes(
    session: Session, slot_ids: Collection[int], days: Collection[date], answering: Collection[int] = ()
) -> list[PendingWish]:
    """The wishes to book these slots on these days that wait, but those that are being answered."""
    wish, request = BookingWishRow, BookingRequestRow
    columns = (wish.id, wish.family_id, wish.child_id, wish.slot_id, wish.day, request.received_at)
    found: list[PendingWish] = []
    for some in batches(sorted(days)):
        statement = select(*columns).join(request, request.id == wish.request_id).where(
            wish.answered_at.is_(None), wish.wish == Wish.BOOK, wish.slot_id.in_(slot_ids), wish.day.in_(some)
        )
        found.extend(PendingWish(*one) for one in session.execute(statement))
    left_out = set(answering)
    return [one for one in found if one.id not in left_out]


def _comers(changes: Collection[Change], slots: Mapping[int, Slot]) -> dict[tuple[int, int, int], Comer]:
    """Who is wanted, by family, child and activity, with the first of the days."""
    first: dict[tuple[int, int, int], date] = {}
    for change in changes:
        if change.wanted.takes_place and change.restores is None:
            key = (change.family_id, change.child_id, slots[change.slot_id].activity_id)
            first[key] = min(first.get(key, change.day), change.day)
    return {key: Comer(*key, day) for key, day in first.items()}

