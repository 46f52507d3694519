"""Clocking a child: one state for each slot and day, refused once it is billed."""

from __future__ import annotations

from datetime import date
from threading import Event, Thread

import pytest

from backoffice.attendance.commands import AttendanceRecorded, RecordAttendance
from backoffice.attendance.rules import BILLED_WHEN_ATTENDED, BILLED_WHEN_BOOKED, AttendanceState
from backoffice.billing.issuing import IssueMonth
from backoffice.kernel.errors import UserError
from tests.support.books import check_books, dump
from tests.support.towns import DAYS, ISSUED_ON, OCTOBER, Household, SmallTown

DAY = date(2025, 10, 6)


@pytest.fixture
def household(town: SmallTown) -> Household:
    town.slot()
    return town.family()


def _clock(
    household: Household,
    state: AttendanceState = AttendanceState.PRESENT,
    arrived: int | None = None,
    left: int | None = None,
    day: date = DAY,
) -> RecordAttendance:
    return RecordAttendance(household.id, household.child, 1, day, state, arrived, left)


def test_what_is_clocked_again_replaces_the_first(town: SmallTown, household: Household) -> None:
    heard: list[AttendanceRecorded] = []
    town.app.events.subscribe(AttendanceRecorded, heard.append)
    town.app.execute(_clock(household, arrived=480, left=1080))
    town.app.execute(_clock(household, AttendanceState.ABSENT))

    [row] = town.rows("attendances")
    assert (row["state"], row["arrived_minute"], row["left_minute"]) == ("absent", None, None)
    assert row["billing_month"] == OCTOBER
    assert heard == [AttendanceRecorded(household.child, DAY)] * 2


@pytest.mark.parametrize(
    ("arrived", "left", "code"),
    [
        (-1, None, "attendance.impossible_time"),
        (0, 1441, "attendance.impossible_time"),
        (600, 599, "attendance.left_before_arrived"),
        (None, 600, "attendance.left_before_arrived"),
    ],
)
def test_impossible_times_are_refused(
    arrived: int | None, left: int | None, code: str, town: SmallTown, household: Household
) -> None:
    before = dump(town.database)
    with pytest.raises(UserError) as refusal:
        town.app.execute(_clock(household, arrived=arrived, left=left))
    assert refusal.value.code == code
    assert dump(town.database) == before


@pytest.mark.parametrize(("arrived", "left"), [(0, 1440), (600, 600), (480, None)])
def test_a_day_from_midnight_to_midnight_is_possible(
    arrived: int, left: int | None, town: SmallTown, household: Household
) -> None:
    town.app.execute(_clock(household, arrived=arrived, left=left))

    [row] = town.rows("attendances")
    assert (row["arrived_minute"], row["left_minute"]) == (arrived, left)


def test_a_billed_day_says_what_to_do(town: SmallTown, household: Household) -> None:
    town.attend(household, 1)
    town.issue()
    with pytest.raises(UserError) as refusal:
        town.app.execute(_clock(household, AttendanceState.ABSENT, day=DAYS[0]))
    assert (refusal.value.code, refusal.value.params) == ("attendance.already_billed", {"day": DAYS[0]})


def test_only_what_families_owe_is_billed() -> None:
    assert {AttendanceState.PRESENT} == BILLED_WHEN_ATTENDED
    free = {AttendanceState.EXCUSED, AttendanceState.WAITING, AttendanceState.REFUSED}
    assert set(AttendanceState) - free == BILLED_WHEN_BOOKED


def test_a_child_clocked_absent_during_the_run_is_not_billed_as_present(shared_town: SmallTown) -> None:
    """On the shared database an agent clocks while another bills: the day is either billed or absent, never both."""
    slot = shared_town.slot()
    household = shared_town.family()
    shared_town.attend(household, slot)
    inside, clocked = Event(), Event()

    def progress(done: int, total: int, what: str) -> None:
        if done:  # every day is read; nothing is written yet
            inside.set()
            clocked.wait(0.3)

    def clock() -> None:
        inside.wait(10)
        try:
            shared_town.app.execute(
                RecordAttendance(household.id, household.child, slot, DAYS[0], AttendanceState.ABSENT)
            )
        except UserError as error:
            refused.append(error.code)
        clocked.set()

    refused: list[str] = []
    agent = Thread(target=clock)
    agent.start()
    [number] = shared_town.app.execute(IssueMonth(OCTOBER, ISSUED_ON), progress=progress).numbers
    agent.join()

    absent = [row["charge_id"] for row in shared_town.rows("attendances") if row["state"] == "absent"]
    billed = int(shared_town.invoice(number).lines[0].quantity)
    if refused:
        assert (refused, absent, billed) == (["attendance.already_billed"], [], 8)
    else:
        assert (absent, billed) == ([None], 7)
    check_books(shared_town.database)
