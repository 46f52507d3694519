"""The program until its last job: other clothes and leaving, while something is being done."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from backoffice.bootstrap import open_application
from backoffice.cli.main import DONE
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application, Command, Context, use_case
from backoffice.kernel.errors import Cancelled, EnvironmentFault, UserError
from backoffice.kernel.progress import Progress
from tests.support.program import TURN_MS, Gate, Player, Steps, at_rest
from ui.app import Program
from ui.drafts import Draft
from ui.opening import open_asked, open_town
from ui.presenting import Place
from ui.shell.waiting import CLOSING
from ui.theme.tokens import ThemeName

# What the platform without a screen says of a popup; it says nothing of ours.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)")


@pytest.fixture
def player(qtbot: QtBot, tmp_path: Path) -> Player:
    return Player(tmp_path / "preferences")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A base of this computer, made and closed."""
    path = tmp_path / "commune.sqlite"
    open_application(DatabaseAddress.of_file(path)).database.close()
    return path


@dataclass(frozen=True)
class _Count(Command[int]):
    """Work for these tests: counts in the base, step by step, and tells where it is when it is long."""

    gate: Gate
    long: bool = True
    fails: bool = False


@use_case(_Count, permission="families.edit", action="tests.counted")
def _count(command: _Count, context: Context) -> int:
    for done in range(2):
        context.session.connection().exec_driver_sql(
            "INSERT INTO number_counters (series, last) VALUES (?, 1)", (f"T-{done}",)
        )
        if command.long:
            context.progress(done, 2, "comptes")
        if not done:
            command.gate.wait()
    if command.fails:
        raise EnvironmentFault("database.disk_full")
    return 2


def _counted(path: Path) -> int:
    """As another program reads it."""
    with closing(sqlite3.connect(path)) as connection:
        (found,) = connection.execute("SELECT count(*) FROM number_counters WHERE series LIKE 'T-%'").fetchone()
        return int(found)


def _watch_closing(app: Application, program: Program) -> list[bool]:
    """Whether no job was under way, each time the base is closed."""
    closed: list[bool] = []
    close = app.database.close

    def watched() -> None:
        closed.append(program.jobs.idle)
        close()

    app.database.close = watched  # type: ignore[method-assign]
    return closed


def _write(program: Program, app: Application, command: _Count, answers: list[object]) -> None:
    """Begun by the page that is shown, as a button of it would."""
    shown = program.window.screen_shown
    assert shown is not None

    def work(progress: Progress) -> int:
        return app.execute(command, progress=progress)

    shown.around.desk.run.write(work, answers.append, answers.append, "Comptage")


def _answering(verb: str) -> None:
    """Press this verb of the question that comes."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        if box is None:
            QTimer.singleShot(TURN_MS, press)
            return
        (found,) = [one for one in box.findChildren(QPushButton) if one.text() == verb]
        found.click()

    QTimer.singleShot(0, press)


# --- other clothes --------------------------------------------------------------------------------------------


def test_other_clothes_do_not_wait_for_long_work_which_goes_on(player: Player, base: Path) -> None:
    app = open_town(DatabaseAddress.of_file(base))
    command, answers = _Count(Gate()), list[object]()

    def story(program: Program) -> Steps:
        before = program.window
        yield at_rest(program)
        _write(program, app, command, answers)
        yield lambda: command.gate.begun.is_set() and not program.jobs.saving
        before.top_bar.theme_chosen.emit("dark")
        yield lambda: program.window is not before and not shiboken6.isValid(before)
        window = program.window
        assert window.isVisible()
        assert window.theme.name is ThemeName.DARK
        assert program.jobs.writing
        yield window.status._stop.isVisible  # how far it is, and how to stop it, in the new window too
        command.gate.free.set()
        yield at_rest(program)
        assert window.status._news.text() == "Comptage\xa0: c'est fait."
        assert not window.status._stop.isVisible()
        window.close()

    assert player.play(lambda: app, story) == DONE
    assert _counted(base) == 2
    assert answers == []  # its page was gone


def test_work_that_fails_under_other_clothes_is_told(player: Player, base: Path) -> None:
    app = open_town(DatabaseAddress.of_file(base))
    command = _Count(Gate(), fails=True)

    def story(program: Program) -> Steps:
        before = program.window
        yield at_rest(program)
        _write(program, app, command, [])
        yield lambda: command.gate.begun.is_set() and not program.jobs.saving
        program.dress_again()
        yield lambda: program.window is not before
        command.gate.free.set()
        yield at_rest(program)
        assert program.window.notice.isVisible()
        assert program.window.notice.accessibleName().startswith("Comptage : Le disque est plein")
        program.window.close()

    assert player.play(lambda: app, story) == DONE
    assert _counted(base) == 0


def test_what_is_being_saved_is_saved_before_its_page_changes_clothes(player: Player, base: Path) -> None:
    app = open_town(DatabaseAddress.of_file(base))
    command, answers = _Count(Gate(), long=False), list[object]()

    def story(program: Program) -> Steps:
        before = program.window
        yield at_rest(program)
        _write(program, app, command, answers)
        yield command.gate.begun.is_set
        program.dress_again()  # comes back at once
        assert program.window is before
        assert before.isVisible()
        command.gate.free.set()
        yield lambda: program.window is not before
        assert answers == [2]  # heard by the page that asked
        program.window.close()

    assert player.play(lambda: app, story) == DONE
    assert _counted(base) == 2


def test_clothes_changed_while_nothing_is_open_keep_the_reason(player: Player, tmp_path: Path) -> None:
    def story(program: Program) -> Steps:
        before = program.window
        yield before.notice.isVisible
        said = before.notice.accessibleName()
        before.top_bar.scale_chosen.emit(1.5)
        yield lambda: program.window is not before and program.window.notice.isVisible()
        assert program.window.notice.accessibleName() == said
        program.window.close()

    with pytest.raises(UserError):
        player.play(partial(open_asked, str(tmp_path / "absente.sqlite")), story)


def _moved(program: Program, before: Application | None) -> bool:
    return program.app is not before and bool(at_rest(program)())


# --- another base ---------------------------------------------------------------------------------------------


def test_another_base_is_shown_at_once_and_the_first_closes_after_its_work(player: Player, base: Path) -> None:
    app = open_town(DatabaseAddress.of_file(base))
    other = DatabaseAddress.of_file(base.with_name("autre.sqlite"))
    command = _Count(Gate())
    closed = _watch_closing(app, player.program)

    def story(program: Program) -> Steps:
        yield at_rest(program)
        _write(program, app, command, [])
        yield lambda: command.gate.begun.is_set() and not program.jobs.saving
        program.open(partial(open_town, other))
        yield lambda: program.app is not app and program.window.screen_shown is not None
        assert not closed
        command.gate.free.set()
        yield lambda: bool(closed)
        assert program.window.status._news.text() == "Comptage\u00a0: c'est fait."
        yield at_rest(program)
        program.window.close()

    assert player.play(lambda: app, story) == DONE
    assert closed == [False]  # in a job of its own, the only one left
    assert _counted(base) == 2


def test_what_is_typed_waits_in_its_own_base(player: Player, base: Path) -> None:
    address, other = DatabaseAddress.of_file(base), DatabaseAddress.of_file(base.with_name("autre.sqlite"))
    draft = Draft({"name": "DUPONT"}, {}, 0, "Nouvelle famille")

    def story(program: Program) -> Steps:
        yield at_rest(program)
        program.window.preferences.unfinished["new"] = draft
        for where, found in ((other, {}), (address, {"new": draft})):
            before = program.app
            program.open(partial(open_town, where))
            yield partial(_moved, program, before)
            assert program.window.preferences.unfinished == found
        program.window.preferences.unfinished.clear()
        program.window.close()

    assert player.play(partial(open_town, address), story) == DONE


def test_a_base_that_does_not_open_leaves_the_one_that_is_shown(player: Player, base: Path) -> None:
    def story(program: Program) -> Steps:
        yield at_rest(program)
        app, window = program.app, program.window
        program.open(partial(open_asked, str(base.with_name("absente.sqlite"))))
        yield window.notice.isVisible
        assert (program.app, program.window) == (app, window)
        assert window.screen_shown is not None
        window.close()

    assert player.play(partial(open_town, DatabaseAddress.of_file(base)), story) == DONE


# --- leaving --------------------------------------------------------------------------------------------------


def test_the_base_closes_once_the_last_write_has_ended(player: Player, base: Path) -> None:
    app = open_town(DatabaseAddress.of_file(base))
    command, answers = _Count(Gate()), list[object]()
    closed = _watch_closing(app, player.program)

    def story(program: Program) -> Steps:
        window = program.window
        yield at_rest(program)
        _write(program, app, command, answers)
        yield lambda: command.gate.begun.is_set() and not program.jobs.saving
        _answering("Arrêter et fermer")
        assert not window.close()  # comes back at once: the work has not stopped yet
        assert program.jobs.writing
        assert window.isVisible()
        assert window.pages.waiting.isVisible()
        assert window.pages.waiting.accessibleName() == CLOSING
        QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
        assert window.here() == Place("home")  # it answers nothing else
        assert not closed
        command.gate.free.set()

    assert player.play(lambda: app, story) == DONE
    assert closed == [True]
    assert [type(answer) for answer in answers] == [Cancelled]
    assert _counted(base) == 0  # nothing half-done
    assert not player.program.window.isVisible()


def test_a_read_under_way_holds_no_window_back(player: Player, base: Path) -> None:
    app = open_town(DatabaseAddress.of_file(base))
    gate = Gate()
    closed = _watch_closing(app, player.program)

    def story(program: Program) -> Steps:
        yield at_rest(program)
        shown = program.window.screen_shown
        assert shown is not None
        shown.around.desk.run.read(lambda _progress: gate.wait(), lambda _: None, lambda _: None)
        yield gate.begun.is_set
        assert program.window.close()
        assert not program.window.isVisible()
        assert not closed
        gate.free.set()

    assert player.play(lambda: app, story) == DONE
    assert closed == [True]


def test_clothes_that_were_still_awaited_do_not_bring_the_window_back(player: Player, base: Path) -> None:
    app = open_town(DatabaseAddress.of_file(base))
    command, answers = _Count(Gate(), long=False), list[object]()

    def story(program: Program) -> Steps:
        first = program.window
        yield at_rest(program)
        program.dress_again()
        yield lambda: program.window is not first and program.window.screen_shown is not None and program.jobs.idle
        second = program.window
        _write(program, app, command, answers)
        yield command.gate.begun.is_set
        program.dress_again()
        _answering("Arrêter et fermer")
        assert not second.close()
        command.gate.free.set()
        yield lambda: not second.isVisible()
        assert program.window is second

    assert player.play(lambda: app, story) == DONE


# --- bugs -----------------------------------------------------------------------------------------------------


def test_a_gesture_that_fails_is_said_once_with_its_reference(player: Player, base: Path) -> None:
    def story(program: Program) -> Steps:
        yield at_rest(program)
        notice = program.window.notice
        for _ in range(2):
            program.tell_bug(ZeroDivisionError, ZeroDivisionError(), None)
            seen.append(notice.isVisible())
            said.append(notice.accessibleName())
            notice.show_banner(None)
        program.window.close()
        yield lambda: False

    seen: list[bool] = []
    said: list[str] = []
    assert player.play(partial(open_asked, str(base)), story) == DONE
    assert seen == [True, False]
    assert "référence" in said[0]
