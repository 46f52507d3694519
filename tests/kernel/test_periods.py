"""Months, periods and dated values: what cannot be is refused, and the past has one value a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.clock import FixedClock, SystemClock
from backoffice.kernel.dated import Dated, InForce, NotInForce
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import (
    Month,
    Period,
    SchoolYear,
    clamp_day,
    french_day,
    french_long_day,
    parse_day,
)

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    "text", ["2025-13", "2025-00", "25-10", "2025/10", "octobre", "", "2025-1", "1066-10", "２０２５-10"]
)
def test_an_impossible_month_is_refused_with_what_was_typed(text: str) -> None:
    with pytest.raises(UserError) as refusal:
        Month.parse(text)
    assert refusal.value.code == "month.impossible"
    assert text in sentence(refusal.value)


@given(DAYS, st.integers(-300, 300))
def test_months_add_up(day: date, count: int) -> None:
    month = Month.of(day)

    assert month.plus(count).plus(-count) == month
    assert Month.parse(str(month)) == month
    assert day in Period(month.first_day, month.last_day)
    assert month.plus(1).first_day - month.last_day == timedelta(days=1)
    assert list(month.days())[-1] == month.last_day


@pytest.mark.parametrize(
    ("month", "written"),
    [(Month(2025, 10), "d'octobre 2025"), (Month(2026, 4), "d'avril 2026"), (Month(2026, 5), "de mai 2026"),
     (Month(2026, 8), "d'août 2026")],
)
def test_a_month_is_said_in_french(month: Month, written: str) -> None:
    assert month.of_in_french == written
    assert Month(2025, 10).short == "2510"


@pytest.mark.parametrize("text", ["31/02/2025", "2025-02-30", "15.11.2025", "hier", "", "00/00/0000", "15/11/25"])
def test_an_impossible_day_is_refused(text: str) -> None:
    with pytest.raises(UserError) as refusal:
        parse_day(text)
    assert refusal.value.code == "day.impossible"


@given(DAYS)
def test_a_day_is_read_as_it_is_written(day: date) -> None:
    assert parse_day(french_day(day)) == parse_day(day.isoformat()) == day


def test_the_first_of_the_month_is_said_premier() -> None:
    assert french_long_day(date(2025, 11, 1)) == "1er novembre 2025"
    assert french_long_day(date(2025, 12, 2)) == "2 décembre 2025"
    assert clamp_day(Month(2025, 2), 31) == date(2025, 2, 28)


def test_a_period_does_not_end_before_it_starts() -> None:
    with pytest.raises(UserError) as refusal:
        Period(date(2025, 10, 2), date(2025, 10, 1))
    assert refusal.value.code == "period.ends_before_start"


@given(DAYS, st.integers(0, 60), DAYS, st.integers(0, 60))
def test_periods_overlap_when_they_share_a_day(one: date, length: int, other: date, other_length: int) -> None:
    first, second = Period(one, one + timedelta(length)), Period(other, other + timedelta(other_length))

    assert first.overlaps(second) == second.overlaps(first) == bool(set(first.days()) & set(second.days()))
    assert Period(one).overlaps(second) == (second.end is not None and second.end >= one)


def test_an_open_period_has_no_last_day() -> None:
    with pytest.raises(ValueError, match="open period"):
        list(Period(date(2025, 1, 1)).days())
    assert date(2999, 1, 1) in Period(date(2025, 1, 1))


def test_a_school_year_goes_from_september_to_august() -> None:
    year = SchoolYear.of(date(2026, 8, 31))
    assert (date(2025, 9, 1) in year, date(2026, 8, 31) in year, date(2026, 9, 1) in year) == (True, True, False)

    assert str(year) == "2025-2026"
    assert SchoolYear.of(date(2026, 9, 1)) == SchoolYear(2026)
    assert year.period == Period(date(2025, 9, 1), date(2026, 8, 31))


VALUES = Dated(
    "tarif Repas",
    [
        InForce(Period(date(2025, 9, 1)), "new"),
        InForce(Period(date(2024, 9, 1), date(2025, 7, 5)), "old"),
    ],
)


@pytest.mark.parametrize(
    ("day", "value"),
    [(date(2024, 9, 1), "old"), (date(2025, 7, 5), "old"), (date(2025, 9, 1), "new"), (date(2099, 1, 1), "new")],
)
def test_each_day_has_the_value_of_its_period(day: date, value: str) -> None:
    assert VALUES.at(day) == value
    assert len(VALUES) == len(list(VALUES)) == 2


@pytest.mark.parametrize("day", [date(2024, 8, 31), date(2025, 7, 6), date(2025, 8, 31)])
def test_a_day_without_value_says_so_and_gets_no_default(day: date) -> None:
    with pytest.raises(NotInForce) as refusal:
        VALUES.at(day)
    assert sentence(refusal.value) == f"Aucun tarif Repas n'est en vigueur le {french_day(day)} : saisissez-le d'abord."


@given(DAYS)
def test_around_a_day_nothing_changes(day: date) -> None:
    stretch = VALUES.around(day)

    assert stretch.first <= day <= stretch.last
    for near in (stretch.first, day, min(stretch.last, date(2100, 1, 1))):
        found = VALUES.around(near).entry
        assert found == stretch.entry
        if found is not None:
            assert VALUES.at(near) == found.value


def test_two_values_on_the_same_day_are_refused() -> None:
    with pytest.raises(UserError) as refusal:
        Dated("quotient", [InForce(Period(date(2025, 1, 1)), 1), InForce(Period(date(2025, 6, 1)), 2)])
    assert (refusal.value.code, refusal.value.params["day"]) == ("dated.overlap", date(2025, 6, 1))


def test_the_day_of_the_town_is_that_of_paris() -> None:
    late = FixedClock(datetime(2025, 10, 31, 23, 30, tzinfo=UTC))

    assert late.today() == date(2025, 11, 1)
    assert late.now().tzinfo is UTC
    with pytest.raises(ValueError, match="zone"):
        FixedClock(datetime(2025, 10, 31))  # noqa: DTZ001 - what is refused
    assert SystemClock().now().tzinfo is UTC
