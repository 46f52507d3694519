"""Two windows on one base: each shows what the other did, and neither loses what is typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from backoffice.families.commands import EditFamily
from backoffice.families.queries import ReadFamily
from backoffice.families.rules import FamilyValues
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.errors import EnvironmentFault
from tests.support.desk import Desk
from tests.support.towns import NOON
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.family.view import FamilyView
from ui.shell.main_window import MainWindow

_SOON_MS = 6000


@pytest.fixture
def desk(address: DatabaseAddress) -> Iterator[Desk]:
    with Desk(address, now=NOON) as opened:
        opened.describe()
        yield opened


def test_what_another_window_saves_is_shown_without_asking(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    family = desk.family("MARTIN")
    with opened_window(qtbot, desk.app, tmp_path, Place("family", {"id": str(family.id)})) as window:
        qtbot.waitUntil(lambda: "MARTIN" in _title(window), timeout=_SOON_MS)
        with Desk(desk.address, now=NOON) as colleague:
            read = colleague.app.ask(ReadFamily(family.id))
            colleague.app.execute(EditFamily(family.id, read.version, FamilyValues("MARTIN-ROUX")))
        qtbot.waitUntil(lambda: "MARTIN-ROUX" in _title(window), timeout=_SOON_MS)


def test_the_second_to_save_sees_both_versions_and_chooses_with_the_keyboard(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    family = desk.family("MARTIN")
    with (
        opened_window(qtbot, desk.app, tmp_path / "one", Place("family", {"id": str(family.id)})) as mine,
        Desk(desk.address, now=NOON) as colleague,
        opened_window(qtbot, colleague.app, tmp_path / "other", Place("family", {"id": str(family.id)})) as theirs,
    ):
        for window in (mine, theirs):
            qtbot.waitUntil(lambda: window.jobs.idle and "MARTIN" in _title(window), timeout=_SOON_MS)  # noqa: B023
            _page(window).presenter.begin("record")
        here, there = Keyboard(qtbot, mine), Keyboard(qtbot, theirs)
        here.type("MARTIN-DURAND")
        here.press(Qt.Key.Key_Tab)
        here.type("martin@courriel.fr")
        there.type("MARTIN-ROUX")
        there.press(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: _saved(desk, family.id).name == "MARTIN-ROUX", timeout=_SOON_MS)
        here.press(Qt.Key.Key_Return)
        box = _page(mine).typing.comparison
        qtbot.waitUntil(lambda: box.isVisible() and mine.jobs.idle, timeout=_SOON_MS)
        here.press(Qt.Key.Key_Return)  # nothing is chosen yet: nothing is saved
        assert _saved(desk, family.id) == FamilyValues("MARTIN-ROUX")
        here.press(Qt.Key.Key_Right)
        here.press(Qt.Key.Key_Left)
        assert _page(mine).presenter.drafting.values["name"] == "MARTIN-DURAND"
        here.press(Qt.Key.Key_Return)
        wanted = FamilyValues("MARTIN-DURAND", "martin@courriel.fr")
        qtbot.waitUntil(lambda: _saved(desk, family.id) == wanted, timeout=_SOON_MS)


def test_a_base_that_stops_answering_is_said_and_its_return_too(
    desk: Desk, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_arguments: object, **_named: object) -> None:
        raise EnvironmentFault("database.unreachable")

    with opened_window(qtbot, desk.app, tmp_path, Place("families")) as window:
        with monkeypatch.context() as patch:
            patch.setattr(desk.app.database, "read", gone)
            qtbot.waitUntil(window.notice.isVisible, timeout=_SOON_MS)
        qtbot.waitUntil(lambda: not window.notice.isVisible(), timeout=_SOON_MS)


def _page(window: MainWindow) -> FamilyView:
    page = window.screen_shown
    assert isinstance(page, FamilyView)
    return page


def _saved(desk: Desk, family_id: int) -> FamilyValues:
    return desk.ask(ReadFamily(family_id)).family


def _title(window: MainWindow) -> str:
    return window.screen_shown.title_label.text() if window.screen_shown is not None else ""
