"""Which days a slot opens, and the working days of its place: closures, holidays, school calendar and season."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from backoffice.bookings.in_force import Rules
from backoffice.bookings.rules.notice import Target
from backoffice.catalog.calendar import OpeningCalendar, SchoolCalendar, is_public_holiday
from backoffice.catalog.queries import Slot, closed_days, find_town
from backoffice.catalog.rules import Closure, SchoolZone
from backoffice.kernel.database import Session
from backoffice.kernel.dated import NotInForce
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import Period

_SATURDAY = 5


class WorkingCalendar:
    """The working days of a place: neither weekends, nor public holidays, nor its closures."""

    def __init__(self, closures: Collection[Closure]) -> None:
        self._closures = tuple(closures)

    def is_working(self, day: date) -> bool:
        return (
            day.weekday() < _SATURDAY and not is_public_holiday(day)
            and not any(day in closure.period for closure in self._closures)
        )


class Openings:
    """Every slot of a town, day by day; what was worked out once is kept."""

    def __init__(self, rules: Rules, closures: dict[int | None, list[Closure]], school: SchoolCalendar) -> None:
        """`closures`: by structure; None: those of every structure."""
        self._rules = rules
        self._closures = closures
        self._school = school
        self._calendars: dict[int | None, WorkingCalendar] = {}
        self._opening: dict[tuple[object, ...], OpeningCalendar] = {}

    def working(self, structure_id: int | None) -> WorkingCalendar:
        if structure_id not in self._calendars:
            self._calendars[structure_id] = WorkingCalendar(self._closed_at(structure_id))
        return self._calendars[structure_id]

    def target(self, slot: Slot, day: date) -> Target:
        """What a notice is asked about."""
        return Target(day, slot.start_minute or 0, self.working(slot.structure_id))

    def why_closed(self, slot: Slot, day: date) -> str:
        """« Jour férié : Toussaint », or "" on a day that is open. A school year whose calendar is not published is
        closed, and says so."""
        if not slot.is_offered_on(day):
            ended = UserError("catalog.slot_ended", slot=slot.label, day=day, last=slot.last_day)
            return sentence(ended)
        opening = self._rules.on(slot.activity_id, day).opening
        key = (slot.weekdays, slot.structure_id, opening)
        if key not in self._opening:
            self._opening[key] = OpeningCalendar(
                slot.weekdays, tuple(self._closed_at(slot.structure_id)), opening.season, self._school,
                opening.open_on_public_holidays,
            )
        try:
            return self._opening[key].why_closed(day) or ""
        except NotInForce as unknown:
            return sentence(unknown)

    def _closed_at(self, structure_id: int | None) -> list[Closure]:
        everywhere = self._closures.get(None, [])
        return everywhere if structure_id is None else [*everywhere, *self._closures.get(structure_id, [])]


def openings_of(session: Session, rules: Rules) -> Openings:
    """Raises UserError `catalog.no_town`."""
    closures = defaultdict(list)
    for closed in closed_days(session):
        closures[closed.structure_id].append(Closure(Period(closed.first_day, closed.last_day), closed.reason))
    return Openings(rules, closures, SchoolCalendar(SchoolZone(find_town(session).school_zone)))
