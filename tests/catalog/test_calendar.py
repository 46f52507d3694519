"""Due dates, public and school holidays, and why an activity is closed."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.catalog.calendar import (
    OpeningCalendar,
    SchoolCalendar,
    is_public_holiday,
    public_holiday_name,
    school_holidays,
)
from backoffice.catalog.rules import Closure, DueDateRule, SchoolZone, Season
from backoffice.kernel.dated import NotInForce
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Period, SchoolYear
from backoffice.kernel.resources import load_toml

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
rules = st.builds(DueDateRule, st.integers(1, 31), st.integers(0, 12))
WORKING_WEEK = frozenset(range(5))


@pytest.mark.parametrize(("rule", "issued_on", "due"), [
    (DueDateRule(), date(2020, 6, 15), date(2020, 7, 10)),
    (DueDateRule(), date(2025, 11, 5), date(2025, 12, 10)),
    (DueDateRule(), date(2025, 12, 31), date(2026, 1, 10)),
    (DueDateRule(31, 1), date(2026, 1, 31), date(2026, 2, 28)),
    (DueDateRule(31, 1), date(2028, 1, 31), date(2028, 2, 29)),
    (DueDateRule(31, 0), date(2026, 4, 15), date(2026, 4, 30)),
    (DueDateRule(10, 0), date(2026, 4, 10), date(2026, 4, 10)),
    (DueDateRule(10, 0), date(2026, 4, 15), date(2026, 5, 10)),
    (DueDateRule(5, 2), date(2026, 11, 20), date(2027, 1, 5)),
])
def test_an_invoice_is_due_as_its_service_says(rule: DueDateRule, issued_on: date, due: date) -> None:
    assert rule.due_date(issued_on) == due


@given(rules, days)
def test_an_invoice_is_never_due_before_its_issue(rule: DueDateRule, issued_on: date) -> None:
    assert rule.due_date(issued_on) >= issued_on


@given(rules)
def test_a_due_date_rule_reads_back(rule: DueDateRule) -> None:
    assert DueDateRule.from_data(rule.to_data()) == rule


@pytest.mark.parametrize("stored", [
    {"day": 0, "months_after": 1}, {"day": 32, "months_after": 1}, {"day": 10, "months_after": 13},
    {"day": "10", "months_after": 1}, {},
])
def test_a_due_date_rule_that_cannot_be_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises(UserError) as caught:
        DueDateRule.from_data(stored)
    assert caught.value.code == "catalog.bad_due_rule"


@pytest.mark.parametrize(("day", "name"), [
    (date(2025, 11, 11), "Armistice"), (date(2026, 4, 6), "Lundi de Pâques"), (date(2026, 5, 14), "Ascension"),
    (date(2026, 5, 25), "Lundi de Pentecôte"), (date(2026, 7, 14), "Fête nationale"), (date(2025, 11, 10), None),
    (date(2026, 4, 3), None), (date(2026, 12, 26), None),
])
def test_public_holidays_are_those_of_mainland_france(day: date, name: str | None) -> None:
    assert public_holiday_name(day) == name
    assert is_public_holiday(day) is (name is not None)


def test_alsace_and_moselle_have_two_more_days() -> None:
    assert is_public_holiday(date(2026, 4, 3), alsace_moselle=True)
    assert is_public_holiday(date(2026, 12, 26), alsace_moselle=True)


@given(st.integers(2000, 2060))
def test_a_year_has_eleven_public_holidays_or_ten_when_two_meet(year: int) -> None:
    first = date(year, 1, 1)
    count = sum(is_public_holiday(first + timedelta(days=offset)) for offset in range(366) if
                (first + timedelta(days=offset)).year == year)
    assert count in {10, 11}


# zone, last day of class, first day of holidays, last day of holidays, day of the return
HOLIDAYS = [
    ("ABC", "Toussaint", date(2024, 10, 19), date(2024, 11, 3)),
    ("C", "Hiver", date(2025, 2, 15), date(2025, 3, 2)),
    ("B", "Printemps", date(2025, 4, 5), date(2025, 4, 21)),
    ("A", "Printemps", date(2025, 4, 19), date(2025, 5, 4)),
    ("ABC", "Été", date(2025, 7, 5), date(2025, 8, 31)),
    ("ABC", "Noël", date(2025, 12, 20), date(2026, 1, 4)),
    ("A", "Hiver", date(2026, 2, 7), date(2026, 2, 22)),
    ("B", "Hiver", date(2026, 2, 14), date(2026, 3, 1)),
    ("C", "Hiver", date(2026, 2, 21), date(2026, 3, 8)),
    ("ABC", "Pont de l'Ascension", date(2026, 5, 15), date(2026, 5, 16)),
    ("ABC", "Toussaint", date(2026, 10, 17), date(2026, 11, 1)),
    ("C", "Hiver", date(2027, 2, 6), date(2027, 2, 21)),
    ("A", "Printemps", date(2027, 4, 10), date(2027, 4, 25)),
]


@pytest.mark.parametrize(("zones", "name", "first", "last"), HOLIDAYS)
def test_school_holidays_start_and_end_on_the_official_days(zones: str, name: str, first: date, last: date) -> None:
    for zone in zones:
        calendar = SchoolCalendar(SchoolZone(zone))
        assert calendar.holiday_name(first) == calendar.holiday_name(last) == name
        assert not calendar.is_school_holiday(first - timedelta(days=1))
        if (last.month, last.day) != (8, 31):
            assert not calendar.is_school_holiday(last + timedelta(days=1))


def test_winter_holidays_of_one_zone_are_school_days_of_another() -> None:
    day = date(2026, 2, 9)
    assert SchoolCalendar(SchoolZone.A).is_school_holiday(day)
    assert not SchoolCalendar(SchoolZone.C).is_school_holiday(day)


def test_a_school_year_without_official_dates_says_so() -> None:
    with pytest.raises(NotInForce) as caught:
        SchoolCalendar(SchoolZone.A).is_school_holiday(date(2028, 10, 20))
    assert caught.value.code == "calendar.school_year_missing"
    assert caught.value.params["year"] == "2028-2029"


@pytest.mark.parametrize("zone", SchoolZone)
def test_holidays_of_a_zone_follow_one_another_inside_their_school_year(zone: SchoolZone) -> None:
    for year, found in school_holidays().items():
        periods = [holiday.period for holiday in found if zone in holiday.zones]
        assert all(period.start in year.period and period.end in year.period for period in periods if period.end)
        assert all(one.end and one.end < other.start for one, other in pairwise(periods))
        assert {holiday.name for holiday in found if zone in holiday.zones} == {
            "Toussaint", "Noël", "Hiver", "Printemps", "Pont de l'Ascension", "Été"}


def test_each_school_year_has_a_source_and_the_day_it_was_last_checked() -> None:
    for year in load_toml("calendar", "school_holidays.toml")["school_year"]:
        assert year["source"].strip()
        assert year["confidence"] in {"H", "M", "L"}
        assert year["last_checked"] >= date(2026, 11, 1)


def test_known_school_years_follow_one_another() -> None:
    assert list(school_holidays()) == [SchoolYear(2024), SchoolYear(2025), SchoolYear(2026)]


CANTEEN = OpeningCalendar(
    frozenset({0, 1, 3, 4}), (Closure(Period(date(2026, 3, 16), date(2026, 3, 17)), "travaux"),),
    Season.SCHOOL_DAYS, SchoolCalendar(SchoolZone.C))
LEISURE = OpeningCalendar(WORKING_WEEK, season=Season.SCHOOL_HOLIDAYS, school=SchoolCalendar(SchoolZone.C))


@pytest.mark.parametrize(("calendar", "day", "why"), [
    (CANTEEN, date(2026, 3, 12), None),
    (CANTEEN, date(2026, 3, 11), "Fermé le mercredi"),
    (CANTEEN, date(2025, 11, 11), "Jour férié : Armistice"),
    (CANTEEN, date(2026, 3, 17), "Fermeture du 16/03/2026 au 17/03/2026 : travaux"),
    (CANTEEN, date(2026, 2, 23), "Vacances scolaires : Hiver"),
    (LEISURE, date(2026, 2, 23), None),
    (LEISURE, date(2026, 3, 12), "Ouvert seulement pendant les vacances scolaires"),
    (OpeningCalendar(WORKING_WEEK), date(2031, 3, 12), None),
    (OpeningCalendar(WORKING_WEEK, open_on_public_holidays=True), date(2025, 11, 11), None),
    (OpeningCalendar(WORKING_WEEK, (Closure(Period(date(2026, 3, 12), date(2026, 3, 12)), "grève"),)),
     date(2026, 3, 12), "Fermeture le 12/03/2026 : grève"),
    (OpeningCalendar(WORKING_WEEK, (Closure(Period(date(2026, 3, 12)), "sinistre"),)),
     date(2026, 6, 11), "Fermeture depuis le 12/03/2026 : sinistre"),
])
def test_a_closed_day_says_why(calendar: OpeningCalendar, day: date, why: str | None) -> None:
    assert calendar.why_closed(day) == why


def test_a_closure_has_a_reason() -> None:
    with pytest.raises(UserError) as caught:
        Closure(Period(date(2026, 3, 12)), " ")
    assert caught.value.code == "catalog.closure_without_reason"


@pytest.mark.parametrize("wrong", [{"weekdays": frozenset({7})}, {"season": Season.SCHOOL_DAYS}])
def test_a_calendar_that_could_be_wrong_cannot_be_built(wrong: dict[str, frozenset[int] | Season]) -> None:
    with pytest.raises(ValueError, match=r"weekdays|seasonal"):
        OpeningCalendar(**{"weekdays": WORKING_WEEK, **wrong})  # type: ignore[arg-type]
