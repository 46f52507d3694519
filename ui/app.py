"""The desktop program: a dressed window first, then the town in it. Whatever goes wrong becomes one sentence."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, Qt, QTimer, QTranslator
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from backoffice.cli.main import BUG
from backoffice.kernel.errors import BackofficeError, Cancelled, EnvironmentFault
from backoffice.kernel.logs import report_bug
from backoffice.kernel.messages import sentence
from ui.collecting import Collector
from ui.context import digest_of
from ui.departures import Departures, close
from ui.dialogs import complain
from ui.jobs import Jobs
from ui.opening import load_the_rest, open_asked, open_town, usual_address
from ui.preferences import SYSTEM, Preferences
from ui.presenting import Action, Banner, Place, banner_for
from ui.shell.agent_menu import Gesture
from ui.shell.main_window import MainWindow
from ui.theme.fonts import load_fonts
from ui.theme.style import apply
from ui.theme.tokens import Theme, ThemeName

if TYPE_CHECKING:
    from types import TracebackType

    from backoffice.kernel.actor import Actor
    from backoffice.kernel.application import Application
    from backoffice.outbox.sending import Outbox
    from ui.drafts import Draft
    from ui.locking.desk_lock import DeskLock
    from ui.painted import Unsaved

_ROWS_PAINTED_MS = 50      # after they are read: what is loaded then takes nothing from them

OpenTown = Callable[[], "Application | None"]
"""Opens a town, on the thread of a job; None when nobody ever chose one."""


@dataclass(frozen=True)
class _Refusal:
    """Why no town is open: what was raised and how it is told; nothing of it when none was ever chosen."""

    error: Exception | None = None
    banner: Banner | None = None


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
    """Holds the jobs, the town and the window; builds the window again when its theme or text size changes, when
    another agent works here, or on another base.

    No window waits for a job: the program ends, and the database closes, once the last one has ended.
    """

    def __init__(self, qt: QApplication, preferences: Preferences) -> None:
        super().__init__()
        self._collector = Collector(self)
        qt.setQuitOnLastWindowClosed(False)
        self._qt = qt
        self._preferences = preferences
        self.asked: str | None = None  # on the command line: what is to be mended when it cannot be opened
        self.app: Application | None = None
        self.desk: DeskLock | None = None  # only where a password can be asked for again
        self.outbox: Outbox | None = None
        self._arriving: Application | None = None
        self._refusal: _Refusal | None = None
        self._unfinished: dict[str, dict[str, Draft]] = {}  # by owner: who comes back finds their typing
        self._painted: dict[str, Unsaved | None] = {}
        self._undressed = False
        self._complete = False
        self._leaving = False
        self._bugs_told: set[str] = set()
        self.jobs = Jobs(self)
        self._runner = self.jobs.runner(self)
        self._departures = Departures(self.jobs, self._runner)
        self.window = self._new_window(None)
        self.jobs.progressed.connect(self._go_on)
        self.jobs.settled.connect(self._go_on)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    def run(self, open_town: OpenTown) -> int:
        """The window, until it is closed. Raises what kept a town from being opened."""
        self.window.show()
        QTimer.singleShot(0, lambda: self.open(open_town))  # its thread would delay the first frame
        code = self._qt.exec()
        # However the loop ended: no job may find its database closed, and none brings the program back.
        self.jobs.settled.disconnect(self._go_on)
        if self.desk is not None:
            self.desk.end()  # or it would lock, later, a window that is no more
        self.jobs.cancel_all()
        self.jobs.wait(-1)
        self._departures.close_all()
        for app in (self.app, self._arriving):
            if app is not None:
                close(app)
        if self._refusal is None or self._refusal.error is None:
            return code
        if isinstance(self._refusal.error, BackofficeError):
            raise self._refusal.error
        return BUG  # reported already

    # --- the town ---------------------------------------------------------------------------------------------

    def open(self, open_town: OpenTown) -> None:
        """Open a town while the window lives; the one that is shown stays until then."""
        if self.app is None:
            self._refusal = None
            self.window.show_opening()
        self._runner.read(lambda _progress: open_town(), self._opened, partial(self._refuse, open_town), "opening")

    def _opened(self, app: Application | None) -> None:
        if app is not None:
            self.receive(app)
            return
        self._refusal = _Refusal()
        self._show_refusal()
        QTimer.singleShot(0, self, self._choose_database)
        self._collector.start()

    def receive(self, app: Application) -> None:
        """Show the town, in the clothes of its agent, after what is being saved in the one before."""
        if self._arriving is not None:
            self._departures.add(self._arriving)
        self._arriving = app
        self._go_on()

    def _show_town(self, app: Application) -> None:
        before, self.app, self._arriving = self.app, app, None
        self.outbox = _outbox_of(app)
        self._refusal = None
        if before is not None:
            self._unfinished[_owner(before)] = self._preferences.unfinished
            self._painted[_owner(before)] = self._preferences.painted
            self._preferences.keep_window(self.window)
        self._preferences = self.window.preferences = self._preferences.of(app.actor.login)
        self._preferences.unfinished = self._unfinished.pop(_owner(app), {})
        self._preferences.painted = self._painted.pop(_owner(app), None)
        if before is None and theme_of(self._preferences) == self.window.theme:
            self.window.receive(app, self.outbox)
        else:
            self._replace_window(self.window.here() if before is None else None)
        self._guard(app)
        if before is not None:
            self._departures.add(before)
        self._collector.start()

    def _refuse(self, open_town: OpenTown, error: Exception) -> None:
        again = partial(self.open, open_town)
        banner = banner_for(error)
        if banner is not None:
            banner = replace(banner, actions=(Action("Réessayer", again),), reread=again)
        if self.app is not None:
            self.window.notice.show_banner(banner)
        elif banner is not None:
            self._refusal = _Refusal(error, banner)
            self._show_refusal()
        self._collector.start()

    def _show_refusal(self) -> None:
        if self._refusal is not None:
            words = "Choisir une autre base…" if self._refusal.error is not None else "Choisir une base…"
            self.window.show_refusal(self._refusal.banner, Action(words, self._choose_database))

    def _choose_database(self) -> None:
        from ui.choosing.dialog import choose_database

        if self.window.closing:
            return
        app, refused = self.app, self._refusal.error if self._refusal is not None else None
        current = usual_address(self.asked) if app is None else app.database.address
        chosen = choose_database(self.window, self.window.theme, self.jobs, current, refused)
        if chosen is not None and (app is None or chosen != current):
            self.asked = None
            self.open(partial(open_town, chosen))

    # --- who works here ---------------------------------------------------------------------------------------

    def _answer(self, gesture: Gesture) -> None:
        """What is asked in the menu of the agent."""
        if gesture is Gesture.DATABASE:
            if self.window.pages.may_leave():
                self._choose_database()
        elif gesture is Gesture.PASSWORD:
            self._change_password()
        elif self.desk is not None:
            self.desk.lock(other=gesture is Gesture.OTHER_AGENT)

    def _turn_away(self, fault: EnvironmentFault) -> None:
        """Their access was taken back, or their password changed elsewhere: nothing stays on the screen."""
        if self.desk is not None:
            changed = fault.code == "database.wrong_password"
            self.desk.lock(why=sentence(EnvironmentFault("database.password_changed") if changed else fault))

    def _change_password(self) -> None:
        from ui.password.dialog import change_my_password

        if self.app is not None and (told := change_my_password(self.window, self.window.theme, self.app, self.jobs)):
            self.window.tell(told)

    def _guard(self, app: Application) -> None:
        if self.desk is not None:
            self.desk.end()
            self.desk = None
        if app.database.asks_password:
            from ui.locking.desk_lock import DeskLock, lock_seconds

            self.desk = DeskLock(self, app, lock_seconds())

    def _keep_awake(self, reason: str) -> Callable[[], None]:
        return self.desk.keep_awake(reason) if self.desk is not None else lambda: None

    @property
    def locked(self) -> bool:
        return self.desk is not None and self.desk.is_locked

    def give_back(self, actor: Actor) -> None:
        """The agent is back, and may do what the database says now. The page is read again; its typing stays."""
        if self.app is None:
            return
        before, self.app.actor = self.app.actor, actor
        self.window.wake()
        self._undressed |= actor != before or theme_of(self._preferences) != self.window.theme
        self._go_on()

    def leave(self) -> None:
        """End the program; what is not saved was given up."""
        self.jobs.cancel_all()
        self._leave()

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
        window.keep_awake = self._keep_awake
        window.left.connect(self._leave)
        window.asked.connect(self._answer)
        window.turned_away.connect(self._turn_away)
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
        self._replace_window(self.window.here())

    def _replace_window(self, place: Place | None) -> None:
        before = self.window
        self.window = self._new_window(place)
        if self.app is not None:
            self.window.receive(self.app, self.outbox)
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
        """What waited for a job, or for a desk to be given back, does so no longer."""
        self._departures.go_on()
        if self._leaving:
            if self.jobs.idle:
                self._qt.exit(0)
        elif self.window.closing:
            return
        elif self._arriving is not None and not self.jobs.saving and not self.locked:
            self._show_town(self._arriving)
        elif self._undressed and not self.jobs.saving and not self.locked:
            self._dress()
        elif self.app is not None and self.jobs.idle and not self._complete:
            self._complete = True
            QTimer.singleShot(_ROWS_PAINTED_MS, self, self._load_the_rest)

    def _load_the_rest(self) -> None:
        if not self._leaving:
            self._runner.read(load_the_rest, lambda _: None, _report)


def _outbox_of(app: Application) -> Outbox | None:
    """Where pointage waits while a shared base is away; the base of this computer is never away."""
    if app.database.is_embedded:
        return None
    from backoffice.outbox.sending import Outbox

    return Outbox(app)


def _owner(app: Application) -> str:
    """Whose typing it is: ids of one base mean nothing in another."""
    return f"{app.actor.login} {digest_of(app.database.address)}"


def _report(error: Exception) -> None:
    if not isinstance(error, Cancelled):
        report_bug(error)


def run_gui(arguments: Namespace) -> int:
    """`backoffice gui`: returns when the window is closed. Raises what kept the database from being opened."""
    return run_window(partial(open_asked, arguments.database), arguments.database)


def run_window(open_town: OpenTown, asked: str | None = None) -> int:
    """The window of a town (the one that was `asked` for), until it is closed. Raises what kept it from being opened.
    """
    try:
        program = Program(make_qt(sys.argv[:1]), Preferences.of_latest())
    except BackofficeError as error:
        complain(sentence(error))  # no window will say it
        raise
    program.asked = asked
    before, sys.excepthook = sys.excepthook, program.tell_bug
    try:
        return program.run(open_town)
    finally:
        sys.excepthook = before
