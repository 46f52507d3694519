"""The list of families with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from tests.support.desk import Desk, open_desk
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.families.view import FamiliesView

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


def in_menu(qtbot: QtBot, keys: Keyboard, words: str) -> None:
    """F4, the arrows down to these words, Enter."""
    keys.press(Qt.Key.Key_F4)
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    for _ in menu.actions():
        held: QAction | None = menu.activeAction()
        if held is not None and held.text().replace("&", "").startswith(words):
            break
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)


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


@pytest.mark.qt_log_ignore("This plugin does not support")  # menus, without a screen
def test_a_view_is_named_found_again_and_deleted_with_the_keyboard(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family("MARTIN", "Léa")
    desk.family("PETIT", "Noé")
    with opened_window(qtbot, desk.app, tmp_path, Place("families")) as window:
        keys, page = Keyboard(qtbot, window), window.screen_shown
        assert isinstance(page, FamiliesView)
        model = page.list.table.table_model
        qtbot.waitUntil(lambda: model.total == 4)

        keys.press(Qt.Key.Key_E, ALT)  # children only
        page.list.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        keys.press(Qt.Key.Key_F3)
        keys.type("e")
        qtbot.waitUntil(lambda: model.rowCount() == 2)
        in_menu(qtbot, keys, "Enregistrer cette vue…")
        keys.type("Petits")
        keys.press(Qt.Key.Key_Return)
        assert page.list._views_button.text() == "Vue : Petits"
        assert page.list.table.hasFocus()

        in_menu(qtbot, keys, "Tout afficher")
        qtbot.waitUntil(lambda: model.rowCount() == 4)
        assert page.list.search.text() == ""
        assert [row.last_name for row in model.rows_seen()] == ["MARTIN", "MARTIN", "PETIT", "PETIT"]

        in_menu(qtbot, keys, "Petits")
        assert [row.first_name for row in model.rows_seen()] == ["Noé", "Léa"]
        assert page.list.table.arrangement().sorted_by == "Prénom"

        in_menu(qtbot, keys, "Supprimer « Petits »")
        assert page.list.views.shelf.own == []
        qtbot.waitUntil(lambda: window.jobs.idle)


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_page_opens_on_the_view_chosen_for_that_unless_it_is_opened_for_something(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    desk.family("MARTIN", "Léa")
    with opened_window(qtbot, desk.app, tmp_path, Place("families")) as window:
        keys, page = Keyboard(qtbot, window), window.screen_shown
        assert isinstance(page, FamiliesView)
        qtbot.waitUntil(lambda: page.list.table.table_model.total == 2)
        in_menu(qtbot, keys, "Enfants par date de naissance")
        in_menu(qtbot, keys, "Ouvrir cette page sur « Enfants par date de naissance »")
        qtbot.waitUntil(lambda: window.jobs.idle)
    for place, total in ((Place("families"), 1), (Place("families", {"filter": "ending_quotients"}), 0)):
        with opened_window(qtbot, desk.app, tmp_path, place) as window:
            again = window.screen_shown
            assert isinstance(again, FamiliesView)
            qtbot.waitUntil(lambda: window.jobs.idle)
            assert again.list.table.table_model.total == total


def test_columns_stay_as_the_agent_left_them(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family("MARTIN", "Léa")
    for visit in (1, 2):
        with opened_window(qtbot, desk.app, tmp_path, Place("families")) as window:
            page = window.screen_shown
            assert isinstance(page, FamiliesView)
            qtbot.waitUntil(lambda: window.jobs.idle)
            table = page.list.table
            if visit == 1:
                table.horizontalHeader().moveSection(0, 3)
                table.setColumnWidth(1, 222)
                table._show_column(9, False)
            titles = [column.title for column in table.columns_seen()]
            assert titles == ["Prénom", "Place", "Né(e) le", "Nom", "Famille", "Dossier", "QF", "Téléphone", "Courriel"]
            assert table.columnWidth(1) == 222


def test_what_is_seen_is_read_on_paper_and_escape_comes_back(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family("MARTIN", "Léa")
    with opened_window(qtbot, desk.app, tmp_path, Place("families")) as window:
        keys, page = Keyboard(qtbot, window), window.screen_shown
        assert isinstance(page, FamiliesView)
        qtbot.waitUntil(lambda: page.list.table.table_model.total == 2)
        keys.press(Qt.Key.Key_E, ALT)
        qtbot.waitUntil(lambda: page.list.table.table_model.total == 1)
        page.list.table.setFocus()
        keys.press(Qt.Key.Key_P, CTRL)
        qtbot.waitUntil(lambda: window.pages.paper_shown is not None)
        paper = window.pages.paper_shown
        assert paper is not None
        qtbot.waitUntil(lambda: paper.preview.text != "", timeout=20_000)
        assert "1 personne" in paper.preview.text.replace("\u00a0", " ")
        assert "enfants" in paper.preview.text
        assert "Camille" not in paper.preview.text
        saved = tmp_path / "familles.pdf"
        paper.save_to(saved)
        qtbot.waitUntil(saved.exists)
        keys.press(Qt.Key.Key_Escape)
        assert window.pages.paper_shown is None
        assert window.here() == Place("families")
        assert page.list.table.hasFocus()
        qtbot.waitUntil(lambda: window.jobs.idle)
