"""« Mon travail » with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.desk import Desk, open_desk
from tests.support.window import open_screen
from ui.presenting import Place
from ui.screens.home.view import HomeView


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def test_enter_starts_the_most_pressing_work(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.attend(desk.family(payer=False), desk.slot())
    page = open_screen(qtbot, desk.app, HomeView, tmp_path, Place("home"))
    table = page.screen.table
    qtbot.waitUntil(lambda: table.table_model.rowCount() == 2)
    assert table.hasFocus()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert page.went == [Place("billing", {"month": "2025-10"})]
    assert page.screen.following.isVisible()
    assert not page.screen.last.isVisible()


def test_a_town_without_work_says_so(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    page = open_screen(qtbot, desk.app, HomeView, tmp_path, Place("home"))
    qtbot.waitUntil(page.screen.empty.isVisible)
    assert not page.screen.table.isVisible()
