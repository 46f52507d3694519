"""The lists that are carried about: who is expected, who is in right now, what is eaten."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from backoffice.attendance.day import DayRow, day_rows
from backoffice.attendance.rules import AttendanceState
from backoffice.catalog.queries import Slot, slots_in
from backoffice.clocking.applying import event_of
from backoffice.clocking.day import was_booked
from backoffice.clocking.rules.stays import ClockEvent, clocked
from backoffice.clocking.sections import NO_SECTION, Section, Sections, sections_of
from backoffice.clocking.tables import ClockEventRow
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import child_names, families_of, member_records
from backoffice.health.choices import menus
from backoffice.health.queries import children_with_alert, menus_of
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.text import folded
from backoffice.kernel.zone import day_and_minute

MEAL = "repas"  # what one unit of such a slot counts
_EXPECTED = frozenset({AttendanceState.BOOKED, AttendanceState.PRESENT})
_ORDERED = _EXPECTED | {AttendanceState.ABSENT}
_CALLED = 2  # people to call: one more would not fit beside the name


@dataclass(frozen=True, slots=True)
class PresenceRow:
    """A child expected that day in an activity: its slots, in the order of the day, and what is clocked already.

    `from_minute`, `to_minute`: when the child is awaited, minutes from midnight.
    """

    activity: str
    section: str
    child_name: str
    birth_date: date | None
    alert: bool
    slots: tuple[str, ...]
    from_minute: int | None
    to_minute: int | None
    arrived: int | None
    left: int | None


@dataclass(frozen=True)
class PresenceList(Query[tuple[PresenceRow, ...]]):
    """« Liste de présence »: by activity, section and name."""

    day: date
    structure_id: int | None = None


@read(PresenceList, permission="attendance.read")
def presence_list(query: PresenceList, reading: Reading) -> tuple[PresenceRow, ...]:
    session = reading.session
    rows = [row for row in day_rows(session, query.day, query.structure_id) if row.state in _EXPECTED]
    sections = sections_of(session, query.day, rows)
    alerts = children_with_alert(session, {row.child_id for row in rows})
    by_child: dict[tuple[str, int, int], list[DayRow]] = defaultdict(list)
    for row in rows:
        by_child[row.activity, row.activity_id, row.child_id].append(row)
    found = []
    for (activity, activity_id, child_id), own in by_child.items():
        section = sections.of(child_id, own[0].birth_date, activity_id)
        starts = [one for row in own if (one := _first(row.booked_start, row.slot_start)) is not None]
        ends = [one for row in own if (one := _first(row.booked_end, row.slot_end)) is not None]
        arrivals = [row.arrived_minute for row in own if row.arrived_minute is not None]
        still = any(row.arrived_minute is not None and row.left_minute is None for row in own)
        left = [row.left_minute for row in own if row.left_minute is not None]
        made = PresenceRow(
            activity, section.words, own[0].child_name, own[0].birth_date, child_id in alerts,
            tuple(row.slot_label for row in own), min(starts, default=None), max(ends, default=None),
            min(arrivals, default=None), None if still else max(left, default=None),
        )
        found.append(((folded(activity), section, folded(made.child_name), child_id), made))
    return tuple(made for _, made in sorted(found, key=lambda one: one[0]))


def _first(*minutes: int | None) -> int | None:
    return next((minute for minute in minutes if minute is not None), None)


# --- who is in right now -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody to call: the name, and the number to dial."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class InsideRow:
    """A child who is in. `arrived` None: present without a time."""

    section: str
    child_name: str
    birth_date: date | None
    alert: bool
    arrived: int | None
    where: str
    called: tuple[Called, ...]


@dataclass(frozen=True, slots=True)
class Inside:
    """Who is in at that instant, by section and name. Who is not sure is in: a child is never left behind."""

    at: datetime
    rows: tuple[InsideRow, ...]


@dataclass(frozen=True)
class EvacuationList(Query[Inside]):
    """« Liste d'évacuation » of a structure (None: all; `NO_STRUCTURE`: outside structures)."""

    structure_id: int | None = None


@read(EvacuationList, permission="attendance.read")
def evacuation_list(query: EvacuationList, reading: Reading) -> Inside:
    session = reading.session
    today, minute = day_and_minute(reading.now)
    rows = [row for row in day_rows(session, today, query.structure_id) if _is_in(row, minute)]
    clocks = _still_clocked_in(session, today, slots_in(session, query.structure_id))
    sections = sections_of(session, today, rows)
    ids = {row.child_id for row in rows} | clocks.keys()
    names, alerts = child_names(session, ids), children_with_alert(session, ids)
    calls = _who_to_call(session, ids)
    first: dict[int, DayRow] = {}
    for row in rows:
        first.setdefault(row.child_id, row)
    found = []
    for child_id in ids & names.keys():
        unit, name = first.get(child_id), names[child_id]
        section = _section(sections, unit)
        # The clock knows the whole stay, of which a slot holds a part only.
        arrived = _first(clocks.get(child_id), None if unit is None else unit.arrived_minute)
        where = f"{unit.activity}, {unit.slot_label}" if unit is not None else ""
        made = InsideRow(section.words, name.name, name.birth_date, child_id in alerts, arrived, where,
                         calls.get(child_id, ()))
        found.append(((section, folded(name.name), child_id), made))
    return Inside(reading.now, tuple(made for _, made in sorted(found, key=lambda one: one[0])))


def _section(sections: Sections, unit: DayRow | None) -> Section:
    return NO_SECTION if unit is None else sections.of(unit.child_id, unit.birth_date, unit.activity_id)


def _is_in(row: DayRow, minute: int) -> bool:
    """Arrived and not gone; or present without a time, while the slot lasts."""
    if row.state is not AttendanceState.PRESENT or row.left_minute is not None:
        return False
    if row.arrived_minute is not None:
        return True
    ends = _first(row.booked_end, row.slot_end)
    return ends is None or minute < ends


def _still_clocked_in(session: Session, today: date, slots: Mapping[int, Slot]) -> dict[int, int | None]:
    """The children whose clocks say that they are in, with the minute of their arrival (None: the eve)."""
    structures = {slot.structure_id for slot in slots.values() if slot.structure_id is not None}
    row = ClockEventRow
    statement = select(row).where(row.day.in_({today, today - timedelta(days=1)}), row.structure_id.in_(structures))
    events: dict[tuple[int, int], list[ClockEvent]] = defaultdict(list)
    for each in session.scalars(statement.order_by(row.at, row.id)):
        events[each.child_id, each.structure_id].append(event_of(each))
    found: dict[int, int | None] = {}
    for (child_id, _), own in events.items():
        for stay in clocked(own).stays:
            if stay.arrived is not None and stay.left is None:
                day, minute = day_and_minute(stay.arrived)
                if day == today:
                    found[child_id] = minute
    return found


def _who_to_call(session: Session, child_ids: Collection[int]) -> dict[int, tuple[Called, ...]]:
    """The adults of the family who have a telephone, holders first; without any, those around it."""
    families = families_of(session, child_ids)
    records = member_records(session, {family for own in families.values() for family in own})
    found: dict[int, tuple[Called, ...]] = {}
    for child_id, own in families.items():
        members = [member for family in own for member in records[family]]
        order = sorted(
            (member for member in members if member.role is not MemberRole.CHILD),
            key=lambda member: member.role is not MemberRole.ADULT,
        )
        calls = [Called(one.name, phone) for one in order if (phone := one.person.mobile or one.person.phone)]
        found[child_id] = tuple(dict.fromkeys(calls))[:_CALLED]
    return found


# --- meals -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MealRow:
    """Meals of a section in a slot, by menu: how many are ordered, and how many children were clocked at table."""

    activity: str
    slot: str
    section: str
    menu: str
    ordered: int
    served: int


@dataclass(frozen=True, slots=True)
class MealsOfDay:
    """« Repas »: the rows by activity, slot, section and menu (the ordinary one first); totals by menu."""

    rows: tuple[MealRow, ...]
    totals: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class ListMeals(Query[MealsOfDay]):
    """What is ordered and counted on a day. An absence that was not announced in time was ordered; who came without a
    booking is counted without having been ordered."""

    day: date
    structure_id: int | None = None


@read(ListMeals, permission="attendance.read")
def list_meals(query: ListMeals, reading: Reading) -> MealsOfDay:
    session = reading.session
    slots = slots_in(session, query.structure_id)
    eaten = {slot.id for slot in slots.values() if folded(slot.unit) == MEAL}
    rows = [row for row in day_rows(session, query.day, query.structure_id) if row.slot_id in eaten]
    rows = [row for row in rows if row.state in _ORDERED]
    sections = sections_of(session, query.day, rows)
    menu_of = menus_of(session, {row.child_id for row in rows})
    ordered: Counter[tuple[int, Section, str]] = Counter()
    served: Counter[tuple[int, Section, str]] = Counter()
    for row in rows:
        key = (row.slot_id, sections.of(row.child_id, row.birth_date, row.activity_id), menu_of.get(row.child_id, ""))
        ordered[key] += row.quantity if was_booked(row) else 0
        served[key] += row.quantity if row.state is AttendanceState.PRESENT else 0
    words = menus()
    order = {slot_id: place for place, slot_id in enumerate(dict.fromkeys(row.slot_id for row in rows))}
    keys = sorted({*ordered, *served}, key=lambda key: (order[key[0]], key[1], key[2]))
    found = tuple(
        MealRow(slots[slot].activity, slots[slot].label, section.words, words.get(menu, menu),
                ordered[slot, section, menu], served[slot, section, menu])
        for slot, section, menu in keys
    )
    return MealsOfDay(found, _totals(found, [words.get(code, code) for code in sorted({key[2] for key in keys})]))


def _totals(rows: Iterable[MealRow], names: Sequence[str]) -> tuple[tuple[str, int, int], ...]:
    counts: dict[str, list[int]] = {name: [0, 0] for name in names}
    for row in rows:
        counts[row.menu][0] += row.ordered
        counts[row.menu][1] += row.served
    return tuple((name, ordered, served) for name, (ordered, served) in counts.items())
