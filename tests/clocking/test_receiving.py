"""Raw clock events fill in the units of the day, whatever their order and however often they come."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest

from backoffice.attendance.recording import AttendanceEntry, RecordMany
from backoffice.attendance.rules import AttendanceState
from backoffice.catalog.commands import NewSlot
from backoffice.clocking.applying import Why, conflicts_of
from backoffice.clocking.kinds import ClockKind
from backoffice.clocking.touches import NewClock
from tests.clocking.days import AFTERNOON, ALL_WEEK, DAY, MEAL, MORNING, WHOLE, Centre, at, centre_in
from tests.support.towns import Household, SmallTown

MIDNIGHT = 24 * 60
IN, OUT = 8 * 60 + 32, 17 * 60 + 5


@pytest.fixture
def centre(either_town: SmallTown) -> Centre:
    return centre_in(either_town)


@pytest.fixture
def lea(centre: Centre) -> Household:
    return centre.child()


def day_of(centre: Centre, child: Household, day: date = DAY) -> tuple[int, int, date]:
    return child.child, centre.structure, day


def left_alone(centre: Centre, child: Household, day: date = DAY) -> list[Why]:
    with centre.town.database.read() as session:
        return [one.why for one in conflicts_of(session, [day_of(centre, child, day)])]


def test_a_day_from_the_first_touch_to_the_last(centre: Centre, lea: Household) -> None:
    centre.book(lea, MORNING, MEAL, AFTERNOON)
    centre.receive(centre.arrives(lea, at(8, 32)))
    assert centre.units(lea) == {
        MORNING: ("present", IN, 720), MEAL: ("present", 720, 840), AFTERNOON: ("present", 840, None),
    }
    centre.receive(centre.leaves(lea, at(17, 5)))
    assert centre.units(lea) == {
        MORNING: ("present", IN, 720), MEAL: ("present", 720, 840), AFTERNOON: ("present", 840, OUT),
    }


def test_the_order_and_the_number_of_sendings_change_nothing(centre: Centre) -> None:
    stories = []
    for number, _ in enumerate(permutations(range(3))):
        child = centre.child(f"FAMILLE {number}")
        centre.book(child, WHOLE)
        first = centre.arrives(child, at(8, 32))
        stories.append((child, (first, centre.leaves(child, at(12, 10)),
                                NewClock(first.uid, child.child, centre.structure, ClockKind.ARRIVAL, first.at))))
    for order, (child, events) in zip(permutations(range(3)), stories, strict=True):
        for place in order:
            centre.receive(events[place])
        assert centre.units(child) == {WHOLE: ("present", IN, 730)}
    assert len(centre.town.rows("clock_events")) == 2 * len(stories)


def test_a_lot_is_received_at_once_and_its_echo_is_not(centre: Centre, lea: Household) -> None:
    centre.book(lea, WHOLE)
    events = (centre.arrives(lea, at(8, 32)), centre.leaves(lea, at(17, 5)))
    assert centre.receive(*events).added == 2
    assert centre.receive(*events).added == 0
    assert centre.units(lea) == {WHOLE: ("present", IN, OUT)}


def test_nobody_had_booked(centre: Centre, lea: Household) -> None:
    """« Pointé sans réservation »: the slot that holds most of the stay, the shortest when several do."""
    arrival = centre.arrives(lea, at(8, 32))
    centre.receive(arrival, centre.leaves(lea, at(11, 50)))
    assert centre.units(lea) == {MORNING: ("present", IN, 710)}
    (row,) = centre.town.rows("attendances")
    assert (row["channel"], row["family_id"]) == ("clock", lea.id)
    centre.receive(centre.touch(lea, ClockKind.CANCEL, at(18), arrival.uid))
    assert centre.units(lea) == {}
    assert len(centre.town.rows("clock_events")) == 3


def test_who_stays_past_what_was_booked_fills_what_follows(centre: Centre, lea: Household) -> None:
    centre.book(lea, MORNING)
    centre.receive(centre.arrives(lea, at(8, 32)), centre.leaves(lea, at(13, 30)))
    assert centre.units(lea) == {MORNING: ("present", IN, 720), MEAL: ("present", 720, 13 * 60 + 30)}


def test_a_few_minutes_late_fill_nothing_more(centre: Centre, lea: Household) -> None:
    centre.book(lea, MORNING)
    centre.receive(centre.arrives(lea, at(8, 32)), centre.leaves(lea, at(12, 8)))
    assert centre.units(lea) == {MORNING: ("present", IN, 728)}


@pytest.mark.parametrize("state", [AttendanceState.EXCUSED, AttendanceState.ABSENT, AttendanceState.PRESENT])
def test_taking_back_a_touch_puts_back_what_stood(centre: Centre, lea: Household, state: AttendanceState) -> None:
    centre.book(lea, WHOLE, state=state)
    arrival = centre.arrives(lea, at(8, 32))
    centre.receive(arrival)
    assert centre.units(lea) == {WHOLE: ("present", IN, None)}
    centre.receive(centre.touch(lea, ClockKind.CANCEL, at(8, 33), arrival.uid))
    assert centre.units(lea) == {WHOLE: (state.value, None, None)}


def test_a_correction_replaces(centre: Centre, lea: Household) -> None:
    centre.book(lea, WHOLE)
    arrival = centre.arrives(lea, at(9, 32))
    centre.receive(arrival)
    centre.receive(centre.touch(lea, ClockKind.ARRIVAL, at(8, 32), arrival.uid))
    assert centre.units(lea) == {WHOLE: ("present", IN, None)}


# --- what the office has to look at -------------------------------------------------------------------------------


def test_a_billed_day_does_not_change(centre: Centre, lea: Household) -> None:
    centre.book(lea, MORNING, day=date(2025, 10, 6), state=AttendanceState.PRESENT)
    centre.town.issue()
    day = date(2025, 10, 6)
    found = centre.receive(centre.arrives(lea, at(8, 32, day)))
    assert [one.why for one in found.conflicts] == [Why.BILLED]
    assert centre.units(lea, day) == {MORNING: ("present", None, None)}
    assert left_alone(centre, lea, day) == [Why.BILLED]
    assert len(centre.town.rows("clock_events")) == 1


def test_a_stranger_is_kept_and_told(centre: Centre) -> None:
    child = centre.child(registered=False)
    found = centre.receive(centre.arrives(child, at(8, 32)))
    assert [one.why for one in found.conflicts] == [Why.NOWHERE]
    assert centre.units(child) == {}
    assert left_alone(centre, child) == [Why.NOWHERE]


def test_an_hour_outside_every_slot_is_told(centre: Centre, lea: Household) -> None:
    found = centre.receive(centre.arrives(lea, at(20)), centre.leaves(lea, at(20, 30)))
    assert [one.why for one in found.conflicts] == [Why.OUTSIDE]


def test_what_was_typed_meanwhile_stays_and_is_told(centre: Centre, lea: Household) -> None:
    centre.book(lea, WHOLE, state=AttendanceState.PRESENT, arrived=500, left=1000)
    found = centre.receive(centre.arrives(lea, at(8, 32)))
    assert [one.why for one in found.conflicts] == [Why.BY_HAND]
    assert centre.units(lea) == {WHOLE: ("present", 500, 1000)}
    assert left_alone(centre, lea) == [Why.BY_HAND]


def test_an_arrival_typed_at_the_office_is_closed_by_the_kiosk(centre: Centre, lea: Household) -> None:
    centre.book(lea, WHOLE, state=AttendanceState.PRESENT, arrived=500)
    assert centre.receive(centre.leaves(lea, at(17, 5))).conflicts == ()
    assert centre.units(lea) == {WHOLE: ("present", 500, OUT)}
    assert left_alone(centre, lea) == []


def test_an_agent_types_over_a_touch_and_the_next_touch_says_so(centre: Centre, lea: Household) -> None:
    centre.book(lea, WHOLE)
    centre.receive(centre.arrives(lea, at(8, 32)))
    slot = centre.slots[WHOLE]
    centre.town.do(RecordMany((AttendanceEntry(lea.id, lea.child, slot, DAY, AttendanceState.PRESENT, 480, 1020),)))
    assert [one.why for one in centre.receive(centre.leaves(lea, at(17, 5))).conflicts] == [Why.BY_HAND]
    assert centre.units(lea) == {WHOLE: ("present", 480, 1020)}


# --- midnight and the change of hour ------------------------------------------------------------------------------


def test_a_night_is_shared_between_two_days(centre: Centre, lea: Household) -> None:
    night = centre.town.slot(
        "NUIT", name="Séjour", structure="La Halte", slots=(NewSlot("NUIT", "Nuit", "heure", ALL_WEEK),)
    )
    activity = next(row["activity_id"] for row in centre.town.rows("slots") if row["id"] == night)
    structure = max(row["id"] for row in centre.town.rows("structures"))
    other = Centre(centre.town, structure, activity, (night,))
    tomorrow = DAY + timedelta(days=1)
    for day in (DAY, tomorrow):
        other.book(lea, 0, day=day)
    other.receive(other.arrives(lea, at(22)))
    assert other.units(lea) == {0: ("present", 22 * 60, None)}
    other.receive(other.leaves(lea, at(7, 30, tomorrow)))
    assert other.units(lea) == {0: ("present", 22 * 60, MIDNIGHT)}
    assert other.units(lea, tomorrow) == {0: ("present", 0, 450)}


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_clock_on_the_wall_is_the_one_of_the_town(centre: Centre, lea: Household, day: date) -> None:
    centre.book(lea, WHOLE, day=day)
    centre.receive(centre.arrives(lea, at(8, 32, day)), centre.leaves(lea, at(17, 5, day)))
    assert centre.units(lea, day) == {WHOLE: ("present", IN, OUT)}
    rows = centre.town.rows("clock_events")
    assert [(str(row["day"])[:10], row["minute"]) for row in rows] == [(day.isoformat(), IN), (day.isoformat(), OUT)]
