"""The lists of a day: by section, with who to call, and the meals by menu: on both engines."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.tables import AgeGroupRow
from backoffice.clocking.lists import Called, EvacuationList, ListMeals, PresenceList
from backoffice.families.commands import NewMembership, NewPerson, add_memberships, add_people
from backoffice.families.kinds import MemberRole
from backoffice.registrations.tables import RegistrationRow
from tests.clocking.days import DAY, MEAL, MORNING, Centre, at, centre_in
from tests.support.towns import Household, SmallTown

TODAY = date(2026, 8, 31)  # at 13 h


@pytest.fixture
def centre(either_town: SmallTown) -> Centre:
    made = centre_in(either_town, whole=False)
    with either_town.database.write() as session:
        for place, (code, months) in enumerate((("PETITS", 0), ("GRANDS", 72))):
            session.add(AgeGroupRow(activity_id=made.activity, code=code, label=code.capitalize(), from_months=months,
                                    to_months=None if months else 72, position=place))
    return made


def telephone(town: SmallTown, household: Household, name: str, phone: str, role: MemberRole) -> None:
    with town.database.write() as session:
        (person,) = add_people(session, [NewPerson(name, "Noé", mobile=phone)])
        add_memberships(session, [NewMembership(household.id, person, role)])


def test_who_is_expected_by_section_with_the_slots_of_the_day(centre: Centre) -> None:
    old, chosen, away = centre.child("A"), centre.child("B"), centre.child("C")
    with centre.town.database.write() as session:
        rows = {row.child_id: row for row in session.query(RegistrationRow)}
        small = session.query(AgeGroupRow).filter_by(code="PETITS").one().id
        rows[chosen.child].group_id = small
    centre.book(old, MORNING, MEAL)
    centre.book(chosen, MEAL)
    centre.book(away, MEAL, state=AttendanceState.EXCUSED)
    centre.receive(centre.arrives(old, at(8, 5)))
    found = centre.town.ask(PresenceList(DAY, centre.structure))
    assert [(row.section, row.child_name, row.slots, row.from_minute, row.to_minute, row.arrived, row.left)
            for row in found] == [
        ("Petits", "B Léa", ("Repas",), 720, 840, None, None),
        ("Grands", "A Léa", ("Matin", "Repas"), 480, 840, 485, None),
    ]


def test_who_is_in_now_and_whom_to_call(centre: Centre) -> None:
    here, gone, expected, stranger = (centre.child(name, registered=name != "D") for name in "ABCD")
    for child in (here, gone, expected):
        centre.book(child, MORNING, 2, day=TODAY)
    telephone(centre.town, here, "AUTRE", "06 00 00 00 02", MemberRole.CONTACT)
    telephone(centre.town, here, "PROCHE", "06 00 00 00 01", MemberRole.ADULT)
    centre.receive(
        centre.arrives(here, at(8, 5, TODAY)), centre.arrives(gone, at(8, 5, TODAY)),
        centre.leaves(gone, at(11, 0, TODAY)), centre.arrives(stranger, at(9, 0, TODAY)),
    )
    found = centre.town.ask(EvacuationList(centre.structure))
    assert [(row.section, row.child_name, row.arrived) for row in found.rows] == [
        ("Grands", "A Léa", 485), ("", "D Léa", 540)]
    assert found.rows[0].called == (Called("PROCHE Noé", "06 00 00 00 01"), Called("AUTRE Noé", "06 00 00 00 02"))
    assert found.rows[1].called == ()


def test_who_is_present_without_a_time_is_in_while_the_slot_lasts(centre: Centre) -> None:
    morning, afternoon = centre.child("A"), centre.child("B")
    centre.book(morning, MORNING, day=TODAY, state=AttendanceState.PRESENT)
    centre.book(afternoon, 2, day=TODAY, state=AttendanceState.PRESENT)
    found = centre.town.ask(EvacuationList(centre.structure))
    assert [(row.child_name, row.arrived) for row in found.rows] == [("B Léa", None)]


def test_meals_are_ordered_and_counted_by_menu(either_town: SmallTown) -> None:
    slot = either_town.slot()
    states = (AttendanceState.PRESENT, AttendanceState.BOOKED, AttendanceState.ABSENT, AttendanceState.EXCUSED)
    children = [either_town.family(name) for name in "ABCD"]
    for child, state in zip(children, states, strict=True):
        either_town.attend(child, slot, [DAY], state)
    either_town.sql(
        "INSERT INTO health_sheets (person_id, version, allergies, menu, has_pai, pai_conduct, treatments, doctor_name,"
        " doctor_phone, remarks) VALUES (:child, 1, '', 'no_pork', FALSE, '', '', '', '', '')", child=children[1].child)
    found = either_town.ask(ListMeals(DAY))
    assert [(row.slot, row.menu, row.ordered, row.served) for row in found.rows] == [
        ("Repas CANT", "Menu ordinaire", 2, 1), ("Repas CANT", "Sans porc", 1, 0)]
    assert found.totals == (("Menu ordinaire", 2, 1), ("Sans porc", 1, 0))


def test_an_empty_day_has_empty_lists(centre: Centre) -> None:
    assert centre.town.ask(PresenceList(DAY)) == ()
    assert centre.town.ask(EvacuationList()).rows == ()
    assert centre.town.ask(ListMeals(DAY)).rows == ()
