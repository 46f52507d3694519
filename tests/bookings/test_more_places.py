"""A capacity that is raised, ended or removed gives its places at once, in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backoffice.attendance.recording import RemoveAttendance
from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.activity_rules import EndRule, ListRules, RemoveRule, RuleLine, SetRule
from backoffice.bookings.kinds import RuleKind
from backoffice.bookings.rules.capacity import Capacity
from tests.bookings.conftest import MONDAY, SINCE, Canteen


def _states(canteen: Canteen) -> list[str]:
    return [row["state"] for row in sorted(canteen.town.rows("attendances"), key=lambda row: int(row["id"]))]


def _full(canteen: Canteen) -> RuleLine:
    """One place, two families: the second waits."""
    canteen.town.do(SetRule(canteen.activity, RuleKind.CAPACITY, SINCE, None, Capacity(1).to_data(), "délibération"))
    for name in ("MARTIN", "ROY"):
        canteen.book(canteen.family(name))
    assert _states(canteen) == [AttendanceState.BOOKED, AttendanceState.WAITING]
    (line,) = canteen.town.ask(ListRules(canteen.activity))
    return line


def test_one_more_place_goes_to_who_waits(canteen: Canteen) -> None:
    line = _full(canteen)
    more = Capacity(2).to_data()
    canteen.town.do(SetRule(canteen.activity, RuleKind.CAPACITY, SINCE, None, more, "délibération", line.id,
                            line.version))
    assert _states(canteen) == [AttendanceState.BOOKED, AttendanceState.BOOKED]


def test_a_limit_that_ends_before_that_day_or_goes_gives_it_too(canteen: Canteen) -> None:
    line = _full(canteen)
    canteen.town.do(EndRule(line.id, line.version, MONDAY - timedelta(days=1)))
    assert _states(canteen) == [AttendanceState.BOOKED, AttendanceState.BOOKED]


def test_without_the_rule_there_is_no_limit(canteen: Canteen) -> None:
    line = _full(canteen)
    canteen.town.do(RemoveRule(line.id, line.version))
    assert _states(canteen) == [AttendanceState.BOOKED, AttendanceState.BOOKED]


def test_a_child_taken_out_on_the_day_sheet_gives_its_place(canteen: Canteen) -> None:
    _full(canteen)
    first = next(row for row in canteen.town.rows("attendances") if row["state"] == AttendanceState.BOOKED)
    canteen.town.do(RemoveAttendance(int(first["child_id"]), canteen.meal, MONDAY))
    assert _states(canteen) == [AttendanceState.BOOKED]


def test_a_day_that_is_past_gives_nothing(canteen: Canteen) -> None:
    _full(canteen)
    first = next(row for row in canteen.town.rows("attendances") if row["state"] == AttendanceState.BOOKED)
    later = canteen.town.door(now=datetime(2026, 9, 8, 8, tzinfo=UTC))
    later.execute(RemoveAttendance(int(first["child_id"]), canteen.meal, MONDAY))
    assert _states(canteen) == [AttendanceState.WAITING]
