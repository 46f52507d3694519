"""A window whose base goes away: pointage goes on, arrives when the base is back, and is not left without a word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from backoffice.attendance.recording import AttendanceEntry
from backoffice.attendance.rules import AttendanceState
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.errors import EnvironmentFault
from backoffice.outbox.sending import Outbox
from tests.support.desk import SCHOOL_DAYS, Desk
from tests.support.keyrings import Locked, Notebook, use_keyring
from tests.support.towns import NOON, Household
from tests.support.window import Keyboard, opened_window
from ui.presenting import Place
from ui.screens.attendance.lines import Sending
from ui.screens.attendance.view import AttendanceView
from ui.shell.main_window import MainWindow

DAY = SCHOOL_DAYS[0]
HERE = Place("attendance", {"day": DAY.isoformat()})
BOOKED, PRESENT = AttendanceState.BOOKED, AttendanceState.PRESENT
_SOON_MS = 10_000


class Story:
    """Two children booked on a day of a shared base, and the outbox of who points them."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk, self.folder = desk, folder
        self.slot = desk.slot()
        self.families: list[Household] = [desk.family(name) for name in ("MARTIN", "PETIT")]
        for family in self.families:
            desk.attend(family, self.slot, [DAY], BOOKED)
        self.outbox = Outbox(desk.app, folder / "envois")

    def states(self) -> list[str]:
        return [row["state"] for row in self.desk.rows("attendances")]

    def point_first(self) -> None:
        family = self.families[0]
        booked, present = (
            AttendanceEntry(family.id, family.child, self.slot, DAY, state) for state in (BOOKED, PRESENT)
        )
        self.outbox.record((present,), (booked,), uuid4())


@pytest.fixture
def story(shared_address: DatabaseAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    use_keyring(monkeypatch, Notebook())
    with Desk(shared_address, now=NOON) as desk:
        desk.describe()
        yield Story(desk, tmp_path)


@contextmanager
def away(story: Story, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def gone(*_arguments: object, **_named: object) -> None:
        raise EnvironmentFault("database.unreachable")

    with monkeypatch.context() as patch:
        for name in ("read", "write"):
            patch.setattr(story.desk.app.database, name, gone)
        yield


def test_pointage_goes_on_and_arrives_by_itself(
    story: Story, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_window(qtbot, story.desk.app, tmp_path, HERE, story.outbox) as window:
        page = _page(window)
        qtbot.waitUntil(lambda: len(_sendings(page)) == 2, timeout=_SOON_MS)
        keyboard = Keyboard(qtbot, window)
        with away(story, monkeypatch):
            qtbot.waitUntil(window.notice.isVisible, timeout=_SOON_MS)
            page.table.choose(0)
            page.table.setFocus()
            keyboard.press(Qt.Key.Key_P)
            qtbot.waitUntil(lambda: _sendings(page) == [Sending.WAITING, Sending.DONE], timeout=_SOON_MS)
            assert page.strip.isVisible()
            assert not page.table.isColumnHidden([one.title for one in page.table.table_model.columns].index("Envoi"))
        qtbot.waitUntil(lambda: not window.notice.isVisible(), timeout=_SOON_MS)
        qtbot.waitUntil(lambda: _sendings(page) == [Sending.DONE, Sending.DONE], timeout=_SOON_MS)
        qtbot.waitUntil(lambda: not page.strip.isVisible(), timeout=_SOON_MS)
    assert sorted(story.states()) == ["booked", "present"]


def test_what_waited_is_sent_at_the_next_opening(
    story: Story, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with away(story, monkeypatch):
        story.point_first()
    fresh = Outbox(story.desk.app, tmp_path / "envois")
    with opened_window(qtbot, story.desk.app, tmp_path, Place("families"), fresh) as window:
        qtbot.waitUntil(lambda: "present" in story.states(), timeout=_SOON_MS)
        qtbot.waitUntil(lambda: "enregistré" in window.status._news.text(), timeout=_SOON_MS)
    assert fresh.kept.is_empty


def test_a_refused_one_is_said_wherever_the_agent_is(
    story: Story, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with away(story, monkeypatch):
        story.point_first()
    story.desk.sql("UPDATE attendances SET state = 'excused'")
    with opened_window(qtbot, story.desk.app, tmp_path, Place("families"), story.outbox) as window:
        qtbot.waitUntil(window.notice.isVisible, timeout=_SOON_MS)
        assert "n'a pas été accepté" in window.notice.accessibleName()
    assert len(story.outbox.kept.refused) == 1


def test_closing_with_something_waiting_asks(
    story: Story, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_window(qtbot, story.desk.app, tmp_path, HERE, story.outbox) as window:
        keyboard = Keyboard(qtbot, window)
        with away(story, monkeypatch):
            story.point_first()
            qtbot.waitUntil(lambda: window.jobs.idle, timeout=_SOON_MS)
            keyboard.answer("Rester ouvert")
            assert not window.close()
            keyboard.answer("Fermer")
            assert window.close()
    assert story.outbox.kept.units == 1


def test_a_keyring_that_does_not_open_is_said_and_tried_again(
    story: Story, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with away(story, monkeypatch):
        story.point_first()
    fresh = Outbox(story.desk.app, tmp_path / "envois")
    with monkeypatch.context() as shut:
        use_keyring(shut, Locked())
        with opened_window(qtbot, story.desk.app, tmp_path, Place("families"), fresh) as window:
            qtbot.waitUntil(window.notice.isVisible, timeout=_SOON_MS)
            assert "trousseau ne s'ouvre pas" in window.notice.accessibleName()
            shut.undo()
            next(one for one in window.notice.findChildren(QPushButton) if one.text() == "Réessayer").click()
            qtbot.waitUntil(lambda: "present" in story.states(), timeout=_SOON_MS)


def test_closing_with_nothing_waiting_asks_nothing(story: Story, qtbot: QtBot, tmp_path: Path) -> None:
    with opened_window(qtbot, story.desk.app, tmp_path, HERE, story.outbox) as window:
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=_SOON_MS)
        assert window.close()


def _page(window: MainWindow) -> AttendanceView:
    page = window.screen_shown
    assert isinstance(page, AttendanceView)
    return page


def _sendings(page: AttendanceView) -> list[Sending]:
    return [line.sending for line in page.table.table_model.rows_seen()]
