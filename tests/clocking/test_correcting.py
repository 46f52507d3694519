"""A correction adds to what was clocked, says who and why, and can be taken back: on both engines."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.clocking.correcting import CorrectClock
from backoffice.clocking.history import ClockHistory
from backoffice.clocking.kinds import ClockKind
from backoffice.kernel.errors import UserError
from tests.clocking.days import DAY, MEAL, MORNING, Centre, at, centre_in
from tests.support.towns import OCTOBER, Household, SmallTown

ARRIVAL, DEPARTURE, CANCEL = ClockKind.ARRIVAL, ClockKind.DEPARTURE, ClockKind.CANCEL


@pytest.fixture
def centre(either_town: SmallTown) -> Centre:
    return centre_in(either_town, whole=False)


def correction(
    centre: Centre, child: Household, arrived: int | None, left: int | None, reason: str = "Oubli", day: date = DAY
) -> CorrectClock:
    return CorrectClock(child.child, centre.structure, day, arrived, left, reason)


def history(centre: Centre, child: Household) -> list[tuple[ClockKind, int, bool, str]]:
    """What, when, whether it counts, why."""
    lines = centre.town.ask(ClockHistory(child.child, centre.structure, DAY))
    return [(line.kind, line.minute, line.stands, line.reason) for line in lines]


def test_what_was_clocked_comes_first_then_its_correction(centre: Centre) -> None:
    child = centre.child()
    centre.book(child, MORNING)
    centre.receive(centre.arrives(child, at(8, 10)), centre.leaves(child, at(11, 50)))

    done = centre.town.do(correction(centre, child, 8 * 60, 12 * 60, "Montre du kiosque en retard"))

    assert done.applied.conflicts == ()
    assert centre.units(child) == {MORNING: ("present", 480, 720)}
    assert history(centre, child) == [
        (ARRIVAL, 490, False, ""), (ARRIVAL, 480, True, "Montre du kiosque en retard"),
        (DEPARTURE, 710, False, ""), (DEPARTURE, 720, True, "Montre du kiosque en retard"),
    ]
    first, corrected, *_ = centre.town.ask(ClockHistory(child.child, centre.structure, DAY))
    assert (first.author, first.device) == ("Cheffe de service", "Accueil")
    assert (corrected.author, corrected.device) == ("Cheffe de service", "")


def test_a_forgotten_departure_is_said_and_what_was_right_is_not_said_again(centre: Centre) -> None:
    child = centre.child()
    centre.book(child, MORNING)
    centre.receive(centre.arrives(child, at(8, 10)))
    centre.town.do(correction(centre, child, 490, 710))
    assert centre.units(child) == {MORNING: ("present", 490, 710)}
    assert history(centre, child) == [(ARRIVAL, 490, True, ""), (DEPARTURE, 710, True, "Oubli")]


def test_who_did_not_come_is_booked_again_and_undoing_brings_the_clock_back(centre: Centre) -> None:
    child = centre.child()
    centre.book(child, MORNING)
    centre.receive(centre.arrives(child, at(8, 10)), centre.leaves(child, at(11, 50)))
    done = centre.town.do(correction(centre, child, None, None, "Badge d'un frère"))
    assert centre.units(child) == {MORNING: ("booked", None, None)}
    centre.town.do(done.undo)
    assert centre.units(child) == {MORNING: ("present", 490, 710)}
    lines = history(centre, child)
    assert len(lines) == 6
    assert [(kind, minute) for kind, minute, stands, _ in lines if stands] == [(ARRIVAL, 490), (DEPARTURE, 710)]


def test_times_typed_at_the_office_come_back_with_the_undo(centre: Centre) -> None:
    child = centre.child()
    centre.book(child, MORNING, state=AttendanceState.PRESENT, arrived=485, left=700)
    done = centre.town.do(correction(centre, child, 490, 710))
    assert centre.units(child) == {MORNING: ("present", 490, 710)}
    centre.town.do(done.undo)
    assert centre.units(child) == {MORNING: ("present", 485, 700)}


def test_a_child_whom_nobody_had_booked_goes_with_the_undo(centre: Centre) -> None:
    child = centre.child()
    done = centre.town.do(correction(centre, child, 490, 700, "Venu sans réservation"))
    assert centre.units(child) == {MORNING: ("present", 490, 700)}
    centre.town.do(done.undo)
    assert centre.units(child) == {}
    assert len(history(centre, child)) == 4


def test_a_child_back_after_noon_keeps_what_lies_between(centre: Centre) -> None:
    child = centre.child()
    centre.receive(
        centre.arrives(child, at(8, 10)), centre.leaves(child, at(11, 30)), centre.arrives(child, at(14, 10)),
        centre.leaves(child, at(17, 0)),
    )
    centre.town.do(correction(centre, child, 480, 1020))
    standing = [(kind, minute) for kind, minute, stands, _ in history(centre, child) if stands]
    assert standing == [(ARRIVAL, 480), (DEPARTURE, 690), (ARRIVAL, 850), (DEPARTURE, 1020)]


@pytest.mark.parametrize(("arrived", "left", "reason", "code"), [
    (480, 720, "  ", "clocking.no_reason"),
    (480, 720, "x" * 201, "clocking.long_reason"),
    (720, 480, "Oubli", "attendance.left_before_arrived"),
    (None, 480, "Oubli", "attendance.left_before_arrived"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(
    centre: Centre, arrived: int | None, left: int | None, reason: str, code: str
) -> None:
    child = centre.child()
    assert centre.town.refused(correction(centre, child, arrived, left, reason)) == code
    assert history(centre, child) == []


def test_an_hour_to_come_is_not_clocked(centre: Centre) -> None:
    child = centre.child()
    later = date(2026, 8, 31)  # it is noon in the town: 13 h is to come
    assert centre.town.refused(correction(centre, child, 480, 14 * 60, day=later)) == "clocking.not_yet"


def test_an_invoiced_day_is_left_alone_and_nothing_is_added(either_town: SmallTown) -> None:
    centre = centre_in(either_town, whole=False)
    child = centre.child()
    for day in (DAY, date(2025, 10, 9), date(2025, 10, 10), date(2025, 10, 13)):
        centre.book(child, MORNING, day=day, state=AttendanceState.PRESENT, arrived=480, left=720)
    either_town.issue(OCTOBER)
    assert either_town.refused(correction(centre, child, 490, 710)) == "attendance.already_billed"
    assert history(centre, child) == []
    assert centre.units(child) == {MORNING: ("present", 480, 720)}


def test_a_line_that_waits_for_its_invoice_is_given_up(either_town: SmallTown) -> None:
    centre = centre_in(either_town, whole=False)
    child = centre.child()
    centre.book(child, MORNING, state=AttendanceState.PRESENT, arrived=480, left=720)
    either_town.issue(OCTOBER)  # 4.15 €: under the threshold, it waits
    assert [row["charge_id"] is None for row in either_town.rows("attendances")] == [False]
    either_town.do(correction(centre, child, 490, 710))
    assert centre.units(child) == {MORNING: ("present", 490, 710)}
    assert [row["charge_id"] for row in either_town.rows("attendances")] == [None]


def test_who_only_reads_corrects_nothing(centre: Centre) -> None:
    child = centre.child()
    door = centre.town.door(frozenset({"attendance.read"}))
    with pytest.raises(UserError):
        door.execute(correction(centre, child, 480, 720))


def test_another_structure_keeps_its_own_clock(either_town: SmallTown) -> None:
    here, there = centre_in(either_town), centre_in(either_town, "AUTR")
    child = here.child()
    here.book(child, MORNING)
    there.book(child, MEAL)
    here.town.do(correction(here, child, 480, 700))
    assert len(either_town.ask(ClockHistory(child.child, here.structure, DAY))) == 2
    assert either_town.ask(ClockHistory(child.child, there.structure, DAY)) == ()
    states = {row["slot_id"]: row["state"] for row in either_town.rows("attendances")}
    assert states == {here.slots[MORNING]: "present", there.slots[MEAL]: "booked"}

