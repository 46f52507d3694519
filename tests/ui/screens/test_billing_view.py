"""A month billed in the window with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from backoffice.billing.lists import ListInvoices
from tests.support.desk import GRID, Desk, open_desk
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.billing.view import BillingView


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        slot = opened.slot(tariff=GRID)
        opened.attend(opened.family("MARTIN", quotient="700"), slot)
        opened.attend(opened.family("NOQUOTIENT", "Tom"), slot)
        yield opened


def test_a_month_is_looked_at_explained_and_issued(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("billing")) as window:
        keys = Keyboard(qtbot, window)
        page = window.screen_shown
        assert isinstance(page, BillingView)
        qtbot.waitUntil(page.issue.isEnabled)
        assert page.issue.text() == "Émettr&e 1\u00a0facture…"

        keys.press(Qt.Key.Key_O, Qt.KeyboardModifier.AltModifier)  # « Toutes »
        qtbot.waitUntil(lambda: page.list.table.table_model.rowCount() == 2)
        assert page.list.table.hasFocus()
        keys.press(Qt.Key.Key_Home)
        keys.press(Qt.Key.Key_Return)
        assert page.explanation.hasFocus()
        qtbot.waitUntil(lambda: "Présence (8)" in page.explanation.toPlainText())
        keys.press(Qt.Key.Key_Escape)
        assert not page.beside.is_open
        assert page.list.table.hasFocus()

        keys.answer("Émettre 1\u00a0facture")
        keys.press(Qt.Key.Key_E, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda: not page.banner.isHidden())
        assert "1\u00a0facture émise" in page.banner.accessibleName()
        qtbot.waitUntil(lambda: window.jobs.idle)
        assert [row.number for row in desk.ask(ListInvoices())] == ["CANT-F251100001"]
        assert not page.issue.isEnabled()

        keys.press(Qt.Key.Key_F2)
        assert window.here() == Place("family", {"id": "2"})
