"""A day clocked in the window with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from backoffice.attendance.rules import AttendanceState
from backoffice.billing.explaining import AttendanceOfDay
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
