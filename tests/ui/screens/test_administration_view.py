"""The administration, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from backoffice.catalog.overview import CatalogOverview
from tests.support.desk import Desk, open_desk
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.administration.view import AdministrationView


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        opened.slot()
        yield opened


def test_the_town_is_corrected_and_the_tabs_walked(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("administration")) as window:
        keys = Keyboard(qtbot, window)
        page = window.screen_shown
        assert isinstance(page, AdministrationView)
        qtbot.waitUntil(lambda: window.jobs.idle)

        keys.press(Qt.Key.Key_F2)
        qtbot.waitUntil(page.town.form.form.entry("name").hasFocus)
        keys.type("Commune de Valbrume-les-Bains")
        keys.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: page.town.currentWidget() is page.town.facts)
        town = desk.ask(CatalogOverview()).town
        assert town is not None
        assert town.town.name == "Commune de Valbrume-les-Bains"

        page.tabs.tabBar().setFocus()
        for words in ("Pièces", "Courriels", "Reprise de données", "Apparence", "Agents", "Base et poste", "À propos"):
            keys.press(Qt.Key.Key_Right)
            assert page.tabs.tabText(page.tabs.currentIndex()) == words
        qtbot.waitUntil(lambda: window.jobs.idle)


def test_the_base_is_copied(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "copie.sqlite"
    with opened_window(qtbot, desk.app, tmp_path, Place("administration", {"tab": "upkeep"})) as window:
        page = window.screen_shown
        assert isinstance(page, AdministrationView)
        qtbot.waitUntil(page.upkeep.copy.isVisible)
        page.presenter.upkeep.copy(target)
        qtbot.waitUntil(target.exists)
        page.presenter.upkeep.copy(target)  # never over a file
        qtbot.waitUntil(page.banner.isVisible)


def test_one_try_reads_again_every_tab_that_could_not_be_read(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    path = desk.database.address.path
    assert path is not None
    away = path.with_suffix(".away")
    with opened_window(qtbot, desk.app, tmp_path, Place("administration")) as window:
        page = window.screen_shown
        assert isinstance(page, AdministrationView)
        qtbot.waitUntil(lambda: window.jobs.idle)
        desk.database.close()  # its pool: the next read opens the file again
        path.rename(away)
        for tab in ("town", "imports"):
            page.open(Place("administration", {"tab": tab}))
            qtbot.waitUntil(lambda: window.jobs.idle)
        assert page.banner.isVisible()
        away.rename(path)
        page.banner.try_again()
        assert len(window.jobs.under_way) == 2
        qtbot.waitUntil(lambda: window.jobs.idle)
        assert not page.banner.isVisible()


def test_a_base_of_this_computer_says_that_one_agent_works_here(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("administration", {"tab": "agents"})) as window:
        page = window.screen_shown
        assert isinstance(page, AdministrationView)
        said = " ".join(label.text() for label in page.agents.findChildren(QLabel) if label.isVisible())
        assert "Cheffe de service, l'utilisateur de cet ordinateur, travaille seul" in said
        assert "ni mot de passe ni rôles" in said
        assert not page.agents.list.isVisible()
        assert page.search_entry() is None
