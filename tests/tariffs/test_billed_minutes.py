"""From clocked times to billed minutes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.errors import UserError
from backoffice.tariffs.rules import HoursRounding, RoundingMode, billed_minutes

minutes = st.integers(0, 1440)
roundings = st.builds(
    HoursRounding, st.sampled_from([5, 15, 30, 60]), st.sampled_from(RoundingMode), st.integers(0, 60))


def _distinct_sorted(count: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.sets(minutes, min_size=count, max_size=count).map(lambda found: tuple(sorted(found)))


spans = _distinct_sorted(2).map(lambda found: (found[0], found[1]))


def at(clock: str) -> int:
    hours, rest = clock.split(":")
    return int(hours) * 60 + int(rest)


# mode, step, tolerance, arrived, left, booked, billed minutes
TABLE = [
    # occasional care: the stay itself
    ("none", 30, 0, "8:10", "12:05", None, 235),
    ("duration", 30, 0, "8:10", "12:05", None, 240),
    ("duration", 60, 0, "8:00", "12:00", None, 240),
    ("arrival_departure", 30, 0, "8:10", "12:05", None, 270),
    ("arrival_departure", 15, 10, "8:10", "12:05", None, 255),
    # booked 8:00-17:00: due whole, whatever the stay inside
    ("none", 30, 0, "8:30", "16:00", "8:00-17:00", 540),
    ("duration", 30, 0, "8:30", "16:00", "8:00-17:00", 540),
    # overruns
    ("none", 30, 0, "7:55", "17:12", "8:00-17:00", 557),
    ("none", 30, 5, "7:55", "17:12", "8:00-17:00", 552),
    ("none", 30, 12, "7:55", "17:12", "8:00-17:00", 540),
    ("duration", 30, 0, "7:55", "17:12", "8:00-17:00", 570),
    ("duration", 15, 10, "7:55", "17:12", "8:00-17:00", 555),
    ("arrival_departure", 30, 0, "7:55", "17:12", "8:00-17:00", 600),
    ("arrival_departure", 30, 5, "7:55", "17:12", "8:00-17:00", 570),
    ("arrival_departure", 30, 15, "7:55", "17:12", "8:00-17:00", 540),
    # a slot that is not on the grid of the clock
    ("arrival_departure", 30, 0, "8:05", "17:20", "8:10-17:10", 560 + 10),
    # came after the slot: both are due
    ("none", 30, 0, "13:30", "17:00", "8:00-12:00", 240 + 210),
    ("arrival_departure", 60, 0, "13:30", "17:00", "8:00-12:00", 240 + 240),
    ("arrival_departure", 60, 0, "6:10", "6:50", "8:00-12:00", 240 + 60),
]


@pytest.mark.parametrize(("mode", "step", "tolerance", "arrived", "left", "booked", "billed"), TABLE)
def test_a_stay_is_billed_as_the_regulation_says(
    mode: str, step: int, tolerance: int, arrived: str, left: str, booked: str | None, billed: int
) -> None:
    slot = None
    if booked:
        start, end = booked.split("-")
        slot = (at(start), at(end))
    rounding = HoursRounding(step, RoundingMode(mode), tolerance)
    assert billed_minutes(at(arrived), at(left), rounding, slot) == billed


@given(spans, spans, roundings)
def test_a_booked_slot_is_always_due_whole(
    stay: tuple[int, int], slot: tuple[int, int], rounding: HoursRounding
) -> None:
    assert billed_minutes(*stay, rounding, slot) >= slot[1] - slot[0]


@given(_distinct_sorted(4), roundings)
def test_a_stay_inside_its_slot_costs_the_slot(clocked: tuple[int, ...], rounding: HoursRounding) -> None:
    opens, arrived, left, closes = clocked
    assert billed_minutes(arrived, left, rounding, (opens, closes)) == closes - opens


@given(spans, roundings)
def test_rounding_never_forgets_a_minute_nor_adds_two_steps(stay: tuple[int, int], rounding: HoursRounding) -> None:
    extra = billed_minutes(*stay, rounding) - (stay[1] - stay[0])
    assert 0 <= extra < 2 * rounding.step_minutes


@given(spans, spans, roundings)
def test_time_outside_the_slot_is_billed_beyond_the_tolerance(
    stay: tuple[int, int], slot: tuple[int, int], rounding: HoursRounding
) -> None:
    outside = sum(minute < slot[0] or minute >= slot[1] for minute in range(*stay))
    extra = billed_minutes(*stay, rounding, slot) - (slot[1] - slot[0])
    assert extra >= outside - 2 * rounding.tolerance_minutes
    assert extra == 0 or extra <= outside + 4 * rounding.step_minutes


@pytest.mark.parametrize(("arrived", "left", "booked"), [
    (600, 600, None), (600, 500, None), (-1, 500, None), (600, 1441, None), (500, 600, (700, 650)),
])
def test_impossible_times_are_refused(arrived: int, left: int, booked: tuple[int, int] | None) -> None:
    with pytest.raises(UserError) as caught:
        billed_minutes(arrived, left, HoursRounding(), booked)
    assert caught.value.code == "attendance.impossible_times"


@pytest.mark.parametrize(("step", "tolerance"), [(0, 0), (7, 0), (30, -1), (30, 61)])
def test_a_rounding_that_cannot_be_is_refused(step: int, tolerance: int) -> None:
    with pytest.raises(UserError) as caught:
        HoursRounding(step, RoundingMode.DURATION, tolerance)
    assert caught.value.code == "tariff.bad_rounding"
