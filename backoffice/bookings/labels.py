"""The age group and the age band of each child, day by day: worked out once for a child, not once for a cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from backoffice.bookings.rules.groups import AgeGroup, age_in_months, group_on
from backoffice.bookings.rules.supervision import SupervisionRule
from backoffice.registrations.queries import Coming

ByDay: TypeAlias = Mapping[date, Mapping[int, str]]
"""For each day, the label of each child."""


def group_codes(
    days: Sequence[date], births: Mapping[int, date | None], groups: Sequence[tuple[int, AgeGroup]],
    coming: Mapping[int, Sequence[Coming]],
) -> ByDay:
    """The code of the group of each child in an activity ("" for none); `coming`: its registrations there, by child."""
    codes = {id_: group.code for id_, group in groups}
    plain = [group for _, group in groups]

    def code(child_id: int, day: date) -> str:
        given = next((one.group_id for one in coming.get(child_id, ()) if one.on(day)), None)
        found = group_on(births[child_id], day, plain, codes.get(given or 0, ""))
        return found.code if found is not None else ""

    if not groups:
        return dict.fromkeys(days, dict.fromkeys(births, ""))
    moving = {child for child, some in coming.items() if len(some) > 1 or not _covers(some[0], days)}
    return _by_day(days, births, code, moving)


def bands(days: Sequence[date], births: Mapping[int, date | None], rule: SupervisionRule) -> ByDay:
    """The age band of each child in a supervision rule; that of the youngest for a child whose age nobody knows."""

    def band(child_id: int, day: date) -> str:
        born = births[child_id]
        return rule.bands[0].label if born is None else rule.band_of(age_in_months(born, day))

    return _by_day(days, births, band, ())


def _by_day(
    days: Sequence[date], births: Mapping[int, date | None], label: Callable[[int, date], str], moving: Iterable[int]
) -> ByDay:
    """One mapping for all the days on which nobody changes."""
    first, last = days[0], days[-1]
    always = {child: label(child, first) for child in births}
    asked = set(moving) & births.keys()
    asked |= {child for child, born in births.items()
              if born is not None and age_in_months(born, first) != age_in_months(born, last)}
    changing = {child: [label(child, day) for day in days] for child in asked}
    changing = {child: labels for child, labels in changing.items() if any(one != labels[0] for one in labels)}
    if not changing:
        return dict.fromkeys(days, always)
    return {
        day: always | {child: labels[index] for child, labels in changing.items()} for index, day in enumerate(days)
    }


def _covers(one: Coming, days: Sequence[date]) -> bool:
    return one.on(days[0]) and one.on(days[-1])
