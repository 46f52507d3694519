"""« Suivi des pièces » in the real window, by the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from backoffice.catalog.queries import activity_places
from backoffice.documents.types import AdoptStartingTypes
from backoffice.kernel.periods import Period
from backoffice.registrations.commands import RequestRegistration
from tests.support.towns import SmallTown
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.follow_up.view import FollowUpView
from ui.shell.main_window import MainWindow

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def owing(town: SmallTown) -> SmallTown:
    town.slot()
    town.do(AdoptStartingTypes())
    with town.database.read() as session:
        activity = min(activity_places(session))
    for name in ("MARTIN", "BERNARD"):
        home = town.family(name)
        town.do(RequestRegistration(home.id, home.child, activity, Period(town.now.date())))
    return town


def _page(window: MainWindow) -> FollowUpView:
    page = window.screen_shown
    assert isinstance(page, FollowUpView)
    return page


def test_everything_seen_is_reminded_unless_chosen_otherwise(
    qtbot: QtBot, owing: SmallTown, tmp_path: Path
) -> None:
    with opened_window(qtbot, owing.app, tmp_path, Place("follow_up")) as window:
        page, keys = _page(window), Keyboard(qtbot, window)
        qtbot.waitUntil(lambda: window.jobs.idle and len(page.list.table.selected_rows()) == 12)
        page.list.search.setText("bernard")
        qtbot.waitUntil(lambda: {row.family for row in page.list.table.selected_rows()} == {"BERNARD"})
        keys.press(Qt.Key.Key_L, ALT)
        qtbot.waitUntil(lambda: window.jobs.idle and page.panel.isVisible())
        assert "Le dossier de la famille BERNARD" in page.panel.letter.toPlainText()
        assert owing.rows("letters") == []
        keys.press(Qt.Key.Key_Return, CTRL)
        qtbot.waitUntil(lambda: window.jobs.idle and not page.panel.isVisible())
        assert len(owing.rows("letters")) == 1


def test_chips_choose_what_is_looked_at(qtbot: QtBot, owing: SmallTown, tmp_path: Path) -> None:
    with opened_window(qtbot, owing.app, tmp_path, Place("follow_up")) as window:
        page, keys = _page(window), Keyboard(qtbot, window)
        qtbot.waitUntil(lambda: window.jobs.idle)
        keys.press(Qt.Key.Key_R, ALT)
        qtbot.waitUntil(lambda: window.jobs.idle and page.again.isVisible())
        assert page.again.table.table_model.rowCount() == 2
        keys.press(Qt.Key.Key_D, ALT)
        qtbot.waitUntil(lambda: window.jobs.idle and page.figures.isVisible())
        assert page.figures.table.table_model.rowCount() == 0
        keys.press(Qt.Key.Key_X, ALT)
        qtbot.waitUntil(lambda: window.jobs.idle and page.list.isVisible())
        assert page.list.table.table_model.rowCount() == 0
