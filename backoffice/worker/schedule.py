"""When a task runs, and when it is tried again. Pure: instants in, instants out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol

from backoffice.kernel.zone import PARIS

_FIRST_PAUSE = timedelta(seconds=10)


class Schedule(Protocol):
    """`after`: when a task that was done is done again. `longest_pause`: the most one waits after failures."""

    @property
    def longest_pause(self) -> timedelta: ...

    def after(self, done_at: datetime) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Every:
    """So many seconds after the last time."""

    seconds: int

    @property
    def longest_pause(self) -> timedelta:
        return timedelta(minutes=1)

    def after(self, done_at: datetime) -> datetime:
        return done_at + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Nightly:
    """Each day at a time of the town; as soon as it can when that time went by without a service."""

    at: time

    @property
    def longest_pause(self) -> timedelta:
        return timedelta(hours=1)

    def after(self, done_at: datetime) -> datetime:
        local = done_at.astimezone(PARIS)
        today = datetime.combine(local.date(), self.at, PARIS)
        return today if today > local else datetime.combine(local.date() + timedelta(days=1), self.at, PARIS)


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a task: its last try, its last success, and how many tries failed since."""

    began_at: datetime | None = None
    done_at: datetime | None = None
    failures: int = 0


def is_due(schedule: Schedule, past: Past, now: datetime) -> bool:
    """Never done: at once. Failed: after a pause that doubles each time. A clock that was put back stops nothing."""
    if past.failures and past.began_at is not None:
        pause = min(_FIRST_PAUSE * 2 ** min(past.failures - 1, 16), schedule.longest_pause)
        return not past.began_at <= now < past.began_at + pause
    # A task that is not set up was skipped at its time: it has its next one.
    last = max(filter(None, (past.done_at, past.began_at)), default=None)
    return last is None or not last <= now < schedule.after(last)
