"""« Mon travail » with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.desk import Desk, open_desk
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.home.view import HomeView


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def test_enter_starts_the_work_under_the_keyboard(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.attend(desk.family(payer=False), desk.slot(), arrived=500)
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        keys, page = Keyboard(qtbot, window), window.screen_shown
        assert isinstance(page, HomeView)
        qtbot.waitUntil(lambda: page.table.table_model.rowCount() == 3)
        assert page.table.hasFocus()
        assert page.following.isVisible()
        assert not page.last.isVisible()
        keys.press(Qt.Key.Key_Down)
        keys.press(Qt.Key.Key_Down)
        keys.press(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.jobs.idle)
        assert window.here().screen == "attendance"
        assert window.here().parameters["filter"] == "missing"
        keys.press(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
        assert window.here() == Place("home")
        assert page.table.currentIndex().row() == 2


def test_a_town_without_work_says_so(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        page = window.screen_shown
        assert isinstance(page, HomeView)
        qtbot.waitUntil(page.empty.isVisible)
        assert not page.table.isVisible()
