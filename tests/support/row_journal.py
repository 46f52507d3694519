"""The door of a base whose history a test reads: time passes there between two commands."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count

from backoffice.kernel.application import Application
from backoffice.kernel.clock import Clock

_TICKS = count(1)


class PassingTime:
    """A clock that moves at each look: on an embedded base the lines of a transaction are known by their time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now() + timedelta(milliseconds=next(_TICKS))

    def today(self) -> date:
        return self._clock.today()


def keeper_of(app: Application) -> Application:
    """The same door, where time passes."""
    return Application(app.database, app.actor, PassingTime(app.clock), app.events)
