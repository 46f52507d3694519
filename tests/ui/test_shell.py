"""What surrounds the pages: search, history, rights, closing during work, a database lost, two windows."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from backoffice.families.commands import CreateFamily
from backoffice.families.rules import PersonValues
from backoffice.kernel.application import Command, Context, use_case
from backoffice.search.queries import HitKind
from tests.support.desk import SCHOOL_DAYS, Desk, open_desk
from tests.support.window import Keyboard, opened_window
from ui.history import History
from ui.places import PLACES
from ui.presenting import Place
from ui.screens.administration.view import AdministrationView
from ui.screens.attendance.view import AttendanceView
from ui.screens.families.view import FamiliesView
from ui.shell.main_window import MainWindow
from ui.shell.search import ICONS
from ui.shell.waiting import CLOSING
from ui.theme.icons import icon

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
# What the platform without a screen says of a popup; it says nothing of ours.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)")

_LONG = 10  # seconds nobody waits, unless something is broken


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


@dataclass(frozen=True)
class _RenameAll(Command[int]):
    """Long work for these tests: families renamed one by one, with a step between two."""

    begun: threading.Event
    free: threading.Event


_COUNT = 3
_RENAMED = "UPDATE families SET name = 'TOUTES' WHERE id = (SELECT min(id) FROM families WHERE name <> 'TOUTES')"


@use_case(_RenameAll, permission="families.edit", action="tests.renamed")
def _rename_all(command: _RenameAll, context: Context) -> int:
    for done in range(_COUNT):
        context.session.connection().exec_driver_sql(_RENAMED)
        command.begun.set()
        assert command.free.wait(_LONG)
        context.progress(done, _COUNT, "familles")
    return _COUNT


def _at_rest(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.jobs.idle)


def _families_page(window: MainWindow) -> FamiliesView:
    page = window.screen_shown
    assert isinstance(page, FamiliesView)
    return page


def _names_kept(desk: Desk) -> list[str]:
    """As another program reads them."""
    path = desk.database.address.path
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM families ORDER BY id")]


def _banner_buttons(window: MainWindow) -> dict[str, QPushButton]:
    page = window.screen_shown
    assert page is not None
    return {found.text(): found for found in page.banner.findChildren(QPushButton) if found.isVisible()}


def _keyboard_is_on_the_page(window: MainWindow) -> None:
    held: QWidget | None = window.focusWidget()
    assert held is not None
    assert window.pages.isAncestorOf(held)


def _never(error: Exception) -> None:
    raise AssertionError from error


# --- finding, going back, reading again -----------------------------------------------------------------------


def test_ctrl_k_finds_a_child_and_enter_opens_the_family(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family("MARTIN", "Léa")
    wanted = desk.family("PETIT", "Noé")
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        keys = Keyboard(qtbot, window)
        _at_rest(qtbot, window)
        keys.press(Qt.Key.Key_K, CTRL)
        assert window.focusWidget() is window.search
        keys.type("noe")
        qtbot.waitUntil(lambda: window.search._popup.isVisible() and window.jobs.idle)
        assert len(window.search._hits) == 1
        QTest.keyClick(window.search._popup, Qt.Key.Key_Return)
        assert window.here() == Place("family", {"id": str(wanted.id)})
        assert window.search.text() == ""
        assert not window.search._popup.isVisible()
        _at_rest(qtbot, window)
        _keyboard_is_on_the_page(window)
        window.setFocus()
        keys.press(Qt.Key.Key_Left, ALT)
        assert window.here() == Place("home")
        keys.press(Qt.Key.Key_Right, ALT)
        assert window.here() == Place("family", {"id": str(wanted.id)})
        _at_rest(qtbot, window)


def test_every_kind_of_hit_has_an_icon(qtbot: QtBot) -> None:
    assert set(ICONS) == {kind.value for kind in HitKind}
    assert not any(icon(name, "#000000").isNull() for name in ICONS.values())


def test_giving_up_a_search_gives_the_keyboard_back_to_the_page(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family("MARTIN")
    with opened_window(qtbot, desk.app, tmp_path, Place("families")) as window:
        _at_rest(qtbot, window)
        keyboard = Keyboard(qtbot, window)
        held = window.focusWidget()
        keyboard.press(Qt.Key.Key_K, CTRL)
        keyboard.type("mar")
        _at_rest(qtbot, window)
        keyboard.press(Qt.Key.Key_Escape)
        assert window.focusWidget() is held


def test_an_answer_that_comes_after_the_search_was_left_takes_nothing(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    desk.family("MARTIN")
    with opened_window(qtbot, desk.app, tmp_path, Place("families")) as window:
        _at_rest(qtbot, window)
        window.search.wake()
        QTest.keyClicks(window.search, "mar")
        QTest.keyClick(window.search, Qt.Key.Key_Tab)
        held = window.focusWidget()
        _at_rest(qtbot, window)
        assert held is not window.search
        assert window.focusWidget() is held


def test_a_search_without_answer_says_so_and_enter_goes_nowhere(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family()
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        keys = Keyboard(qtbot, window)
        keys.press(Qt.Key.Key_K, CTRL)
        keys.type("zzz")
        qtbot.waitUntil(lambda: window.search._popup.isVisible() and window.jobs.idle)
        assert window.search._list.item(0).text() == "Aucun résultat."
        QTest.keyClick(window.search._popup, Qt.Key.Key_Return)
        assert window.here() == Place("home")
        QTest.keyClick(window.search._popup, Qt.Key.Key_Escape)
        assert not window.search._popup.isVisible()
        assert window.search.text() == ""
        _keyboard_is_on_the_page(window)


def test_enter_right_after_typing_opens_what_is_typed(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    """Fast typing: the answers of the word before are not those of this one."""
    desk.family("MARTIN", "Léa")
    wanted = desk.family("MARTINEZ", "Noé")
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        keys = Keyboard(qtbot, window)
        keys.press(Qt.Key.Key_K, CTRL)
        keys.type("marti")
        qtbot.waitUntil(lambda: window.search._popup.isVisible() and window.jobs.idle)
        for key in (Qt.Key.Key_N, Qt.Key.Key_E, Qt.Key.Key_Z, Qt.Key.Key_Return):
            QTest.keyClick(window.search._popup, key)
        _at_rest(qtbot, window)
        assert window.here() == Place("family", {"id": str(wanted.id)})


def test_enter_before_the_first_answer_waits_for_it(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    wanted = desk.family("PETIT", "Noé")
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        window.search.wake()
        for key in (Qt.Key.Key_N, Qt.Key.Key_O, Qt.Key.Key_Return):
            QTest.keyClick(window.search, key)
        _at_rest(qtbot, window)
        assert window.here() == Place("family", {"id": str(wanted.id)})


def test_f5_reads_what_another_program_wrote(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family("MARTIN")
    with opened_window(qtbot, desk.app, tmp_path, Place("families")) as window:
        page = _families_page(window)
        _at_rest(qtbot, window)
        assert page.list.table.table_model.total == 2
        desk.family("PETIT", "Noé")
        Keyboard(qtbot, window).press(Qt.Key.Key_F5)
        qtbot.waitUntil(lambda: page.list.table.table_model.total == 4)


def test_f5_keeps_the_line_under_the_keyboard(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    for name in ("MARTIN", "PETIT", "ROY"):
        desk.family(name)
    with opened_window(qtbot, desk.app, tmp_path, Place("families")) as window:
        page = _families_page(window)
        _at_rest(qtbot, window)
        page.list.table.choose(3)
        before = page.list.table.current_row()
        desk.family("ALBERT")  # comes first
        Keyboard(qtbot, window).press(Qt.Key.Key_F5)
        qtbot.waitUntil(lambda: page.list.table.table_model.total == 8)
        assert page.list.table.current_row() == before


def test_the_keys_of_the_navigation_follow_what_it_shows(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    app = desk.door(frozenset({"families.read", "billing.read", "catalog.read"}))
    with opened_window(qtbot, app, tmp_path, Place("home")) as window:
        keys = Keyboard(qtbot, window)
        keys.press(Qt.Key.Key_3, CTRL)  # no attendance for them: the third is billing
        assert window.here() == Place("billing")
        _at_rest(qtbot, window)


def test_every_key_that_the_help_promises_is_there(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        _at_rest(qtbot, window)
        keys = {found.key().toString() for found in window.findChildren(QShortcut) if found.parent() is window}
        assert {"Ctrl+K", "F1", "F3", "Ctrl+F", "F5", "Ctrl+P", "Alt+Left", "Alt+Right"} <= keys
        assert {f"Ctrl+{number}" for number in range(1, 8)} <= keys


@pytest.mark.parametrize("permissions", [frozenset(), frozenset({"families.read"}), frozenset({"billing.read"})])
def test_navigation_hides_what_the_agent_may_not_see(
    qtbot: QtBot, desk: Desk, tmp_path: Path, permissions: frozenset[str]
) -> None:
    with opened_window(qtbot, desk.door(permissions), tmp_path, Place("home")) as window:
        expected = {entry.screen for entry in PLACES if entry.icon and entry.permission in {"", *permissions}}
        assert set(window.navigation._buttons) == expected
        _at_rest(qtbot, window)


# --- history --------------------------------------------------------------------------------------------------


def test_history_goes_back_and_forward_like_a_browser() -> None:
    history = History()
    assert history.here is None
    assert history.back() is None
    home, families, family = Place("home"), Place("families"), Place("family", {"id": "1"})
    for place in (home, families, families, family):
        history.visit(place)
    assert history.back() == families
    assert history.back() == home
    assert history.back() is None
    assert history.forward() == families
    assert (history.can_go_back, history.can_go_forward) == (True, True)
    history.visit(Place("billing"))
    assert history.forward() is None
    assert history.back() == families


def test_a_page_names_the_place_where_it_is() -> None:
    history = History()
    history.name(Place("attendance"))
    assert history.here is None
    history.visit(Place("attendance"))
    history.name(Place("attendance", {"day": "2025-10-02"}))
    history.visit(Place("home"))
    assert history.back() == Place("attendance", {"day": "2025-10-02"})
    assert not history.can_go_back


def test_alt_left_comes_back_to_the_day_before_that_was_looked_at(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("attendance")) as window:
        _at_rest(qtbot, window)
        keys, page = Keyboard(qtbot, window), window.screen_shown
        assert isinstance(page, AttendanceView)
        for _ in range(2):
            keys.press(Qt.Key.Key_Right, CTRL)
        assert page.day.text() == "22/11/2025"
        keys.press(Qt.Key.Key_1, CTRL)
        for shown in ("22/11/2025", "21/11/2025", "20/11/2025"):
            keys.press(Qt.Key.Key_Left, ALT)
            assert page.day.text() == shown
        keys.press(Qt.Key.Key_Right, ALT)
        assert page.day.text() == "21/11/2025"
        _at_rest(qtbot, window)


def test_ctrl_right_walks_on_through_days_without_children(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.attend(desk.family("MARTIN"), desk.slot(), [SCHOOL_DAYS[1]])  # a Friday
    place = Place("attendance", {"day": SCHOOL_DAYS[1].isoformat()})
    with opened_window(qtbot, desk.app, tmp_path, place) as window:
        _at_rest(qtbot, window)
        keys, page = Keyboard(qtbot, window), window.screen_shown
        assert isinstance(page, AttendanceView)
        for shown in ("04/10/2025", "05/10/2025", "06/10/2025"):
            keys.press(Qt.Key.Key_Right, CTRL)
            _at_rest(qtbot, window)
            assert page.day.text() == shown


def test_history_keeps_the_last_fifty() -> None:
    history = History()
    for number in range(120):
        history.visit(Place("family", {"id": str(number)}))
    visited = [history.here]
    while (place := history.back()) is not None:
        visited.append(place)
    assert visited == [Place("family", {"id": str(number)}) for number in range(119, 69, -1)]


# --- closing during work --------------------------------------------------------------------------------------


def test_closing_during_work_asks_and_continuing_finishes_it(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    for name in ("MARTIN", "PETIT", "ROY"):
        desk.family(name)
    command = _RenameAll(threading.Event(), threading.Event())
    done: list[int] = []
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        _at_rest(qtbot, window)
        _start(qtbot, window, desk, command, done)
        Keyboard(qtbot, window).answer("Continuer le travail")
        assert not window.close()
        assert window.isVisible()
        command.free.set()
        _at_rest(qtbot, window)
        assert done == [_COUNT]
        assert _names_kept(desk) == ["TOUTES"] * 3


def test_closing_during_work_and_stopping_leaves_nothing_half_done(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    for name in ("MARTIN", "PETIT", "ROY"):
        desk.family(name)
    command = _RenameAll(threading.Event(), threading.Event())
    done: list[int] = []
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        _at_rest(qtbot, window)
        _start(qtbot, window, desk, command, done)
        Keyboard(qtbot, window).answer("Arrêter et fermer")
        with qtbot.waitSignal(window.left):
            assert not window.close()  # back at once, before the work has stopped
            assert window.isVisible()
            assert window.pages.waiting.accessibleName() == CLOSING
            command.free.set()
        assert not window.isVisible()
    assert done == []
    assert _names_kept(desk) == ["MARTIN", "PETIT", "ROY"]


def test_closing_at_rest_asks_nothing(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        _at_rest(qtbot, window)
        assert window.close()


def test_other_clothes_wait_for_typing_that_would_be_lost(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.attend(desk.family(), desk.slot())
    place = Place("attendance", {"day": SCHOOL_DAYS[0].isoformat()})
    with opened_window(qtbot, desk.app, tmp_path, place) as window:
        dressed: list[bool] = []
        window._restyle = lambda: dressed.append(True)
        page = window.screen_shown
        assert isinstance(page, AttendanceView)
        _at_rest(qtbot, window)
        keys = Keyboard(qtbot, window)
        keys.press(Qt.Key.Key_F2)
        qtbot.waitUntil(page.bar.arrived.hasFocus)
        keys.type("8h75")
        window.top_bar.theme_chosen.emit("dark")
        qtbot.wait(20)
        assert not dressed
        assert page.bar.arrived.property("state") == "error"
        page.bar.arrived.setText("8h15")
        window.top_bar.theme_chosen.emit("dark")
        qtbot.waitUntil(lambda: dressed == [True])
        _at_rest(qtbot, window)


def test_typing_that_waits_goes_on_in_other_clothes(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.slot()
    with opened_window(qtbot, desk.app, tmp_path, Place("administration")) as window:
        dressed: list[bool] = []
        window._restyle = lambda: dressed.append(True)
        page = window.screen_shown
        assert isinstance(page, AdministrationView)
        _at_rest(qtbot, window)
        keys = Keyboard(qtbot, window)
        keys.press(Qt.Key.Key_F2)
        qtbot.waitUntil(page.town.form.form.entry("name").hasFocus)
        keys.type("Valbrumes")
        window.top_bar.theme_chosen.emit("dark")
        qtbot.waitUntil(lambda: dressed == [True])
        (draft,) = window.preferences.unfinished.values()
        assert draft.values["name"] == "Valbrumes"
        window.preferences.unfinished.clear()  # nothing is asked when the window closes


def test_the_bar_stops_the_work_it_shows(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family("MARTIN")
    command = _RenameAll(threading.Event(), threading.Event())
    done: list[int] = []
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        _at_rest(qtbot, window)
        _start(qtbot, window, desk, command, done)
        stop = window.status._stop
        qtbot.waitUntil(stop.isVisible)
        stop.setFocus()
        Keyboard(qtbot, window).press(Qt.Key.Key_Space)
        assert window.status._work.text() == "Arrêt…"
        command.free.set()
        _at_rest(qtbot, window)
        assert not stop.isVisible()
    assert done == []
    assert _names_kept(desk) == ["MARTIN"]


def _start(qtbot: QtBot, window: MainWindow, desk: Desk, command: _RenameAll, done: list[int]) -> None:
    window.jobs.runner(window).write(
        lambda progress: desk.app.execute(command, progress=progress), done.append, lambda _error: None, "Renommage"
    )
    assert command.begun.wait(_LONG)
    assert window.jobs.writing


# --- the database goes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("screen", "gesture"),
    [*((entry.screen, "Réessayer") for entry in PLACES if entry.icon), ("families", "F5"), ("invoices", "F5")],
)
def test_a_database_lost_is_said_and_can_be_tried_again(
    qtbot: QtBot, desk: Desk, tmp_path: Path, screen: str, gesture: str
) -> None:
    desk.family("MARTIN")
    desk.slot()
    path = desk.database.address.path
    assert path is not None
    with opened_window(qtbot, desk.app, tmp_path, Place(screen)) as window:
        _at_rest(qtbot, window)
        page = window.screen_shown
        assert page is not None
        assert not page.banner.isVisible()
        desk.database.close()  # its pool: the next read opens the file again
        away = path.with_suffix(".away")
        path.rename(away)
        path.mkdir()  # nothing can be made in its place
        Keyboard(qtbot, window).press(Qt.Key.Key_F5)
        qtbot.waitUntil(page.banner.isVisible)
        _at_rest(qtbot, window)
        assert "Réessayer" in _banner_buttons(window)
        path.rmdir()
        away.rename(path)
        if gesture == "F5":
            Keyboard(qtbot, window).press(Qt.Key.Key_F5)
        else:
            _banner_buttons(window)[gesture].setFocus()
            Keyboard(qtbot, window).press(Qt.Key.Key_Space)
        _at_rest(qtbot, window)
        assert not page.banner.isVisible(), page.banner._text.text()


def test_a_file_taken_away_is_never_made_again_empty(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family("MARTIN")
    path = desk.database.address.path
    assert path is not None
    with opened_window(qtbot, desk.app, tmp_path, Place("families")) as window:
        _at_rest(qtbot, window)
        desk.database.close()
        path.rename(path.with_suffix(".away"))
        Keyboard(qtbot, window).press(Qt.Key.Key_F5)
        page = _families_page(window)
        qtbot.waitUntil(page.banner.isVisible)
        _at_rest(qtbot, window)
        assert "Réessayer" in _banner_buttons(window)
        assert page.list.table.table_model.total == 2  # what was read is still there
        assert not path.exists()


def test_searching_in_a_database_lost_says_it(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    path = desk.database.address.path
    assert path is not None
    with opened_window(qtbot, desk.app, tmp_path, Place("home")) as window:
        _at_rest(qtbot, window)
        desk.database.close()
        path.rename(path.with_suffix(".away"))
        path.mkdir()
        keys = Keyboard(qtbot, window)
        keys.press(Qt.Key.Key_K, CTRL)
        keys.type("martin")
        _at_rest(qtbot, window)
        assert window.search._list.item(0).text().startswith("Impossible d'ouvrir la base")
        QTest.keyClick(window.search._popup, Qt.Key.Key_Return)
        assert window.here() == Place("home")
        path.rmdir()


# --- two windows ----------------------------------------------------------------------------------------------


def test_two_windows_on_the_same_database(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family("MARTIN")
    other = Desk(desk.address, now=desk.now)
    try:
        with (
            opened_window(qtbot, desk.app, tmp_path / "one", Place("families")) as one,
            opened_window(qtbot, other.app, tmp_path / "two", Place("families")) as two,
        ):
            for window in (one, two):
                _at_rest(qtbot, window)
            created: list[int] = []
            command = CreateFamily(PersonValues(last_name="PETIT", first_name="Anne"))
            one.jobs.runner(one).write(lambda _progress: desk.app.execute(command), created.append, _never)
            qtbot.waitUntil(lambda: bool(created) and one.jobs.idle)
            assert _families_page(one).list.table.table_model.total == 3  # it heard its own change
            assert _families_page(two).list.table.table_model.total == 2
            Keyboard(qtbot, two).press(Qt.Key.Key_F5)
            qtbot.waitUntil(lambda: _families_page(two).list.table.table_model.total == 3)
    finally:
        other.database.close()


def test_one_window_reads_while_the_other_writes(qtbot: QtBot, desk: Desk, tmp_path: Path) -> None:
    desk.family("MARTIN")
    other = Desk(desk.address, now=desk.now)
    command = _RenameAll(threading.Event(), threading.Event())
    done: list[int] = []
    try:
        with (
            opened_window(qtbot, desk.app, tmp_path / "one", Place("families")) as one,
            opened_window(qtbot, other.app, tmp_path / "two", Place("home")) as two,
        ):
            for window in (one, two):
                _at_rest(qtbot, window)
            _start(qtbot, one, desk, command, done)
            Keyboard(qtbot, two).press(Qt.Key.Key_2, CTRL)
            _at_rest(qtbot, two)
            page = _families_page(two)
            assert page.list.table.table_model.total == 2
            assert not page.banner.isVisible()
            command.free.set()
            _at_rest(qtbot, one)
            assert done == [_COUNT]
    finally:
        other.database.close()
