"""The desktop program: a dressed window first, then the town in it. Whatever goes wrong becomes one sentence."""

from __future__ import annotations

import gc
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, Qt, QTimer, QTranslator
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from backoffice.cli.main import BUG
from backoffice.kernel.errors import BackofficeError, Cancelled
from backoffice.kernel.logs import report_bug
from backoffice.kernel.messages import sentence
from ui.dialogs import choose_file_to_read, complain
from ui.jobs import Jobs
from ui.opening import load_the_rest, open_asked
from ui.preferences import SYSTEM, Preferences
from ui.presenting import Action, Banner, Place, banner_for
from ui.shell.main_window import MainWindow
from ui.theme.fonts import load_fonts
from ui.theme.style import apply
from ui.theme.tokens import Theme, ThemeName

if TYPE_CHECKING:
    from types import TracebackType

    from backoffice.kernel.application import Application

_FULL_PASSES_APART = 1000  # in middle passes; Python's own is 10
_ROWS_PAINTED_MS = 50      # after they are read: what is loaded then takes nothing from them

OpenTown = Callable[[], "Application"]


def make_qt(arguments: list[str]) -> QApplication:
    """The Qt program, in French, with our font, drawn alike on every computer."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        qt = found
        qt.setStyle("Fusion")
    else:
        qt = QApplication([*arguments, "-style", "fusion"])  # asked here, it costs the first frame nothing
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
    """Holds the jobs, the town and the window; builds the window again when its theme or text size changes.

    No window waits for a job: the program ends, and the database closes, once the last one has ended.
    """

    def __init__(self, qt: QApplication, preferences: Preferences) -> None:
        super().__init__()
        # A full pass of the collector over a month's lines would hold the window still for 100 ms: far fewer of them.
        gc.set_threshold(700, 10, _FULL_PASSES_APART)
        qt.setQuitOnLastWindowClosed(False)
        self._qt = qt
        self._preferences = preferences
        self._app: Application | None = None
        self._refusal: tuple[Exception, Banner] | None = None
        self._undressed = False
        self._complete = False
        self._leaving = False
        self._bugs_told: set[str] = set()
        self.jobs = Jobs(self)
        self._runner = self.jobs.runner(self)
        self.window = self._new_window(None)
        self.jobs.progressed.connect(self._go_on)
        self.jobs.settled.connect(self._go_on)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    def run(self, open_town: OpenTown) -> int:
        """The window, until it is closed. Raises what kept a town from being opened."""
        self.window.show()
        QTimer.singleShot(0, lambda: self.open(open_town))  # its thread would delay the first frame
        code = self._qt.exec()
        # However the loop ended: no job may find its database closed.
        self.jobs.cancel_all()
        self.jobs.wait(-1)
        if self._app is not None:
            self._app.database.close()
        elif self._refusal is not None:
            if isinstance(self._refusal[0], BackofficeError):
                raise self._refusal[0]
            return BUG  # reported already
        return code

    # --- the town ---------------------------------------------------------------------------------------------

    def open(self, open_town: OpenTown) -> None:
        """Open a town while the window lives."""
        self._refusal = None
        self.window.show_opening()
        self._runner.read(lambda _progress: open_town(), self.receive, partial(self._refuse, open_town))

    def receive(self, app: Application) -> None:
        """Show the town, in the clothes of its agent."""
        self._app = app
        self._preferences = self.window.preferences = self._preferences.of(app.actor.login)
        if theme_of(self._preferences) == self.window.theme:
            self.window.receive(app)
        else:
            self._replace_window()
        gc.enable()

    def _refuse(self, open_town: OpenTown, error: Exception) -> None:
        banner = banner_for(error)
        if banner is not None:
            again = partial(self.open, open_town)
            self._refusal = error, replace(banner, actions=(Action("Réessayer", again),), reread=again)
            self._show_refusal()
        gc.enable()

    def _show_refusal(self) -> None:
        if self._refusal is not None:
            self.window.show_refusal(self._refusal[1], Action("Choisir une autre base…", self._choose))

    def _choose(self) -> None:
        path = choose_file_to_read(self.window, "Ouvrir une base", "Base de données (*.sqlite);;Tous les fichiers (*)")
        if path is not None:
            self.open(partial(open_asked, str(path)))

    # --- bugs -------------------------------------------------------------------------------------------------

    def tell_bug(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """What no job met: a slot of ours failed. Said once for each bug, never silent: `sys.excepthook`.

        Qt goes on after it; without this a window has nowhere to say it, on Windows least of all.
        """
        if not isinstance(error, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        banner = banner_for(error.with_traceback(trace))
        if banner is not None and banner.text not in self._bugs_told:
            self._bugs_told.add(banner.text)
            self.window.notice.show_banner(banner)

    # --- clothes ----------------------------------------------------------------------------------------------

    def _new_window(self, place: Place | None) -> MainWindow:
        theme = theme_of(self._preferences)
        apply(self._qt, theme)
        window = MainWindow(theme, self._preferences, self.jobs, self.dress_again, place)
        window.left.connect(self._leave)
        return window

    def dress_again(self) -> None:
        """The same place in new clothes. What is being saved comes first, so that its page hears of it; longer work
        goes on under the new window."""
        self._undressed = True
        if self.jobs.saving:
            self.window.tell("L'apparence changera après l'enregistrement en cours.")
        self._go_on()

    def _dress(self) -> None:
        self._undressed = False
        self._preferences.keep_window(self.window)
        self._replace_window()

    def _replace_window(self) -> None:
        before = self.window
        self.window = self._new_window(before.here())
        if self._app is not None:
            self.window.receive(self._app)
        self._show_refusal()
        self.window.show()
        before.hide()
        before.deleteLater()

    def _follow_system(self) -> None:
        if self._preferences.theme == SYSTEM:
            self.window.restyle_soon()

    # --- between jobs -----------------------------------------------------------------------------------------

    def _leave(self) -> None:
        self._leaving = True
        self._go_on()

    def _go_on(self) -> None:
        """What waited for a job does so no longer."""
        if self._leaving:
            if self.jobs.idle:
                self._qt.exit(0)
        elif self.window.closing:
            return
        elif self._undressed and not self.jobs.saving:
            self._dress()
        elif self._app is not None and self.jobs.idle and not self._complete:
            self._complete = True
            QTimer.singleShot(_ROWS_PAINTED_MS, self, self._load_the_rest)

    def _load_the_rest(self) -> None:
        if not self._leaving:
            self._runner.read(load_the_rest, lambda _: None, _report)


def _report(error: Exception) -> None:
    if not isinstance(error, Cancelled):
        report_bug(error)


def run_gui(arguments: Namespace) -> int:
    """`backoffice gui`: returns when the window is closed. Raises what kept the database from being opened."""
    return run_window(partial(open_asked, arguments.database))


def run_window(open_town: OpenTown) -> int:
    """The window of a town, until it is closed. Raises what kept it from being opened."""
    try:
        program = Program(make_qt(sys.argv[:1]), Preferences.of_latest())
    except BackofficeError as error:
        complain(sentence(error))  # no window will say it
        raise
    before, sys.excepthook = sys.excepthook, program.tell_bug
    try:
        return program.run(open_town)
    finally:
        sys.excepthook = before
