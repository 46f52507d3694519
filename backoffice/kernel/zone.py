"""The one time zone of the program: a wall clock in a French town, and the instants it names."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

MINUTES_IN_A_DAY = 24 * 60


def instant_of(day: date, minute: int) -> datetime:
    """The instant when a clock on the wall shows `minute` (from midnight; 1,440 is the end of the day).

    In the hour that comes twice in October it is the first one; in the hour that March skips, the one after it.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=PARIS)
    local = midnight + timedelta(minutes=minute)  # wall time: both sides carry the same zone
    return local.astimezone(UTC).astimezone(PARIS)


def day_and_minute(instant: datetime) -> tuple[date, int]:
    """What the clock on the wall shows at an instant: the day, and minutes from its midnight."""
    local = instant.astimezone(PARIS)
    return local.date(), local.hour * 60 + local.minute


def is_later(instant: datetime, than: datetime) -> bool:
    """Which of two instants comes later. Two instants of one zone would be compared by their clocks on the wall, that
    show the same hour twice one night in October."""
    return instant.astimezone(UTC) > than.astimezone(UTC)


def hours_before(instant: datetime, hours: int) -> datetime:
    """So many real hours earlier, whatever the clocks did in between."""
    return (instant.astimezone(UTC) - timedelta(hours=hours)).astimezone(PARIS)
