"""Clocking from the office: many at once, undo, additions, removals, forgotten departures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from backoffice.attendance.commands import AttendanceOfDayChanged, RecordAttendance
from backoffice.attendance.day import MissingDepartures
from backoffice.attendance.neighbours import DaysAround, NearestDays
from backoffice.attendance.recording import AddToDay, AttendanceEntry, RecordMany, RemoveAttendance
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.explaining import AttendanceOfDay
from backoffice.catalog.commands import NewSlot
from tests.support.desk import SCHOOL_DAYS, Desk, open_desk

DAY = SCHOOL_DAYS[0]
PRESENT, ABSENT, BOOKED = AttendanceState.PRESENT, AttendanceState.ABSENT, AttendanceState.BOOKED


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def test_a_section_is_clocked_at_once_and_undone_at_once(desk: Desk) -> None:
    slot = desk.slot()
    first, second, new = desk.family("A"), desk.family("B"), desk.family("C")
    desk.attend(first, slot, [DAY], BOOKED)
    desk.attend(second, slot, [DAY], arrived=720, left=760)
    before = desk.ask(AttendanceOfDay(DAY))
    heard = desk.heard(AttendanceOfDayChanged)
    undo = desk.do(
        RecordMany(
            (
                AttendanceEntry(first.id, first.child, slot, DAY, PRESENT, 715),
                AttendanceEntry(second.id, second.child, slot, DAY, ABSENT),
                AttendanceEntry(new.id, new.child, slot, DAY, PRESENT),
            )
        )
    )
    assert [row.state for row in desk.ask(AttendanceOfDay(DAY)).rows] == [PRESENT, ABSENT, PRESENT]
    assert heard == [AttendanceOfDayChanged(DAY)]
    desk.do(RecordMany(undo))
    assert desk.ask(AttendanceOfDay(DAY)) == before


def test_one_billed_unit_refuses_the_whole_section(desk: Desk) -> None:
    slot = desk.slot()
    billed, other = desk.family("A"), desk.family("B")
    desk.attend(billed, slot)
    desk.issue()
    entries = tuple(AttendanceEntry(family.id, family.child, slot, DAY, ABSENT) for family in (other, billed))
    assert desk.refused(RecordMany(entries)) == "attendance.already_billed"
    assert len(desk.ask(AttendanceOfDay(DAY)).rows) == 1


def test_a_removed_unit_comes_back_as_it_was(desk: Desk) -> None:
    slot = desk.slot()
    family = desk.family()
    added = AddToDay(family.id, family.child, slot, DAY, BOOKED, booked_start=720, booked_end=780)
    take_out = desk.do(added)
    (row,) = desk.ask(AttendanceOfDay(DAY)).rows
    put_back = desk.do(RemoveAttendance(family.child, slot, DAY))
    assert desk.ask(AttendanceOfDay(DAY)).rows == ()
    desk.do(RecordMany((put_back,)))
    (again,) = desk.ask(AttendanceOfDay(DAY)).rows
    assert (again.state, again.booked_start, again.booked_end) == (row.state, 720, 780)
    desk.do(RecordMany((take_out,)))
    assert desk.refused(RemoveAttendance(family.child, slot, DAY)) == "attendance.nothing_recorded"


def test_a_billed_unit_is_not_removed(desk: Desk) -> None:
    slot = desk.slot()
    family = desk.family()
    desk.attend(family, slot)
    desk.issue()
    assert desk.refused(RemoveAttendance(family.child, slot, DAY)) == "attendance.already_billed"


def test_only_a_child_of_the_family_is_added_and_only_once(desk: Desk) -> None:
    slot = desk.slot()
    family, other = desk.family("A"), desk.family("B")
    assert desk.refused(AddToDay(family.id, other.child, slot, DAY)) == "attendance.unknown_child"
    assert desk.refused(AddToDay(999, other.child, slot, DAY)) == "family.unknown"
    assert desk.refused(AddToDay(family.id, family.child, 999, DAY)) == "catalog.unknown_slot"
    desk.do(AddToDay(family.id, family.child, slot, DAY))
    assert desk.refused(AddToDay(family.id, family.child, slot, DAY)) == "attendance.already_recorded"


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"arrived_minute": 1500}, "attendance.impossible_time"),
        ({"left_minute": 700}, "attendance.left_before_arrived"),
        ({"booked_start": 700}, "attendance.bad_booking"),
        ({"booked_start": 700, "booked_end": 700}, "attendance.bad_booking"),
    ],
)
def test_impossible_times_are_refused(desk: Desk, times: dict[str, int], code: str) -> None:
    slot = desk.slot()
    family = desk.family()
    assert desk.refused(AddToDay(family.id, family.child, slot, DAY, **times)) == code  # type: ignore[arg-type]


def test_forgotten_departures_are_those_of_days_that_are_over(desk: Desk) -> None:
    slot = desk.slot(structure="La Clairière")
    family = desk.family()
    today = date(2025, 11, 20)
    desk.attend(family, slot, [SCHOOL_DAYS[1], SCHOOL_DAYS[0], today], arrived=500)
    desk.attend(family, slot, [SCHOOL_DAYS[2]], arrived=500, left=600)
    missing = desk.ask(MissingDepartures(date(2025, 9, 1), today))
    assert [row.day for row in missing] == [SCHOOL_DAYS[0], SCHOOL_DAYS[1]]
    desk.do(RecordAttendance(family.id, family.child, slot, SCHOOL_DAYS[0], PRESENT, 500, 600))
    assert [row.day for row in desk.ask(MissingDepartures(date(2025, 9, 1), today))] == [SCHOOL_DAYS[1]]
    assert desk.ask(MissingDepartures(date(2025, 9, 1), today, structure_id=999)) == ()


def test_a_day_reads_by_activity_then_slot_then_name(desk: Desk) -> None:
    evening = NewSlot("SOIR", "Soir", "séance", frozenset(range(5)))
    morning = NewSlot("MATIN", "Matin", "séance", frozenset(range(5)))
    slot = desk.slot("PERI", name="Périscolaire", slots=(morning, evening))
    family, other = desk.family("ÉON"), desk.family("FABRE")
    for one in (other, family):
        desk.attend(one, slot + 1, [DAY])
        desk.attend(one, slot, [DAY])
    rows = desk.ask(AttendanceOfDay(DAY)).rows
    assert [(row.slot_label, row.child_name) for row in rows] == [
        ("Matin", "ÉON Léa"), ("Matin", "FABRE Léa"), ("Soir", "ÉON Léa"), ("Soir", "FABRE Léa")
    ]


def test_an_empty_day_knows_the_nearest_days_with_children(desk: Desk) -> None:
    slot = desk.slot(structure="La Clairière")
    desk.attend(desk.family(), slot, SCHOOL_DAYS[:2])
    assert desk.ask(DaysAround(date(2025, 10, 5))) == NearestDays(SCHOOL_DAYS[1], None)
    assert desk.ask(DaysAround(SCHOOL_DAYS[0])) == NearestDays(None, SCHOOL_DAYS[1])
    assert desk.ask(DaysAround(date(2025, 10, 5), structure_id=999)) == NearestDays(None, None)
