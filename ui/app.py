"""The desktop program: fonts, theme, database, window. Whatever goes wrong becomes one sentence."""

from __future__ import annotations

import gc
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, Qt, QTranslator
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from backoffice.bootstrap import database_address, is_chosen, open_application
from backoffice.cli.main import DONE, FAULT
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.errors import BackofficeError
from backoffice.kernel.messages import sentence
from backoffice.kernel.settings import load_settings
from ui.choosing.dialog import choose_database
from ui.dialogs import complain
from ui.jobs import Jobs
from ui.locking.desk_lock import DeskLock
from ui.password.dialog import change_my_password
from ui.preferences import SYSTEM, Preferences
from ui.presenting import Place, banner_for
from ui.shell.main_window import MainWindow
from ui.theme.fonts import load_fonts
from ui.theme.style import apply
from ui.theme.tokens import Theme, ThemeName

if TYPE_CHECKING:
    from ui.drafts import Draft

_WAIT_AT_CLOSING_MS = 15_000
_FULL_PASSES_APART = 1000  # in middle passes; Python's own is 10


def make_qt(arguments: list[str]) -> QApplication:
    """The Qt program, in French, with our font."""
    found = QApplication.instance()
    qt = found if isinstance(found, QApplication) else QApplication(arguments)
    qt.setApplicationName("Back-office Enfance")
    QLocale.setDefault(QLocale(QLocale.Language.French, QLocale.Country.France))
    translator = QTranslator(qt)
    if translator.load("qtbase_fr", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        qt.installTranslator(translator)
    load_fonts()
    return qt


def theme_of(preferences: Preferences) -> Theme:
    """The theme the agent chose, or the system's."""
    chosen = preferences.theme
    if chosen == SYSTEM:
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return Theme(ThemeName.DARK if dark else ThemeName.LIGHT, preferences.scale)
    return Theme(ThemeName(chosen), preferences.scale)


class Program(QObject):
    """Holds the window, and builds it again when its theme or text size changes, or another agent works here."""

    def __init__(self, qt: QApplication, app: Application, preferences: Preferences) -> None:
        super().__init__()
        # A full pass of the collector over a month's lines would hold the window still for 100 ms: far fewer of them.
        gc.set_threshold(700, 10, _FULL_PASSES_APART)
        self._qt = qt
        self.app = app
        self._preferences = preferences
        self._unfinished: dict[str, dict[str, Draft]] = {}  # by login: an agent who comes back finds their typing
        self.window = self._new_window(None)
        self.desk = DeskLock(self, load_settings().lock_seconds, self)
        QGuiApplication.styleHints().colorSchemeChanged.connect(lambda *_: self._follow_system())

    def _new_window(self, place: Place | None) -> MainWindow:
        theme = theme_of(self._preferences)
        apply(self._qt, theme)
        window = MainWindow(self.app, theme, self._preferences, self.dress_again, place)
        agent = window.top_bar.agent
        agent.lock_asked.connect(lambda: self.desk.lock())  # noqa: PLW0108 - made after the first window
        agent.agent_asked.connect(lambda: self.desk.lock(other=True))
        agent.password_asked.connect(self._change_password)
        agent.database_asked.connect(self._change_database)
        return window

    def dress_again(self) -> None:
        """The same place in new clothes."""
        self._replace_window(self.window.here())

    def _replace_window(self, place: Place | None) -> None:
        before = self.window
        before.preferences.keep_window(before)
        self.window = self._new_window(place)
        self.window.show()
        before.jobs.wait(-1)
        before.hide()
        before.deleteLater()

    def _follow_system(self) -> None:
        # A locked desk shows nothing: its window is dressed when it is given back.
        if self._preferences.theme == SYSTEM and self.desk.cover is None:
            self.dress_again()

    # --- who works here, on which database ------------------------------------------------------------------------

    @property
    def jobs(self) -> Jobs:
        return self.window.jobs

    @property
    def theme(self) -> Theme:
        return self.window.theme

    def shown_window(self) -> MainWindow:
        return self.window

    def refresh(self) -> None:
        """Read the page again; what is typed on it stays."""
        if theme_of(self._preferences) != self.window.theme:
            self.dress_again()
        elif (shown := self.window.screen_shown) is not None:
            shown.refresh()

    def keep_awake(self, reason: str) -> Callable[[], None]:
        """No lock by itself until the answer is called."""
        return self.desk.keep_awake(reason)

    def switch(self, app: Application) -> None:
        """Another agent, or another database. What was being typed waits in memory for whoever typed it."""
        before = self.app
        self._unfinished[_owner(before)] = self._preferences.unfinished
        self.app, self._preferences = app, Preferences(app.actor.login)
        self._preferences.unfinished = self._unfinished.pop(_owner(app), {})
        self._replace_window(None)
        before.database.close()

    def leave(self) -> None:
        """End the program; what is not saved was given up."""
        self.jobs.cancel_all()
        self.jobs.wait(_WAIT_AT_CLOSING_MS)
        self._qt.quit()

    def _change_password(self) -> None:
        told = change_my_password(self.window, self.theme, self.app, self.jobs)
        if told:
            self.window.tell(told)

    def _change_database(self) -> None:
        shown = self.window.screen_shown
        if shown is not None and not shown.may_leave():
            return
        address = choose_database(self.window, self.theme, self.jobs, self.app.database.address)
        if address is not None and address != self.app.database.address:
            run = self.jobs.runner(self)
            run.read(lambda _: open_application(address), self.switch, self._say, "opening", "Ouverture de la base")

    def _say(self, error: Exception) -> None:
        banner, shown = banner_for(error), self.window.screen_shown
        if banner is not None and shown is not None:
            shown.show_banner(banner)


def _owner(app: Application) -> str:
    return f"{app.actor.login} {app.database.address.shown}"


def run_gui(arguments: Namespace) -> int:
    """`backoffice gui`: returns when the window is closed."""
    qt = make_qt(sys.argv[:1])
    try:
        if not is_chosen(arguments.database, os.environ) and not _choose_first(qt):
            return DONE
        address = database_address(arguments.database, os.environ)
    except BackofficeError as error:
        complain(sentence(error))
        return FAULT
    return open_window(qt, address)


def _choose_first(qt: QApplication) -> bool:
    """The first time on this computer: False when nothing was chosen."""
    theme = theme_of(Preferences(""))
    apply(qt, theme)
    return choose_database(None, theme, Jobs(qt)) is not None


def open_window(qt: QApplication, address: DatabaseAddress) -> int:
    """The window on this database, until it is closed; a base that cannot be opened is one sentence."""
    try:
        app = open_application(address)
    except BackofficeError as error:
        complain(sentence(error))
        return FAULT
    try:
        return show(qt, app, Preferences(app.actor.login))
    finally:
        app.database.close()


def show(qt: QApplication, app: Application, preferences: Preferences,
         ready: Callable[[MainWindow], None] | None = None) -> int:
    """Show the window until it is closed; `ready` hears of it once shown."""
    program = Program(qt, app, preferences)
    gc.enable()
    program.window.show()
    if ready is not None:
        ready(program.window)
    try:
        return qt.exec()
    finally:
        program.app.database.close()
