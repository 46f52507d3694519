"""Locks the desk: after a while without a gesture, or when asked. The window is hidden, not only covered.

Only a shared database that asks for a password has a desk to lock: elsewhere, the session of the computer does it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from backoffice.kernel.actor import Actor
from backoffice.kernel.application import Application
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.settings import Settings, load_settings
from ui.jobs import Jobs
from ui.locking.idle import IdleWatch
from ui.locking.presenter import LockedPresenter
from ui.locking.window import LockWindow
from ui.shell.main_window import MainWindow

_AFTER_WRITING_MS = 300


class LockedProgram(Protocol):
    """What the lock asks of the program."""

    window: MainWindow
    jobs: Jobs

    def give_back(self, actor: Actor) -> None:
        """The same agent is back, with the rights of now."""

    def receive(self, app: Application) -> None:
        """Another agent works here from now on; `end` is called once their window is there."""

    def leave(self) -> None:
        """End the program; what is not saved was given up."""


def lock_seconds() -> int:
    """After how long without a gesture; the usual when the settings cannot be read, of which whoever asks for a base
    is told."""
    try:
        return load_settings().lock_seconds
    except EnvironmentFault:
        return Settings().lock_seconds


class DeskLock(QObject):
    """The desk of one agent on one database; `end` when it becomes another's.

    It does not lock itself while long work or a change is under way, nor while somebody keeps it awake.
    """

    def __init__(self, program: LockedProgram, app: Application, seconds: float) -> None:
        super().__init__()
        self._program = program
        self._app = app
        self._reasons: list[str] = []
        self._cover: LockWindow | None = None
        self._given = False
        self._hidden: list[QWidget] = []
        self.watch = IdleWatch(seconds, self._may_lock_alone, self)
        self.watch.idle.connect(self.lock)
        self._drop_later = QTimer(self)
        self._drop_later.setInterval(_AFTER_WRITING_MS)
        self._drop_later.timeout.connect(self._drop)

    @property
    def is_locked(self) -> bool:
        """Whether nobody who may see this desk is known to be there."""
        return self._cover is not None and not self._given

    @property
    def cover(self) -> LockWindow | None:
        """What stands instead of the window while the desk is locked."""
        return self._cover

    def keep_awake(self, reason: str) -> Callable[[], None]:
        """No lock by itself until the answer is called: a projection, a kiosk. `reason` tells two of them apart."""
        self._reasons.append(reason)

        def release() -> None:
            if reason in self._reasons:
                self._reasons.remove(reason)
                self.watch.start()

        return release

    def _may_lock_alone(self) -> bool:
        return self._cover is None and not self._reasons and not self._working

    @property
    def _working(self) -> bool:
        """Whether something is under way that the status bar shows: every change, and long reads."""
        return any(job.label for job in self._program.jobs.under_way)

    # --- locking ----------------------------------------------------------------------------------------------

    def lock(self, *, other: bool = False, why: str = "") -> None:
        """Now. `other`: another agent is about to work here; `why`: what made it lock, when it is not obvious."""
        if self._cover is not None:
            return
        self.watch.stop()
        window = self._program.window
        window.rest()
        cover = self._cover = LockWindow(window.theme)
        presenter = LockedPresenter(
            cover, self._app, self._program.jobs.runner(cover), self._give_back, self._give_to
        )
        cover.entered.connect(presenter.enter)
        cover.other_asked.connect(lambda other: presenter.start(other=other))
        cover.leaving.connect(partial(self._leave, cover))
        cover.setGeometry(window.geometry())
        if window.isMaximized() or window.isFullScreen():
            cover.showMaximized()
        else:
            cover.show()
        presenter.start(other=other)
        if why:
            cover.show_error(why)
        self._hide_all_but(cover)
        self._forget_clipboard()
        self._drop()
        self._drop_later.start()
        cover.activateWindow()

    def _hide_all_but(self, cover: QWidget) -> None:
        self._hidden = []
        for widget in QApplication.topLevelWidgets():
            if widget is cover or not widget.isVisible():
                continue
            if isinstance(widget, QDialog):
                widget.reject()  # a question that nobody answers is answered by no
                continue
            if widget.windowType() is Qt.WindowType.Window:  # not a menu, nor the answers of a search
                self._hidden.append(widget)
            widget.hide()

    @staticmethod
    def _forget_clipboard() -> None:
        """What was copied here, and nothing that comes from another program."""
        clipboard = QGuiApplication.clipboard()
        if clipboard.ownsClipboard():
            clipboard.clear()

    def _drop(self) -> None:
        """Drop the connections; work under way ends first."""
        if not self._working:
            self._drop_later.stop()
            for job in self._program.jobs.under_way:
                if job.owner is not self._cover:
                    job.cancel()
            self._app.database.lock()

    # --- giving back ------------------------------------------------------------------------------------------

    def _give_back(self, actor: Actor) -> None:
        for widget in self._hidden:
            widget.show()
        self._uncover()
        self.watch.start()
        self._program.give_back(actor)

    def _give_to(self, app: Application) -> None:
        self._given = True
        self._program.receive(app)

    def _leave(self, cover: LockWindow) -> None:
        self._drop_later.stop()
        self._cover = None
        self._program.leave()
        cover.put_away()

    def end(self) -> None:
        """Another agent works here, or on another database: their window is there."""
        self.watch.stop()
        self._uncover()
        self.deleteLater()

    def _uncover(self) -> None:
        self._drop_later.stop()
        cover, self._cover = self._cover, None
        self._hidden = []
        if cover is not None:
            cover.put_away()
            self._program.window.activateWindow()
