"""« Pièces à valider » in the window, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from backoffice.documents.kinds import DocumentState
from backoffice.documents.queue import ReadPiece
from tests.support.desk import NOON, Desk, open_desk
from tests.support.pieces import adopt, pdf_of, send
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.documents.view import PiecesView
from ui.shell.main_window import MainWindow

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Desk]:
    """Three insurances, the first late."""
    with open_desk(tmp_path) as opened:
        families = [opened.family(name) for name in ("MARTIN", "DURAND", "PETIT")]
        adopt(opened)
        for place, family in enumerate(families):
            words = f"Attestation de {family.id}"
            at = NOON - timedelta(hours=200 - 90 * place)
            send(opened, family, contents=[pdf_of(words, "Suite")], pages=2, at=at)
        yield opened


def _page(window: MainWindow) -> PiecesView:
    page = window.screen_shown
    assert isinstance(page, PiecesView)
    return page


def _shows(qtbot: QtBot, window: MainWindow, name: str) -> PiecesView:
    page = _page(window)
    qtbot.waitUntil(
        lambda: window.jobs.idle and page.decision._title.text().startswith(name)
        and page.preview.leaf.shown is not None, timeout=20_000,
    )  # fmt: skip
    return page


def _states(town: Desk) -> dict[int, DocumentState]:
    return {row["id"]: DocumentState(row["state"]) for row in town.rows("documents")}


def test_pieces_are_validated_rejected_and_taken_back_by_keys(qtbot: QtBot, town: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, town.app, tmp_path, Place("documents")) as window:
        keys, page = Keyboard(qtbot, window), _shows(qtbot, window, "MARTIN")
        assert page.list.hasFocus()
        assert page.list.count == 3
        assert page.title_label.text() == "Pièces à valider"

        keys.press(Qt.Key.Key_V)
        _shows(qtbot, window, "DURAND")
        assert page.list.count == 2

        keys.press(Qt.Key.Key_X)
        assert page.decision.reasons.list.hasFocus()
        keys.type("3")
        assert page.decision.reasons.words.hasFocus()
        keys.type(" Merci vprtdx")  # letters are letters in a field
        assert page.decision.reasons.words.toPlainText().endswith("Merci vprtdx")
        assert "Merci vprtdx" in page.evidence._said.text()
        keys.press(Qt.Key.Key_Return)
        _shows(qtbot, window, "PETIT")
        assert page.list.hasFocus()
        assert _states(town) == {1: DocumentState.ACCEPTED, 2: DocumentState.REJECTED, 3: DocumentState.PENDING}

        keys.press(Qt.Key.Key_Z, CTRL)
        _shows(qtbot, window, "DURAND")
        assert _states(town)[2] is DocumentState.PENDING

        keys.press(Qt.Key.Key_V)
        _shows(qtbot, window, "PETIT")
        keys.press(Qt.Key.Key_V)
        qtbot.waitUntil(lambda: page.empty.isVisible() and window.jobs.idle, timeout=20_000)
        assert set(_states(town).values()) == {DocumentState.ACCEPTED}


def test_the_digits_of_a_french_keyboard_need_no_shift(qtbot: QtBot, town: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, town.app, tmp_path, Place("documents")) as window:
        keys, page = Keyboard(qtbot, window), _shows(qtbot, window, "MARTIN")
        keys.press(Qt.Key.Key_X)
        keys.type('"')
        reasons = page.decision.reasons
        assert reasons.reason is not None
        assert reasons.reason.code == "expired"
        keys.press(Qt.Key.Key_Escape)
        assert not page.decision.is_rejecting
        assert page.list.hasFocus()
        keys.press(Qt.Key.Key_X)
        keys.press(Qt.Key.Key_Return)  # without a reason
        assert "motif" in page.decision.reasons.error.text()
        assert set(_states(town).values()) == {DocumentState.PENDING}


def test_the_page_is_turned_and_kept_so(qtbot: QtBot, town: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, town.app, tmp_path, Place("documents")) as window:
        keys, page = Keyboard(qtbot, window), _shows(qtbot, window, "MARTIN")
        keys.press(Qt.Key.Key_R)
        keys.press(Qt.Key.Key_R)
        keys.press(Qt.Key.Key_R, SHIFT)
        qtbot.waitUntil(lambda: window.jobs.idle)
        assert town.ask(ReadPiece(1)).files[0].rotation == 1
        leaf = page.preview.leaf
        for _ in range(6):
            keys.press(Qt.Key.Key_PageDown)
        qtbot.waitUntil(lambda: leaf.shown is not None and leaf.page == 1 and leaf.shown.text == "Suite")
        keys.press(Qt.Key.Key_P)
        _shows(qtbot, window, "DURAND")
        assert leaf.page == 0


def test_arrows_choose_another_piece_and_chips_narrow_the_queue(qtbot: QtBot, town: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, town.app, tmp_path, Place("documents")) as window:
        keys, page = Keyboard(qtbot, window), _shows(qtbot, window, "MARTIN")
        keys.press(Qt.Key.Key_Down)
        keys.press(Qt.Key.Key_Down)
        _shows(qtbot, window, "PETIT")
        page._chips["late"].click()
        _shows(qtbot, window, "MARTIN")
        assert page.list.hasFocus()
        assert page.list.count < 3


def test_enter_in_a_day_validates(qtbot: QtBot, town: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, town.app, tmp_path, Place("documents")) as window:
        keys, page = Keyboard(qtbot, window), _shows(qtbot, window, "MARTIN")
        page.decision.form.focus_on("valid_to")
        keys.type("30/06/2026")
        assert "30 juin 2026" in page.evidence._said.text()
        keys.press(Qt.Key.Key_Return)
        _shows(qtbot, window, "DURAND")
        assert str(town.rows("documents")[0]["valid_to"]) == "2026-06-30"


def test_a_form_is_opened_and_left_by_keys(qtbot: QtBot, town: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, town.app, tmp_path, Place("documents")) as window:
        keys, page = Keyboard(qtbot, window), _shows(qtbot, window, "MARTIN")
        keys.press(Qt.Key.Key_T)
        asking = [page.decision.is_asking]
        keys.press(Qt.Key.Key_Escape)
        asking.append(page.decision.is_asking)
        assert asking == [True, False]
        keys.press(Qt.Key.Key_D)
        assert page.decision._extra.held() == "until"


def test_keys_work_on_the_other_screen_too(qtbot: QtBot, town: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, town.app, tmp_path, Place("documents")) as window:
        keys, page = Keyboard(qtbot, window), _shows(qtbot, window, "MARTIN")
        keys.press(Qt.Key.Key_F11)
        full = page.preview.full
        assert full is not None
        with qtbot.waitActive(full):
            full.activateWindow()
        from PySide6.QtTest import QTest

        QTest.keyClick(full, Qt.Key.Key_V)
        qtbot.waitUntil(lambda: _states(town)[1] is DocumentState.ACCEPTED, timeout=20_000)
        _shows(qtbot, window, "DURAND")
        QTest.keyClick(full, Qt.Key.Key_F11)
        qtbot.waitUntil(lambda: page.preview.full is None)
