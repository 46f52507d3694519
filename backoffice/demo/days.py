"""The days of each child: who came, when, and what was booked. The same seed gives the same days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from backoffice.attendance.rules import AttendanceState
from backoffice.catalog.calendar import OpeningCalendar
from backoffice.catalog.kinds import BillingBasis
from backoffice.demo.moment import DemoMoment
from backoffice.demo.people import InventedChild
from backoffice.demo.town import BuiltTown, minutes
from backoffice.kernel.dated import NotInForce
from backoffice.kernel.periods import Month
from backoffice.kernel.resources import load_toml

_ILL_IN_A_MONTH = 25         # chances in a hundred
_ABSENT, _NOT_CLOCKED = 15, 25   # in a thousand days: absent without excuse, then booked and forgotten at the clock
_MISSED = 120                # in a thousand days, where only what is attended counts
_LATE = 60                   # in a thousand stays


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a child attends one activity. See `resources/demo/rhythms.toml`."""

    activity: str
    slots: tuple[str, ...]
    days: frozenset[int]
    stay: tuple[int, int] | None
    booked: bool
    weeks: tuple[int, ...]
    times: int | None
    first_month_only: bool
    state: AttendanceState | None


@dataclass(frozen=True, slots=True)
class ChildDay:
    """One unit of one child, ready to record."""

    slot_id: int
    day: date
    state: AttendanceState
    booked: tuple[int, int] | None
    clocked: tuple[int, int] | None


def rhythms() -> dict[str, Rhythm]:
    """Every rhythm by its key."""
    return {row["key"]: _rhythm(row) for row in load_toml("demo", "rhythms.toml")["rhythm"]}


def _rhythm(row: Mapping[str, Any]) -> Rhythm:
    return Rhythm(
        activity=row["activity"],
        slots=tuple(row["slots"]),
        days=frozenset(row.get("days", range(7))),
        stay=(minutes(row["from"]), minutes(row["to"])) if "from" in row else None,
        booked=row.get("booked", True),
        weeks=tuple(row.get("weeks", ())),
        times=row.get("times"),
        first_month_only="months" in row,
        state=AttendanceState(row["state"]) if "state" in row else None,
    )


class Diary:
    """What children did in September and October, did and will do in the month of today.

    Nobody is clocked yet today: what is booked from today on is only booked.
    """

    def __init__(self, town: BuiltTown, moment: DemoMoment, seed: int) -> None:
        self._town = town
        self._months = moment.months
        self._today = moment.today if moment.months[-1] == Month.of(moment.today) else date.max
        self._seed = seed
        self._rhythms = rhythms()

    def days_of(self, child: InventedChild) -> Iterator[ChildDay]:
        """Every unit of a child, month by month."""
        random = Random(f"{self._seed} {child.key} {child.parity}")  # noqa: S311 - an invented town, no secret
        for month in self._months:
            opened = {key: self._openings(self._rhythms[key], month, child.parity) for key in child.rhythms}
            ill = _ill_days(opened.values(), random)
            decided: dict[tuple[str, date], AttendanceState | None] = {}
            for key, days in opened.items():
                rhythm = self._rhythms[key]
                for day in days:
                    # Once a day for an activity: a meal is not taken on a morning of absence.
                    where = (rhythm.activity, day)
                    if where not in decided:
                        decided[where] = self._state(rhythm, day, day in ill, random)
                    state = decided[where]
                    if state is not None:
                        yield from self._units(rhythm, day, state, random)

    def _state(self, rhythm: Rhythm, day: date, ill: bool, random: Random) -> AttendanceState | None:
        if day >= self._today:
            return rhythm.state or (AttendanceState.BOOKED if rhythm.booked else None)
        return _state(rhythm, self._town.activities[rhythm.activity].basis, ill, random)

    def _openings(self, rhythm: Rhythm, month: Month, parity: int | None) -> list[date]:
        activity = self._town.activities[rhythm.activity]
        if rhythm.first_month_only and month != self._months[0]:
            return []
        weekdays = rhythm.days & activity.slots[rhythm.slots[0]].weekdays
        mondays = [self._town.holiday_mondays[week - 1] for week in rhythm.weeks]
        days = [
            day
            for day in month.days()
            if day.weekday() in weekdays
            and (not mondays or day - timedelta(days=day.weekday()) in mondays)
            and (parity is None or day.isocalendar().week % 2 == parity)
            and is_open(activity.calendar, day)
        ]
        return days[: rhythm.times]

    def _units(self, rhythm: Rhythm, day: date, state: AttendanceState, random: Random) -> Iterator[ChildDay]:
        activity = self._town.activities[rhythm.activity]
        clocked = None
        if rhythm.stay is not None and state is AttendanceState.PRESENT:
            clocked = _clocked(rhythm.stay, random)
        booked = rhythm.stay if rhythm.booked else None
        for code in rhythm.slots:
            yield ChildDay(activity.slots[code].id, day, state, booked, clocked)


def is_open(calendar: OpeningCalendar, day: date) -> bool:
    """Closed too when the program does not know the school holidays of that year: the demonstration guesses none."""
    try:
        return calendar.why_closed(day) is None
    except NotInForce:
        return False


def _ill_days(openings: Iterable[list[date]], random: Random) -> frozenset[date]:
    """Three days in a row, one month out of four."""
    days = sorted({day for some in openings for day in some})
    if not days or random.randrange(100) >= _ILL_IN_A_MONTH:
        return frozenset()
    first = random.choice(days)
    return frozenset(first + timedelta(days=after) for after in range(3))


def _state(rhythm: Rhythm, basis: BillingBasis, ill: bool, random: Random) -> AttendanceState | None:
    """None: nothing was recorded that day."""
    if rhythm.state is not None:
        return rhythm.state
    if rhythm.times is not None:
        return AttendanceState.PRESENT
    drawn = random.randrange(1000)
    if basis is BillingBasis.ATTENDED:
        return None if ill or drawn < _MISSED else AttendanceState.PRESENT
    if ill:
        return AttendanceState.EXCUSED
    if drawn < _ABSENT:
        return AttendanceState.ABSENT
    return AttendanceState.BOOKED if drawn < _NOT_CLOCKED else AttendanceState.PRESENT


def _clocked(stay: tuple[int, int], random: Random) -> tuple[int, int]:
    """Arrival and departure around the usual stay; some parents are late."""
    start, end = stay
    late = random.randrange(1000) < _LATE
    return start + random.randrange(-9, 22), end + (random.randrange(14, 41) if late else random.randrange(-24, 11))

