"""A day clocked in the window with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from backoffice.attendance.rules import AttendanceState
from backoffice.billing.explaining import AttendanceOfDay
from tests.clocking.days import MORNING, at, centre_in
from tests.support.desk import SCHOOL_DAYS, Desk, open_desk
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.attendance.view import AttendanceView
from ui.shell.main_window import MainWindow

DAY = SCHOOL_DAYS[0]
PRESENT, ABSENT, EXCUSED, BOOKED = (
    AttendanceState.PRESENT, AttendanceState.ABSENT, AttendanceState.EXCUSED, AttendanceState.BOOKED
)
CTRL = Qt.KeyboardModifier.ControlModifier


@dataclass
class Hands:
    qtbot: QtBot
    desk: Desk
    window: MainWindow
    page: AttendanceView
    keys: Keyboard

    def until(self, happened: Callable[[], bool]) -> None:
        """Wait for it, then for everything that follows from it to be shown."""
        self.qtbot.waitUntil(happened)
        self.qtbot.waitUntil(lambda: self.window.jobs.idle)

    def states(self) -> list[AttendanceState]:
        return [row.state for row in self.desk.ask(AttendanceOfDay(DAY)).rows]

    def times(self) -> list[tuple[int | None, int | None]]:
        return [(row.arrived_minute, row.left_minute) for row in self.desk.ask(AttendanceOfDay(DAY)).rows]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        slot = opened.slot()
        for name in ("A", "B", "C"):
            opened.attend(opened.family(name), slot, [DAY], BOOKED)
        yield opened


@contextmanager
def clocking(qtbot: QtBot, desk: Desk, folder: Path) -> Iterator[Hands]:
    place = Place("attendance", {"day": DAY.isoformat()})
    with opened_window(qtbot, desk.app, folder, place) as window:
        page = window.screen_shown
        assert isinstance(page, AttendanceView)
        qtbot.waitUntil(lambda: page.table.table_model.rowCount() == 3)
        yield Hands(qtbot, desk, window, page, Keyboard(qtbot, window))


def test_one_key_for_each_child_then_one_to_undo(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with clocking(qtbot, desk, tmp_path) as hands:
        for key in (Qt.Key.Key_P, Qt.Key.Key_A, Qt.Key.Key_J):
            hands.keys.press(key)
        hands.until(lambda: hands.states() == [PRESENT, ABSENT, EXCUSED])
        hands.keys.press(Qt.Key.Key_Z, CTRL)
        hands.until(lambda: hands.states() == [PRESENT, ABSENT, BOOKED])
        hands.keys.press(Qt.Key.Key_A, CTRL)
        hands.keys.press(Qt.Key.Key_N, Qt.KeyboardModifier.AltModifier)  # the button « Présence »
        hands.until(lambda: hands.states() == [PRESENT, PRESENT, PRESENT])
        assert len(hands.page.table.selected_rows()) == 3


def test_times_are_typed_down_the_list(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with clocking(qtbot, desk, tmp_path) as hands:
        hands.keys.press(Qt.Key.Key_F2)
        for text in ("8h05", "0812"):
            hands.keys.type(text)
            hands.keys.press(Qt.Key.Key_Return)
        hands.until(lambda: hands.times()[:2] == [(485, None), (492, None)])
        assert hands.page.bar.arrived.hasFocus()
        hands.keys.type("8h75")
        hands.keys.press(Qt.Key.Key_Return)
        assert hands.page.bar.arrived.property("state") == "error"
        assert hands.page.bar.arrived.text() == "8h75"
        hands.keys.press(Qt.Key.Key_Escape)
        assert hands.page.table.hasFocus()
        assert hands.page.bar.arrived.text() == ""
        assert hands.times()[2] == (None, None)


def test_letters_typed_in_a_field_record_nothing(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with clocking(qtbot, desk, tmp_path) as hands:
        hands.keys.press(Qt.Key.Key_F3)
        hands.keys.type("pa")
        hands.until(lambda: hands.window.jobs.idle)
        assert hands.page.list.search.text() == "pa"
        assert hands.states() == [BOOKED, BOOKED, BOOKED]


def test_a_time_left_unfinished_is_kept_on_the_page(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with clocking(qtbot, desk, tmp_path) as hands:
        hands.keys.press(Qt.Key.Key_F2)
        hands.keys.type("8h7")
        hands.window.go(Place("home"))
        assert hands.window.here().screen == "attendance"
        hands.keys.type("8h10")
        hands.window.go(Place("home"))
        hands.until(lambda: hands.times()[0] == (490, None))
        assert hands.window.here().screen == "home"


def test_an_unexpected_child_is_added(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family("NEUF", "Zoé")
    with clocking(qtbot, desk, tmp_path) as hands:
        hands.keys.press(Qt.Key.Key_N, CTRL)
        qtbot.waitUntil(lambda: hands.page.panel.children_list.table.table_model.total == 4)
        hands.keys.type("neuf")
        hands.keys.press(Qt.Key.Key_Return)
        hands.until(lambda: len(hands.states()) == 4)
        assert hands.page.table.table_model.rowCount() == 4
        assert hands.page.panel.children_list.search.hasFocus()
        hands.keys.press(Qt.Key.Key_Escape)
        assert not hands.page.beside.is_open
        assert hands.page.table.hasFocus()


# --- beside the day ------------------------------------------------------------------------------------------------


def test_a_clock_is_corrected_from_the_keyboard(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    centre = centre_in(desk, whole=False)
    child = centre.child("AAA")
    centre.book(child, MORNING, day=DAY)
    centre.receive(centre.arrives(child, at(8, 10, DAY)))
    place = Place("attendance", {"day": DAY.isoformat()})
    with opened_window(qtbot, desk.app, tmp_path, place) as window:
        page = window.screen_shown
        assert isinstance(page, AttendanceView)
        keys, hands = Keyboard(qtbot, window), Hands(qtbot, desk, window, page, Keyboard(qtbot, window))
        qtbot.waitUntil(lambda: page.table.table_model.rowCount() == 4)
        keys.press(Qt.Key.Key_C)
        qtbot.waitUntil(lambda: page.beside.is_open)
        hands.until(page.row_panel.form.isVisible)
        keys.press(Qt.Key.Key_Tab)
        keys.type("11:40")
        keys.press(Qt.Key.Key_Tab)
        keys.type("Oubli")
        keys.press(Qt.Key.Key_S, CTRL)
        hands.until(lambda: (490, 700) in hands.times())
        assert not page.beside.is_open
        assert page.table.hasFocus()


def test_an_absence_is_told_from_the_keyboard_and_given_up_with_escape(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    with clocking(qtbot, desk, tmp_path) as hands:
        hands.keys.press(Qt.Key.Key_M)
        hands.until(lambda: hands.page.beside.is_open)
        hands.keys.press(Qt.Key.Key_Escape)
        hands.until(lambda: not hands.page.beside.is_open)
        assert hands.page.table.hasFocus()
        hands.keys.press(Qt.Key.Key_M)
        hands.until(lambda: hands.page.beside.is_open)
        hands.keys.press(Qt.Key.Key_S, CTRL)
        hands.until(lambda: hands.states() == [ABSENT, BOOKED, BOOKED])


def test_the_lists_open_from_the_keyboard(
    qtbot: QtBot, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    menus: list[QMenu] = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, _where: menus.append(menu))  # no popup takes an offscreen keyboard
    with clocking(qtbot, desk, tmp_path) as hands:
        hands.keys.press(Qt.Key.Key_F7)
        (menu,) = menus
        assert [action.text() for action in menu.actions() if action.text()] == [
            "Liste de présence", "Liste d'évacuation", "Repas", "Liste de présence, en classeur…",
            "Liste d'évacuation, en classeur…", "Repas, en classeur…",
        ]
        assert menu.activeAction() is menu.actions()[0]
        menu.activeAction().trigger()
        hands.until(lambda: hands.window.pages.paper_shown is not None)


def test_a_line_that_nothing_clocked_keeps_its_quick_times(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with clocking(qtbot, desk, tmp_path) as hands:
        hands.keys.press(Qt.Key.Key_F2)
        hands.keys.type("8h05")
        hands.keys.press(Qt.Key.Key_Return)
        hands.until(lambda: hands.times()[0] == (485, None))
        assert not hands.page.beside.is_open
