"""A price changed and a slot renamed in the window, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from backoffice.catalog.overview import ActivityView, CatalogOverview
from backoffice.tariffs.overview import TariffsOfSlot
from tests.support.desk import GRID, Desk, open_desk
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.catalog.view import CatalogView
from ui.shell.main_window import MainWindow

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        opened.slot("CANT", structure="La Clairière")
        opened.slot("ALSH", GRID, name="Accueil de loisirs")
        yield opened


def _held(window: MainWindow) -> str:
    """The name of what has the keyboard."""
    held: QWidget | None = window.focusWidget()
    return "" if held is None else held.accessibleName()


def test_a_price_is_changed_from_a_day_on(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("catalog")) as window:
        keys = Keyboard(qtbot, window)
        page = window.screen_shown
        assert isinstance(page, CatalogView)
        qtbot.waitUntil(lambda: page.right.currentWidget() is page.detail)

        keys.press(Qt.Key.Key_F3)
        keys.type("repas cant")
        keys.press(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: page.detail.title.text() == "Repas CANT")
        qtbot.waitUntil(lambda: page.detail.tariffs.simulator.price.text() == "4,15\u00a0€")

        keys.press(Qt.Key.Key_N, ALT)
        qtbot.waitUntil(lambda: page.right.currentWidget() is page.editor)
        keys.press(Qt.Key.Key_Tab)
        keys.press(Qt.Key.Key_A, CTRL)
        keys.type("4,3")
        qtbot.waitUntil(lambda: page.editor.simulator.price.text() == "4,30\u00a0€")
        keys.press(Qt.Key.Key_S, CTRL)
        assert "Remplissez" in page.editor.form.entry("from").accessibleDescription()
        assert page.editor.form.entry("from").hasFocus()
        keys.type("1/1")
        keys.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: page.right.currentWidget() is page.detail)
        found = desk.ask(TariffsOfSlot(1))
        assert [(view.valid_from, view.valid_to) for view in found] == [
            (date(2026, 1, 1), None), (date(2024, 9, 1), date(2025, 12, 31))
        ]


def test_a_slot_is_renamed_and_a_bracket_added_where_it_is_read(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("catalog", {"slot": "2"})) as window:
        keys = Keyboard(qtbot, window)
        page = window.screen_shown
        assert isinstance(page, CatalogView)
        qtbot.waitUntil(lambda: page.detail.title.text() == "Repas ALSH")

        keys.press(Qt.Key.Key_F2)
        qtbot.waitUntil(page.form.form.entry("label").hasFocus)
        keys.type("Grand jour")
        keys.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: page.detail.title.text() == "Grand jour")

        keys.press(Qt.Key.Key_N, ALT)
        qtbot.waitUntil(lambda: page.right.currentWidget() is page.editor)
        keys.press(Qt.Key.Key_H, ALT)  # one more bracket, before the last: its bound has the keyboard
        qtbot.waitUntil(lambda: _held(window) == "Jusqu'au quotient, ligne 3")
        keys.type("900")
        keys.press(Qt.Key.Key_Tab)
        keys.press(Qt.Key.Key_Tab)
        assert _held(window) == "Prix (€), ligne 3"
        keys.type("3,9")
        qtbot.waitUntil(lambda: page.editor.simulator.price.text() == "3,90\u00a0€")

        keys.answer("Abandonner")
        keys.press(Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: page.right.currentWidget() is page.detail)
        assert not window.preferences.unfinished


@pytest.mark.qt_log_ignore("This plugin does not support")  # menus, without a screen
def test_what_may_be_added_is_one_key_away(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("catalog", {"structure": "1"})) as window:
        keys = Keyboard(qtbot, window)
        page = window.screen_shown
        assert isinstance(page, CatalogView)
        qtbot.waitUntil(lambda: page.detail.title.text() == "La Clairière")
        keys.press(Qt.Key.Key_N, CTRL)
        qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
        menu = QApplication.activePopupWidget()
        assert menu is not None
        QTest.keyClick(menu, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: page.right.currentWidget() is page.form)
        keys.type("24/12")
        keys.press(Qt.Key.Key_Tab)
        keys.press(Qt.Key.Key_Tab)
        keys.type("travaux")
        keys.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: page.right.currentWidget() is page.detail)
        qtbot.waitUntil(lambda: page.detail.closures.table.table_model.total == 1)


def test_a_slot_never_used_is_removed_after_a_question(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("catalog", {"slot": "2", "tab": "facts"})) as window:
        keys = Keyboard(qtbot, window)
        page = window.screen_shown
        assert isinstance(page, CatalogView)
        qtbot.waitUntil(lambda: page.detail.title.text() == "Repas ALSH" and page.detail.end.isVisible())
        keys.answer("Supprimer")
        keys.press(Qt.Key.Key_R, ALT)
        qtbot.waitUntil(lambda: page.detail.title.text() == "Accueil de loisirs" and window.jobs.idle)
        assert [len(activity.slots) for activity in _activities(desk)] == [0, 1]


def test_a_slot_that_was_used_gets_its_last_day(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.attend(desk.family(), 1)
    with opened_window(qtbot, desk.app, tmp_path, Place("catalog", {"slot": "1", "tab": "facts"})) as window:
        keys = Keyboard(qtbot, window)
        page = window.screen_shown
        assert isinstance(page, CatalogView)
        qtbot.waitUntil(lambda: page.detail.title.text() == "Repas CANT" and page.detail.end.isVisible())
        keys.press(Qt.Key.Key_R, ALT)
        qtbot.waitUntil(lambda: page.right.currentWidget() is page.form)
        keys.type("31/8/2026")
        keys.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: page.right.currentWidget() is page.detail and window.jobs.idle)
        assert _activities(desk)[1].slots[0].slot.last_day == date(2026, 8, 31)


def _activities(desk: Desk) -> list[ActivityView]:
    catalog = desk.ask(CatalogOverview())
    return sorted((a for service in catalog.services for a in service.activities), key=lambda one: one.code)
