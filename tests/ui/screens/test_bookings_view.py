"""Weeks of reservations painted in the window with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from backoffice.attendance.rules import AttendanceState
from backoffice.bookings.kinds import RuleKind
from backoffice.bookings.rules.notice import DaysNotice, NoticeRule
from backoffice.bookings.rules.states import CellState
from backoffice.bookings.wishes import Wished
from backoffice.kernel.permissions import EVERYTHING
from tests.bookings.conftest import ABSENT, BOOKED, MONDAY, WEEK, Canteen, open_canteen
from tests.support.desk import open_desk
from tests.support.towns import Household
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.bookings.presenter import Scale
from ui.screens.bookings.view import BookingsView
from ui.shell.main_window import MainWindow
from ui.typography import typeset

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
)
Key = Qt.Key
HERE, AWAY = AttendanceState.BOOKED, AttendanceState.ABSENT
NEXT_WEEK = timedelta(days=7)


@dataclass
class Hands:
    """Rows are the children by name; columns the meal then the evening of each day from Monday to Friday."""

    qtbot: QtBot
    canteen: Canteen
    window: MainWindow
    page: BookingsView
    keys: Keyboard
    homes: list[Household]

    def until(self, happened: Callable[[], bool]) -> None:
        """Wait for it, then for everything that follows from it to be shown."""
        self.qtbot.waitUntil(happened)
        self.qtbot.waitUntil(lambda: self.window.jobs.idle)

    def rest(self) -> None:
        self.until(lambda: self.window.jobs.idle)

    def press(self, *keys: Qt.Key, with_: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        for key in keys:
            self.keys.press(key, with_)

    def save(self) -> None:
        self.press(Key.Key_S, with_=CTRL)
        self.rest()

    @property
    def pending(self) -> int:
        return len(self.page.presenter.draft)

    def meals(self) -> dict[tuple[int, int], AttendanceState]:
        """By row of the child and day after the Monday."""
        rows = {home.child: row for row, home in enumerate(self.homes)}
        return {(rows[child], (day - MONDAY).days): state for (child, day), state in self.canteen.states().items()}


@pytest.fixture
def canteen(tmp_path: Path) -> Iterator[Canteen]:
    with open_desk(tmp_path) as desk:
        yield open_canteen(desk)


@contextmanager
def painting(qtbot: QtBot, canteen: Canteen, folder: Path, *names: str) -> Iterator[Hands]:
    homes = [canteen.family(name) for name in names or ("AUBIN", "BENALI", "ÉLOI")]
    with painting_for(qtbot, canteen, folder, homes) as hands:
        yield hands


@contextmanager
def painting_for(qtbot: QtBot, canteen: Canteen, folder: Path, homes: list[Household]) -> Iterator[Hands]:
    with opened_window(qtbot, canteen.town.app, folder, Place("bookings", {"day": MONDAY.isoformat()})) as window:
        page = window.screen_shown
        assert isinstance(page, BookingsView)
        qtbot.waitUntil(lambda: page.table.grid.rowCount() == len(homes))
        hands = Hands(qtbot, canteen, window, page, Keyboard(qtbot, window), homes)
        hands.rest()
        yield hands


def test_a_range_is_painted_and_saved_then_taken_back(qtbot: QtBot, canteen: Canteen, tmp_path: Path) -> None:
    with painting(qtbot, canteen, tmp_path) as hands:
        assert hands.page.table.hasFocus()
        assert not hands.page.save.isEnabled()
        hands.press(Key.Key_Down, with_=SHIFT)
        hands.press(Key.Key_P)
        hands.press(Key.Key_Down)
        hands.press(Key.Key_Space)
        assert hands.page.save.text() == "Enregistrer 3 changements"
        hands.press(Key.Key_Z, with_=CTRL)
        assert hands.pending == 2
        hands.press(Key.Key_Y, with_=CTRL)
        assert hands.meals() == {}
        hands.save()
        assert hands.meals() == {(row, 0): HERE for row in range(3)}
        assert not hands.page.save.isEnabled()


def test_each_letter_says_what_it_says(qtbot: QtBot, canteen: Canteen, tmp_path: Path) -> None:
    with painting(qtbot, canteen, tmp_path) as hands:
        hands.press(Key.Key_P, Key.Key_Down, Key.Key_S, Key.Key_Down, Key.Key_P)
        hands.save()
        hands.press(Key.Key_A, Key.Key_Up, Key.Key_J, Key.Key_Up, Key.Key_Delete)
        hands.save()
        assert hands.meals() == {(1, 0): AttendanceState.EXCUSED, (2, 0): AWAY}


def test_a_week_is_pasted_into_the_next(qtbot: QtBot, canteen: Canteen, tmp_path: Path) -> None:
    with painting(qtbot, canteen, tmp_path) as hands:
        hands.press(Key.Key_Right, with_=CTRL | SHIFT)
        hands.press(Key.Key_P)
        assert hands.pending == 10
        hands.press(Key.Key_Home)
        hands.press(Key.Key_C, with_=CTRL)
        hands.press(Key.Key_Right, with_=CTRL)
        hands.rest()
        hands.press(Key.Key_V, with_=CTRL)
        assert hands.pending == 20
        hands.save()
        assert sorted(hands.meals()) == [(0, day) for day in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]


def test_a_line_is_filled_down_over_the_range(qtbot: QtBot, canteen: Canteen, tmp_path: Path) -> None:
    with painting(qtbot, canteen, tmp_path) as hands:
        hands.press(Key.Key_P)
        hands.press(Key.Key_Down, Key.Key_Down, with_=SHIFT)
        hands.press(Key.Key_D, with_=CTRL)
        hands.save()
        assert hands.meals() == {(row, 0): HERE for row in range(3)}


def test_a_drag_of_the_mouse_paints_and_follows_where_it_began(
    qtbot: QtBot, canteen: Canteen, tmp_path: Path
) -> None:
    with painting(qtbot, canteen, tmp_path) as hands:
        hands.press(Key.Key_P)
        table = hands.page.table

        def place(row: int, column: int) -> QPoint:
            return table.visualRect(table.grid.index(row, column)).center()

        viewport, left = table.viewport(), Qt.MouseButton.LeftButton
        QTest.mousePress(viewport, left, pos=place(2, 0))
        QTest.mouseMove(viewport, place(1, 0))
        QTest.mouseMove(viewport, place(0, 0))
        QTest.mouseRelease(viewport, left, pos=place(0, 0))
        assert set(hands.page.presenter.draft.wanted.values()) == {BOOKED}
        assert hands.pending == 3


def too_late(canteen: Canteen) -> None:
    """It is Sunday noon, and Monday was to be booked two days before."""
    canteen.rule(RuleKind.NOTICE, NoticeRule(book=DaysNotice(2)))
    canteen.at(24 * 6)


def test_past_a_rule_a_reason_is_asked_beside_the_grid(qtbot: QtBot, canteen: Canteen, tmp_path: Path) -> None:
    too_late(canteen)
    with painting(qtbot, canteen, tmp_path) as hands:
        hands.press(Key.Key_P)
        hands.save()
        panel = hands.page.reason
        assert panel.isVisible()
        assert panel.list.count() == 1
        assert "AUBIN" in panel.list.item(0).text()
        assert panel.reason.hasFocus()
        hands.press(Key.Key_Return, with_=CTRL)
        assert panel.reason.property("state") == "error"
        hands.keys.type("Accord de la mairie")
        hands.press(Key.Key_Return, with_=CTRL)
        hands.rest()
        assert hands.meals() == {(0, 0): HERE}
        assert canteen.row(hands.homes[0])["note"] == "Accord de la mairie"
        assert not panel.isVisible()
        assert hands.page.table.hasFocus()


def test_a_locked_cell_says_why_and_stays(qtbot: QtBot, canteen: Canteen, tmp_path: Path) -> None:
    homes = [canteen.family("AUBIN")]
    too_late(canteen)
    canteen.town.app = canteen.town.door(EVERYTHING - {"attendance.unlock"}, now=canteen.town.app.clock.now())
    with painting_for(qtbot, canteen, tmp_path, homes) as hands:
        hands.press(Key.Key_P)
        assert hands.pending == 0
        assert hands.page.said.startswith("AUBIN")
        table = hands.page.table
        why = hands.page.presenter.sheet.why_locked(0, 0) if hands.page.presenter.sheet else ""
        assert why
        assert typeset(why) in hands.page.said
        assert why in table.grid.data(table.currentIndex(), Qt.ItemDataRole.ToolTipRole)


def test_a_screen_reader_hears_each_cell_as_a_sentence(qtbot: QtBot, canteen: Canteen, tmp_path: Path) -> None:
    with painting(qtbot, canteen, tmp_path) as hands:
        hands.press(Key.Key_P)
        table = hands.page.table
        found = QAccessible.queryAccessibleInterface(table)
        width = table.grid.columnCount() + 1  # the names first, as the days above
        words = found.child(width + 1).text(QAccessible.Text.Name)
        assert words.startswith("AUBIN")
        assert words.endswith(", lundi 7 septembre, Repas : Présence, à enregistrer")


def test_what_is_not_saved_waits_when_the_agent_goes_elsewhere(
    qtbot: QtBot, canteen: Canteen, tmp_path: Path
) -> None:
    with painting(qtbot, canteen, tmp_path) as hands:
        hands.press(Key.Key_P)
        hands.window.go(Place("home"))
        hands.rest()
        hands.window.go(Place("bookings"))
        hands.rest()
        assert hands.page.save.text() == "Enregistrer 1 changement"
        hands.save()
        assert hands.meals() == {(0, 0): HERE}


def test_what_others_do_appears_and_mine_stays(qtbot: QtBot, canteen: Canteen, tmp_path: Path) -> None:
    with painting(qtbot, canteen, tmp_path) as hands:
        hands.press(Key.Key_S, Key.Key_Down, Key.Key_P)
        canteen.book(hands.homes[0])
        canteen.book(hands.homes[2])
        hands.page.changed_elsewhere(perhaps_mine=False)
        hands.rest()
        look = hands.page.cells
        assert look is not None
        assert look.look(0, 0) == (CellState.SPECIAL, True, True)  # a conflict
        assert look.look(1, 0) == (CellState.PRESENCE, True, False)
        assert look.look(2, 0) == (CellState.PRESENCE, False, False)
        assert hands.page.banner.isVisible()
        hands.save()
        assert hands.meals() == {(row, 0): HERE for row in range(3)}


def test_children_are_found_by_name_without_accents_and_by_state(
    qtbot: QtBot, canteen: Canteen, tmp_path: Path
) -> None:
    with painting(qtbot, canteen, tmp_path) as hands:
        canteen.save(canteen.change(hands.homes[1], BOOKED))
        canteen.save(canteen.change(hands.homes[1], ABSENT, seen=BOOKED))
        hands.page.refresh()
        hands.rest()
        hands.press(Key.Key_F3)
        hands.keys.type("eloi")
        hands.until(lambda: hands.page.table.grid.rowCount() == 1)
        hands.page.search.clear()
        hands.until(lambda: hands.page.table.grid.rowCount() == 3)
        hands.page.legend.button(CellState.ABSENCE).setFocus()
        hands.press(Key.Key_Space)
        assert hands.page.table.grid.rowCount() == 1
        words = hands.page.table.grid.headerData(0, Qt.Orientation.Vertical, Qt.ItemDataRole.AccessibleTextRole)
        assert words.startswith("BENALI")


def test_a_request_of_a_family_is_accepted_beside_the_grid(qtbot: QtBot, canteen: Canteen, tmp_path: Path) -> None:
    home = canteen.family("AUBIN")
    canteen.ask(home, Wished(home.child, canteen.meal, MONDAY), Wished(home.child, canteen.meal, WEEK[1]))
    with painting_for(qtbot, canteen, tmp_path, [home]) as hands:
        assert hands.page.cells is not None
        assert hands.page.cells.look(0, 0)[0] is CellState.PENDING
        hands.press(Key.Key_D, with_=ALT)
        hands.until(hands.page.wishes.list.hasFocus)
        hands.press(Key.Key_E, with_=ALT)
        hands.until(lambda: hands.page.wishes.list.count() == 0)
        assert hands.meals() == {(0, 0): HERE, (0, 1): HERE}


def test_a_request_is_not_refused_without_a_word(qtbot: QtBot, canteen: Canteen, tmp_path: Path) -> None:
    home = canteen.family("AUBIN")
    canteen.ask(home, Wished(home.child, canteen.meal, MONDAY))
    with painting_for(qtbot, canteen, tmp_path, [home]) as hands:
        hands.press(Key.Key_D, with_=ALT)
        hands.until(hands.page.wishes.list.hasFocus)
        hands.press(Key.Key_R, with_=ALT)
        hands.until(hands.page.wishes.reason.hasFocus)
        assert hands.page.wishes.reason.property("state") == "error"
        hands.keys.type("Sortie scolaire ce jour")
        hands.press(Key.Key_R, with_=ALT)
        hands.until(lambda: hands.page.wishes.list.count() == 0)
        assert hands.meals() == {}
        assert [row["answer"] for row in canteen.town.rows("booking_wishes")] == ["refused"]


def test_day_week_and_month_have_their_keys(qtbot: QtBot, canteen: Canteen, tmp_path: Path) -> None:
    with painting(qtbot, canteen, tmp_path) as hands:
        for key, scale, columns in (
            (Key.Key_3, Scale.MONTH, 44), (Key.Key_1, Scale.DAY, 2), (Key.Key_2, Scale.WEEK, 10),
        ):  # fmt: skip
            hands.press(key, with_=ALT)
            hands.rest()
            assert (hands.page.presenter.scale, hands.page.table.grid.columnCount()) == (scale, columns)
