"""Where an agent may choose to work: the structures, and the school years."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.attendance.queries import recorded_days
from backoffice.billing.queries import billed_days
from backoffice.catalog.calendar import school_holidays
from backoffice.catalog.kinds import NO_STRUCTURE
from backoffice.catalog.queries import ListStructures, Structure, list_structures, slots_in
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.periods import Period, SchoolYear

# Accounts are kept ten years: a day older, or later than next year, was mistyped somewhere.
_YEARS_BACK, _YEARS_AHEAD = 10, 1


@dataclass(frozen=True, slots=True)
class WorkPlaces:
    """The structures by name, whether some activities are in none, and the school years, latest first."""

    structures: tuple[Structure, ...]
    outside: bool
    years: tuple[SchoolYear, ...]


@dataclass(frozen=True)
class ListWorkPlaces(Query[WorkPlaces]):
    """Years: this one, those whose school holidays are known, and those with attendance or invoices that are seen."""


@read(ListWorkPlaces, permission="catalog.read", early=True)
def list_work_places(_query: ListWorkPlaces, reading: Reading) -> WorkPlaces:
    session, current, may = reading.session, SchoolYear.of(reading.today), reading.actor.may
    years = {current, *school_holidays()}
    attended = recorded_days(session) if may("attendance.read") else None
    billed = billed_days(session) if may("billing.read") else None
    for days in (attended, billed):
        if days is not None:
            years.update(_years_of(days, current))
    return WorkPlaces(
        structures=list_structures(ListStructures(), reading),
        outside=bool(slots_in(session, NO_STRUCTURE)),
        years=tuple(sorted(years, reverse=True)),
    )


def _years_of(days: Period, current: SchoolYear) -> list[SchoolYear]:
    first = max(SchoolYear.of(days.start).start_year, current.start_year - _YEARS_BACK)
    last = min(SchoolYear.of(days.end or days.start).start_year, current.start_year + _YEARS_AHEAD)
    return [SchoolYear(year) for year in range(first, last + 1)]
