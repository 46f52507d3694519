"""The hours reserved each day of the week, one week like the others or in turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from backoffice.bookings.rules.data import RuleData
from backoffice.bookings.rules.words import WEEKDAYS, french_time, joined
from backoffice.kernel.errors import UserError
from backoffice.kernel.zone import MINUTES_IN_A_DAY

_RULE = "Semaine type"

# Day of the week (0 for Monday) → from which minute to which.
Week: TypeAlias = Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class WeeklyPattern:
    """One week, or several that follow one another from `first_monday`. Raises UserError `contract.no_hours`."""

    weeks: tuple[Week, ...]
    first_monday: date | None = None

    def __post_init__(self) -> None:
        if not any(self.weeks):
            raise UserError("contract.no_hours")

    def hours_on(self, day: date) -> tuple[int, int] | None:
        """The minutes reserved on a day, from midnight; None: the child does not come."""
        return self._week_of(day).get(day.weekday())

    def minutes_on(self, day: date) -> int:
        hours = self.hours_on(day)
        return 0 if hours is None else hours[1] - hours[0]

    @property
    def weekly_minutes(self) -> int:
        """The minutes of all weeks together, divided by the caller by their number when they differ."""
        return sum(end - start for week in self.weeks for start, end in week.values())

    def _week_of(self, day: date) -> Week:
        if len(self.weeks) == 1 or self.first_monday is None:
            return self.weeks[0]
        monday = day - timedelta(days=day.weekday())
        return self.weeks[(monday - self.first_monday).days // 7 % len(self.weeks)]

    def to_data(self) -> dict[str, object]:
        return {
            "weeks": [{str(day): list(hours) for day, hours in sorted(week.items())} for week in self.weeks],
            "first_monday": self.first_monday.isoformat() if self.first_monday else None,
        }

    @classmethod
    def from_data(cls, data: object) -> WeeklyPattern:
        """Read what `to_data` wrote. Raises UserError `rule.bad_value`, `rule.unknown_field`, `contract.no_hours`."""
        fields = RuleData(_RULE, data)
        weeks = tuple(_week(fields, one) for one in fields.items("weeks", "les semaines"))
        monday = fields.maybe_day("first_monday", "le premier lundi")
        if monday is not None and monday.weekday() != 0:
            raise fields.wrong("le premier lundi")
        if len(weeks) > 1 and monday is None:
            raise fields.wrong("le premier lundi")
        fields.done()
        return cls(weeks, monday)

    @property
    def in_french(self) -> str:
        said = [joined(_day_in_french(day, hours) for day, hours in sorted(week.items())) for week in self.weeks]
        if len(said) == 1:
            return said[0]
        return " ; ".join(f"semaine {number} : {words or 'aucune'}" for number, words in enumerate(said, 1))


def _day_in_french(day: int, hours: tuple[int, int]) -> str:
    return f"{WEEKDAYS[day]} {french_time(hours[0])}-{french_time(hours[1])}"


def _week(fields: RuleData, data: object) -> Week:
    if not isinstance(data, Mapping):
        raise fields.wrong("les semaines")
    found = {}
    for day, hours in data.items():
        if str(day) not in {*"0123456"} or not isinstance(hours, list | tuple) or len(hours) != 2:
            raise fields.wrong("les heures d'un jour")
        one = RuleData(_RULE, {"start": hours[0], "end": hours[1]})
        start, end = one.minute("start", "l'heure d'arrivée"), one.minute("end", "l'heure de départ")
        if not 0 <= start < end <= MINUTES_IN_A_DAY:
            raise fields.wrong("les heures d'un jour")
        found[int(day)] = (start, end)
    return found
