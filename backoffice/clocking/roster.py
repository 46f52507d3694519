"""What a kiosk needs of one day in one structure, all at once: it may have to do without the server until tonight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from backoffice.attendance.clocked import ClockedUnit, clocked_units
from backoffice.attendance.day import day_rows
from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.in_force import age_groups_of
from backoffice.bookings.rules.groups import group_on
from backoffice.catalog.queries import slots_in
from backoffice.clocking.badges import badge_codes
from backoffice.clocking.code_rules import Signer
from backoffice.clocking.codes import signers
from backoffice.clocking.kinds import ClockKind
from backoffice.clocking.tables import ClockEventRow
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import child_names, member_records
from backoffice.health.queries import children_with_alert
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.text import folded
from backoffice.registrations.queries import RegisteredChild, registered_children

_COMING = frozenset({AttendanceState.BOOKED, AttendanceState.PRESENT})
_AWAY = frozenset({AttendanceState.ABSENT, AttendanceState.EXCUSED})


@dataclass(frozen=True, slots=True)
class Adult:
    """Somebody of the family: parents first, then who else may take the child home. `phone` may be empty."""

    name: str
    parent: bool
    phone: str


@dataclass(frozen=True, slots=True)
class Touch:
    """A raw event of the day, as the kiosk needs it to work out who is there."""

    uid: str
    kind: ClockKind
    at: datetime
    made_at: datetime
    replaces: str | None


@dataclass(frozen=True, slots=True)
class RosterChild:
    """A child who may come that day. `expected`: the slots booked, in words; empty for who booked nothing.

    `away`: announced absent. `arrived`, `left`: what the units say, in minutes, when no raw event does. `alert`: an
    allergy or a PAI, and nothing more of it.
    """

    child_id: int
    name: str
    first_name: str
    section: str
    expected: tuple[str, ...]
    away: bool
    alert: bool
    arrived: int | None
    left: int | None
    adults: tuple[Adult, ...]
    badge: str
    touches: tuple[Touch, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """A day in a structure. `sections` in their order; `signers`: who has a code."""

    day: date
    structure_id: int
    structure: str
    read_at: datetime
    sections: tuple[str, ...]
    children: tuple[RosterChild, ...]
    signers: tuple[Signer, ...]


@dataclass(frozen=True)
class ReadRoster(Query[Roster]):
    """The day of a structure, today unless told otherwise; in a handful of reads, whatever the number of children."""

    structure_id: int
    structure: str = ""
    day: date | None = None


@read(ReadRoster, permission="attendance.read")
def read_roster(query: ReadRoster, reading: Reading) -> Roster:
    session, day = reading.session, query.day or reading.today
    slots = slots_in(session, query.structure_id)
    activities = {slot.activity_id for slot in slots.values()}
    registered = registered_children(session, activities, day, day)
    booked: dict[int, list[str]] = defaultdict(list)
    family: dict[int, int] = {one.child_id: one.family_id for one in registered}
    for row in day_rows(session, day, query.structure_id):
        family[row.child_id] = row.family_id
        if row.state in _COMING:
            booked[row.child_id].append(row.slot_label)
    units: dict[int, list[ClockedUnit]] = defaultdict(list)
    for unit in clocked_units(session, family, [day]):
        if unit.slot_id in slots:
            units[unit.child_id].append(unit)
    names = child_names(session, family)
    groups = _Sections(session, activities, registered, {child: one.birth_date for child, one in names.items()}, day)
    alerts = children_with_alert(session, list(family))
    records = member_records(session, set(family.values()))
    badges = {child: code for code, child in badge_codes(session, family).items()}
    touches = _touches(session, query.structure_id, day)
    found = []
    for child, name in names.items():
        own = units[child]
        first = next((one.person.first_name for one in records[family[child]] if one.person_id == child), name.name)
        found.append(RosterChild(
            child, name.name, first, groups.of(child), tuple(booked[child]),
            bool(own) and all(unit.state in _AWAY for unit in own), child in alerts,
            min((unit.arrived for unit in own if unit.arrived is not None), default=None), _left(own),
            tuple(
                Adult(one.name, one.role is MemberRole.ADULT, one.person.mobile or one.person.phone)
                for one in sorted(records[family[child]], key=lambda one: one.role is not MemberRole.ADULT)
                if one.role is not MemberRole.CHILD
            ),
            badges.get(child, ""), tuple(touches[child]),
        ))
    found.sort(key=lambda one: (groups.order(one.section), folded(one.name), one.child_id))
    return Roster(day, query.structure_id, query.structure, reading.now,
                  tuple(dict.fromkeys(one.section for one in found if one.section)), tuple(found), signers(session))


def _left(units: Sequence[ClockedUnit]) -> int | None:
    """When the child went home; None when a unit is still open."""
    clocked = [unit for unit in units if unit.arrived is not None]
    if any(unit.left is None for unit in clocked):
        return None
    return max((unit.left for unit in clocked if unit.left is not None), default=None)


class _Sections:
    """The section of each child: the one of the registration, else the one of its age, in the order of the town."""

    def __init__(
        self, session: Session, activities: set[int], registered: Sequence[RegisteredChild],
        births: Mapping[int, date | None], day: date,
    ) -> None:
        self._labels: dict[int, str] = {}
        groups = age_groups_of(session, activities)
        ordered = [group.label for some in groups.values() for _, group in some]
        self._order = {label: place for place, label in enumerate(dict.fromkeys(ordered))}
        for one in registered:
            some = groups.get(one.activity_id, [])
            chosen = next((group.code for id_, group in some if id_ == one.group_id), "")
            found = group_on(births.get(one.child_id), day, [group for _, group in some], chosen)
            if found is not None:
                self._labels.setdefault(one.child_id, found.label)

    def of(self, child_id: int) -> str:
        return self._labels.get(child_id, "")

    def order(self, label: str) -> int:
        return self._order.get(label, len(self._order))


def _touches(session: Session, structure_id: int, day: date) -> dict[int, list[Touch]]:
    """The raw events of the day and of its eve, child by child: a night goes over midnight."""
    row = ClockEventRow
    found: dict[int, list[Touch]] = defaultdict(list)
    statement = select(row).where(row.structure_id == structure_id, row.day.in_([day - timedelta(days=1), day]))
    for each in session.scalars(statement.order_by(row.at, row.uid)):
        found[each.child_id].append(
            Touch(each.uid, ClockKind(each.kind), each.at, each.received_at, each.replaces)
        )
    return found
