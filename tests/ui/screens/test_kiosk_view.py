"""The kiosk in its window and on the whole screen: by touch, by keyboard, by a card reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from backoffice.clocking.badges import MakeCards
from backoffice.clocking.codes import SetOwnCode
from backoffice.kernel.clock import FixedClock
from tests.clocking.days import WHOLE, Centre, at, centre_in
from tests.support.desk import open_desk
from tests.support.towns import Household
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.kiosk.tiles import LONG_PRESS_MS, TileButton
from ui.screens.kiosk.view import KioskView
from ui.shell.main_window import MainWindow

CODE = "4821"
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
LEFT_BUTTON = Qt.MouseButton.LeftButton


@dataclass
class Hands:
    qtbot: QtBot
    centre: Centre
    children: list[Household]
    window: MainWindow
    page: KioskView
    keys: Keyboard

    def until(self, happened: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(happened)
        self.qtbot.waitUntil(lambda: self.window.jobs.idle)

    def tile(self, number: int) -> TileButton:
        return self.page.grid.buttons[number]

    def words(self, number: int) -> str:
        return self.tile(number).tile.words.replace("\u00a0", " ")

    def touch(self, number: int) -> None:
        QTest.mouseClick(self.tile(number), LEFT_BUTTON, pos=QPoint(40, 40))

    def unit(self, number: int) -> tuple[str, int | None, int | None]:
        return self.centre.units(self.children[number])[WHOLE]


@pytest.fixture
def hands(qtbot: QtBot, tmp_path: Path) -> Iterator[Hands]:
    with open_desk(tmp_path) as desk:
        centre = centre_in(desk)
        children = [centre.child(name) for name in ("ARNAUD", "BLANC", "COSTE")]
        for child in children:
            centre.book(child, WHOLE)
        desk.app.clock = FixedClock(at(8, 32))
        desk.do(SetOwnCode(CODE))
        with opened_window(qtbot, desk.app, tmp_path, Place("kiosk")) as window:
            page = window.screen_shown
            assert isinstance(page, KioskView)
            qtbot.waitUntil(lambda: len(page.grid.buttons) == 3)
            found = Hands(qtbot, centre, children, window, page, Keyboard(qtbot, window))
            yield found
            if page.full is not None:
                page.leave_full()


def test_a_finger_arrives_leaves_and_takes_back(hands: Hands) -> None:
    hands.touch(0)
    assert hands.words(0) == "Présent 8 h 32"
    hands.until(lambda: hands.unit(0) == ("present", 512, None))
    hands.touch(1)
    assert "BLANC" in hands.page.undo_bar.accessibleName()
    QTest.mouseClick(hands.page.undo_bar.findChildren(QPushButton)[0], LEFT_BUTTON)
    hands.until(lambda: hands.unit(1) == ("booked", None, None))
    assert not hands.page.undo_bar.isVisible()


def test_a_long_press_corrects_and_is_not_a_touch(hands: Hands) -> None:
    QTest.mousePress(hands.tile(0), LEFT_BUTTON, pos=QPoint(40, 40))
    hands.qtbot.waitUntil(lambda: hands.page.panel.arrived is not None, timeout=LONG_PRESS_MS * 5)
    QTest.mouseRelease(hands.tile(0), LEFT_BUTTON, pos=QPoint(40, 40))
    assert hands.words(0) == "Prévu"
    panel = hands.page.panel
    assert panel.arrived is not None
    assert panel.reason is not None
    assert panel.pad is not None
    panel.arrived.setText("8h05")
    panel.reason.setCurrentIndex(1)
    for digit in CODE:
        key = next(one for one in panel.pad.findChildren(QPushButton) if one.text() == digit)
        QTest.mouseClick(key, LEFT_BUTTON)
    assert panel.pad.code.text() == CODE
    QTest.mouseClick(next(one for one in panel.pad.findChildren(QPushButton) if one.text() == "Corriger"), LEFT_BUTTON)
    hands.until(lambda: hands.unit(0) == ("present", 485, None))
    assert hands.words(0) == "Présent 8 h 05"


def test_by_keyboard_alone(hands: Hands) -> None:
    hands.tile(0).setFocus()
    hands.keys.press(Qt.Key.Key_Right)
    hands.keys.press(Qt.Key.Key_Space)
    hands.until(lambda: hands.unit(1) == ("present", 512, None))
    hands.keys.press(Qt.Key.Key_Right)
    hands.keys.press(Qt.Key.Key_Return)
    hands.until(lambda: hands.unit(2) == ("present", 512, None))
    hands.keys.press(Qt.Key.Key_Z, CTRL)
    hands.until(lambda: hands.unit(2) == ("booked", None, None))
    hands.keys.press(Qt.Key.Key_F2)
    assert hands.page.panel.arrived is not None
    assert hands.page.panel.arrived.hasFocus()
    hands.keys.press(Qt.Key.Key_Escape)
    hands.keys.press(Qt.Key.Key_E, CTRL)
    inside = hands.page.inside.table_model
    hands.qtbot.waitUntil(lambda: [row.name for row in inside.rows_seen()] == ["BLANC Léa"])


def test_letters_search_and_a_card_clocks(hands: Hands) -> None:
    (card,) = hands.centre.town.do(MakeCards((hands.children[2].child,)))
    hands.page.refresh()
    hands.qtbot.waitUntil(lambda: hands.window.jobs.idle)
    hands.tile(0).setFocus()
    hands.keys.type("bla")
    hands.qtbot.waitUntil(lambda: [button.tile.last_name for button in hands.page.grid.buttons] == ["BLANC"])
    hands.page.typed.clear()
    hands.page.presenter.search("")
    hands.tile(0).setFocus()
    hands.keys.type(card.code)
    hands.keys.press(Qt.Key.Key_Return)
    hands.until(lambda: hands.unit(2) == ("present", 512, None))
    assert hands.page.typed.text() == ""
    assert len(hands.page.grid.buttons) == 3


def test_the_whole_screen_is_left_with_a_code(hands: Hands) -> None:
    hands.page.toggle_full()
    full = hands.page.full
    assert full is not None
    assert full.isVisible()
    assert not hands.window.isVisible()
    full.close()
    QTest.keyClick(full, Qt.Key.Key_Escape)
    assert full.isVisible()
    pad = hands.page.panel.pad
    assert pad is not None
    QTest.keyClicks(pad.code, "9999")
    QTest.keyClick(pad.code, Qt.Key.Key_Return)
    hands.qtbot.waitUntil(lambda: pad.code.text() == "")
    assert hands.page.full is not None
    QTest.keyClicks(pad.code, CODE)
    QTest.keyClick(pad.code, Qt.Key.Key_Return)
    hands.qtbot.waitUntil(lambda: hands.page.full is None)
    assert hands.window.isVisible()
    hands.touch(0)
    hands.until(lambda: hands.unit(0) == ("present", 512, None))


def test_everything_is_large_enough_for_a_finger(hands: Hands) -> None:
    hands.page.presenter.hold(hands.children[0].child)
    hands.page.show_undo("Un pointage")
    assert all(min(tile.width(), tile.height()) >= 96 for tile in hands.page.grid.buttons)
    touched: list[QWidget] = [
        *hands.page.board.findChildren(QAbstractButton), *hands.page.board.findChildren(QComboBox),
        *hands.page.board.findChildren(QLineEdit),
    ]
    hands.qtbot.wait(50)
    small = [widget.accessibleName() for widget in touched
             if widget.isVisible() and widget.height() < 48 and widget.focusPolicy() is not Qt.FocusPolicy.NoFocus]
    assert small == ["Fermer"]  # of every panel: Esc does the same


def test_every_tile_says_its_name_and_its_state(hands: Hands) -> None:
    assert [tile.accessibleName() for tile in hands.page.grid.buttons] == [
        "ARNAUD Léa, Prévu", "BLANC Léa, Prévu", "COSTE Léa, Prévu",
    ]
