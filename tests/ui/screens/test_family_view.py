"""The file of a family with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from backoffice.families.commands import AddPerson, SetQuotient
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import FamilyFile, ReadFamily
from backoffice.families.rules import PersonValues
from tests.support.desk import GRID, Desk, open_desk
from tests.support.row_journal import keeper_of
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.family.presenter import Tab
from ui.screens.family.view import FamilyView
from ui.shell.main_window import MainWindow

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def _file(desk: Desk, window: MainWindow) -> FamilyFile:
    return desk.ask(ReadFamily(int(window.here().parameters["id"])))


def _page(window: MainWindow) -> FamilyView:
    page = window.screen_shown
    assert isinstance(page, FamilyView)
    return page


def test_enter_in_a_field_saves_and_ctrl_z_undoes(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    family = desk.family("MARTIN", "Léa")
    with opened_window(qtbot, desk.app, tmp_path, Place("family", {"id": str(family.id)})) as window:
        keys = Keyboard(qtbot, window)
        qtbot.waitUntil(lambda: window.jobs.idle)
        _page(window).presenter.begin("quotient")
        keys.type("850,50")
        keys.press(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.jobs.idle and bool(_file(desk, window).quotients))
        keys.press(Qt.Key.Key_Z, CTRL)
        qtbot.waitUntil(lambda: window.jobs.idle and not _file(desk, window).quotients)


def test_a_family_its_child_and_its_quotient_without_a_mouse(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("families")) as window:
        keys = Keyboard(qtbot, window)
        qtbot.waitUntil(lambda: window.jobs.idle)
        keys.press(Qt.Key.Key_N, CTRL)
        keys.press(Qt.Key.Key_Tab)
        keys.type("DUPONT")
        keys.press(Qt.Key.Key_Tab)
        keys.type("Marie")
        keys.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: window.here().parameters.get("tab") == Tab.CHILDREN and window.jobs.idle)
        page = _page(window)
        keys.press(Qt.Key.Key_N, CTRL)
        held = window.focusWidget()
        assert isinstance(held, QLineEdit)
        assert held.selectedText() == "DUPONT"  # the children's likely name, ready to be typed over
        keys.press(Qt.Key.Key_Tab)
        keys.type("Lea")
        keys.press(Qt.Key.Key_Tab)
        keys.type("12/03/19")
        keys.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: len(_file(desk, window).children) == 1 and window.jobs.idle)
        assert not page.panel.isVisible()
        assert page.people[_file(desk, window).children[0].role].table.hasFocus()
        keys.press(Qt.Key.Key_Tab, CTRL)
        keys.press(Qt.Key.Key_Tab, CTRL)
        keys.press(Qt.Key.Key_N, CTRL)
        keys.type("874")
        keys.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: _file(desk, window).quotient_today is not None and window.jobs.idle)
        qtbot.waitUntil(lambda: "874" in page._detail.text())


def test_f2_types_esc_asks_and_what_was_typed_waits(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    family = desk.family()
    place = Place("family", {"id": str(family.id), "person": str(family.parent)})
    with opened_window(qtbot, desk.app, tmp_path, place) as window:
        keys, page = Keyboard(qtbot, window), _page(window)
        qtbot.waitUntil(lambda: window.jobs.idle and page.people[_file(desk, window).adults[0].role].table.hasFocus())
        keys.press(Qt.Key.Key_F2)
        keys.press(Qt.Key.Key_Tab)
        keys.type("DURAND")
        keys.answer("Continuer la saisie")
        keys.press(Qt.Key.Key_Escape)
        assert page.panel.isVisible()
        keys.press(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
        window.go(Place("families"))
        qtbot.waitUntil(lambda: window.jobs.idle)
        window.go(place)
        qtbot.waitUntil(lambda: window.jobs.idle)
        assert page.panel.form.values()["last_name"] == "DURAND"
        keys.answer("Abandonner")
        keys.press(Qt.Key.Key_Escape)
        assert not page.panel.isVisible()
        assert _file(desk, window).adults[0].person.last_name == "MARTIN"


def test_a_wrong_phone_is_said_beside_its_field(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    family = desk.family()
    place = Place("family", {"id": str(family.id), "task": f"person:{family.parent}"})
    with opened_window(qtbot, desk.app, tmp_path, place) as window:
        keys, page = Keyboard(qtbot, window), _page(window)
        qtbot.waitUntil(page.panel.isVisible)
        page.panel.form.focus_on("mobile")
        keys.type("12 34")
        keys.press(Qt.Key.Key_Tab)
        entry = page.panel.form.entry("mobile")
        assert "12 34" in entry.accessibleDescription()
        page.presenter.drafting.drop()


def test_closing_the_window_asks_before_unfinished_typing_is_lost(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    place = Place("family", {"id": str(desk.family().id), "task": "record"})
    with opened_window(qtbot, desk.app, tmp_path, place) as window:
        keys, page = Keyboard(qtbot, window), _page(window)
        qtbot.waitUntil(page.panel.isVisible)
        keys.type("X")
        keys.answer("Revenir à la saisie")
        assert not window.close()
        assert page.panel.form.values()["name"] == "X"
        page.presenter.drafting.drop()
        assert window.close()


def test_the_history_is_read_and_narrowed_without_a_mouse(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    family = desk.family()
    desk.app = keeper_of(desk.app)
    desk.do(SetQuotient(family.id, Decimal(874), "attestation CAF", date(2025, 9, 1)))
    desk.do(AddPerson(family.id, PersonValues("BESSON", "Odile"), MemberRole.CONTACT))
    place = Place("family", {"id": str(family.id), "person": str(family.parent)})
    with opened_window(qtbot, desk.app, tmp_path, place) as window:
        keys, page = Keyboard(qtbot, window), _page(window)
        table = page.people[MemberRole.ADULT].table
        qtbot.waitUntil(lambda: window.jobs.idle and table.hasFocus())
        keys.press(Qt.Key.Key_H, CTRL)
        qtbot.waitUntil(lambda: page.changes.isVisible() and page.changes.person.hasFocus())
        assert not page.people[MemberRole.ADULT].card.isVisible()
        assert "874 (attestation CAF)" in page.changes.page.toPlainText()
        keys.press(Qt.Key.Key_End)  # the last of those whom the file names
        qtbot.waitUntil(lambda: "874" not in page.changes.page.toPlainText())
        assert page.changes.page.toPlainText().endswith("Entre dans la famille : entourage")
        keys.press(Qt.Key.Key_Tab)
        assert page.changes.group.hasFocus()
        keys.press(Qt.Key.Key_Tab)
        assert page.changes.page.hasFocus()
        keys.press(Qt.Key.Key_Escape)
        assert not page.changes.isVisible()
        assert table.hasFocus()
        assert page.people[MemberRole.ADULT].card.isVisible()


def test_a_tariff_is_tried_without_a_mouse_and_typing_waits_under_it(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    slot, family = desk.slot(tariff=GRID), desk.family()
    desk.attend(family, slot)
    place = Place("family", {"id": str(family.id), "tab": Tab.VALUES.value, "task": "quotient"})
    with opened_window(qtbot, desk.app, tmp_path, place) as window:
        keys, page = Keyboard(qtbot, window), _page(window)
        qtbot.waitUntil(lambda: window.jobs.idle and page.panel.isVisible())
        keys.type("874")
        keys.press(Qt.Key.Key_Y, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda: page.trial.isVisible() and page.trial.problem.text() != "")
        assert page.trial.form.entry("slot").hasFocus()
        assert "quotient" in page.trial.problem.text()
        keys.press(Qt.Key.Key_Escape)
        assert page.panel.isVisible()
        assert page.panel.form.values()["value"] == "874"
        keys.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: _file(desk, window).quotient_today is not None and window.jobs.idle)
        keys.press(Qt.Key.Key_Y, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda: "1 repas = 4,15 €" in page.trial.explanation.toPlainText())
        keys.press(Qt.Key.Key_Tab)
        keys.type("20/11/1999")
        qtbot.waitUntil(lambda: "n'est en vigueur" in page.trial.problem.text())
        assert not page.trial.explanation.isVisible()
