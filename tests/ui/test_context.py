"""The structure and the school year: remembered for an agent and a base, told to every page, one key away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backoffice.catalog.editing import CreateStructure
from backoffice.catalog.kinds import NO_STRUCTURE, StructureKind
from backoffice.catalog.queries import Structure
from backoffice.home.choices import WorkPlaces
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.periods import SchoolYear
from tests.support.agent import Forgetful
from tests.support.desk import SCHOOL_DAYS, Desk, open_desk
from tests.support.window import Keyboard, opened_window
from ui.context import WorkContext
from ui.presenting import Place
from ui.shell.context_bar import ContextBar, Entry
from ui.shell.context_keeper import structure_entries, year_entries
from ui.shell.main_window import MainWindow
from ui.theme.tokens import Theme

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
LAST, THIS, NEXT = SchoolYear(2024), SchoolYear(2025), SchoolYear(2026)
# What the platform without a screen says of a popup; it says nothing of ours.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard|propagateSizeHints)")


def _clock(day: date = date(2025, 11, 20)) -> FixedClock:
    return FixedClock(datetime(day.year, day.month, day.day, 11, tzinfo=UTC))


def _structures(*names: str) -> tuple[Structure, ...]:
    return tuple(Structure(i, name, name, StructureKind.LEISURE_CENTER) for i, name in enumerate(names, 1))


# --- the choice itself ----------------------------------------------------------------------------------------


def test_without_a_choice_everything_is_there_and_the_year_is_that_of_today() -> None:
    context = WorkContext(_clock(), Forgetful(), "a")
    assert (context.structure_id, context.structure_name) == (None, "Toutes les structures")
    assert (context.year, context.other_year, context.day()) == (THIS, None, date(2025, 11, 20))


def test_the_choice_is_remembered_for_its_base_alone() -> None:
    memory = Forgetful()
    before = WorkContext(_clock(), memory, "a")
    before.choose_structure(3, "La Clairière")
    before.choose_year(LAST)
    again, elsewhere = WorkContext(_clock(), memory, "a"), WorkContext(_clock(), memory, "b")
    assert (again.structure_id, again.structure_name, again.year) == (3, "La Clairière", LAST)
    assert (elsewhere.structure_id, elsewhere.year) == (None, THIS)


def test_the_year_of_today_goes_on_by_itself_and_another_one_stays() -> None:
    memory = Forgetful()
    WorkContext(_clock(), memory, "a").choose_year(THIS)
    assert WorkContext(_clock(date(2026, 9, 1)), memory, "a").year == NEXT
    WorkContext(_clock(), memory, "a").choose_year(LAST)
    assert WorkContext(_clock(date(2026, 9, 1)), memory, "a").year == LAST


@pytest.mark.parametrize(
    ("year", "day"), [(LAST, date(2025, 8, 31)), (THIS, date(2025, 11, 20)), (NEXT, date(2026, 9, 1))]
)
def test_the_day_one_works_on_is_the_nearest_of_the_year(year: SchoolYear, day: date) -> None:
    context = WorkContext(_clock(), Forgetful(), "a")
    context.choose_year(year)
    assert context.day() == day


def test_listeners_hear_of_a_change_and_of_nothing_else() -> None:
    context = WorkContext(_clock(), Forgetful(), "a")
    heard: list[int | None] = []
    context.listen(lambda: heard.append(context.structure_id))
    context.choose_structure(3, "La Clairière")
    context.choose_structure(3, "La Clairière")
    context.choose_year(None)
    context.choose_structure(None)
    assert heard == [3, None]


def test_a_structure_that_is_gone_is_left_and_a_new_name_is_followed() -> None:
    context = WorkContext(_clock(), Forgetful(), "a")
    context.choose_structure(1, "La Clairière")
    context.check(WorkPlaces(_structures("La Clairière du bois"), outside=False, years=(THIS,)))
    assert (context.structure_id, context.structure_name) == (1, "La Clairière du bois")
    context.check(WorkPlaces((), outside=False, years=(THIS,)))
    assert context.structure_id is None
    context.choose_structure(NO_STRUCTURE, "Activités sans structure")
    context.check(WorkPlaces((), outside=True, years=(THIS,)))
    assert context.structure_id == NO_STRUCTURE


def test_what_was_not_written_by_the_program_is_not_believed() -> None:
    memory = Forgetful()
    memory.kept |= {"context-a/structure": "trois", "context-a/year": "99999"}
    context = WorkContext(_clock(), memory, "a")
    assert (context.structure_id, context.year) == (None, THIS)


# --- what there is to choose ----------------------------------------------------------------------------------


def test_a_single_structure_is_words_and_none_is_nothing() -> None:
    def words(places: WorkPlaces) -> list[str]:
        return [entry.words for entry in structure_entries(places)]

    assert words(WorkPlaces((), outside=True, years=(THIS,))) == []
    assert words(WorkPlaces(_structures("Le Moulin"), outside=False, years=(THIS,))) == ["Le Moulin"]
    assert words(WorkPlaces(_structures("Le Moulin"), outside=True, years=(THIS,))) == [
        "Toutes les structures", "Le Moulin", "Activités sans structure"
    ]


def test_the_year_chosen_long_ago_is_still_among_the_years() -> None:
    places = WorkPlaces((), outside=False, years=(THIS,))
    assert [entry.words for entry in year_entries(places, SchoolYear(2019))] == ["2025-2026", "2019-2020"]


# --- the two choices of the bar -------------------------------------------------------------------------------


@pytest.fixture
def bar(qtbot: QtBot) -> ContextBar:
    made = ContextBar(Theme())
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_bar_is_empty_until_it_is_filled_and_one_value_is_no_choice(bar: ContextBar) -> None:
    assert not bar.structure.selector.isVisible()
    assert not bar.year.said.isVisible()
    bar.year.show_entries([Entry(2025, "2025-2026")], 2025, away=False)
    assert (bar.year.said.isVisible(), bar.year.selector.isVisible()) == (True, False)
    assert bar.year.said.accessibleName() == "Année scolaire : 2025-2026"
    bar.year.show_entries([Entry(2026, "2026-2027"), Entry(2025, "2025-2026")], 2025, away=True)
    assert (bar.year.said.isVisible(), bar.year.selector.isVisible()) == (False, True)
    assert bar.year.selector.currentText() == "2025-2026"


def test_neither_the_wheel_nor_a_letter_changes_the_choice_before_its_list_is_seen(bar: ContextBar) -> None:
    picked: list[int | None] = []
    bar.structure.picked.connect(picked.append)
    entries = [Entry(None, "Toutes les structures", "Toutes"), Entry(1, "Le Moulin"), Entry(2, "La Clairière")]
    bar.structure.show_entries(entries, None, away=False)
    selector = bar.structure.selector
    wheel = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(0, -120), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(selector, wheel)
    QTest.keyClick(selector, Qt.Key.Key_L)
    assert (selector.currentIndex(), picked) == (0, [])
    assert selector.view().isVisible()
    QTest.keyClick(selector.view(), Qt.Key.Key_Down)
    QTest.keyClick(selector.view(), Qt.Key.Key_Return)
    assert picked == [1]


def test_a_narrow_bar_leaves_the_names_then_cuts_the_values(bar: ContextBar) -> None:
    bar.structure.show_entries([Entry(None, "Toutes les structures", "Toutes"), Entry(1, "Le Moulin")], 1, away=True)
    selector = bar.structure.selector
    assert selector.minimumSizeHint().width() < selector.sizeHint().width()
    selector.resize(selector.minimumSizeHint())
    assert not selector.grab().isNull()  # it paints itself, however small


# --- in the window --------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        opened.attend(opened.family("A"), opened.slot("ALSH", structure="La Clairière"), SCHOOL_DAYS)
        opened.attend(opened.family("B"), opened.slot("CANT"), SCHOOL_DAYS)
        yield opened


def _at_rest(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.jobs.idle)


def test_a_structure_is_chosen_by_keys_said_on_the_page_and_remembered(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    place = Place("attendance", {"day": SCHOOL_DAYS[0].isoformat()})
    with opened_window(qtbot, desk.app, tmp_path, place) as window:
        _at_rest(qtbot, window)
        page = window.screen_shown
        assert page is not None
        assert not page.scope.isVisible()
        Keyboard(qtbot, window).press(Qt.Key.Key_S, CTRL_SHIFT)
        selector = window.top_bar.context.structure.selector
        assert selector.view().isVisible()
        QTest.keyClick(selector.view(), Qt.Key.Key_Down)
        QTest.keyClick(selector.view(), Qt.Key.Key_Return)
        _at_rest(qtbot, window)
        assert (window.context.structure_id, window.context.structure_name) == (1, "La Clairière")
        assert page.scope.words.text() == "Seulement «\xa0La Clairière\xa0»"
        assert (page.scope.everywhere.isVisible(), page.scope.this_year.isVisible()) == (True, False)
        window.context.choose_year(LAST)
        window.go(Place("billing"))
        _at_rest(qtbot, window)
        assert window.screen_shown is not None
        assert window.screen_shown.scope.words.text() == (
            "Seulement «\xa0La Clairière\xa0», année 2024-2025 (ses services, facturés en entier)"
        )
        window.context.choose_year(None)
        window.context.choose_structure(NO_STRUCTURE, "Activités sans structure")
        window.go(Place("invoices"))
        _at_rest(qtbot, window)
        assert window.screen_shown.scope.words.text() == (
            "Seulement les activités sans structure (les factures qui y ont une ligne)"
        )
        window.context.choose_structure(1, "La Clairière")
        _at_rest(qtbot, window)
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        _at_rest(qtbot, window)
        assert window.screen_shown is not None
        assert window.screen_shown.scope.words.text() == "Seulement «\xa0La Clairière\xa0»"
        window.screen_shown.scope.everywhere.click()
        _at_rest(qtbot, window)
        assert not window.screen_shown.scope.isVisible()
        assert selector_text(window) == "Toutes les structures"


def selector_text(window: MainWindow) -> str:
    return window.top_bar.context.structure.selector.currentText()


def test_another_year_is_said_and_the_current_one_is_one_click_away(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("catalog")) as window:
        _at_rest(qtbot, window)
        window.context.choose_year(LAST)
        _at_rest(qtbot, window)
        page = window.screen_shown
        assert page is not None
        assert page.scope.words.text() == "Seulement l'année 2024-2025"
        assert page.scope.this_year.text() == "Année 2025-2026"
        page.scope.this_year.click()
        _at_rest(qtbot, window)
        assert not page.scope.isVisible()
        assert window.context.other_year is None


def test_a_new_structure_can_be_chosen_at_once(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        _at_rest(qtbot, window)
        desk.do(CreateStructure("MOULIN", "Le Moulin", StructureKind.LEISURE_CENTER))
        selector = window.top_bar.context.structure.selector
        qtbot.waitUntil(lambda: window.jobs.idle and selector.findText("Le Moulin") >= 0)


def test_an_agent_who_may_not_see_structures_has_no_choice_of_them(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.door(frozenset({"families.read"})), tmp_path, Place("families")) as window:
        _at_rest(qtbot, window)
        assert not window.top_bar.context.structure.selector.isVisible()
        assert not window.top_bar.context.structure.said.isVisible()
