"""How long a family has been waiting for an answer, on the clock that it was promised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache

from backoffice.catalog.calendar import is_public_holiday
from backoffice.kernel.resources import load_toml
from backoffice.kernel.zone import PARIS

_SATURDAY = 5
_DAY = timedelta(days=1)


class Urgency(StrEnum):
    """The chips of the queue."""

    LATE = "late"
    SOON = "soon"
    FRESH = "fresh"

    @property
    def label(self) -> str:
        delay = promised()
        return {
            "late": f"En retard > {delay.limit_hours} h",
            "soon": f"{delay.target_hours}-{delay.limit_hours} h",
            "fresh": f"< {delay.target_hours} h",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Delay:
    """What families are promised, in hours; `working_days`: other days stop the clock."""

    target_hours: int
    limit_hours: int
    working_days: bool

    def urgency(self, waited: timedelta) -> Urgency:
        if waited > timedelta(hours=self.limit_hours):
            return Urgency.LATE
        return Urgency.SOON if waited > timedelta(hours=self.target_hours) else Urgency.FRESH

    def left(self, waited: timedelta) -> timedelta:
        """Until it is late; negative when it is."""
        return timedelta(hours=self.limit_hours) - waited


@cache
def promised() -> Delay:
    """The delay of `resources/documents.toml`."""
    row = load_toml("documents.toml")["delay"]
    return Delay(row["target_hours"], row["limit_hours"], row["working_days"])


class Waiting:
    """Measures many waits that end at one moment: each day between is looked at once."""

    def __init__(
        self, now: datetime, delay: Delay, is_holiday: Callable[[date], bool] = is_public_holiday
    ) -> None:
        self._now, self._delay = now.astimezone(PARIS), delay
        self._is_holiday = is_holiday
        self._stopped: dict[date, timedelta] = {}

    def since(self, received: datetime) -> timedelta:
        """How long the clock has run since that moment."""
        start = received.astimezone(PARIS)
        waited = max(self._now - start, timedelta())
        return waited - self._stopped_since(start) if self._delay.working_days else waited

    def _stopped_since(self, start: datetime) -> timedelta:
        if self._now <= start:
            return timedelta()
        rest = self._off(start.date(), start)
        return rest + self._from_day(start.date() + _DAY)

    def _from_day(self, first: date) -> timedelta:
        """What is taken off for the days from this one to now, kept for the next wait."""
        missing = []
        day = first
        while day not in self._stopped and day <= self._now.date():
            missing.append(day)
            day += _DAY
        total = self._stopped.get(day, timedelta())
        for earlier in reversed(missing):
            total += self._off(earlier, datetime.combine(earlier, time(), PARIS))
            self._stopped[earlier] = total
        return total

    def _off(self, day: date, begins: datetime) -> timedelta:
        """How much of a day, from a moment of it, does not count."""
        if day.weekday() < _SATURDAY and not self._is_holiday(day):
            return timedelta()
        ends = min(datetime.combine(day + _DAY, time(), PARIS), self._now)
        return max(ends - begins, timedelta())
