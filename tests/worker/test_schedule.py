"""When tasks run: after so many seconds, at a time of the night, and later and later when they fail."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backoffice.kernel.zone import PARIS
from backoffice.worker.schedule import Every, Nightly, Past, is_due
from backoffice.worker.tasks import TASKS

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
NIGHT = Nightly(time(2, 30))


def _paris(day: int, hour: int, minute: int, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize("schedule", [Every(20), NIGHT])
def test_what_was_never_done_is_due(schedule: Every | Nightly) -> None:
    assert is_due(schedule, Past(), NOW)


def test_so_many_seconds_after_the_last_time() -> None:
    past = Past(NOW, NOW)

    assert [is_due(Every(20), past, NOW + timedelta(seconds=n)) for n in (0, 19, 20, 21)] == [False, False, True, True]


def test_each_night_once() -> None:
    done = _paris(10, 2, 31)

    assert not is_due(NIGHT, Past(done, done), _paris(10, 23, 59))
    assert not is_due(NIGHT, Past(done, done), _paris(11, 2, 29))
    assert is_due(NIGHT, Past(done, done), _paris(11, 2, 30))


def test_a_night_without_service_is_caught_up_in_the_morning() -> None:
    done = _paris(9, 2, 30)

    assert is_due(NIGHT, Past(done, done), _paris(11, 8, 0))


@pytest.mark.parametrize(("day", "month"), [(29, 3), (25, 10)])
def test_the_nights_when_the_clocks_change_have_their_run(day: int, month: int) -> None:
    """At half past two, one of these nights has no such time and the other has two of them."""
    before = _paris(day - 1, 2, 31, month)

    assert not is_due(NIGHT, Past(before, before), _paris(day, 1, 30, month))
    assert is_due(NIGHT, Past(before, before), _paris(day, 4, 0, month))
    done = _paris(day, 4, 0, month)
    assert not is_due(NIGHT, Past(done, done), _paris(day, 23, 0, month))


def test_failures_space_the_tries_out() -> None:
    def first_try(schedule: Every | Nightly, failures: int) -> int:
        past = Past(NOW, NOW - timedelta(days=2), failures)
        return next(s for s in range(0, 4000, 10) if is_due(schedule, past, NOW + timedelta(seconds=s)))

    assert [first_try(Every(20), n) for n in (1, 2, 3, 4, 50)] == [10, 20, 40, 60, 60]
    assert [first_try(NIGHT, n) for n in (1, 2, 3, 9, 10_000)] == [10, 20, 40, 2560, 3600]


def test_a_clock_that_was_put_back_stops_nothing() -> None:
    ahead = NOW + timedelta(hours=3)

    assert is_due(Every(20), Past(ahead, ahead), NOW)
    assert is_due(NIGHT, Past(ahead, None, 3), NOW)


@given(some.integers(0, 366 * 24 * 60))
def test_a_night_comes_within_a_day_of_the_town(minutes: int) -> None:
    done = NOW + timedelta(minutes=minutes)

    assert timedelta(0) < NIGHT.after(done).astimezone(UTC) - done <= timedelta(hours=25)


def test_every_task_has_a_name_of_its_own() -> None:
    assert len({task.name for task in TASKS}) == len(TASKS)
    assert all(task.name.isidentifier() and len(task.name) <= 40 and task.label for task in TASKS)
