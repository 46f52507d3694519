"""The only source of « today » and « now »: tests and rehearsals choose theirs."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from backoffice.kernel.periods import french_day
from backoffice.kernel.zone import PARIS


def french_moment(instant: datetime) -> str:
    """« 22/11/2026 à 9 h 05 », in the town."""
    local = instant.astimezone(PARIS)
    return f"{french_day(local.date())} à {local.hour}\u00a0h\u00a0{local.minute:02d}"


class Clock(Protocol):
    """Tells the instant (UTC, with zone) and the local day of the town."""

    def now(self) -> datetime: ...

    def today(self) -> date: ...


class SystemClock:
    """The clock of this computer."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        return self.now().astimezone(PARIS).date()


class ServerClock:
    """The clock of the server, kept by the ticks of this computer: setting this computer's date changes nothing."""

    def __init__(self, now: datetime) -> None:
        """`now`: what the server just said."""
        self._began = now.astimezone(UTC)
        self._tick = time.monotonic()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=time.monotonic() - self._tick)

    def today(self) -> date:
        return self.now().astimezone(PARIS).date()


class FixedClock:
    """A clock that stands still, for tests, rehearsals and pictures."""

    def __init__(self, instant: datetime) -> None:
        if instant.tzinfo is None:
            raise ValueError("an instant needs its zone")
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        return self._instant

    def today(self) -> date:
        return self._instant.astimezone(PARIS).date()
