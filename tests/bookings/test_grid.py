"""The grid as an agent reads it: the states of the legend, who is registered, what is counted, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from backoffice.attendance.commands import RecordAttendance
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.issuing import IssueMonth
from backoffice.bookings.age_groups import SetGroup
from backoffice.bookings.grid import HeadCounts, Meals, ReadGrid
from backoffice.bookings.kinds import RuleKind, Wish
from backoffice.bookings.rules.states import CellState, Stored
from backoffice.catalog.commands import Close
from backoffice.catalog.kinds import NO_STRUCTURE
from backoffice.health.commands import EditHealthSheet
from backoffice.health.rules import SheetValues
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Month
from backoffice.kernel.permissions import PERMISSIONS
from tests.bookings.holiday_club import NOW, WEDNESDAY, HolidayClub, Shown
from tests.support.two_services import LEISURE, MEALS, OFFICER, TwoServices

NEXT = WEDNESDAY + timedelta(days=7)
HOLIDAY = date(2026, 10, 21)  # a Wednesday of the autumn holidays of zone A
BOOKED, WAITING = AttendanceState.BOOKED, AttendanceState.WAITING


@pytest.fixture
def club(address: DatabaseAddress) -> Iterator[HolidayClub]:
    with HolidayClub(address) as opened:
        yield opened


# --- the twelve states --------------------------------------------------------------------------------------------


def test_an_open_slot_is_free(club: HolidayClub) -> None:
    lea = club.registered()
    shown = Shown(club.grid(), lea, "matin")
    assert (shown.state, shown.cell, shown.locked) == (CellState.FREE, None, "")


def test_a_booking_is_a_presence_that_changes_freely(club: HolidayClub) -> None:
    lea = club.registered()
    club.put(lea, "matin", BOOKED, changed_by="cheffe", changed_at=NOW, channel="phone", note="Appel du père")
    shown = Shown(club.grid(), lea, "matin")
    assert (shown.state, shown.locked) == (CellState.PRESENCE, "")
    assert shown.cell is not None
    assert (shown.cell.family_id, shown.cell.saved) == (lea.id, Stored.BOOKED)
    assert (shown.cell.who.casefold(), shown.cell.when) == ("cheffe", NOW)
    assert (shown.cell.channel, shown.cell.note) == ("Téléphone", "Appel du père")


def test_a_special_presence(club: HolidayClub) -> None:
    lea = club.registered()
    club.put(lea, "matin", BOOKED, special=True)
    shown = Shown(club.grid(), lea, "matin")
    assert shown.state is CellState.SPECIAL
    assert shown.cell is not None
    assert shown.cell.saved is Stored.SPECIAL


@pytest.mark.parametrize("state", [AttendanceState.ABSENT, AttendanceState.EXCUSED])
def test_both_kinds_of_absence_are_one_state(club: HolidayClub, state: AttendanceState) -> None:
    lea = club.registered()
    club.put(lea, "matin", state)
    shown = Shown(club.grid(), lea, "matin")
    assert shown.cell is not None
    assert (shown.state, shown.cell.stored) == (CellState.ABSENCE, state)


def test_a_day_past_its_deadline_is_closed_and_says_when_it_was(club: HolidayClub) -> None:
    lea = club.registered()
    club.decide(RuleKind.NOTICE, {"book": {"shape": "weekday", "weekday": 3, "minute": 720}})
    grid = club.grid(WEDNESDAY, NEXT)
    late, in_time = Shown(grid, lea, "matin"), Shown(grid, lea, "matin", NEXT)
    assert late.state is CellState.CLOSED
    assert "08/10/2026 à 12 h" in late.locked
    assert (in_time.state, in_time.locked) == (CellState.FREE, "")


def test_what_may_no_longer_be_cancelled_stays_a_presence_and_is_locked(club: HolidayClub) -> None:
    lea = club.registered()
    club.decide(RuleKind.NOTICE, {"cancel": {"shape": "days", "days": 3}, "late_cancellation": "refused"})
    club.put(lea, "matin", BOOKED)
    shown = Shown(club.grid(), lea, "matin")
    assert shown.state is CellState.PRESENCE
    assert shown.locked.startswith("Trop tard pour annuler")


def test_days_whose_reservations_are_not_open_yet_are_closed(club: HolidayClub) -> None:
    lea = club.registered()
    club.decide(RuleKind.WINDOW, {"opens_at": "2026-11-02T08:00:00+01:00"}, first=date(2026, 11, 1))
    grid = club.grid(WEDNESDAY, date(2026, 11, 4))
    assert Shown(grid, lea, "matin").state is CellState.FREE
    november = Shown(grid, lea, "matin", date(2026, 11, 4))
    assert (november.state, "02/11/2026 à 8 h" in november.locked) == (CellState.CLOSED, True)


def test_slots_that_do_not_go_together_say_what_is_missing(club: HolidayClub) -> None:
    lea, tom = club.registered("MARTIN"), club.registered("PETIT")
    club.decide(RuleKind.COMBINATIONS, {"allowed": [["matin", "repas"], ["apres-midi"]]})
    club.put(lea, "matin", BOOKED)
    club.put(tom, "matin", BOOKED)
    club.put(tom, "repas", BOOKED)
    grid = club.grid()
    wrong = Shown(grid, lea, "matin")
    assert wrong.state is CellState.NOT_ALLOWED
    assert wrong.cell is not None
    assert "ajoutez Repas" in wrong.cell.missing
    assert Shown(grid, tom, "matin").state is Shown(grid, tom, "repas").state is CellState.PRESENCE


def test_a_full_slot_is_full_for_who_is_not_in_it(club: HolidayClub) -> None:
    lea, tom = club.registered("MARTIN"), club.registered("PETIT")
    club.decide(RuleKind.CAPACITY, {"total": 1})
    club.put(lea, "matin", BOOKED)
    grid = club.grid()
    assert Shown(grid, lea, "matin").state is CellState.PRESENCE
    full = Shown(grid, tom, "matin")
    assert (full.state, full.locked) == (CellState.FULL, "")
    assert Shown(grid, tom, "repas").state is CellState.FREE
    filled = grid.filled[club.id_of("matin"), WEDNESDAY]
    assert (filled.filled, filled.limit, filled.over) == (1, 1, 0)


def test_a_clocked_presence_is_locked(club: HolidayClub) -> None:
    lea = club.registered()
    club.put(lea, "matin", AttendanceState.PRESENT)
    club.put(lea, "repas", BOOKED, arrived_minute=735)
    grid = club.grid()
    assert Shown(grid, lea, "matin").state is Shown(grid, lea, "repas").state is CellState.REAL
    assert Shown(grid, lea, "matin").locked.startswith("Présence réelle déjà pointée")


def test_a_wish_waits_over_an_empty_cell_or_a_booking(club: HolidayClub) -> None:
    lea = club.registered()
    club.put(lea, "matin", BOOKED)
    club.ask_for(lea, "matin", "cancel")
    club.ask_for(lea, "repas")
    grid = club.grid()
    cancel, book = Shown(grid, lea, "matin"), Shown(grid, lea, "repas")
    assert cancel.cell is not None
    assert book.cell is not None
    assert (cancel.state, cancel.cell.stored, cancel.cell.wish) == (CellState.PENDING, BOOKED, Wish.CANCEL)
    assert (book.state, book.cell.stored, book.cell.wish) == (CellState.PENDING, None, Wish.BOOK)
    assert (book.cell.channel, book.cell.note, book.cell.family_id) == ("Portail", "Merci", lea.id)
    assert book.locked == "La demande de la famille attend sa réponse"


def test_what_is_paid_when_it_is_booked(club: HolidayClub) -> None:
    lea = club.registered()
    club.decide(RuleKind.PAYMENT, {"slots": ["repas"]})
    club.put(lea, "matin", BOOKED)
    club.put(lea, "repas", BOOKED)
    grid = club.grid()
    assert Shown(grid, lea, "repas").state is CellState.PAYABLE
    assert Shown(grid, lea, "matin").state is CellState.PRESENCE


def test_what_starts_a_package(club: HolidayClub) -> None:
    lea = club.registered()
    club.decide(RuleKind.PACKAGE, {"slots": ["apres-midi"]})
    club.put(lea, "apres-midi", BOOKED)
    assert Shown(club.grid(), lea, "apres-midi").state is CellState.PACKAGE


def test_what_is_billed(club: HolidayClub) -> None:
    lea = club.registered()
    club.attend(lea, club.id_of("matin"), [WEDNESDAY])
    yes = frozenset({"billing.leave_blocked", "billing.future_issue"})
    club.app.execute(IssueMonth(Month(2026, 10), date(2026, 11, 15)), confirmed=yes)
    shown = Shown(club.grid(), lea, "matin")
    assert (shown.state, shown.locked.startswith("Déjà facturé")) == (CellState.BILLED, True)


def test_a_booking_on_the_waiting_list_takes_no_place(club: HolidayClub) -> None:
    lea = club.registered()
    club.put(lea, "matin", WAITING, queued_at=NOW)
    grid = club.grid()
    shown = Shown(grid, lea, "matin")
    assert shown.state is CellState.WAITING
    assert shown.cell is not None
    assert shown.cell.queued_at == NOW
    filled = grid.filled[club.id_of("matin"), WEDNESDAY]
    assert (filled.filled, filled.waiting) == (0, 1)


# --- which days ---------------------------------------------------------------------------------------------------


def test_days_without_the_slot_and_closures_are_closed_and_say_why(club: HolidayClub) -> None:
    lea = club.registered()
    club.do(Close(club.structure, NEXT, NEXT, "formation"))
    grid = club.grid(WEDNESDAY, NEXT)
    thursday = Shown(grid, lea, "matin", WEDNESDAY + timedelta(days=1))
    assert (thursday.state, thursday.locked) == (CellState.CLOSED, "Fermé le jeudi")
    assert "formation" in Shown(grid, lea, "matin", NEXT).locked


def test_a_season_follows_the_school_calendar(club: HolidayClub) -> None:
    lea = club.registered()
    club.decide(RuleKind.SEASON, {"season": "school_days"})
    grid = club.grid(WEDNESDAY, HOLIDAY)
    assert Shown(grid, lea, "matin").state is CellState.FREE
    assert Shown(grid, lea, "matin", HOLIDAY).locked.startswith("Vacances scolaires")


def test_public_holidays_are_closed_unless_the_season_says_otherwise(club: HolidayClub) -> None:
    lea, armistice = club.registered(), date(2026, 11, 11)  # a Wednesday
    assert Shown(club.grid(armistice), lea, "matin", armistice).locked.startswith("Jour férié")
    club.decide(RuleKind.SEASON, {"open_on_public_holidays": True})
    assert Shown(club.grid(armistice), lea, "matin", armistice).state is CellState.FREE


def test_a_working_day_notice_skips_closures(club: HolidayClub) -> None:
    club.registered()
    club.decide(RuleKind.NOTICE, {"book": {"shape": "days", "days": 2}})
    assert (club.id_of("matin"), WEDNESDAY) not in club.grid().closed  # Monday is still in time
    club.do(Close(club.structure, WEDNESDAY - timedelta(days=1), WEDNESDAY - timedelta(days=1), "ménage"))
    assert "Trop tard" in club.grid().closed[club.id_of("matin"), WEDNESDAY]


def test_a_child_is_shown_where_registered_and_only_on_those_days(club: HolidayClub) -> None:
    lea, gone = club.family("MARTIN"), club.family("ROUX")
    club.register(lea, WEDNESDAY, WEDNESDAY)
    club.register(gone, date(2026, 1, 1), date(2026, 7, 1))
    grid = club.grid(WEDNESDAY, NEXT)
    assert [child.child_id for child in grid.children] == [lea.child]
    later = Shown(grid, lea, "matin", NEXT)
    assert (later.state, "pas inscrit" in later.locked) == (None, True)


def test_a_booking_is_shown_even_without_a_registration(club: HolidayClub) -> None:
    tom = club.family("PETIT")
    club.put(tom, "matin", BOOKED)
    grid = club.grid()
    assert Shown(grid, tom, "matin").state is CellState.PRESENCE
    assert Shown(grid, tom, "repas").state is None
    assert grid.children[0].family_id == tom.id


# --- what is counted ----------------------------------------------------------------------------------------------


def test_age_groups_are_those_of_the_day_or_of_the_registration(club: HolidayClub) -> None:
    small = club.do(SetGroup(club.activity, "MAT", "Maternels", 36, 72))
    club.do(SetGroup(club.activity, "ELE", "Élémentaires", 72, None, position=1))
    # Born on 1 and 2 January 2017: nine years old; the second one stays with the small ones.
    family = club.family("MARTIN", "Léa", "Noé")
    club.register(family)
    club.register(family, child=1, group=small)
    club.decide(RuleKind.CAPACITY, {"total": 40, "by_group": {"MAT": 1}})
    club.put(family, "matin", BOOKED, child=0)
    club.put(family, "matin", BOOKED, child=1)
    grid = club.grid()
    assert [child.group for child in grid.children] == ["Élémentaires", "Maternels"]
    filled = grid.filled[club.id_of("matin"), WEDNESDAY]
    assert [(group.code, group.filled, group.limit) for group in filled.groups] == [("MAT", 1, 1), ("ELE", 1, None)]
    assert (filled.is_full("MAT"), filled.is_full("ELE")) == (True, False)


def test_a_group_changes_on_the_birthday(club: HolidayClub) -> None:
    club.do(SetGroup(club.activity, "A", "Petits", 0, 120))
    club.do(SetGroup(club.activity, "B", "Grands", 120, None, position=1))
    lea = club.registered()  # ten years old on 1 January 2027
    before, after = date(2026, 12, 30), date(2027, 1, 6)
    for day in (before, after):
        club.put(lea, "matin", BOOKED, day)
    grid = club.grid(before, after)
    counts = {day: [group.filled for group in grid.filled[club.id_of("matin"), day].groups] for day in (before, after)}
    assert counts == {before: [1, 0], after: [0, 1]}


def test_an_absence_frees_its_place_only_when_said_in_time(club: HolidayClub) -> None:
    first, second = club.registered("MARTIN"), club.registered("PETIT")
    club.decide(RuleKind.NOTICE, {"cancel": {"shape": "days", "days": 2, "working": False}})
    club.decide(RuleKind.CAPACITY, {"total": 2})
    club.put(first, "matin", AttendanceState.EXCUSED, changed_at=datetime(2026, 10, 9, 8, tzinfo=UTC))
    club.put(second, "matin", AttendanceState.ABSENT, changed_at=datetime(2026, 10, 13, 8, tzinfo=UTC))
    assert club.grid().filled[club.id_of("matin"), WEDNESDAY].filled == 1


def test_a_wish_that_waits_takes_a_place(club: HolidayClub) -> None:
    lea, tom = club.registered("MARTIN"), club.registered("PETIT")
    club.decide(RuleKind.CAPACITY, {"total": 1})
    club.ask_for(lea, "matin")
    assert Shown(club.grid(), tom, "matin").state is CellState.FULL


def test_meals_are_counted_by_menu_and_the_alert_is_only_a_dot(club: HolidayClub) -> None:
    lea, tom, zoe = club.registered("MARTIN"), club.registered("PETIT"), club.registered("ROUX")
    doctor = club.door(frozenset(PERMISSIONS), login="cheffe")
    if club.database.is_embedded:
        sheet = SheetValues(allergies="Arachides", menu="no_pork")
        doctor.execute(EditHealthSheet(tom.child, 0, sheet))
    for one in (lea, tom, zoe):
        club.put(one, "repas", BOOKED)
        club.put(one, "matin", BOOKED)
    grid = club.grid()
    column = (club.id_of("repas"), WEDNESDAY)
    if club.database.is_embedded:
        assert grid.meals == {column: (Meals("Menu ordinaire", 2), Meals("Sans porc", 1))}
        assert [(child.alert, child.menu) for child in grid.children] == [(False, ""), (True, "Sans porc"), (False, "")]
    else:
        assert grid.meals == {column: (Meals("Menu ordinaire", 3),)}


def test_adults_are_counted_by_age_band(club: HolidayClub) -> None:
    club.decide(RuleKind.SUPERVISION, {"label": "Extrascolaire", "bands": [
        {"label": "moins de 6 ans", "to_months": 72, "per_adult": 8},
        {"label": "6 ans et plus", "from_months": 72, "per_adult": 2},
    ]})  # fmt: skip
    family = club.registered("MARTIN", "Léa", "Noé", "Zoé")
    for child in range(3):
        club.put(family, "matin", BOOKED, child=child)
    grid = club.grid()
    assert grid.adults[club.id_of("matin"), WEDNESDAY] == 2
    (morning, *_) = club.ask(HeadCounts(WEDNESDAY, WEDNESDAY))
    assert (morning.slot.code, morning.filled.filled, morning.adults) == ("matin", 3, 2)


def test_head_counts_leave_out_closed_days_unless_somebody_is_there(club: HolidayClub) -> None:
    lea, thursday = club.registered(), WEDNESDAY + timedelta(days=1)
    assert {one.day for one in club.ask(HeadCounts(WEDNESDAY, thursday))} == {WEDNESDAY}
    club.put(lea, "repas", BOOKED, thursday)
    kept = [one for one in club.ask(HeadCounts(thursday, thursday)) if one.day == thursday]
    assert [(one.slot.code, one.closed, one.meals) for one in kept] == [
        ("repas", "Fermé le jeudi", (Meals("Menu ordinaire", 1),))
    ]


# --- filters, rights, and how it is read --------------------------------------------------------------------------


def test_a_structure_or_activities_may_be_chosen(club: HolidayClub) -> None:
    lea = club.registered()
    club.put(lea, "matin", BOOKED)
    elsewhere = club.slot("CANT")
    assert [slot.code for slot in club.grid(structure_id=club.structure).columns] == ["matin", "repas", "apres-midi"]
    assert [slot.slot_id for slot in club.grid(structure_id=NO_STRUCTURE).columns] == [elsewhere]
    assert club.grid(structure_id=NO_STRUCTURE).children == ()
    assert len(club.grid(activity_ids=(club.activity,)).columns) == 3


def test_columns_have_their_letters(club: HolidayClub) -> None:
    assert [slot.letter for slot in club.grid().columns] == ["M", "R", "AM"]


def test_equal_cells_are_one_object(club: HolidayClub) -> None:
    lea = club.registered()
    for day in (WEDNESDAY, NEXT):
        club.put(lea, "matin", BOOKED, day)
    grid = club.grid(WEDNESDAY, NEXT)
    assert Shown(grid, lea, "matin").cell is Shown(grid, lea, "matin", NEXT).cell


def test_a_period_that_ends_before_it_begins_is_refused(club: HolidayClub) -> None:
    with pytest.raises(UserError) as caught:
        club.grid(NEXT, WEDNESDAY)
    assert caught.value.code == "period.ends_before_start"


def test_more_children_and_days_ask_no_more_questions(club: HolidayClub) -> None:
    def asked(last: date) -> int:
        statements: list[str] = []

        def heard(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            statements.append(statement)

        engine = club.database.engine
        event.listen(engine, "before_cursor_execute", heard)
        club.grid(WEDNESDAY, last)
        event.remove(engine, "before_cursor_execute", heard)
        return len(statements)

    lea = club.registered()
    club.put(lea, "matin", BOOKED)
    few = asked(WEDNESDAY)
    for number in range(10):
        household = club.registered(f"FAMILLE {number}")
        club.put(household, "matin", BOOKED)
        club.ask_for(household, "repas")
    assert asked(WEDNESDAY + timedelta(days=30)) == few


def test_an_agent_of_another_service_sees_nobody(two_services: TwoServices) -> None:
    family, _, child = two_services.family(MEALS)
    slot = two_services.slots["CANT"]
    two_services.door(MEALS).execute(RecordAttendance(family, child, slot, WEDNESDAY, BOOKED))
    question = ReadGrid(WEDNESDAY, WEDNESDAY)
    own, other = two_services.door(MEALS).ask(question), two_services.door(LEISURE).ask(question)
    assert [one.child_id for one in own.children] == [child]
    assert own.cells[child, slot, WEDNESDAY].state is CellState.PRESENCE
    assert (other.children, dict(other.cells)) == ((), {})
    assert all(filled.filled == 0 for filled in other.filled.values())
    # The régie of the same service reads it too.
    assert len(two_services.door(OFFICER).ask(question).children) == 1
