"""« Documents & inscriptions » in the file of a family, driven in the real window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from backoffice.catalog.queries import activity_places
from backoffice.documents.kinds import DocumentState, ObligationState
from backoffice.documents.queue import ListQueue
from backoffice.documents.types import AdoptStartingTypes
from backoffice.registrations.queries import ListRegistrations
from tests.documents.conftest import Desk
from tests.documents.safety.hostile import photo
from tests.support.towns import SmallTown
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.family.documents_tab import DocumentsTab
from ui.screens.family.presenter import Tab
from ui.screens.family.view import FamilyView
from ui.shell.main_window import MainWindow

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(town: SmallTown) -> Desk:
    town.slot()
    family = town.family()
    with town.database.read() as session:
        activity = min(activity_places(session))
    return Desk(town, family, activity)


def _tab(window: MainWindow) -> DocumentsTab:
    page = window.screen_shown
    assert isinstance(page, FamilyView)
    return page.documents


def _place(desk: Desk) -> Place:
    return Place("family", {"id": str(desk.family.id), "tab": Tab.DOCUMENTS})


def _drop(tab: DocumentsTab, *files: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    none = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    tab.dropEvent(QDropEvent(QPointF(5, 5), *none))


def test_a_town_adopts_the_list_and_registers_a_child(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.town.app, tmp_path, _place(desk)) as window:
        tab, keys = _tab(window), Keyboard(qtbot, window)
        qtbot.waitUntil(lambda: window.jobs.idle and "ne demande encore aucune pièce" in tab.headline.text())
        tab._presenter.adopt()
        qtbot.waitUntil(lambda: window.jobs.idle and "aucun enfant n'est inscrit" in tab.headline.text())

        keys.press(Qt.Key.Key_I, ALT)
        page = window.screen_shown
        assert isinstance(page, FamilyView)
        qtbot.waitUntil(page.panel.isVisible)
        page.panel.form.set_value("activity", str(desk.activity))
        keys.press(Qt.Key.Key_S, CTRL)
        told = page.panel.task_form
        qtbot.waitUntil(lambda: window.jobs.idle)
        assert page.panel.isVisible()  # refused: what is missing is said, what is typed stays
        assert told is not None
        desk.send_everything()
        keys.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: window.jobs.idle and tab.stays.table_model.rowCount() == 1)
        assert len(desk.town.ask(ListRegistrations(desk.family.id))) == 1
        assert tab.headline.text() == "Toutes les pièces obligatoires sont validées."


def test_a_file_dropped_is_joined_to_the_line_that_is_chosen(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    _registered(desk)
    desk.town.spoil("DELETE FROM documents WHERE type_id = :type", type=desk.type_id("PHOTO"))
    desk.send("PHOTO", desk.family.child, DocumentState.REJECTED, comment="Photo floue.")
    file = tmp_path / "portrait d'été.jpg"
    file.write_bytes(photo())
    with opened_window(qtbot, desk.town.app, tmp_path / "w", _place(desk)) as window:
        tab, keys = _tab(window), Keyboard(qtbot, window)
        qtbot.waitUntil(lambda: window.jobs.idle and tab.table.table_model.rowCount() > 0)
        assert "pas de nouvelle inscription possible" in tab.headline.text().replace("\u00a0", " ")
        rows = [line.obligation.state for line in tab.table.table_model.rows_seen()]
        tab.table.selectRow(rows.index(ObligationState.REJECTED))
        _drop(tab, file)
        page = window.screen_shown
        assert isinstance(page, FamilyView)
        qtbot.waitUntil(page.panel.isVisible)
        keys.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: window.jobs.idle and len(desk.town.ask(ListQueue()).lines) == 1, timeout=20_000)
        (line,) = desk.town.ask(ListQueue()).lines
        assert (line.type, line.person) == ("Photo récente", tab._names[desk.family.child])


def test_a_waiver_is_given_from_the_line(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    _registered(desk)
    desk.town.spoil("DELETE FROM documents WHERE type_id = :type", type=desk.type_id("INSURANCE"))
    with opened_window(qtbot, desk.town.app, tmp_path, _place(desk)) as window:
        tab, keys = _tab(window), Keyboard(qtbot, window)
        qtbot.waitUntil(lambda: window.jobs.idle and tab.table.table_model.rowCount() > 0)
        first = tab.table.current_row()
        assert first is not None
        assert (first.obligation.state, first.obligation.is_mandatory) == (ObligationState.MISSING, True)
        keys.press(Qt.Key.Key_R, ALT)
        page = window.screen_shown
        assert isinstance(page, FamilyView)
        qtbot.waitUntil(page.panel.isVisible)
        page.panel.form.focus_on("reason")
        keys.type("L'assureur tarde")
        keys.press(Qt.Key.Key_S, CTRL)
        qtbot.waitUntil(lambda: window.jobs.idle and "Toutes les pi" in tab.headline.text())


def _registered(desk: Desk) -> None:
    desk.town.do(AdoptStartingTypes())
    desk.send_everything()
    desk.register()
