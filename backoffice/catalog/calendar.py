"""Which days are public holidays, school holidays or closed, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from backoffice.catalog.rules import WEEKDAYS, Closure, SchoolHoliday, SchoolZone, Season, closed_by_season
from backoffice.kernel.dated import NotInForce
from backoffice.kernel.periods import Period, SchoolYear
from backoffice.kernel.resources import load_toml


def load_public_holidays() -> None:
    """Load the library of holidays now: whoever is about to bill need not find it in the middle of a run.

    It is large: a window shows its first rows sooner without it.
    """
    import holidays.countries.france  # noqa: F401


def is_public_holiday(day: date, *, alsace_moselle: bool = False) -> bool:
    """A legal public holiday in mainland France; Alsace-Moselle has two more days."""
    return public_holiday_name(day, alsace_moselle=alsace_moselle) is not None


def public_holiday_name(day: date, *, alsace_moselle: bool = False) -> str | None:
    """« Lundi de Pâques », or None on an ordinary day."""
    return _public_holidays(day.year, alsace_moselle).get(day)


@cache
def _public_holidays(year: int, alsace_moselle: bool) -> Mapping[date, str]:
    from holidays.countries.france import France

    subdivision = "57" if alsace_moselle else None
    country = France(subdiv=subdivision, years=year, language="fr")  # type: ignore[no-untyped-call]
    return dict(country.items())


class SchoolCalendar:
    """School holidays of one zone, for the school years whose official dates are known."""

    def __init__(self, zone: SchoolZone) -> None:
        self.zone = zone

    def is_school_holiday(self, day: date) -> bool:
        """Whether school is closed for holidays (the days of a « pont » included, public holidays and weekends
        outside holidays not). Raises NotInForce `calendar.school_year_missing`."""
        return self.holiday_name(day) is not None

    def holiday_name(self, day: date) -> str | None:
        """« Toussaint », or None in school time. Raises NotInForce `calendar.school_year_missing`."""
        year = SchoolYear.of(day)
        days = _holidays_by_day(self.zone).get(year)
        if days is None:
            raise NotInForce("calendar.school_year_missing", year=str(year), day=day)
        return days.get(day)


@cache
def _holidays_by_day(zone: SchoolZone) -> dict[SchoolYear, dict[date, str]]:
    return {
        year: {day: holiday.name for holiday in found if zone in holiday.zones for day in holiday.period.days()}
        for year, found in school_holidays().items()
    }


@cache
def school_holidays() -> Mapping[SchoolYear, tuple[SchoolHoliday, ...]]:
    """Every dated holiday of `resources/calendar/school_holidays.toml`, by school year."""
    return {
        SchoolYear(year["first_year"]): tuple(
            SchoolHoliday(
                row["name"], frozenset(map(SchoolZone, row["zones"])), Period(row["first_day"], row["last_day"])
            )
            for row in year["holidays"]
        )
        for year in load_toml("calendar", "school_holidays.toml")["school_year"]
    }


@dataclass(frozen=True)
class OpeningCalendar:
    """When an activity opens. `weekdays`: 0 for Monday. A `season` other than all year needs the `school`."""

    weekdays: frozenset[int]
    closures: tuple[Closure, ...] = ()
    season: Season = Season.ALL_YEAR
    school: SchoolCalendar | None = None
    open_on_public_holidays: bool = False
    alsace_moselle: bool = False

    def __post_init__(self) -> None:
        if not self.weekdays <= frozenset(range(7)):
            raise ValueError("weekdays go from 0 (Monday) to 6")
        if self.season is not Season.ALL_YEAR and self.school is None:
            raise ValueError("a seasonal opening needs the school calendar of the town")

    def why_closed(self, day: date) -> str | None:
        """A French sentence, or None when it is open. Raises NotInForce `calendar.school_year_missing`."""
        if day.weekday() not in self.weekdays:
            return f"Fermé le {WEEKDAYS[day.weekday()]}"
        if not self.open_on_public_holidays:
            name = public_holiday_name(day, alsace_moselle=self.alsace_moselle)
            if name is not None:
                return f"Jour férié : {name}"
        for closure in self.closures:
            if day in closure.period:
                return closure.in_french
        if self.season is Season.ALL_YEAR or self.school is None:
            return None
        return closed_by_season(self.season, self.school.holiday_name(day))
