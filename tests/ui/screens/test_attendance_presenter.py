"""What the day's attendance decides, without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from backoffice.attendance.day import SlotTotals
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.queries import InvoiceByNumber
from backoffice.catalog.kinds import NO_STRUCTURE
from backoffice.families.queries import PersonListRow
from backoffice.health.commands import EditHealthSheet
from backoffice.health.rules import SheetValues
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.periods import SchoolYear
from backoffice.kernel.permissions import EVERYTHING
from tests.support.agent import Agent
from tests.support.banner import BannerShown
from tests.support.desk import SCHOOL_DAYS, Desk, open_desk
from tests.support.drafting import TaskShown
from tests.support.private import SHEET
from ui.presenting import Paper, Place
from ui.screens.attendance.adding import SlotChoice
from ui.screens.attendance.clocking import HistoryWords
from ui.screens.attendance.lines import NOTHING, Chip, DayLine, Selection, Shown, total_cards
from ui.screens.attendance.presenter import AttendancePresenter
from ui.screens.attendance.waiting import Strip

DAY = SCHOOL_DAYS[0]
PRESENT, ABSENT, BOOKED = AttendanceState.PRESENT, AttendanceState.ABSENT, AttendanceState.BOOKED


@dataclass
class Page(TaskShown, BannerShown):
    """The last thing shown of each kind."""

    title: str = ""
    day: tuple[str, str] = ("", "")
    chips: Sequence[Chip] = ()
    empty: tuple[str, str] = ("", "")
    gesture: Callable[[], object] | None = None
    lines: Sequence[DayLine] = ()
    several_days: bool = False
    totals: Sequence[SlotTotals] = ()
    selection: Selection = NOTHING
    time_errors: tuple[str, str] = ("", "")
    slots: Sequence[SlotChoice] = ()
    children: Sequence[PersonListRow] = ()
    adding_error: str = ""
    strip: Strip = field(default_factory=Strip)
    opened: list[str] = field(default_factory=list)
    history: Sequence[HistoryWords] = ()
    removal: str = ""
    conflicts: Strip = field(default_factory=Strip)
    paper: Paper | None = None
    list_file: Path | None = None
    proposed: str = ""

    def __post_init__(self) -> None:
        TaskShown.__init__(self)

    def show_history(self, lines: Sequence[HistoryWords]) -> None:
        self.history = lines

    def show_removal(self, words: str) -> None:
        self.removal = words

    def show_conflicts(self, strip: Strip) -> None:
        self.conflicts = strip

    def show_paper(self, paper: Paper) -> None:
        self.paper = paper

    def choose_list_file(self, name: str) -> Path | None:
        self.proposed = name
        return self.list_file

    def show_title(self, title: str, detail: str = "") -> None:
        self.title = detail

    def show_day(self, day: str, error: str) -> None:
        self.day = (day, error)

    def show_chips(self, chips: Sequence[Chip], chosen: Shown) -> None:
        self.chips = [chip for chip in chips if chip.count]

    def say_when_empty(self, text: str, gesture: str, run: Callable[[], object] | None) -> None:
        self.empty, self.gesture = (text, gesture), run

    def show_lines(self, lines: Sequence[DayLine], *, several_days: bool) -> None:
        self.lines, self.several_days = lines, several_days

    def show_totals(self, totals: Sequence[SlotTotals]) -> None:
        self.totals = totals

    def show_selection(self, selection: Selection) -> None:
        self.selection = selection

    def show_time_errors(self, arrived: str, left: str) -> None:
        self.time_errors = (arrived, left)

    def open_adding(self) -> None:
        self.opened.append("adding")

    def is_seen(self) -> bool:
        return True

    def show_adding(self, title: str, slots: Sequence[SlotChoice], likely: int | None) -> None:
        self.slots = slots

    def show_strip(self, strip: Strip) -> None:
        self.strip = strip

    def show_children(self, children: Sequence[PersonListRow]) -> None:
        self.children = children

    def show_adding_error(self, text: str) -> None:
        self.adding_error = text

    def ready_for_next(self) -> None:
        self.opened.append("next")

    # --- short words ------------------------------------------------------------------------------------------

    @property
    def states(self) -> list[AttendanceState]:
        return [line.row.state for line in self.lines]

    @property
    def times(self) -> list[tuple[int | None, int | None]]:
        return [(line.row.arrived_minute, line.row.left_minute) for line in self.lines]


@dataclass
class Story:
    """The page of a desk on a day, and its agent."""

    desk: Desk
    page: Page
    agent: Agent
    presenter: AttendancePresenter

    def choose(self, *positions: int) -> None:
        self.presenter.select([self.page.lines[position] for position in positions])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def story(desk: Desk, day: date = DAY, permissions: frozenset[str] = EVERYTHING, **parameters: str) -> Story:
    app = desk.app if permissions == EVERYTHING else desk.door(permissions)
    page, agent = Page(), Agent(app)
    presenter = AttendancePresenter(page, agent.desk)
    presenter.open(Place("attendance", {"day": day.isoformat(), **parameters}))
    return Story(desk, page, agent, presenter)


def three_children(desk: Desk) -> int:
    slot = desk.slot()
    for name in ("A", "B", "C"):
        desk.attend(desk.family(name), slot, [DAY], BOOKED)
    return slot


def test_a_day_is_shown_with_its_counts_and_totals(desk: Desk) -> None:
    three_children(desk)
    told = story(desk)
    assert told.page.day == ("02/10/2025", "")
    assert told.page.title == "jeudi 2 octobre 2025"
    assert [chip.words for chip in told.page.chips] == [
        "Tous (3)", "3 réservés", "3 réservés non pointés"]
    assert [card.words for card in total_cards(told.page.totals)] == ["3 réservés"]


def test_an_allergy_is_marked_beside_the_child_and_nothing_of_it_is_told(desk: Desk) -> None:
    slot = desk.slot()
    for name, values in (("A", SHEET), ("B", SheetValues(remarks="Lunettes"))):
        family = desk.family(name)
        desk.attend(family, slot, [DAY], BOOKED)
        desk.door(EVERYTHING).execute(EditHealthSheet(family.child, 0, values))

    told = story(desk, permissions=EVERYTHING - {"health.read", "health.edit"})

    assert [line.alert for line in told.page.lines] == [True, False]
    assert SHEET.allergies not in repr(told.page.lines)


def test_a_state_is_given_to_several_children_and_undone(desk: Desk) -> None:
    three_children(desk)
    told = story(desk)
    told.choose(0, 2)
    assert told.page.selection.title == "2 lignes choisies"
    assert told.presenter.set_state(PRESENT)
    assert told.page.states == [PRESENT, BOOKED, PRESENT]
    assert told.agent.told == ["2 lignes : présence"]
    told.presenter.undo()
    assert told.page.states == [BOOKED, BOOKED, BOOKED]
    told.presenter.undo()
    assert told.agent.told[-1] == "Rien à annuler."


def test_times_typed_make_a_presence(desk: Desk) -> None:
    three_children(desk)
    told = story(desk)
    told.choose(0)
    assert told.presenter.save_times("8h05", "1730")
    assert (told.page.states[0], told.page.times[0]) == (PRESENT, (485, 1050))
    told.choose(0)
    assert (told.page.selection.arrived.split(), told.page.selection.left.split()) == (
        ["8", "h", "05"], ["17", "h", "30"]
    )


def test_an_empty_time_leaves_each_of_several_lines_its_own(desk: Desk) -> None:
    slot = desk.slot()
    for name, arrived in (("A", 480), ("B", 500)):
        desk.attend(desk.family(name), slot, [DAY], arrived=arrived)
    told = story(desk)
    told.choose(0, 1)
    assert told.presenter.save_times("", "17h00")
    assert told.page.times == [(480, 1020), (500, 1020)]


def test_an_absence_takes_the_times_away(desk: Desk) -> None:
    desk.attend(desk.family(), desk.slot(), [DAY], arrived=480, left=500)
    told = story(desk)
    told.choose(0)
    assert told.presenter.set_state(ABSENT, "8h00", "8h20")
    assert (told.page.states, told.page.times) == ([ABSENT], [(None, None)])


@pytest.mark.parametrize(
    ("arrived", "left", "where"), [("8h75", "", 0), ("", "vingt", 1), ("9h00", "8h00", 1), ("", "8h00", 1)]
)
def test_wrong_times_are_said_beside_their_field(desk: Desk, arrived: str, left: str, where: int) -> None:
    three_children(desk)
    told = story(desk)
    told.choose(0)
    assert not told.presenter.save_times(arrived, left)
    assert told.page.time_errors[where]
    assert not told.page.time_errors[1 - where]
    assert told.page.states[0] is BOOKED


def test_wrong_times_left_behind_are_told_with_the_child(desk: Desk) -> None:
    three_children(desk)
    told = story(desk)
    told.choose(0)
    assert not told.presenter.save_times("8h75", "", leaving=True)
    assert told.page.time_errors == ("", "")
    assert told.agent.told[-1].startswith("A Léa : heures non enregistrées.")


def test_a_billed_line_says_why_it_cannot_change(desk: Desk) -> None:
    desk.attend(desk.family(), desk.slot())
    (number,) = desk.issue().numbers
    told = story(desk)
    told.choose(0)
    assert told.page.selection.reason == f"Facturée : {number}. Pour corriger, annulez d'abord la facture."
    assert not told.presenter.set_state(ABSENT)
    told.presenter.open_invoice(told.page.selection.invoice)
    assert told.agent.went == [Place("invoices", {"invoice": str(desk.ask(InvoiceByNumber(number)).id)})]


def test_billed_lines_among_others_stay_as_they_are(desk: Desk) -> None:
    slot = desk.slot()
    desk.attend(desk.family("A"), slot)
    desk.issue()
    desk.attend(desk.family("B"), slot, [DAY], BOOKED)
    told = story(desk)
    told.choose(0, 1)
    assert told.presenter.set_state(ABSENT)
    assert told.page.states == [PRESENT, ABSENT]
    assert told.agent.told == ["B Léa : absence (1 ligne facturée laissée comme avant)"]


def test_forgotten_departures_of_several_days_are_one_list(desk: Desk) -> None:
    slot = desk.slot()
    desk.attend(desk.family("A"), slot, SCHOOL_DAYS[:2], arrived=500)
    told = story(desk, filter="missing_departures", since="2025-09-01")
    assert told.page.several_days
    assert told.page.title == "oublis de départ depuis le 01/09/2025"
    assert [line.row.day for line in told.page.lines] == list(SCHOOL_DAYS[:2])
    told.choose(0)
    assert told.presenter.save_times("8h20", "17h30")
    assert [line.row.day for line in told.page.lines] == [SCHOOL_DAYS[1]]
    told.choose(0)
    assert told.presenter.save_times("8h20", "17h30")
    assert told.page.empty == ("Aucun oubli de départ : tous les départs sont saisis.", "Voir toute la journée")


def test_a_day_is_typed_without_its_year(desk: Desk) -> None:
    told = story(desk)
    told.presenter.choose_day("12/11")
    assert told.page.day == ("12/11/2025", "")
    told.presenter.step(-1)
    assert told.page.day == ("11/11/2025", "")
    told.presenter.choose_day("45/11")
    assert told.page.day[0] == "45/11"
    assert told.page.day[1]
    told.presenter.go_to_today()
    assert told.page.day == ("20/11/2025", "")


def test_an_empty_day_leads_to_the_nearest_one(desk: Desk) -> None:
    three_children(desk)
    told = story(desk, date(2025, 10, 5))
    assert told.page.empty == (
        "Aucun enfant réservé ni pointé le dimanche 5 octobre 2025.", "Aller au jeudi 2 octobre 2025"
    )
    assert told.page.gesture is not None
    told.page.gesture()
    assert len(told.page.lines) == 3


def test_the_active_structure_filters_the_day_and_the_slots_to_add_to(desk: Desk) -> None:
    inside, outside = desk.slot("ALSH", structure="La Clairière"), desk.slot("CANT")
    desk.attend(desk.family("A"), inside, [DAY], BOOKED)
    desk.attend(desk.family("B"), outside, [DAY], BOOKED)
    told = story(desk)
    told.agent.context.choose_structure(1, "La Clairière")
    assert [line.row.child_name for line in told.page.lines] == ["A Léa"]
    told.presenter.add()
    assert [choice.slot_id for choice in told.page.slots] == [inside]
    told.agent.context.choose_structure(NO_STRUCTURE, "Activités sans structure")
    assert [line.row.child_name for line in told.page.lines] == ["B Léa"]
    told.agent.context.choose_structure(None)
    assert len(told.page.lines) == 2


def test_another_school_year_opens_on_its_last_day_with_children(desk: Desk) -> None:
    slot, family = desk.slot(), desk.family()
    last = date(2025, 6, 20)
    desk.attend(family, slot, [last, *SCHOOL_DAYS], BOOKED)
    desk.attend(family, slot, [date(2025, 6, 19)], arrived=500)
    told = story(desk)
    told.agent.context.choose_year(SchoolYear(2024))
    assert (told.page.title, len(told.page.lines)) == ("vendredi 20 juin 2025", 1)
    told.presenter.choose_day("1/10")
    assert told.page.day == ("01/10/2024", "")
    told.presenter.keep(Shown.MISSING)
    assert [line.row.day for line in told.page.lines] == [date(2025, 6, 19)]
    told.presenter.open(Place("attendance", {"day": DAY.isoformat()}))
    assert told.page.title == "jeudi 2 octobre 2025 (année 2025-2026)"  # a link goes where it says
    told.presenter.open(Place("attendance"))
    assert told.page.title == "vendredi 20 juin 2025"


def test_a_year_without_children_stays_on_its_last_day(desk: Desk) -> None:
    told = story(desk)
    told.agent.context.choose_year(SchoolYear(2024))
    assert told.page.title == "dimanche 31 août 2025"
    told.agent.context.choose_year(SchoolYear(2026))
    assert told.page.title == "mardi 1er septembre 2026"


def test_a_day_that_waits_for_its_invoice_is_corrected_and_says_so(desk: Desk) -> None:
    slot = desk.slot()
    desk.attend(desk.family(), slot, [DAY])
    desk.issue()
    told = story(desk)
    assert told.page.lines[0].invoice == "Reportée"
    told.choose(0)
    assert told.page.selection.editable
    assert told.presenter.set_state(ABSENT)
    assert told.agent.told == ["MARTIN Léa : absence, 1 report à refaire par la prochaine facturation"]
    assert (told.page.states, told.page.lines[0].invoice) == ([ABSENT], "")
    told.presenter.undo()
    assert (told.page.states, told.page.lines[0].invoice) == ([PRESENT], "")


def test_a_child_who_was_not_expected_is_added_and_taken_out(desk: Desk) -> None:
    slot = three_children(desk)
    desk.family("NEUF")
    told = story(desk)
    told.presenter.add()
    assert [choice.slot_id for choice in told.page.slots] == [slot]
    new = next(child for child in told.page.children if child.last_name == "NEUF")
    told.presenter.adding.add(None, slot, PRESENT)
    assert told.page.adding_error
    told.presenter.adding.add(new, slot, PRESENT)
    assert (len(told.page.lines), told.page.adding_error) == (4, "")
    assert told.page.opened == ["adding", "next"]
    told.presenter.adding.add(new, slot, PRESENT)
    assert "déjà inscrit" in told.page.adding_error
    told.presenter.undo()
    assert len(told.page.lines) == 3


def test_lines_are_taken_out_of_the_day_and_put_back(desk: Desk) -> None:
    three_children(desk)
    told = story(desk)
    told.choose(1)
    assert told.presenter.remove()
    assert len(told.page.lines) == 2
    told.presenter.undo()
    assert len(told.page.lines) == 3


def test_who_may_only_read_is_told_so(desk: Desk) -> None:
    three_children(desk)
    told = story(desk, permissions=frozenset({"attendance.read"}))
    told.choose(0)
    assert told.page.selection.reason == "Vous pouvez voir le pointage, pas le corriger."
    assert not told.presenter.set_state(PRESENT)


# --- coming back ---------------------------------------------------------------------------------------------------


def test_going_back_shows_the_day_before_that_was_looked_at(desk: Desk) -> None:
    told = story(desk)
    history = told.agent.history
    history.visit(Place("attendance"))  # as the window did on the way here
    told.presenter.open(Place("attendance"))
    told.presenter.step(1)
    told.presenter.choose_day("6/10")
    told.presenter.keep(Shown.ABSENT)
    assert history.here == Place("attendance", {"day": "2025-10-06", "filter": "absent"})
    back = history.back()
    assert back == Place("attendance", {"day": "2025-10-03"})
    told.presenter.open(back)
    assert told.page.day == ("03/10/2025", "")
    assert history.back() == Place("attendance", {"day": "2025-10-02"})
    assert history.here is not None
    assert not history.can_go_back


def test_departures_forgotten_are_found_again_on_the_way_back(desk: Desk) -> None:
    told = story(desk)
    told.presenter.open(Place("attendance", {"filter": "missing_departures", "since": "2025-10-01"}))
    told.agent.history.visit(Place("attendance"))
    told.presenter.keep(Shown.MISSING)
    assert told.agent.history.here == Place(
        "attendance", {"day": "2025-10-02", "filter": "missing", "since": "2025-10-01"}
    )


def test_a_view_keeps_the_state_and_neither_the_day_nor_the_structure(desk: Desk) -> None:
    desk.slot(structure="La Clairière")
    told = story(desk)
    told.agent.context.choose_structure(1, "La Clairière")
    told.presenter.apply_filters({"shown": "absent"})
    assert told.presenter.filters() == {"shown": "absent"}
    told.presenter.step(1)
    assert told.presenter.filters() == {"shown": "absent"}
    assert told.presenter.filters_in_words() == ["vendredi 3 octobre 2025", "La Clairière", "0 absence"]
    told.presenter.apply_filters({"shown": "unknown"})
    assert told.presenter.filters() == {}


def test_what_could_not_be_recorded_is_recorded_by_trying_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    three_children(desk)
    told = story(desk)
    told.choose(0)
    with monkeypatch.context() as full:
        full.setattr(desk.app, "execute", _full)
        told.presenter.set_state(PRESENT)
    told.choose(1)
    told.presenter.set_state(PRESENT)
    assert told.page.states == [BOOKED, PRESENT, BOOKED]
    assert told.page.banner is not None  # the day was read again since: the first child is still not recorded
    told.page.press_in_banner("Réessayer")
    assert told.page.states == [PRESENT, PRESENT, BOOKED]


def _full(*_: object, **__: object) -> object:
    raise EnvironmentFault("database.disk_full")
