"""Whatever the hours and the months, what is spread is what was reserved."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from backoffice.contracts.rules.hours import by_days, by_weeks
from backoffice.contracts.rules.overruns import overrun_minutes
from backoffice.contracts.rules.pattern import WeeklyPattern
from backoffice.contracts.rules.smoothing import Smoothing, Spread, bills
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month, Period
from backoffice.tariffs.rules.hours import HoursRounding, RoundingMode

MONDAY = date(2025, 9, 1)

minutes = st.integers(60, 200_000).map(Fraction)
hours = st.tuples(st.integers(0, 720), st.integers(721, 1440))
weeks = st.lists(st.dictionaries(st.integers(0, 6), hours, min_size=1), min_size=1, max_size=3)
steps = st.sampled_from([5, 15, 30, 60])
roundings = st.builds(HoursRounding, steps, st.sampled_from(RoundingMode), st.integers(0, 60))


@given(minutes, st.integers(0, 23), st.sampled_from([Spread.EQUAL, Spread.WHOLE_HOURS]), st.sets(st.integers(1, 11)))
def test_the_months_hold_the_whole_contract_to_the_minute(
    total: Fraction, length: int, spread: Spread, excluded: set[int]
) -> None:
    first = Month(2025, 12)
    smoothing = Smoothing(spread, frozenset(excluded))
    found = bills(smoothing, total, first, first.plus(length), lambda _: Money(242))
    assert sum((bill.minutes for bill in found), Fraction()) == total
    assert all(bill.month.month not in excluded for bill in found)
    assert all(bill.minutes >= 0 for bill in found)


@given(minutes, st.integers(1, 12))
def test_hours_rounded_up_never_bill_less_than_reserved_nor_an_hour_more_a_month(total: Fraction, length: int) -> None:
    smoothing = Smoothing(Spread.HOURS_ROUNDED_UP)
    found = bills(smoothing, total, Month(2025, 1), Month(2025, 1).plus(length - 1), lambda _: Money(100))
    billed = sum((bill.minutes for bill in found), Fraction())
    assert total <= billed < total + 60 * length


@given(weeks, st.integers(1, 6))
def test_whole_turns_of_weeks_count_the_same_day_by_day_and_week_by_week(
    turn: list[dict[int, tuple[int, int]]], turns: int
) -> None:
    pattern = WeeklyPattern(tuple(turn), MONDAY)
    count = len(turn) * turns
    period = Period(MONDAY, MONDAY + timedelta(days=7 * count - 1))
    one, other = by_days(pattern, period, lambda _: True), by_weeks(pattern, count)
    assert (one.minutes, one.days) == (other.minutes, other.days)


@given(weeks, st.integers(0, 60))
def test_leave_never_takes_more_than_the_contract(turn: list[dict[int, tuple[int, int]]], leave: int) -> None:
    pattern = WeeklyPattern(tuple(turn), MONDAY)
    found = by_days(pattern, Period(MONDAY, MONDAY + timedelta(days=27)), lambda _: True, leave)
    assert found.minutes >= 0
    assert found.days >= 0
    assert (found.minutes == 0) is (found.days == 0)


@given(hours, hours, roundings)
def test_an_overrun_is_never_negative_and_a_stay_within_the_contract_has_none(
    reserved: tuple[int, int], stay: tuple[int, int], rounding: HoursRounding
) -> None:
    over = overrun_minutes(reserved, *stay, rounding)
    assert over >= 0
    if reserved[0] <= stay[0] and stay[1] <= reserved[1]:
        assert over == 0
