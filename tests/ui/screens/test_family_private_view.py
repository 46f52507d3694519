"""Health and bank details in the file of a family, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from backoffice.bank.commands import AddMandate
from backoffice.bank.rules import MandateValues
from backoffice.families.kinds import MemberRole
from backoffice.health.commands import EditHealthSheet
from backoffice.kernel.permissions import EVERYTHING
from tests.support.desk import Desk, open_desk
from tests.support.private import FRENCH_ACCOUNT, SHEET
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.family.view import FamilyView
from ui.shell.main_window import MainWindow

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        opened.app = opened.door(EVERYTHING)
        yield opened


def _page(window: MainWindow) -> FamilyView:
    page = window.screen_shown
    assert isinstance(page, FamilyView)
    return page


def _words(inside: QWidget) -> str:
    return "\n".join(found.text() for found in inside.findChildren(QLabel) if found.isVisibleTo(inside))


def _button(inside: QWidget, words: str) -> QPushButton:
    return next(
        found for found in inside.findChildren(QPushButton)
        if found.text().replace("&", "") == words and found.isVisibleTo(inside)
    )


def test_a_sheet_is_opened_for_a_reason_read_and_closed(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    family = desk.family()
    desk.do(EditHealthSheet(family.child, 0, SHEET))
    place = Place("family", {"id": str(family.id), "person": str(family.child)})
    with opened_window(qtbot, desk.app, tmp_path, place) as window:
        keys, page = Keyboard(qtbot, window), _page(window)
        card = page.people[MemberRole.CHILD].card
        qtbot.waitUntil(lambda: window.jobs.idle and "A une allergie ou un PAI" in _words(card))
        assert "Arachides" not in _words(card)
        assert "s'enregistre" in _words(card)

        keys.press(Qt.Key.Key_C, ALT)
        qtbot.waitUntil(page.panel.isVisible)
        keys.type("Urgence")
        keys.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: "Arachides" in _words(card) and window.jobs.idle)
        assert not page.panel.isVisible()
        assert "urgence ou accident" in _words(card)
        held = window.focusWidget()
        assert held is not None
        assert held.accessibleName() == "Fiche de la personne"  # its words scroll under the keyboard

        keys.press(Qt.Key.Key_R, ALT)
        qtbot.waitUntil(lambda: "Arachides" not in _words(card))
        keys.press(Qt.Key.Key_L, ALT)
        qtbot.waitUntil(lambda: "cheffe\u00a0: Urgence ou accident" in _words(card))


def test_another_child_does_not_show_what_was_opened(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    family = desk.family()
    desk.do(EditHealthSheet(family.child, 0, SHEET))
    place = Place("family", {"id": str(family.id), "person": str(family.child), "task": f"health:{family.child}"})
    with opened_window(qtbot, desk.app, tmp_path, place) as window:
        keys, page = Keyboard(qtbot, window), _page(window)
        qtbot.waitUntil(lambda: page.panel.isVisible() and window.jobs.idle)
        keys.type("Urgence")
        keys.press(Qt.Key.Key_S, CTRL)
        card = page.people[MemberRole.CHILD].card
        qtbot.waitUntil(lambda: "Arachides" in _words(card))
        window.go(Place("families"))
        qtbot.waitUntil(lambda: window.jobs.idle)
        window.go(Place("family", {"id": str(desk.family("AUTRE").id)}))
        qtbot.waitUntil(lambda: window.jobs.idle)
        window.go(Place("family", {"id": str(family.id), "person": str(family.child)}))
        qtbot.waitUntil(lambda: window.jobs.idle and "Santé" in _words(card))
        assert "Arachides" not in _words(card)


def test_an_account_is_masked_shown_and_masked_again(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    family = desk.family()
    values = MandateValues(
        family.parent, "MARTIN Camille", "RUM-1", date(2025, 8, 25), date(2025, 9, 1), iban=FRENCH_ACCOUNT
    )
    desk.do(AddMandate(family.id, values))
    with opened_window(qtbot, desk.app, tmp_path, Place("family", {"id": str(family.id)})) as window:
        page = _page(window)
        qtbot.waitUntil(lambda: window.jobs.idle and "•••0 185" in _words(page))
        assert "3000" not in _words(page)

        _button(page, "Afficher").click()
        qtbot.waitUntil(lambda: "FR76 3000 1007 9412 3456 7890 185" in _words(page))
        _button(page, "Masquer").click()
        assert "3000" not in _words(page)


def test_who_may_not_sees_neither_sheet_nor_account(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    family = desk.family()
    desk.do(EditHealthSheet(family.child, 0, SHEET))
    closed = {"health.read", "health.edit", "health.audit", "attendance.read", "bank.read", "bank.edit"}
    door = desk.door(EVERYTHING - closed)
    place = Place("family", {"id": str(family.id), "person": str(family.child)})
    with opened_window(qtbot, door, tmp_path, place) as window:
        page = _page(window)
        qtbot.waitUntil(lambda: window.jobs.idle)
        assert "Santé" not in _words(page.people[MemberRole.CHILD].card)
        page.show_tab(next(iter(type(page._tab))))
        qtbot.waitUntil(lambda: "Non\u00a0: la famille paie autrement." in _words(page))
        assert [found.text() for found in page.findChildren(QPushButton) if found.text() == "Afficher"] == []
