"""When the demonstration takes place: which October, the days on which things are issued, the month of today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from backoffice.catalog.calendar import SchoolCalendar, school_holidays
from backoffice.catalog.rules import SchoolZone
from backoffice.kernel.periods import Month

_OCTOBER = 10
_MIDDLE = 15
_DAYS_BEFORE_A_CORRECTION = 5


@dataclass(frozen=True, slots=True)
class DemoMoment:
    """The October to bill and the month before it; nothing is issued later than today.

    Families still come in the month of today, whatever it is: nothing of it is billed.
    """

    october: Month
    today: date

    @classmethod
    def on(cls, today: date) -> DemoMoment:
        """The last October that is over, among those whose school holidays the program knows."""
        last = today.year if Month.of(today) > Month(today.year, _OCTOBER) else today.year - 1
        known = [year.start_year for year in school_holidays()]
        within = [year for year in known if year <= last]
        return cls(Month(max(within) if within else min(known), _OCTOBER), today)

    @property
    def year(self) -> int:
        return self.october.year

    @property
    def september(self) -> Month:
        return self.october.plus(-1)

    @property
    def months(self) -> tuple[Month, ...]:
        """Those with attendance: September, October, and the month of today when the town is already there."""
        current = Month.of(self.today)
        return (self.september, self.october, *((current,) if current > self.october else ()))

    @property
    def september_issue(self) -> date:
        return self.october.first_day.replace(day=_MIDDLE)

    @property
    def october_issue(self) -> date:
        return self._not_later_than_today(self.october.plus(1).first_day.replace(day=_MIDDLE))

    @property
    def correction_day(self) -> date:
        """The day of the credit note."""
        return self._not_later_than_today(self.october_issue + timedelta(days=_DAYS_BEFORE_A_CORRECTION))

    def _not_later_than_today(self, day: date) -> date:
        """A computer whose clock is years late still gets its demonstration."""
        return self.today if self.october.last_day < self.today < day else day

    def holiday_mondays(self, zone: SchoolZone) -> tuple[date, ...]:
        """The Mondays of the autumn holidays, first week first."""
        school = SchoolCalendar(zone)
        return tuple(day for day in self.october.days() if day.weekday() == 0 and school.is_school_holiday(day))
