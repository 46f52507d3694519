"""Which section a child is in on a day: chosen at the registration, otherwise by age."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from backoffice.attendance.day import DayRow
from backoffice.bookings.in_force import age_groups_of
from backoffice.bookings.rules.groups import AgeGroup, group_on
from backoffice.kernel.database import Session
from backoffice.registrations.queries import registered_children


@dataclass(frozen=True, slots=True, order=True)
class Section:
    """« Maternels », in the order that the activity gives its sections; without words: none, after the others."""

    position: int
    words: str


NO_SECTION = Section(1_000_000, "")


class Sections:
    """The sections of some activities on a day."""

    def __init__(
        self, day: date, groups: Mapping[int, list[tuple[int, AgeGroup]]], chosen: Mapping[tuple[int, int], int]
    ) -> None:
        """`chosen`: the id of the group that the registration names, by child and activity."""
        self._day = day
        self._groups = groups
        self._chosen = chosen

    def of(self, child_id: int, birth_date: date | None, activity_id: int) -> Section:
        held = self._groups.get(activity_id, [])
        codes = {id_: group.code for id_, group in held}
        groups = [group for _, group in held]
        code = codes.get(self._chosen.get((child_id, activity_id), 0), "")
        found = group_on(birth_date, self._day, groups, code)
        return NO_SECTION if found is None else Section(groups.index(found), found.label)


def sections_of(session: Session, day: date, rows: Iterable[DayRow]) -> Sections:
    """Those of the activities and children of these units."""
    rows = list(rows)
    activities: Collection[int] = {row.activity_id for row in rows}
    chosen = {
        (one.child_id, one.activity_id): one.group_id
        for one in registered_children(session, activities, day, day, {row.child_id for row in rows})
        if one.group_id is not None
    }
    return Sections(day, age_groups_of(session, activities), chosen)
