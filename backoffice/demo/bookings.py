"""The reservations of Valbrume: rules, age groups, registrations of the school year, and a Wednesday to come where
something of everything happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from backoffice.attendance.commands import NewAttendance, add_attendances
from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.activity_rules import SetRule, set_rule
from backoffice.bookings.adding import NewWish, add_wishes
from backoffice.bookings.age_groups import SetGroup, set_group
from backoffice.bookings.kinds import Channel, RuleKind, Wish
from backoffice.bookings.supervision import national_rule
from backoffice.catalog.rules import Season
from backoffice.demo.days import ChildDay, is_open
from backoffice.demo.moment import DemoMoment
from backoffice.demo.town import BuiltTown, DemoActivity
from backoffice.kernel.application import Context
from backoffice.kernel.periods import Period, SchoolYear
from backoffice.kernel.resources import load_toml
from backoffice.registrations.commands import NewRegistration, add_registrations
from backoffice.registrations.queries import registrations_of

_LOOKED_AHEAD = 60  # days
_ASKED_BEFORE = timedelta(hours=20)
_ASKED = "Merci de nous dire vite s'il reste une place."


@dataclass(frozen=True, slots=True)
class _Comer:
    """A child of an activity, and the slots already taken on the chosen day, by code."""

    family_id: int
    child_id: int
    taken: frozenset[str]


def book(
    context: Context, town: BuiltTown, moment: DemoMoment, days: Sequence[tuple[int, int, ChildDay]]
) -> int:
    """Decide, register, and book what tells a story; returns how many units that adds to `days` (family, child, unit).

    Only what this agent may: on a shared database, who builds the town may hold less.
    """
    if not (context.actor.may("catalog.edit") and context.actor.may("registrations.edit")):
        return 0
    apart = replace(context, details={})  # the journal says that a town was built, not each of its rules
    _decide(apart, town, moment)
    _register(apart, town, moment, days)
    return _wednesday(apart, town, moment, days)


def _decide(context: Context, town: BuiltTown, moment: DemoMoment) -> None:
    content, first = load_toml("demo", "bookings.toml"), moment.september.first_day
    source = content["source"].format(year=moment.year)
    for activity in town.activities.values():
        season = activity.calendar.season
        if season is not Season.ALL_YEAR:
            set_rule(SetRule(activity.id, RuleKind.SEASON, first, None, {"season": season.value}, source), context)
    for row in content["rule"]:
        kind, said = RuleKind(row["kind"]), source
        value = row.get("value")
        if "regime" in row:
            national = national_rule(row["regime"], first)
            value, said = national.rule.to_data(), national.source
        set_rule(SetRule(town.activities[row["activity"]].id, kind, first, None, value, said), context)
    for position, row in enumerate(content["group"]):
        group = SetGroup(town.activities[row["activity"]].id, row["code"], row["label"], row["from_months"],
                         row.get("to_months"), position)
        set_group(group, context)


def _register(
    context: Context, town: BuiltTown, moment: DemoMoment, days: Sequence[tuple[int, int, ChildDay]]
) -> None:
    """For the school year, every child where it comes."""
    activity_of = {slot.id: activity.id for activity in town.activities.values() for slot in activity.slots.values()}
    year = SchoolYear.of(moment.october.first_day).period
    wanted = {(family, child, activity_of[unit.slot_id]) for family, child, unit in days}
    known = {(one.family_id, one.child_id, one.activity_id)
             for one in registrations_of(context.session, {family for family, _, _ in wanted})}
    asked_at = context.now - timedelta(days=90)
    add_registrations(context.session, [
        NewRegistration(*one, Period(year.start, year.end), asked_at) for one in sorted(wanted - known)
    ])


def _wednesday(
    context: Context, town: BuiltTown, moment: DemoMoment, days: Sequence[tuple[int, int, ChildDay]]
) -> int:
    """A choice that is not allowed, a special presence, two wishes, a full meal and somebody who waits for it."""
    arbre, tortues = town.activities["arbre-mercredi"], town.activities["tortues-mercredi"]
    day = _next_open(arbre, moment.today)
    if day is None:  # the program does not know the holidays of that year
        return 0
    here, there = _comers(arbre, days, day), _comers(tortues, days, day)
    places = {code: max(1, sum(code in one.taken for one in there)) for code in ("matin", "repas")}
    asked = context.now - _ASKED_BEFORE
    new = [
        *(_unit(one, arbre, "repas", day) for one in _take(here, without="repas")),  # a meal goes with a morning
        *(_unit(one, arbre, "apres-midi", day, special=True) for one in _take(here, without="apres-midi")),
        *(_unit(one, tortues, "repas", day, queued_at=asked) for one in _take(there, without="repas")),
    ]
    meal, afternoon = arbre.slots["repas"].id, arbre.slots["apres-midi"].id
    add_wishes(context.session, [
        *(NewWish(one.family_id, one.child_id, meal, day, Wish.BOOK, asked, Channel.PORTAL, _ASKED)
          for one in _take(here, without="repas")),
        *(NewWish(one.family_id, one.child_id, afternoon, day, Wish.CANCEL, asked, Channel.DESK)
          for one in _take(here, holding="apres-midi")),
    ])
    source = load_toml("demo", "bookings.toml")["source"].format(year=moment.year)
    value: dict[str, object] = {"by_slot": places}
    set_rule(SetRule(tortues.id, RuleKind.CAPACITY, moment.september.first_day, None, value, source), context)
    return add_attendances(context.session, new)


def _take(comers: list[_Comer], *, without: str = "", holding: str = "") -> list[_Comer]:
    """Nobody, or the first child who has one slot and not another: told once, it is left out of what follows."""
    for one in comers:
        if without not in one.taken and (not holding or holding in one.taken):
            comers.remove(one)
            return [one]
    return []


def _next_open(activity: DemoActivity, today: date) -> date | None:
    for after in range(1, _LOOKED_AHEAD):
        day = today + timedelta(days=after)
        if is_open(activity.calendar, day):
            return day
    return None


def _comers(activity: DemoActivity, days: Sequence[tuple[int, int, ChildDay]], day: date) -> list[_Comer]:
    """The children of an activity, in the order of their ids, once each."""
    codes = {slot.id: code for code, slot in activity.slots.items()}
    own = sorted(
        ((child, family, unit) for family, child, unit in days if unit.slot_id in codes), key=lambda one: one[:2]
    )
    found: dict[int, _Comer] = {}
    for child, family, unit in own:
        taken = found[child].taken if child in found else frozenset[str]()
        if unit.day == day:
            taken |= {codes[unit.slot_id]}
        found[child] = _Comer(family, child, taken)
    return list(found.values())


def _unit(
    one: _Comer, activity: DemoActivity, code: str, day: date, *, special: bool = False,
    queued_at: datetime | None = None,
) -> NewAttendance:
    state = AttendanceState.WAITING if queued_at else AttendanceState.BOOKED
    slot = activity.slots[code]
    return NewAttendance(one.family_id, one.child_id, slot.id, day, state, special=special, queued_at=queued_at)
