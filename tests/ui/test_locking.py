"""A desk that somebody leaves: hidden and disconnected, then given back as it was, to its agent or to another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from backoffice.agents.appointing import Post, disable_agent, end_sessions, give, reset_password, take
from backoffice.agents.roles import Role
from backoffice.attendance.recording import AttendanceEntry
from backoffice.attendance.rules import AttendanceState
from backoffice.bootstrap import open_application
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application, Query
from backoffice.kernel.changes import WhatChanged
from backoffice.kernel.errors import Cancelled, EnvironmentFault
from tests.support.guests import GUEST, NAME, PASSWORD, guest
from tests.support.keyrings import Notebook, use_keyring
from tests.support.program import Gate
from tests.support.shared import by_administrator
from tests.support.towns import CHIEF, DAYS, NOON, SmallTown
from ui.app import Program, make_qt
from ui.locking.desk_lock import DeskLock
from ui.locking.idle import IdleWatch
from ui.locking.window import LockWindow
from ui.preferences import Preferences
from ui.presenting import Place, Question
from ui.shell.agent_menu import Gesture
from ui.shell.help import KeysHelp
from ui.watching import EVERY_MS

CTRL = Qt.KeyboardModifier.ControlModifier
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)")

_LONG = 10_000  # milliseconds nobody waits, unless something is broken


@dataclass
class Story:
    """Nadia's desk on a shared database, and what the server knows of it."""

    program: Program
    town: SmallTown
    qtbot: QtBot

    @property
    def cover(self) -> LockWindow:
        cover = self.desk.cover
        assert cover is not None
        return cover

    @property
    def locked(self) -> bool:
        return self.program.locked

    def connections(self, login: str = GUEST) -> int:
        with by_administrator(self.town.database) as opened, opened.read() as session:
            asked = text("SELECT count(*) FROM pg_stat_activity WHERE usename = :login")
            return int(session.scalar(asked, {"login": login}) or 0)

    @property
    def app(self) -> Application:
        app = self.program.app
        assert app is not None
        return app

    @property
    def desk(self) -> DeskLock:
        desk = self.program.desk
        assert desk is not None
        return desk

    def rest(self) -> None:
        self.qtbot.waitUntil(lambda: self.program.jobs.idle, timeout=_LONG)

    def type_password(self, password: str) -> None:
        self.cover.password.setText(password)
        QTest.keyClick(self.cover.password, Qt.Key.Key_Return)
        self.qtbot.waitUntil(lambda: self.program.jobs.idle, timeout=_LONG)

    def press_lock(self) -> None:
        with self.qtbot.waitActive(self.program.window):
            self.program.window.activateWindow()
        QTest.keyClick(self.program.window, Qt.Key.Key_L, CTRL)
        self.qtbot.waitUntil(lambda: self.locked)


@contextmanager
def _running(app: Application, folder: Path, qtbot: QtBot) -> Iterator[Program]:
    program = Program(make_qt([]), Preferences.of_latest(folder))
    program.receive(app)
    with qtbot.waitExposed(program.window):
        program.window.show()
    try:
        yield program
    finally:
        program.window.rest()
        if program.desk is not None:
            program.desk.end()
        program.jobs.cancel_all()
        program.jobs.wait(-1)
        program.window.hide()
        program.window.deleteLater()  # closed, it would end the program
        assert program.app is not None
        program.app.database.close()


@pytest.fixture
def story(shared_town: SmallTown, tmp_path: Path, qtbot: QtBot) -> Iterator[Story]:
    shared_town.family("MARTIN")
    with guest(shared_town) as address, _running(open_application(address), tmp_path, qtbot) as program:
        found = Story(program, shared_town, qtbot)
        found.rest()
        yield found


# --- locking ---------------------------------------------------------------------------------------------------


def test_ctrl_l_hides_the_window_and_drops_the_connections(story: Story) -> None:
    assert story.connections() > 0

    story.press_lock()

    assert story.program.window.isHidden()
    assert story.cover.isVisible()
    story.qtbot.waitUntil(lambda: story.connections() == 0)
    database = story.app.database
    with pytest.raises(Cancelled), database.read():
        database.close()


def test_the_cover_shows_nothing_of_the_town(story: Story) -> None:
    story.program.window.go(Place("families"))
    story.rest()
    story.press_lock()
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    assert shown == [story.cover]
    assert "MARTIN" not in story.cover.windowTitle()


def test_what_was_typed_is_found_again_after_the_password(story: Story) -> None:
    search = story.program.window.search
    search.setText("mart")
    window = story.program.window
    story.press_lock()

    story.type_password("faux")
    assert "pas votre mot de passe" in story.cover.password_field._error.text()
    story.type_password(PASSWORD)

    assert not story.locked
    assert story.program.window is window
    assert window.isVisible()
    assert search.text() == "mart"
    story.rest()
    with story.app.database.read() as session:
        assert session.scalar(text("SELECT session_user")) == GUEST


def test_questions_are_answered_by_no(story: Story) -> None:
    help_page = KeysHelp(story.program.window.theme, story.program.window)
    help_page.open()
    story.desk.lock()
    assert help_page.isHidden()

    story.program.window._ask(Question("Émettre ?", "", "Émettre"), pytest.fail)


class _Clipboard:
    """The platform without a screen does not say who filled the clipboard; Windows does."""

    def __init__(self, *, ours: bool) -> None:
        self.ours = ours
        self.cleared = False

    def ownsClipboard(self) -> bool:  # noqa: N802 - Qt's own name
        return self.ours

    def clear(self) -> None:
        self.cleared = True


@pytest.mark.parametrize("ours", [True, False])
def test_what_was_copied_here_is_forgotten_and_nothing_else(
    story: Story, ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clipboard = _Clipboard(ours=ours)
    monkeypatch.setattr("ui.locking.desk_lock.QGuiApplication.clipboard", lambda: clipboard)
    story.press_lock()
    assert clipboard.cleared == ours


def test_an_agent_who_left_meanwhile_does_not_come_back(story: Story) -> None:
    story.press_lock()
    with by_administrator(story.town.database) as opened:
        disable_agent(opened, GUEST, NOON)
    story.type_password(PASSWORD)
    assert story.locked
    assert "n'a pas le droit" in story.cover.password_field._error.text()


def test_rights_taken_meanwhile_are_gone(story: Story) -> None:
    assert story.app.actor.may("agents.read")
    story.press_lock()
    with by_administrator(story.town.database) as opened, opened.write() as session:
        take(session, GUEST, Post(Role.ADMINISTRATOR), NOON)
        give(session, GUEST, Post(Role.SECRETARY), NOON)
    story.type_password(PASSWORD)
    assert not story.locked
    assert not story.app.actor.may("agents.read")
    assert story.app.actor.may("families.edit")


def test_after_some_wrong_tries_one_waits(story: Story) -> None:
    story.press_lock()
    for _ in range(4):
        story.type_password("faux")
        assert story.cover.password.isEnabled()
    story.type_password("faux")
    assert not story.cover.password.isEnabled()
    assert "attendez 15 s" in story.cover.password_field._error.text()
    for _ in range(15):
        story.cover._wait_on()
    assert story.cover.password.isEnabled()
    story.type_password(PASSWORD)
    assert not story.locked


def test_an_empty_password_asks_nothing_of_the_server(story: Story) -> None:
    story.press_lock()
    story.type_password("")
    assert "Saisissez" in story.cover.password_field._error.text()
    assert story.connections() == 0


def test_a_locked_desk_asks_nothing_of_the_server(story: Story) -> None:
    asked: list[Query[Any]] = []
    ask = story.app.ask

    def noted(query: Query[Any], **more: Any) -> Any:
        asked.append(query)
        return ask(query, **more)

    story.app.ask = noted  # type: ignore[method-assign]
    story.qtbot.waitUntil(lambda: WhatChanged in map(type, asked), timeout=_LONG)

    story.press_lock()
    asked.clear()
    watch = story.program.window._watch
    assert watch is not None
    assert not watch._timer.isActive()
    story.qtbot.wait(EVERY_MS + 500)
    assert (asked, story.connections()) == ([], 0)
    assert not story.program.window.notice.isVisibleTo(story.program.window)

    story.type_password(PASSWORD)
    story.qtbot.waitUntil(lambda: WhatChanged in map(type, asked), timeout=_LONG)


def test_what_waits_for_the_base_is_kept_while_the_desk_is_locked(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keyring(monkeypatch, Notebook())
    slot, family = story.town.slot(), story.town.family("PETIT")
    story.town.attend(family, slot, [DAYS[0]], AttendanceState.BOOKED)
    outbox = story.program.outbox
    assert outbox is not None
    seen, entry = (
        AttendanceEntry(family.id, family.child, slot, DAYS[0], state)
        for state in (AttendanceState.BOOKED, AttendanceState.PRESENT)
    )

    def gone(*_arguments: object, **_named: object) -> None:
        raise EnvironmentFault("database.unreachable")

    def states() -> list[str]:
        return [row["state"] for row in story.town.rows("attendances")]

    with monkeypatch.context() as patch:
        patch.setattr(story.app, "execute", gone)
        outbox.record((entry,), (seen,), uuid4())
        story.press_lock()
    story.qtbot.wait(2 * EVERY_MS)
    assert outbox.kept.units == 1
    assert states() == ["booked"]

    story.type_password(PASSWORD)

    story.qtbot.waitUntil(lambda: states() == ["present"], timeout=_LONG)
    story.qtbot.waitUntil(lambda: outbox.kept.is_empty, timeout=_LONG)


def test_a_read_under_way_when_the_desk_is_locked_leaves_no_connection(story: Story) -> None:
    gate = Gate()

    def work(_progress: object) -> None:
        with story.app.database.read() as session:
            session.execute(text("SELECT 1"))
            gate.wait()

    story.program.jobs.runner(story.program.window).read(work, lambda _: None, lambda _: None)
    assert gate.begun.wait(10)
    story.press_lock()
    assert story.connections() > 0
    gate.free.set()
    story.qtbot.waitUntil(lambda: story.connections() == 0, timeout=_LONG)


def test_a_base_that_opens_behind_a_locked_desk_waits_for_its_agent(story: Story, tmp_path: Path) -> None:
    gate = Gate()
    other = DatabaseAddress.of_file(tmp_path / "essai.sqlite")

    def town() -> Application:
        gate.wait()
        return open_application(other)

    story.program.open(town)
    assert gate.begun.wait(10)
    story.press_lock()
    gate.free.set()
    story.rest()
    assert (story.app.database.is_embedded, story.program.window.isVisible()) == (False, False)

    story.type_password(PASSWORD)
    story.qtbot.waitUntil(lambda: story.app.database.address == other, timeout=_LONG)
    story.rest()
    assert (story.program.window.isVisible(), story.connections()) == (True, 0)


# --- another agent ---------------------------------------------------------------------------------------------


def test_another_agent_takes_the_desk_and_gives_it_back(story: Story) -> None:
    story.desk.lock(other=True)
    assert story.cover.login.isVisible()
    story.cover.login.setText(CHIEF.login)
    story.type_password(CHIEF.login)

    assert not story.locked
    assert story.app.actor.login == CHIEF.login
    assert story.program.window.isVisible()
    agent = story.program.window.top_bar.agent
    assert agent is not None
    assert agent.text() == CHIEF.login.capitalize()
    assert story.connections() == 0
    assert story.connections(CHIEF.login) > 0

    story.rest()
    story.desk.lock(other=True)
    story.cover.login.setText(GUEST)
    story.type_password(PASSWORD)
    assert story.app.actor.name == NAME
    story.rest()


def test_what_one_agent_typed_waits_for_them_and_is_not_shown_to_the_other(story: Story) -> None:
    from ui.drafts import Draft

    hers = Draft({"name": "DUPONT"}, {}, 0, "Nouvelle famille")
    story.program._preferences.unfinished["new"] = hers
    story.desk.lock(other=True)
    story.cover.login.setText(CHIEF.login)
    story.type_password(CHIEF.login)
    assert story.program.window.preferences.unfinished == {}
    story.rest()

    story.desk.lock(other=True)
    story.cover.login.setText(GUEST)
    story.type_password(PASSWORD)
    assert story.program.window.preferences.unfinished == {"new": hers}
    story.rest()


def test_one_may_think_again_before_another_agent_comes(story: Story) -> None:
    story.desk.lock(other=True)
    story.cover.other.click()
    assert not story.cover.login.isVisible()
    story.type_password(PASSWORD)
    assert not story.locked


# --- by itself -------------------------------------------------------------------------------------------------


def _soon(story: Story, seconds: float = 0.2) -> None:
    """The desk locks itself after so little."""
    story.desk.watch._seconds = seconds
    story.desk.watch.start()


def test_nobody_there_for_a_while_locks_the_desk(story: Story) -> None:
    _soon(story)
    story.qtbot.waitUntil(lambda: story.locked, timeout=_LONG)


def test_a_projection_keeps_it_awake(story: Story) -> None:
    release = story.desk.keep_awake("projection")
    other = story.desk.keep_awake("kiosque")
    other()
    assert not story.desk._may_lock_alone()
    release()
    release()
    assert story.desk._may_lock_alone()
    story.desk.keep_awake("projection")
    story.press_lock()  # asked for, it locks all the same


def test_work_under_way_is_finished_before_the_desk_locks(story: Story) -> None:
    begun, free = threading.Event(), threading.Event()

    def work(_progress: object) -> int:
        with story.app.database.read() as session:
            begun.set()
            assert free.wait(10)
            return int(session.scalar(text("SELECT count(*) FROM families")) or 0)

    answers: list[int] = []
    run = story.program.jobs.runner(story.program.window)
    run.write(work, answers.append, lambda error: pytest.fail(repr(error)), "Lot")
    assert begun.wait(10)
    assert not story.desk._may_lock_alone()

    story.press_lock()  # asked for: hidden at once, disconnected once the work is done
    assert story.connections() > 0
    free.set()
    story.qtbot.waitUntil(lambda: story.connections() == 0, timeout=_LONG)
    assert answers == [1]


def test_a_gesture_puts_it_off(qtbot: QtBot) -> None:
    entry = QLineEdit()
    qtbot.addWidget(entry)
    with qtbot.waitActive(entry):
        entry.show()
        entry.activateWindow()
    watch = IdleWatch(3600, lambda: True)
    for gesture in ("key", "mouse"):
        watch._last = watch._last_on_the_clock = 0.0
        window = entry.windowHandle()
        if gesture == "key":
            QTest.keyClick(window, Qt.Key.Key_A)
        else:
            QTest.mouseMove(window)
        qtbot.waitUntil(lambda: watch._last > 0, timeout=_LONG)
    watch.stop()


def test_a_computer_that_slept_counts_what_its_clock_says(qtbot: QtBot) -> None:
    watch = IdleWatch(3600, lambda: True)
    with qtbot.waitSignal(watch.idle):
        watch._last_on_the_clock -= 7200
        watch._look()
    watch.stop()


def test_whoever_may_not_be_locked_is_asked_again_soon(qtbot: QtBot) -> None:
    answers = [False, True]
    watch = IdleWatch(0.05, lambda: answers.pop(0))
    with qtbot.waitSignal(watch.idle, timeout=_LONG):
        assert answers == [False, True]
    assert answers == []
    watch.stop()


def _menu(program: Program) -> QMenu:
    agent = program.window.top_bar.agent
    assert agent is not None
    menu = agent.menu()
    assert menu is not None
    return menu


# --- where there is nothing to lock ----------------------------------------------------------------------------


def test_a_database_of_one_computer_is_left_to_its_session(town: SmallTown, tmp_path: Path, qtbot: QtBot) -> None:
    with _running(open_application(town.address), tmp_path, qtbot) as program:
        qtbot.waitUntil(lambda: program.jobs.idle, timeout=_LONG)
        assert program.desk is None
        program.window.asked.emit(Gesture.LOCK)
        assert not program.locked
        menu = _menu(program)
        assert [action.text().replace("&", "") for action in menu.actions()] == ["Changer de base…"]


def test_closing_a_locked_desk_is_asked(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(_parent: object, question: Question) -> bool:
        asked.append(question.text)
        return len(asked) > 1

    left: list[bool] = []
    monkeypatch.setattr("ui.locking.window.ask", answer)
    monkeypatch.setattr(story.program, "leave", lambda: left.append(True))
    story.press_lock()
    cover = story.cover
    cover.close()
    assert (cover.isVisible(), left) == (True, [])
    cover.close()
    assert left == [True]
    assert asked == ["Ce qui n'est pas enregistré sera perdu."] * 2


# --- turned away -----------------------------------------------------------------------------------------------


def test_an_agent_who_leaves_sees_nothing_more_in_the_window_that_was_open(story: Story) -> None:
    with by_administrator(story.town.database) as opened:
        disable_agent(opened, GUEST, NOON)
    story.qtbot.waitUntil(lambda: story.locked, timeout=_LONG)
    assert not story.program.window.isVisible()
    assert "n'a pas le droit" in story.cover.password_field._error.text()


def test_a_password_given_elsewhere_is_asked_for(story: Story) -> None:
    other = "braise Tuile-verte 10"
    with by_administrator(story.town.database) as opened:
        with opened.write() as session:
            reset_password(session, GUEST, other, NOON)
        end_sessions(opened, GUEST)
    story.qtbot.waitUntil(lambda: story.locked, timeout=_LONG)
    assert "saisissez le nouveau" in story.cover.password_field._error.text()
    story.type_password(other)
    assert not story.locked
