"""Every value of a rule is written and read back the same, and says itself in French."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.bookings.rules.capacity import Capacity, Occupancy
from backoffice.bookings.rules.combinations import Combinations
from backoffice.bookings.rules.notice import (
    DaysNotice,
    HoursNotice,
    Late,
    MonthNotice,
    NoticeRule,
    Pair,
    PairedNotice,
    SameDayNotice,
    WeekdayNotice,
)
from backoffice.bookings.rules.season import Opening
from backoffice.bookings.rules.signals import SlotsConcerned
from backoffice.bookings.rules.window import BookingWindow
from backoffice.bookings.supervision import national_rules
from backoffice.catalog.rules import Season
from backoffice.clocking.kinds import AbsenceReason
from backoffice.clocking.rules.absences import AbsenceRules, Counting, ReasonRule
from backoffice.contracts.rules.pattern import WeeklyPattern
from backoffice.contracts.rules.smoothing import Smoothing, Spread
from backoffice.kernel.errors import UserError

VALUES = [
    NoticeRule(WeekdayNotice(3, 720), SameDayNotice(540), Late.ASKS, Late.REFUSED),
    NoticeRule(PairedNotice((Pair(frozenset({0, 1}), 3, 600),)), HoursNotice(48)),
    NoticeRule(DaysNotice(2, 600), MonthNotice(20, 2, 720)),
    BookingWindow(datetime(2026, 7, 27, 6, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)),
    Combinations(frozenset({frozenset({"M", "R"}), frozenset({"A"})}), frozenset({2})),
    Capacity(40, {"MAT": 16}, {"REPAS": 60}, frees_late=True),
    Opening(Season.SCHOOL_DAYS, open_on_public_holidays=True),
    AbsenceRules({AbsenceReason.ILLNESS: ReasonRule(True, 3, Counting.OPEN, True, 72, 2, 10, 15, 20)}),
    WeeklyPattern(({0: (480, 1020)},)),
    Smoothing(Spread.WHOLE_HOURS, frozenset({8}), whole_euros=True),
    *(rule.rule for rule in national_rules()),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_is_written_and_read_back_the_same(value: Any) -> None:
    assert type(value).from_data(value.to_data()) == value


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_word_of_no_rule_is_refused(value: Any) -> None:
    with pytest.raises(UserError) as refusal:
        type(value).from_data({**value.to_data(), "lune": 1})
    assert refusal.value.code == "rule.unknown_field"
    with pytest.raises(UserError):
        type(value).from_data(["autre chose"])


def test_slots_concerned_say_which() -> None:
    concerned = SlotsConcerned.from_data("Forfait", {"slots": ["M"]})
    assert concerned.concerns("M")
    assert not concerned.concerns("A")
    assert SlotsConcerned.from_data("Forfait", {}).concerns("A")
    assert concerned.in_french == "Forfait : M"


@given(st.integers(0, 50), st.integers(0, 60), st.integers(0, 30), st.integers(0, 40))
def test_one_more_child_takes_one_place_away(total: int, taken: int, group: int, there: int) -> None:
    capacity = Capacity(total, {"MAT": group})
    before = Occupancy(taken, {"MAT": there})
    left = capacity.places_left("M", "MAT", before)
    after = capacity.places_left("M", "MAT", before.with_one("MAT"))
    assert left is not None
    assert after == left - 1
    assert left == min(total - taken, group - there)
