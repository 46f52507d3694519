"""Who is registered to what."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, func, or_, select

from backoffice.catalog.queries import activity_places, is_inside
from backoffice.families.queries import child_names
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Period
from backoffice.registrations.kinds import GONE, RegistrationState
from backoffice.registrations.provisional import is_ending, provisional_in_words
from backoffice.registrations.tables import RegistrationRow


@dataclass(frozen=True, slots=True)
class RegistrationLine:
    """A registration as the file of the family shows it. `version` goes with `EndRegistration`."""

    id: int
    version: int
    family_id: int
    child_id: int
    activity_id: int
    activity: str
    service_id: int
    service: str
    period: Period
    state: RegistrationState
    provisional_until: date | None
    child: str = ""
    asked_at: datetime | None = None
    channel: str = ""
    reason: str = ""

    def moment(self, today: date) -> str:
        """« En cours », « À venir » or « Terminée »; while the child does not come, what became of the request."""
        if self.state is not RegistrationState.ACCEPTED:
            return self.state.label
        if self.period.start > today:
            return "À venir"
        return "En cours" if today in self.period else "Terminée"


@dataclass(frozen=True)
class ListRegistrations(Query[tuple[RegistrationLine, ...]]):
    """The registrations of a family, child by child, latest first."""

    family_id: int


@read(ListRegistrations, permission="registrations.read")
def list_registrations(query: ListRegistrations, reading: Reading) -> tuple[RegistrationLine, ...]:
    found = registrations_of(reading.session, [query.family_id])
    return tuple(sorted(found, key=lambda line: (line.child_id, -line.period.start.toordinal(), line.id)))


def registrations_of(
    session: Session, family_ids: Collection[int], *, from_day: date | None = None
) -> list[RegistrationLine]:
    """Those of many families, as far as this agent sees them; `from_day` leaves out what was withdrawn, or over before
    it."""
    row = RegistrationRow
    columns = (row.id, row.version, row.family_id, row.child_id, row.activity_id, row.first_day, row.last_day,
               row.state, row.provisional_until)
    found: list[Row[Any]] = []
    for some in batches(family_ids):
        statement = select(*columns).where(row.family_id.in_(some))
        if from_day is not None:
            statement = statement.where(*_standing(from_day))
        found.extend(session.execute(statement))
    places = activity_places(session, {each.activity_id for each in found})
    return [
        RegistrationLine(
            each.id, each.version, each.family_id, each.child_id, each.activity_id, places[each.activity_id].activity,
            places[each.activity_id].service_id, places[each.activity_id].service,
            Period(each.first_day, each.last_day), RegistrationState(each.state), each.provisional_until,
        )
        for each in found
    ]  # fmt: skip


@dataclass(frozen=True)
class ListAllRegistrations(Query[tuple[RegistrationLine, ...]]):
    """The registrations of a structure (None: all; `NO_STRUCTURE`: outside structures) that meet a school year, the
    latest asked first, with the names of the children."""

    period: Period
    structure_id: int | None = None


@read(ListAllRegistrations, permission="registrations.read")
def list_all_registrations(query: ListAllRegistrations, reading: Reading) -> tuple[RegistrationLine, ...]:
    session, row, end = reading.session, RegistrationRow, query.period.end
    places = activity_places(session)
    inside = [one.id for one in places.values()
              if query.structure_id is None or is_inside(one.structure_id, query.structure_id)]
    statement = select(row).where(
        row.activity_id.in_(inside), or_(row.last_day.is_(None), row.last_day >= query.period.start)
    )
    if end is not None:
        statement = statement.where(row.first_day <= end)
    rows = session.scalars(statement.order_by(row.asked_at.desc(), row.id.desc())).all()
    names = child_names(session, {each.child_id for each in rows})
    return tuple(
        RegistrationLine(
            each.id, each.version, each.family_id, each.child_id, each.activity_id, places[each.activity_id].activity,
            places[each.activity_id].service_id, places[each.activity_id].service,
            Period(each.first_day, each.last_day), RegistrationState(each.state), each.provisional_until,
            names[each.child_id].name, each.asked_at, each.channel, each.reason,
        )
        for each in rows if each.child_id in names
    )  # fmt: skip


def registered_families(session: Session, day: date) -> list[int]:
    """The families with a child registered, or wanted to be, on that day or later."""
    row = RegistrationRow
    return list(session.scalars(select(row.family_id).where(*_standing(day)).distinct().order_by(row.family_id)))


def registered_in(session: Session, structure_id: int, day: date) -> set[tuple[int, int]]:
    """The (family, child) registered, or wanted to be, on that day or later in a structure (`NO_STRUCTURE`: in
    activities that have none)."""
    row = RegistrationRow
    activities = [place.id for place in activity_places(session).values()
                  if is_inside(place.structure_id, structure_id)]
    found: set[tuple[int, int]] = set()
    for some in batches(activities):
        statement = select(row.family_id, row.child_id).where(row.activity_id.in_(some), *_standing(day)).distinct()
        found.update((each.family_id, each.child_id) for each in session.execute(statement))
    return found


class Coming(NamedTuple):
    """A child who may come to an activity from a day to another (None: until it is ended), in the group chosen for it
    (None: that of its age)."""

    family_id: int
    child_id: int
    activity_id: int
    first_day: date
    last_day: date | None
    group_id: int | None
    id: int

    def on(self, day: date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


def children_coming(
    session: Session, activity_ids: Collection[int], first_day: date, last_day: date,
    child_ids: Collection[int] | None = None,
) -> list[Coming]:
    """Who is registered to these activities on one of these days, whatever was only asked for left out; of these
    children (None: of all)."""
    row = RegistrationRow
    columns = (row.family_id, row.child_id, row.activity_id, row.first_day, row.last_day, row.group_id, row.id)
    statement = select(*columns).where(
        row.activity_id.in_(activity_ids), row.state == RegistrationState.ACCEPTED, row.first_day <= last_day,
        or_(row.last_day.is_(None), row.last_day >= first_day),
    ).order_by(row.id)
    found: list[Coming] = []
    for some in [None] if child_ids is None else batches(sorted(child_ids)):
        wanted = statement if some is None else statement.where(row.child_id.in_(some))
        found.extend(Coming._make(each) for each in session.execute(wanted))
    return found


def count_in_group(session: Session, group_id: int) -> int:
    """How many registrations were given this age group, whatever became of them."""
    return session.scalar(select(func.count()).where(RegistrationRow.group_id == group_id)) or 0


def _standing(day: date) -> tuple[ColumnElement[bool], ...]:
    row = RegistrationRow
    return row.state.not_in(GONE), or_(row.last_day.is_(None), row.last_day >= day)


@dataclass(frozen=True, slots=True)
class ProvisionalAdmission:
    """A child admitted while vaccines are completed, whose end is near or past. `notice`: what is said of it."""

    registration_id: int
    family_id: int
    child_id: int
    child: str
    activity: str
    until: date
    notice: str


def provisional_admissions(session: Session, today: date) -> tuple[ProvisionalAdmission, ...]:
    """Those that end soon, or have ended, of the children who still come; the most pressing first."""
    row = RegistrationRow
    statement = select(row.id, row.family_id, row.child_id, row.activity_id, row.provisional_until).where(
        *_standing(today), row.provisional_until.is_not(None)
    )
    found = [each for each in session.execute(statement.order_by(row.provisional_until, row.id))
             if is_ending(each.provisional_until, today)]
    names = child_names(session, {each.child_id for each in found})
    places = activity_places(session, {each.activity_id for each in found})
    return tuple(
        ProvisionalAdmission(
            each.id, each.family_id, each.child_id, names[each.child_id].name, places[each.activity_id].activity,
            each.provisional_until, provisional_in_words(each.provisional_until, today),
        )
        for each in found
    )


@dataclass(frozen=True, slots=True)
class RegisteredChild:
    """A child who comes to an activity from a day to another."""

    family_id: int
    child_id: int
    activity_id: int
    period: Period
    group_id: int | None


def registered_children(
    session: Session, activity_ids: Collection[int], first_day: date, last_day: date,
    child_ids: Collection[int] | None = None,
) -> list[RegisteredChild]:
    """Those (None: all; else of these children) who come to these activities on one of these days at least."""
    row = RegistrationRow
    columns = (row.family_id, row.child_id, row.activity_id, row.first_day, row.last_day, row.group_id)
    conditions = [row.activity_id.in_(sorted(activity_ids)), row.state == RegistrationState.ACCEPTED,
                  row.first_day <= last_day, or_(row.last_day.is_(None), row.last_day >= first_day)]
    found: list[RegisteredChild] = []
    for some in [None] if child_ids is None else batches(sorted(child_ids)):
        own = conditions if some is None else [*conditions, row.child_id.in_(some)]
        found.extend(
            RegisteredChild(each.family_id, each.child_id, each.activity_id, Period(each.first_day, each.last_day),
                            each.group_id)
            for each in session.execute(select(*columns).where(*own).order_by(row.id))
        )
    return found
