"""Booked, clocked, to bill, and what does not agree: on both engines."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.attendance.recording import AddToDay
from backoffice.attendance.rules import AttendanceState
from backoffice.catalog.commands import NewSlot
from backoffice.clocking.applying import Why
from backoffice.clocking.day import CompareDay, ComparedDay, Comparison
from backoffice.clocking.kinds import ClockKind
from backoffice.clocking.rules.comparison import Anomaly
from backoffice.tariffs.rules import HoursRounding, PsuHourlyTariff, RoundingMode
from backoffice.tariffs.rules.psu_figures import CareKind
from tests.clocking.days import DAY, MEAL, MORNING, Centre, at, centre_in
from tests.support.towns import Household, SmallTown

MISSING, UNBOOKED, UNCLOCKED, LATE = (
    Anomaly.MISSING_DEPARTURE, Anomaly.CLOCKED_NOT_BOOKED, Anomaly.BOOKED_NOT_CLOCKED, Anomaly.LATE_PICKUP
)


@pytest.fixture
def centre(either_town: SmallTown) -> Centre:
    return centre_in(either_town, whole=False)


def compared(centre: Centre, day: date = DAY) -> ComparedDay:
    return centre.town.ask(CompareDay(day, centre.structure))


def of(centre: Centre, child: Household) -> list[Comparison]:
    return [unit for unit in compared(centre).units if unit.child_id == child.child]


def test_each_kind_of_anomaly_is_named_and_a_quiet_day_has_none(centre: Centre) -> None:
    quiet, forgotten, unbooked, unclocked, late, away = (centre.child(name) for name in "ABCDEF")
    for child in (quiet, forgotten, unclocked, late):
        centre.book(child, MORNING)
    centre.book(away, MORNING, state=AttendanceState.EXCUSED)
    centre.receive(
        centre.arrives(quiet, at(8, 5)), centre.leaves(quiet, at(11, 55)),
        centre.arrives(forgotten, at(8, 5)),
        centre.arrives(unbooked, at(8, 30)), centre.leaves(unbooked, at(11, 0)),
        centre.arrives(late, at(8, 5)), centre.leaves(late, at(12, 8)),
    )
    found = [(unit.anomalies, unit.late_minutes) for child in (quiet, forgotten, unbooked, unclocked, late, away)
             for unit in of(centre, child)]
    assert found == [((), 0), ((MISSING,), 0), ((UNBOOKED,), 0), ((UNCLOCKED,), 0), ((LATE,), 8), ((), 0)]
    (unit,) = of(centre, quiet)
    assert [(event.kind, event.minute) for event in unit.events] == [
        (ClockKind.ARRIVAL, 485), (ClockKind.DEPARTURE, 715)]
    assert (unit.booked, unit.arrived, unit.left, unit.to_bill.units) == (True, 485, 715, 1)
    (nothing,) = of(centre, away)
    assert (nothing.to_bill.units, nothing.to_bill.why) == (0, "Absence justifiée, déduite")


def test_a_child_put_there_by_an_agent_is_no_surprise(centre: Centre) -> None:
    child = centre.child()
    centre.town.do(AddToDay(child.id, child.child, centre.slots[MEAL], DAY))
    assert [unit.anomalies for unit in of(centre, child)] == [()]


def test_today_nobody_is_late_before_the_hour(either_town: SmallTown) -> None:
    centre, today = centre_in(either_town, whole=False), date(2026, 8, 31)  # it is 13 h
    expected, here = centre.child("A"), centre.child("B")
    for child in (expected, here):
        centre.book(child, MORNING, 2, day=today)
    centre.receive(centre.arrives(here, at(8, 5, today)))
    units = compared(centre, today).units
    found = {(unit.child_id, centre.slots.index(unit.slot_id)): unit.anomalies for unit in units}
    assert found == {
        (expected.child, MORNING): (UNCLOCKED,), (expected.child, 2): (), (here.child, MORNING): (), (here.child, 2): ()
    }


def test_hours_are_rounded_as_the_tariff_of_that_day_says(either_town: SmallTown) -> None:
    slots = (NewSlot("ACC", "Accueil", "heure", frozenset(range(7)), None, None),)
    hourly = PsuHourlyTariff(CareKind.COLLECTIVE, HoursRounding(30, RoundingMode.DURATION, 5))
    slot = either_town.slot("CREC", hourly, name="Crèche", structure="Les Loutres", slots=slots)
    late, nearly, forgotten = (either_town.family(name) for name in "ABC")
    for child in (late, nearly, forgotten):
        either_town.do(AddToDay(child.id, child.child, slot, DAY, AttendanceState.PRESENT, 480,
                                {late: 1026, nearly: 1024, forgotten: None}[child], 480, 1020))
    units = either_town.ask(CompareDay(DAY)).units
    assert [unit.to_bill.minutes for unit in units] == [570, 540, None]
    assert [unit.anomalies for unit in units] == [(LATE,), (), (MISSING,)]
    assert units[2].to_bill.why == "Il manque une heure d'arrivée ou de départ"


def test_clocks_without_a_place_are_told_with_the_reason(centre: Centre) -> None:
    stranger = centre.child("DURAND", registered=False)
    centre.receive(centre.arrives(stranger, at(8, 5)))
    (conflict,) = compared(centre).conflicts
    assert (conflict.child_name, conflict.why, conflict.arrived) == ("DURAND Léa", Why.NOWHERE, 485)
    assert compared(centre, date(2025, 10, 9)).conflicts == ()


def test_a_priced_day_asks_for_nothing(centre: Centre) -> None:
    child = centre.child()
    centre.book(child, MORNING, state=AttendanceState.PRESENT, arrived=480, left=760)
    assert [unit.anomalies for unit in of(centre, child)] == [(LATE,)]
    centre.town.issue()
    assert [unit.anomalies for unit in of(centre, child)] == [()]


def test_a_structure_is_compared_apart(either_town: SmallTown) -> None:
    here, there = centre_in(either_town), centre_in(either_town, "AUTR")
    child = here.child()
    here.book(child, MORNING)
    there.book(child, MEAL)
    assert [unit.slot_id for unit in compared(here).units] == [here.slots[MORNING]]
    assert len(either_town.ask(CompareDay(DAY)).units) == 2
