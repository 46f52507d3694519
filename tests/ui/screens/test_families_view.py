"""The list of families with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.desk import Desk, open_desk
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.families.view import FamiliesView


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def test_a_word_finds_and_enter_opens(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family("MARTIN", "Léa")
    wanted = desk.family("PETIT", "Noé")
    with opened_window(qtbot, desk.app, tmp_path, Place("families")) as window:
        keys, page = Keyboard(qtbot, window), window.screen_shown
        assert isinstance(page, FamiliesView)
        qtbot.waitUntil(lambda: page.list.table.table_model.total == 4)
        keys.press(Qt.Key.Key_F3)
        keys.type("noe")
        keys.press(Qt.Key.Key_Return)
        assert window.here() == Place("family", {"id": str(wanted.id), "person": str(wanted.child)})
        qtbot.waitUntil(lambda: window.jobs.idle)


def test_a_line_of_work_shows_a_chip_that_can_be_removed(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family("MARTIN")
    desk.attend(desk.family("PETIT", "Noé", payer=False), desk.slot())
    place = Place("families", {"filter": "without_payer"})
    with opened_window(qtbot, desk.app, tmp_path, place) as window:
        page = window.screen_shown
        assert isinstance(page, FamiliesView)
        qtbot.waitUntil(lambda: page.list.table.table_model.total == 2)
        assert page._reason.text() == "Sans payeur (1)"
        page._reason.setFocus()
        Keyboard(qtbot, window).press(Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: page.list.table.table_model.total == 4)
        assert not page._reason.isVisible()
