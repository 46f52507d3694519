"""An invoice found, read, and cancelled in the window with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.desk import Desk, open_desk
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.invoices.view import InvoicesView


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        slot = opened.slot()
        opened.attend(opened.family("MARTIN"), slot)
        opened.attend(opened.family("DURAND", "Tom"), slot)
        opened.issue()
        yield opened


def test_an_invoice_is_found_read_and_cancelled(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("invoices")) as window:
        keys = Keyboard(qtbot, window)
        page = window.screen_shown
        assert isinstance(page, InvoicesView)
        preview = page.panel.preview
        qtbot.waitUntil(lambda: "MARTIN" in preview.text, timeout=20_000)

        keys.press(Qt.Key.Key_F3)
        keys.type("durand")
        qtbot.waitUntil(lambda: "DURAND" in preview.text, timeout=20_000)
        before = preview.zoom
        keys.press(Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: preview.zoom > before)
        keys.press(Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: abs(preview.zoom - before) < 0.05)
        assert "DURAND" in preview.sheet.accessibleDescription()

        keys.press(Qt.Key.Key_X, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda: "Présence (8)" in page.panel.explanation.toPlainText())

        keys.press(Qt.Key.Key_N, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(page.panel.reason.hasFocus)
        keys.type("Erreur de pointage")
        keys.answer("Émettre l'avoir")
        keys.press(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: page.list.table.table_model.total == 3)
        page.list.search.clear()
        qtbot.waitUntil(lambda: "CANT-A251100001" in page.panel.accessibleName())
        assert not page.panel.cancel.isEnabled()
