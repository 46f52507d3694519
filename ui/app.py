"""The desktop program: fonts, theme, database, window. Whatever goes wrong becomes one sentence."""

from __future__ import annotations

import gc
import os
import sys
from argparse import Namespace
from collections.abc import Callable

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from backoffice.bootstrap import database_address, open_application
from backoffice.cli.main import FAULT
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.errors import BackofficeError
from backoffice.kernel.messages import sentence
from ui.background import Background, finish
from ui.dialogs import complain
from ui.preferences import SYSTEM, Preferences
from ui.presenting import Place
from ui.shell.main_window import MainWindow
from ui.theme.fonts import load_fonts
from ui.theme.style import apply
from ui.theme.tokens import Theme, ThemeName

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


class Program:
    """Holds the window, and builds it again when its theme or text size changes."""

    def __init__(self, qt: QApplication, app: Application, preferences: Preferences) -> None:
        # A full pass of the collector over a month's lines would hold the window still for 100 ms: far fewer of them.
        gc.set_threshold(700, 10, _FULL_PASSES_APART)
        self._qt = qt
        self._app = app
        self._preferences = preferences
        self.window = self._new_window(None)
        QGuiApplication.styleHints().colorSchemeChanged.connect(lambda *_: self._follow_system())

    def _new_window(self, place: Place | None) -> MainWindow:
        theme = theme_of(self._preferences)
        apply(self._qt, theme)
        window = MainWindow(self._app, theme, self._preferences, self.dress_again, place)
        Background(self._app, window.jobs, window)
        return window

    def dress_again(self) -> None:
        """The same place in new clothes."""
        before = self.window
        before.preferences.keep_window(before)
        self.window = self._new_window(before.here())
        self.window.show()
        before.jobs.wait(-1)
        before.hide()
        before.deleteLater()

    def _follow_system(self) -> None:
        if self._preferences.theme == SYSTEM:
            self.dress_again()


def run_gui(arguments: Namespace) -> int:
    """`backoffice gui`: returns when the window is closed."""
    qt = make_qt(sys.argv[:1])
    try:
        address = database_address(arguments.database, os.environ)
    except BackofficeError as error:
        complain(sentence(error))
        return FAULT
    return open_window(qt, address)


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
    code = qt.exec()
    finish(app)
    return code
