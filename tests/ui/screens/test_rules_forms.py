"""The form of each kind of rule gives back what it was filled with, and blames what cannot be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from backoffice.bookings.in_force import read_value
from backoffice.bookings.kinds import RuleKind
from backoffice.bookings.rules.notice import (
    DaysNotice,
    HoursNotice,
    MonthNotice,
    NoticeRule,
    SameDayNotice,
    WeekdayNotice,
)
from backoffice.bookings.supervision import national_rules
from backoffice.clocking.rules.absences import AbsenceRules
from ui.forms import Reader, values_of
from ui.screens.rules.forms import FORMS

TODAY = date(2026, 11, 23)
HELD: list[tuple[RuleKind, dict[str, Any]]] = [
    (RuleKind.NOTICE, NoticeRule(WeekdayNotice(3, 720, 2), SameDayNotice(540)).to_data()),
    (RuleKind.NOTICE, NoticeRule(DaysNotice(2, 600, working=False), HoursNotice(48)).to_data()),
    (RuleKind.NOTICE, NoticeRule(MonthNotice(20, 1, None)).to_data()),
    (RuleKind.WINDOW, {"opens_at": "2026-07-27T08:00", "closes_at": "2026-08-31T18:30"}),
    (RuleKind.COMBINATIONS, {"allowed": [["A", "R"], ["M", "R"]], "weekdays": [2]}),
    (RuleKind.CAPACITY, {"total": 40, "by_group": {"MAT": 16}, "by_slot": {"REPAS": 60}, "frees_late": True}),
    (RuleKind.CAPACITY, {"total": None, "by_group": {}, "by_slot": {}, "frees_late": False}),
    (RuleKind.SUPERVISION, national_rules()[0].rule.to_data()),
    (RuleKind.SEASON, {"season": "school_days", "open_on_public_holidays": True}),
    (RuleKind.PACKAGE, {"slots": ["MATIN"]}),
    (RuleKind.PAYMENT, {"slots": []}),
    (RuleKind.ABSENCE, {"illness": {"waiting_days": 3, "needs_proof": True, "proof_hours": 72, "late_waiting_days": 2,
                                    "proof_refused_after_days": 10}, "leave": {"notice_days": 15,
                                                                              "allowance_days": 25}}),
]


def _read(kind: RuleKind, data: dict[str, Any], **typed: str) -> tuple[dict[str, Any], Reader]:
    fields = FORMS[kind].fields(data)
    reader = Reader(fields, {**values_of(fields), **typed}, TODAY)
    return FORMS[kind].read(reader), reader


@pytest.mark.parametrize(("kind", "data"), HELD, ids=lambda one: one.value if isinstance(one, RuleKind) else "")
def test_what_stands_is_given_back(kind: RuleKind, data: dict[str, Any]) -> None:
    found, reader = _read(kind, data)
    assert reader.errors == {}
    if kind is RuleKind.ABSENCE:
        assert AbsenceRules.from_data(found) == AbsenceRules.from_data(data)
    else:
        assert read_value(kind, found) == read_value(kind, data)


def test_every_kind_has_its_form() -> None:
    assert set(FORMS) == set(RuleKind)


def test_what_cannot_be_is_blamed_where_it_is() -> None:
    _, reader = _read(RuleKind.CAPACITY, {}, by_group="MAT seize")
    assert list(reader.errors) == ["by_group"]
    _, reader = _read(RuleKind.NOTICE, {}, book_shape="same_day")
    assert list(reader.errors) == ["book_minute"]
