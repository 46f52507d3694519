"""The window before its town: what it shows meanwhile, what keeps the town from opening, and what is done about it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from backoffice.bootstrap import default_database, open_application
from backoffice.cli.main import BUG, DONE, FAULT, main
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.errors import BackofficeError, EnvironmentFault, UserError
from backoffice.kernel.secrets import keep_database_password
from backoffice.kernel.settings import Settings, load_settings, save_settings
from tests.support.guests import NAME, PASSWORD, guest
from tests.support.keyrings import Notebook, use_keyring
from tests.support.postgres import free_port
from tests.support.program import TURN_MS, Gate, Player, Steps, at_rest
from tests.support.towns import SmallTown
from ui.app import Program, run_gui
from ui.choosing.dialog import ChooseDatabase
from ui.opening import open_asked, open_town
from ui.presenting import Place
from ui.shell.main_window import MainWindow
from ui.shell.waiting import OPENING
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


def _buttons(window: MainWindow) -> dict[str, QPushButton]:
    found = (*window.notice.findChildren(QPushButton), *window.pages.waiting.findChildren(QPushButton))
    return {one.text(): one for one in found if one.isVisibleTo(window)}


# --- opening --------------------------------------------------------------------------------------------------


def test_the_frame_is_shown_before_anything_of_the_town_is_loaded() -> None:
    heavy = ("sqlalchemy", "keyring", "holidays", "backoffice.bootstrap", "reportlab", "openpyxl", "alembic")
    asked = f"import sys, ui.__main__, ui.app; print(*sorted(set({heavy!r}) & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert answer.stdout.split() == []


def test_the_town_is_opened_without_what_it_does_not_need() -> None:
    heavy = ("keyring", "holidays", "alembic", "psycopg", "sqlalchemy.dialects.postgresql", "reportlab", "openpyxl",
             "backoffice.importing.noethys.writer")
    asked = f"import sys, backoffice.bootstrap; print(*sorted(set({heavy!r}) & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert answer.stdout.split() == []


def test_what_is_asked_while_the_town_opens_is_done_once_it_is_open(player: Player, base: Path) -> None:
    gate = Gate()

    def town() -> Application:
        gate.wait()
        return open_town(DatabaseAddress.of_file(base))

    def story(program: Program) -> Steps:
        window = program.window
        yield gate.begun.is_set
        assert window.isVisible()
        assert window.pages.waiting.accessibleName() == OPENING
        window.navigation._buttons["families"][0].click()
        QTest.keyClicks(window.search, "martin")
        gate.free.set()
        yield at_rest(program)
        assert window.here() == Place("families")
        assert window.search.text() == "martin"
        assert window.search._popup.isVisible()
        window.search._popup.hide()
        window.close()

    assert player.play(town, story) == DONE


def test_a_town_that_opens_after_the_window_was_closed_is_closed_too(player: Player, base: Path) -> None:
    gate = Gate()
    opened: list[Application] = []

    def town() -> Application:
        gate.wait()
        opened.append(open_town(DatabaseAddress.of_file(base)))
        return opened[0]

    def story(program: Program) -> Steps:
        yield gate.begun.is_set
        assert program.window.close()
        assert not program.window.isVisible()
        gate.free.set()

    assert player.play(town, story) == DONE
    assert opened[0].database.engine.pool.status().startswith("Pool size: 5  Connections in pool: 0")


def test_the_window_wears_the_clothes_of_whoever_worked_last(player: Player, base: Path) -> None:
    def story(program: Program) -> Steps:
        yield at_rest(program)
        program.window.preferences.theme = "dark"
        program.window.close()

    assert player.play(partial(open_town, DatabaseAddress.of_file(base)), story) == DONE
    again = Player(player.folder)
    assert again.program.window.theme.name is ThemeName.DARK
    before = again.program.window

    def second(program: Program) -> Steps:
        yield at_rest(program)
        assert program.window is before  # nobody else: not built twice
        program.window.close()

    assert again.play(partial(open_town, DatabaseAddress.of_file(base)), second) == DONE


def test_the_first_frame_shows_the_pages_of_the_last_time(player: Player, base: Path) -> None:
    def town() -> Application:
        app = open_town(DatabaseAddress.of_file(base))
        app.actor = replace(app.actor, permissions=frozenset({"families.read"}))
        return app

    def story(program: Program) -> Steps:
        yield at_rest(program)
        assert set(program.window.navigation._buttons) == {"home", "families"}
        program.window.close()

    assert player.play(town, story) == DONE
    assert set(Player(player.folder).program.window.navigation._buttons) == {"home", "families"}


def _in_the_dialog(do: Callable[[ChooseDatabase], object]) -> None:
    """Do it in the choice of a database that comes."""

    def look() -> None:
        shown = QApplication.activeModalWidget()
        if isinstance(shown, ChooseDatabase):
            do(shown)
        else:
            QTimer.singleShot(TURN_MS, look)

    QTimer.singleShot(0, look)


def test_the_first_time_one_chooses_where_to_work(player: Player) -> None:
    def story(program: Program) -> Steps:
        _in_the_dialog(lambda dialog: dialog.opening.click())
        yield at_rest(program)
        assert program.app is not None
        assert program.app.database.address.path == default_database()
        program.window.close()

    assert player.play(partial(open_asked, None), story) == DONE
    assert default_database().exists()


def test_who_chooses_nothing_finds_the_choice_again(player: Player) -> None:
    def story(program: Program) -> Steps:
        left: list[int] = []

        def give_up(dialog: ChooseDatabase) -> None:
            dialog.finished.connect(left.append)
            dialog.giving_up.click()

        _in_the_dialog(give_up)
        yield lambda: left and QApplication.activeModalWidget() is None
        assert set(_buttons(program.window)) == {"Choisir une base…"}
        program.window.close()

    assert player.play(partial(open_asked, None), story) == DONE
    assert not default_database().exists()


# --- what keeps a town from being opened ----------------------------------------------------------------------


def test_a_lost_file_is_told_in_the_window_and_tried_again(player: Player, base: Path) -> None:
    away = base.with_suffix(".away")
    base.rename(away)

    def story(program: Program) -> Steps:
        window = program.window
        yield lambda: "Choisir une autre base…" in _buttons(window)
        assert base.name in window.notice.accessibleName()
        assert not base.exists()  # never made again, empty
        assert set(_buttons(window)) == {"Réessayer", "Choisir une autre base…", "Fermer"}
        yield _buttons(window)["Réessayer"].hasFocus
        away.rename(base)
        QTest.keyClick(_buttons(window)["Réessayer"], Qt.Key.Key_Space)
        yield at_rest(program)
        window.close()

    assert player.play(partial(open_asked, str(base)), story) == DONE


def test_f5_tries_again_too(player: Player, base: Path) -> None:
    away = base.with_suffix(".away")
    base.rename(away)

    def story(program: Program) -> Steps:
        yield program.window.notice.isVisible
        _buttons(program.window)["Fermer"].click()
        away.rename(base)
        QTest.keyClick(program.window, Qt.Key.Key_F5)
        yield at_rest(program)
        program.window.close()

    assert player.play(partial(open_asked, str(base)), story) == DONE


def test_another_base_is_chosen(player: Player, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.choosing.dialog.choose_file_to_read", lambda *_: base)

    def story(program: Program) -> Steps:
        yield lambda: "Choisir une autre base…" in _buttons(program.window)
        _in_the_dialog(lambda dialog: dialog.another_file.click())
        _buttons(program.window)["Choisir une autre base…"].click()
        yield at_rest(program)
        assert load_settings().database == str(base)
        program.window.close()

    assert player.play(partial(open_asked, str(base.with_name("absente.sqlite"))), story) == DONE


def _no_database(path: Path) -> None:
    path.write_text("Madame, Monsieur,\n" * 100, encoding="utf-8")


def _of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE recettes (nom TEXT)")


def _from_the_future(path: Path) -> None:
    open_application(DatabaseAddress.of_file(path)).database.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize(
    ("make", "kind", "code"),
    [
        (lambda _path: None, UserError, "database.missing"),
        (_no_database, EnvironmentFault, "database.not_a_database"),
        (_of_another_program, EnvironmentFault, "database.not_ours"),
        (_from_the_future, EnvironmentFault, "database.newer"),
    ],
)
def test_a_window_that_opened_nothing_ends_with_the_reason(
    player: Player, tmp_path: Path, make: Callable[[Path], object], kind: type[BackofficeError], code: str
) -> None:
    path = tmp_path / "essai.sqlite"
    make(path)

    def story(program: Program) -> Steps:
        yield program.window.notice.isVisible
        program.window.close()

    with pytest.raises(kind) as raised:
        player.play(partial(open_asked, str(path)), story)
    assert raised.value.code == code
    assert path.exists() == (code != "database.missing")


def test_a_server_that_refuses_the_password_is_told(
    player: Player, shared_address: DatabaseAddress
) -> None:
    wrong = DatabaseAddress(shared_address.url.set(password="faux"), None)

    def story(program: Program) -> Steps:
        yield program.window.notice.isVisible
        assert "mot de passe" in program.window.notice.accessibleName()
        program.window.close()

    with pytest.raises(EnvironmentFault, match=r"^database\.wrong_password$"):
        player.play(partial(open_town, wrong), story)


def test_a_password_that_changed_is_typed_again(
    player: Player, shared_town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keyring(monkeypatch, Notebook())
    with guest(shared_town) as address:
        bare = DatabaseAddress(address.url._replace(password=None), None)
        keep_database_password(bare.url, "ancien")
        # The server of the tests listens in a folder, which no field can name: the address is put in.
        monkeypatch.setattr("ui.app.usual_address", lambda _asked: bare)
        monkeypatch.setattr("ui.choosing.presenter.address_of", lambda _values: bare)
        monkeypatch.setattr("ui.choosing.presenter.problems", lambda _values: {})

        def type_it(dialog: ChooseDatabase) -> None:
            held = dialog.focusWidget()
            assert isinstance(held, QLineEdit)
            assert held is dialog.form.entry("password")
            QTest.keyClicks(held, PASSWORD)
            QTest.keyClick(held, Qt.Key.Key_Return)

        def story(program: Program) -> Steps:
            yield lambda: "Choisir une autre base…" in _buttons(program.window)
            _in_the_dialog(type_it)
            _buttons(program.window)["Choisir une autre base…"].click()
            yield at_rest(program)
            assert program.app is not None
            assert program.app.actor.name == NAME
            program.window.close()

        assert player.play(partial(open_town, bare), story) == DONE


def test_the_address_that_was_refused_is_the_one_to_mend(player: Player, base: Path) -> None:
    """And not that of the base one usually works on."""
    save_settings(Settings(database=str(base)))
    asked = f"postgresql://c.martin@127.0.0.1:{free_port()}/enfance"
    seen: list[Mapping[str, str]] = []

    def look(dialog: ChooseDatabase) -> None:
        seen.append(dialog.form.values())
        dialog.giving_up.click()

    def story(program: Program) -> Steps:
        program.asked = asked
        yield lambda: "Choisir une autre base…" in _buttons(program.window)
        _in_the_dialog(look)
        _buttons(program.window)["Choisir une autre base…"].click()
        program.window.close()

    with pytest.raises(EnvironmentFault):
        player.play(partial(open_asked, asked), story)
    (values,) = seen
    assert (values["server"], values["base"], values["login"]) == ("127.0.0.1", "enfance", "c.martin")
    assert values["port"] in asked


def test_our_own_mistake_is_told_by_its_reference(player: Player) -> None:
    def town() -> Application:
        raise ZeroDivisionError

    def story(program: Program) -> Steps:
        yield program.window.notice.isVisible
        assert "référence" in program.window.notice.accessibleName()
        program.window.close()

    assert player.play(town, story) == BUG


def test_the_command_says_why_no_window_opened_and_exits_with_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []

    def broken() -> None:
        raise EnvironmentFault("font.unreadable", name="SourceSans3-Regular.ttf")

    monkeypatch.setattr("ui.app.load_fonts", broken)
    monkeypatch.setattr("ui.app.complain", said.append)
    monkeypatch.setattr("backoffice.cli.main.start_logging", lambda: None)
    code = main(["gui", "--database", str(tmp_path / "base.sqlite")], {"gui": run_gui})
    assert code == FAULT
    assert said == [capsys.readouterr().err.strip()]
    assert "Réinstallez le programme" in said[0]
