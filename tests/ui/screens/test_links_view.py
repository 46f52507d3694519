"""« Rattachements » with the keyboard alone, on the shared database."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from backoffice.families.kinds import LinkState
from tests.support.two_services import LEISURE, MEALS, TwoServices
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.links.view import LinksView
from ui.shell.main_window import MainWindow

CTRL = Qt.KeyboardModifier.ControlModifier

# What the platform without a screen says of the list under the search box.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)")


def _page(window: MainWindow) -> LinksView:
    page = window.screen_shown
    assert isinstance(page, LinksView)
    return page


def test_a_search_that_finds_nobody_leads_to_a_request_and_its_answer(
    qtbot: QtBot, two_services: TwoServices, tmp_path: Path
) -> None:
    family, _, _ = two_services.family(MEALS)
    with opened_window(qtbot, two_services.door(LEISURE), tmp_path / "a", Place("home")) as window:
        keys = Keyboard(qtbot, window)
        qtbot.waitUntil(lambda: window.jobs.idle)
        keys.press(Qt.Key.Key_K, CTRL)
        keys.type("martin lea 04/05/2018")
        qtbot.waitUntil(lambda: window.jobs.idle and window.search._list.count() == 2)
        QTest.keyClick(window.search._popup, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.here().screen == "links" and _page(window).panel.isVisible())
        page = _page(window)
        qtbot.waitUntil(lambda: window.jobs.idle)
        assert page.panel.form.values()["birth_date"] == "04/05/2018"
        page.panel.form.focus_on("reason")
        keys.type("Mercredis")
        keys.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: page.own.table_model.rowCount() == 1 and window.jobs.idle)
        assert not page.panel.isVisible()
        assert page.own.hasFocus()  # the other list is empty, and hidden

    with opened_window(qtbot, two_services.door(MEALS), tmp_path / "b", Place("links")) as window:
        keys, page = Keyboard(qtbot, window), _page(window)
        qtbot.waitUntil(lambda: window.jobs.idle and page.to_decide.table_model.rowCount() == 1)
        assert page.to_decide.hasFocus()
        keys.press(Qt.Key.Key_A)
        qtbot.waitUntil(lambda: window.jobs.idle and _state(page) is LinkState.ACCEPTED)
        assert not page._accept.isVisible()
        keys.press(Qt.Key.Key_A)  # answered once: nothing more
        keys.press(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.here() == Place("family", {"id": str(family)}))
        qtbot.waitUntil(lambda: window.jobs.idle)


def _state(page: LinksView) -> LinkState | None:
    row = page.to_decide.current_row()
    return row.state if row is not None else None
