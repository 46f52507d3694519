"""What the grid of reservations decides, without a window and without a base."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from backoffice.attendance.commands import AttendanceOfDayChanged
from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.changes import BookingsChanged, BookingsRefused, ChangedCell, RefusedCell
from backoffice.bookings.grid import Filled, Grid
from backoffice.bookings.inbox import WaitingRequest
from backoffice.bookings.kinds import Channel
from backoffice.bookings.rules.painting import Cell, Draft
from backoffice.bookings.rules.states import CellState, Gesture, Stored
from backoffice.kernel.errors import EnvironmentFault
from tests.support.agent import Agent, Later
from tests.support.banner import BannerShown
from tests.support.grids import EVENING, EVERYTHING, MEAL, MONDAY, MORNING, TUESDAY, Door, child, written
from ui.painted import Unsaved
from ui.presenting import Place
from ui.screens.bookings.presenter import BookingsPresenter, Origin, Refusals, Scale
from ui.screens.bookings.sheet import Filters, Sheet

WEEK = timedelta(days=7)
LEA, NOUR, ZOE = 1, 2, 3
NAMES = {LEA: "MARTIN Léa", NOUR: "AMZIANE Nour", ZOE: "ÉLOI Zoé"}


@dataclass
class Page(BannerShown):
    """The last thing shown of each kind."""

    title: str = ""
    period: tuple[str, Scale] = ("", Scale.WEEK)
    sheet: Sheet | None = None
    draft: Draft = field(default_factory=Draft)
    origin: Origin | None = None
    refusals: Refusals | None = None
    requests: Sequence[WaitingRequest] = ()
    empty: str = ""
    reads: int = 0

    def show_title(self, title: str, detail: str = "") -> None:
        self.title = detail

    def show_period(self, words: str, scale: Scale) -> None:
        self.period = (words, scale)

    def show_choices(self, grid: Grid, filters: Filters) -> None:
        self.reads += 1

    def show_sheet(self, sheet: Sheet, *, moved: bool) -> None:
        self.sheet, self.empty = sheet, ""

    def show_draft(self, draft: Draft) -> None:
        self.draft = draft

    def show_origin(self, origin: Origin) -> None:
        self.origin = origin

    def ask_reason(self, refusals: Refusals, count: int) -> None:
        self.refusals = refusals

    def hide_reason(self) -> None:
        self.refusals = None

    def show_wishes(self, requests: Sequence[WaitingRequest]) -> None:
        self.requests = requests

    def say_when_empty(self, words: str) -> None:
        self.empty = words

    def is_seen(self) -> bool:
        return True

    @property
    def is_asking(self) -> bool:
        return self.refusals is not None


@dataclass
class Story:
    """The page of an agent, its door, and what it shows."""

    door: Door
    page: Page
    agent: Agent
    presenter: BookingsPresenter

    def at(self, child_id: int, slot_id: int = MEAL, day: date = TUESDAY) -> tuple[int, int]:
        """Where a cell is on the screen."""
        sheet = self.presenter.sheet
        assert sheet is not None
        row = next(number for number, one in enumerate(sheet.children) if one.child_id == child_id)
        where = [(column.slot.slot_id, column.day) for column in sheet.columns]
        return row, where.index((slot_id, day))

    def paint(self, gesture: Gesture, *cells: tuple[int, int]) -> None:
        self.presenter.paint(cells, gesture)

    @property
    def wanted(self) -> Mapping[Cell, Stored]:
        return self.presenter.draft.wanted

    @property
    def shown(self) -> list[str]:
        assert self.page.sheet is not None
        return [one.name for one in self.page.sheet.children]


def story(door: Door | None = None, kept: Unsaved | None = None, run: Later | None = None) -> Story:
    door = door or a_door()
    page, agent = Page(), Agent(door.app, run)
    presenter = BookingsPresenter(page, agent.desk, kept)
    presenter.open(Place("bookings", {"day": TUESDAY.isoformat()}))
    return Story(door, page, agent, presenter)


def a_door(permissions: frozenset[str] = EVERYTHING) -> Door:
    return Door([child(number, name) for number, name in NAMES.items()], permissions=permissions)


def cell(child_id: int, slot_id: int = MEAL, day: date = TUESDAY) -> Cell:
    return Cell(child_id, slot_id, day)


def refusal(cells: Iterable[Cell], *, may_override: bool = True) -> BookingsRefused:
    return BookingsRefused(
        [RefusedCell(*one, ("Les réservations de ce jour étaient acceptées jusqu'au jeudi 02/10/2025 à 12 h",))
         for one in cells],
        may_override=may_override,
    )


# --- going and filtering ------------------------------------------------------------------------------------------


def test_the_week_of_the_day_is_shown_then_the_month_then_the_day() -> None:
    told = story()
    assert told.page.period == ("6 – 12 octobre 2025 · semaine 41", Scale.WEEK)
    assert told.page.title == "3 enfants"
    told.presenter.choose_scale(Scale.MONTH)
    assert told.page.period == ("octobre 2025", Scale.MONTH)
    told.presenter.step(-1)
    assert told.page.period == ("septembre 2025", Scale.MONTH)
    told.presenter.today()
    told.presenter.choose_scale(Scale.DAY)
    assert told.page.period == ("mardi 7 octobre 2025 · aujourd'hui", Scale.DAY)


def test_names_are_found_without_accents_and_states_keep_the_children_who_show_one() -> None:
    door = a_door()
    door.cells[cell(NOUR)] = written(CellState.BILLED, 102)
    told = story(door)
    told.presenter.filter(Filters(words="eloi"))
    assert (told.shown, told.page.title) == (["ÉLOI Zoé"], "1 sur 3 enfants")
    told.presenter.filter(Filters(state=CellState.BILLED))
    assert told.shown == ["AMZIANE Nour"]
    told.presenter.filter(Filters(words="personne"))
    assert told.page.empty == "Aucun enfant ne répond à ces filtres."


def test_a_closed_column_is_found_by_the_legend_where_nothing_is_written() -> None:
    door = a_door()
    door.closed[MEAL, TUESDAY] = "Jour férié"
    told = story(door)
    told.presenter.filter(Filters(state=CellState.CLOSED))
    assert len(told.shown) == len(NAMES)


# --- painting -----------------------------------------------------------------------------------------------------


def test_what_is_painted_waits_and_is_saved_in_one_go() -> None:
    told = story()
    told.paint(Gesture.PRESENCE, told.at(LEA), told.at(NOUR))
    told.paint(Gesture.SPECIAL, told.at(ZOE, EVENING))
    assert len(told.page.draft) == 3
    assert told.door.done == []

    told.presenter.save()

    (done,) = told.door.done
    assert {(change.family_id, change.key, change.wanted, change.seen) for change in done.changes} == {
        (101, cell(LEA), Stored.BOOKED, Stored.NOTHING), (102, cell(NOUR), Stored.BOOKED, Stored.NOTHING),
        (103, cell(ZOE, EVENING), Stored.SPECIAL, Stored.NOTHING),
    }
    assert told.agent.told == ["3 changements enregistrés."]
    assert not told.page.draft.wanted
    told.agent.undo()
    assert told.door.cells == {}


def test_an_absence_is_that_of_somebody_who_was_expected() -> None:
    told = story()
    told.door.book(*cell(NOUR))
    told.presenter.load()
    told.paint(Gesture.ABSENCE, told.at(LEA), told.at(NOUR))
    assert told.wanted == {cell(NOUR): Stored.ABSENT}


def test_painting_what_was_saved_is_no_change_and_undo_goes_back_step_by_step() -> None:
    told = story()
    told.paint(Gesture.PRESENCE, told.at(LEA))
    told.paint(Gesture.CLEAR, told.at(LEA))
    assert not told.wanted
    told.presenter.undo()
    assert told.wanted == {cell(LEA): Stored.BOOKED}
    told.presenter.undo()
    assert not told.wanted
    told.presenter.redo()
    assert told.wanted == {cell(LEA): Stored.BOOKED}
    told.presenter.undo()
    told.presenter.undo()
    assert told.agent.told == ["Rien à annuler."]


def test_a_billed_cell_never_changes_and_says_why() -> None:
    door = a_door()
    door.cells[cell(LEA)] = written(CellState.BILLED, 101)
    told = story(door)
    told.paint(Gesture.ABSENCE, told.at(LEA))
    assert not told.wanted
    assert told.page.origin is not None
    assert told.page.origin.problem
    assert "annulez d'abord la facture par un avoir" in told.page.origin.words


def test_a_closed_cell_is_painted_only_by_who_may_go_past_a_rule() -> None:
    door = a_door(EVERYTHING - {"attendance.unlock"})
    door.closed[MEAL, TUESDAY] = "Jour férié"
    told = story(door)
    told.paint(Gesture.PRESENCE, told.at(LEA))
    assert not told.wanted
    assert told.page.origin is not None
    assert "Jour férié" in told.page.origin.words

    door = a_door()
    door.closed[MEAL, TUESDAY] = "Jour férié"
    told = story(door)
    told.paint(Gesture.PRESENCE, told.at(LEA))
    assert told.wanted == {cell(LEA): Stored.BOOKED}


def test_who_may_only_look_paints_nothing() -> None:
    told = story(a_door(frozenset({"attendance.read"})))
    told.paint(Gesture.PRESENCE, told.at(LEA))
    told.presenter.toggle([told.at(LEA)])
    assert not told.wanted


def test_a_week_is_copied_into_the_next_and_absences_are_not() -> None:
    door = a_door()
    door.book(*cell(LEA))
    door.book(*cell(LEA, EVENING), Stored.ABSENT)
    told = story(door)
    told.paint(Gesture.SPECIAL, told.at(LEA, MORNING))
    told.presenter.copy([told.at(LEA)])
    told.presenter.step(1)
    told.presenter.paste(*told.at(LEA, day=TUESDAY + WEEK))
    assert told.wanted == {
        cell(LEA, MORNING): Stored.SPECIAL, cell(LEA, MORNING, TUESDAY + WEEK): Stored.SPECIAL,
        cell(LEA, MEAL, TUESDAY + WEEK): Stored.BOOKED,
    }


def test_what_is_copied_is_said_in_words() -> None:
    told = story()
    told.presenter.copy([told.at(LEA), told.at(NOUR)])
    assert told.agent.told[-1].startswith("1 jour copié : ")
    told.presenter.copy([told.at(LEA)])
    assert told.agent.told[-1].startswith("7 jours copiés : ")


def test_a_line_is_filled_down() -> None:
    told = story()
    told.paint(Gesture.PRESENCE, told.at(LEA), told.at(LEA, EVENING))
    (_, meal), (_, evening) = told.at(LEA), told.at(LEA, EVENING)
    told.presenter.fill_down([0, 1, 2], [meal, evening])
    assert {one.child_id for one in told.wanted} == set(NAMES)
    assert len(told.wanted) == 6


def test_the_places_taken_are_counted_with_what_waits() -> None:
    door = a_door()
    door.book(*cell(ZOE))
    door.filled[MEAL, TUESDAY] = Filled(1, 2)
    told = story(door)
    told.paint(Gesture.PRESENCE, told.at(LEA), told.at(NOUR))
    told.paint(Gesture.CLEAR, told.at(ZOE))
    assert told.page.sheet is not None
    _, column = told.at(LEA)
    assert told.page.sheet.filled(column, told.page.draft) == Filled(2, 2)
    told.presenter.undo()
    assert told.page.sheet.filled(column, told.page.draft) == Filled(3, 2, over=1)


# --- refused ------------------------------------------------------------------------------------------------------


def test_what_a_rule_refuses_comes_back_cell_by_cell_and_a_reason_goes_past_it() -> None:
    told = story()
    told.paint(Gesture.PRESENCE, told.at(LEA), told.at(NOUR))
    told.door.refusals.append(refusal([cell(LEA)]))
    told.presenter.save()
    assert told.page.refusals is not None
    assert set(told.page.refusals.reasons) == {cell(LEA)}
    assert told.page.refusals.may_override
    assert len(told.wanted) == 2
    assert told.presenter.is_marked(cell(LEA))
    assert not told.presenter.is_marked(cell(NOUR))

    told.presenter.save("Parent hospitalisé", Channel.PHONE)

    assert (told.door.done[-1].reason, told.door.done[-1].channel) == ("Parent hospitalisé", Channel.PHONE)
    assert not told.page.is_asking
    assert not told.wanted


def test_refused_cells_are_left_out_and_the_others_saved() -> None:
    told = story()
    told.paint(Gesture.PRESENCE, told.at(LEA), told.at(NOUR))
    told.door.refusals.append(refusal([cell(LEA)], may_override=False))
    told.presenter.save()
    told.presenter.leave_out_refused()
    assert told.wanted == {cell(NOUR): Stored.BOOKED}
    told.presenter.save()
    assert [change.key for change in told.door.done[-1].changes] == [cell(NOUR)]


def test_a_fault_loses_nothing_and_trying_again_sends_the_very_same_change() -> None:
    told = story()
    told.paint(Gesture.PRESENCE, told.at(LEA))
    told.door.refusals.append(EnvironmentFault("database.unreachable", host="base"))
    told.presenter.save("Parent hospitalisé", Channel.PHONE)
    assert len(told.wanted) == 1
    told.page.press_in_banner("Réessayer")
    first, again = told.door.done
    assert again == first
    assert not told.wanted


# --- others -------------------------------------------------------------------------------------------------------


def test_what_others_change_appears_and_what_i_painted_stays() -> None:
    told = story()
    told.paint(Gesture.PRESENCE, told.at(LEA))
    told.door.book(*cell(ZOE))
    told.door.events.publish(AttendanceOfDayChanged(TUESDAY))
    assert told.page.sheet is not None
    assert told.page.sheet.saved(cell(ZOE)) is Stored.BOOKED
    assert told.wanted == {cell(LEA): Stored.BOOKED}
    assert told.page.banner is None


def test_a_conflict_is_marked_and_saved_over_what_stands_now() -> None:
    told = story()
    told.paint(Gesture.SPECIAL, told.at(LEA))
    told.paint(Gesture.PRESENCE, told.at(NOUR))
    told.door.book(*cell(LEA))
    told.door.book(*cell(NOUR))
    told.presenter.load()
    assert told.wanted == {cell(LEA): Stored.SPECIAL}  # somebody did what I wanted for Nour
    assert told.presenter.is_marked(cell(LEA))
    assert told.page.banner is not None
    told.presenter.save()
    assert [change.seen for change in told.door.done[-1].changes] == [Stored.BOOKED]


def test_what_changed_between_reading_and_saving_is_merged() -> None:
    told = story()
    told.paint(Gesture.SPECIAL, told.at(LEA))
    told.door.book(*cell(LEA))
    told.door.refusals.append(
        BookingsChanged([ChangedCell(*cell(LEA), AttendanceState.BOOKED, Stored.BOOKED, "Paul Roche")])
    )
    told.presenter.save()
    assert told.presenter.is_marked(cell(LEA))
    assert told.wanted == {cell(LEA): Stored.SPECIAL}
    told.presenter.save()
    assert told.door.done[-1].changes[0].seen is Stored.BOOKED


def test_a_gesture_taken_back_leaves_no_memory_of_what_stood_there() -> None:
    told = story()
    told.paint(Gesture.PRESENCE, told.at(LEA))
    told.presenter.undo()
    told.door.book(*cell(LEA))
    told.presenter.load()
    told.presenter.toggle([told.at(LEA)])
    assert told.wanted == {cell(LEA): Stored.NOTHING}


def test_after_my_own_save_what_another_page_records_is_read() -> None:
    told = story()
    told.paint(Gesture.PRESENCE, told.at(LEA))
    told.presenter.save()
    told.door.book(*cell(ZOE))
    told.door.events.publish(AttendanceOfDayChanged(TUESDAY))
    assert told.page.sheet is not None
    assert told.page.sheet.saved(cell(ZOE)) is Stored.BOOKED


def test_what_is_painted_while_the_save_is_under_way_stays() -> None:
    run = Later()
    told = story(run=run)
    run.catch_up()
    told.paint(Gesture.PRESENCE, told.at(LEA))
    told.presenter.save()
    told.paint(Gesture.PRESENCE, told.at(NOUR))
    run.catch_up()
    assert [change.key for done in told.door.done for change in done.changes] == [cell(LEA)]
    assert told.wanted == {cell(NOUR): Stored.BOOKED}
    told.presenter.save()
    run.catch_up()
    assert (told.door.done[-1].changes[0].family_id, told.wanted) == (102, {})


def test_what_waits_is_kept_for_who_comes_back() -> None:
    told = story()
    told.paint(Gesture.PRESENCE, told.at(LEA))
    told.presenter.step(1)
    told.paint(Gesture.PRESENCE, told.at(LEA, day=TUESDAY + WEEK))
    kept = told.presenter.unsaved
    assert kept is not None
    back = story(told.door, kept)
    assert set(back.wanted) == {cell(LEA), cell(LEA, day=TUESDAY + WEEK)}
    back.presenter.undo()
    assert set(back.wanted) == {cell(LEA)}
    back.presenter.save()
    assert back.presenter.unsaved is None
    assert [change.family_id for change in told.door.done[-1].changes] == [101]


@pytest.mark.parametrize("day", [MONDAY, TUESDAY, MONDAY + timedelta(days=6)])
def test_each_day_of_a_week_shows_its_monday(day: date) -> None:
    assert Scale.WEEK.period(day).start == MONDAY
