"""Times as agents type them, ages as families say them."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentences
from ui.times import Age, Clock, clock_text, parse_clock


@pytest.mark.parametrize("typed", ["8h05", "0805", "805", "8:05", "08:05", "8.05", "8,05", "8 h 05", "8 05", " 8H05 "])
def test_a_time_is_read_however_it_is_typed(typed: str) -> None:
    assert parse_clock(typed) == 485


@pytest.mark.parametrize(("typed", "minute"), [("8", 480), ("17h", 1020), ("0h00", 0), ("24h00", 1440), ("", None)])
def test_a_whole_hour_needs_no_minutes(typed: str, minute: int | None) -> None:
    assert parse_clock(typed) == minute


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("8h75", "attendance.not_a_time"),
        ("midi", "attendance.not_a_time"),
        ("8h5h", "attendance.not_a_time"),
        ("25h00", "attendance.impossible_time"),
        ("24h01", "attendance.impossible_time"),
    ],
)
def test_what_is_no_time_has_its_sentence(typed: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_clock(typed)
    assert caught.value.code == code
    assert code in sentences()


def test_what_is_shown_can_be_typed_again() -> None:
    assert [parse_clock(clock_text(minute)) for minute in range(1441)] == list(range(1441))


@pytest.mark.parametrize(
    ("birth", "day", "shown"),
    [
        (date(2025, 1, 31), date(2026, 1, 30), "11 mois"),
        (date(2025, 1, 31), date(2026, 1, 31), "12 mois"),
        (date(2024, 11, 17), date(2026, 11, 17), "2 ans"),
        (date(2026, 12, 1), date(2026, 11, 17), "0 mois"),
    ],
)
def test_a_child_is_counted_in_months_until_two(birth: date, day: date, shown: str) -> None:
    assert str(Age.on(birth, day)) == shown


def test_a_time_to_type_sorts_before_the_others() -> None:
    assert min([Clock(600), Clock(-1, "à saisir"), Clock(480)]).words == "à saisir"
