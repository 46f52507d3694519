"""Locks the desk: after a while without a gesture, or when asked. The window is hidden, not only covered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from backoffice.kernel.application import Application
from ui.jobs import Jobs
from ui.locking.idle import IdleWatch
from ui.locking.presenter import LockedPresenter
from ui.locking.window import LockWindow
from ui.theme.tokens import Theme

_AFTER_WRITING_MS = 300


class LockedProgram(Protocol):
    """What the lock asks of the program."""

    @property
    def app(self) -> Application | None: ...

    @property
    def jobs(self) -> Jobs: ...

    @property
    def theme(self) -> Theme: ...

    def shown_window(self) -> QWidget: ...

    def refresh(self) -> None:
        """Read again what stood still."""

    def switch(self, app: Application) -> None:
        """Another agent works here from now on."""

    def leave(self) -> None:
        """End the program; what is not saved was given up."""


class DeskLock(QObject):
    """Only a shared database that asks for a password can be locked: elsewhere, the session of the computer does it.

    A desk does not lock itself while something is being written, nor while somebody keeps it awake.
    """

    def __init__(self, program: LockedProgram, seconds: float, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self._reasons: list[str] = []
        self._cover: LockWindow | None = None
        self._hidden: list[QWidget] = []
        self.watch = IdleWatch(seconds, self._may_lock_alone, self)
        self.watch.idle.connect(self.lock)
        self._drop_later = QTimer(self)
        self._drop_later.setInterval(_AFTER_WRITING_MS)
        self._drop_later.timeout.connect(self._drop)

    @property
    def possible(self) -> bool:
        app = self._program.app
        return app is not None and not app.database.is_embedded and app.database.asks_password

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
        return self.possible and not self._reasons and not self._program.jobs.writing and self._cover is None

    # --- locking ----------------------------------------------------------------------------------------------

    def lock(self, *, other: bool = False) -> None:
        """Now. `other`: another agent is about to work here."""
        app = self._program.app
        if app is None or not self.possible or self._cover is not None:
            return
        self.watch.stop()
        window = self._program.shown_window()
        cover = self._cover = LockWindow(self._program.theme)
        runner = self._program.jobs.runner(cover)
        presenter = LockedPresenter(cover, app, runner, self._give_back, self._give_to)
        cover.entered.connect(presenter.enter)
        cover.other_asked.connect(lambda other: presenter.start(other=other))
        cover.leaving.connect(partial(self._leave, cover))
        cover.setGeometry(window.geometry())
        if window.isMaximized() or window.isFullScreen():
            cover.showMaximized()
        else:
            cover.show()
        presenter.start(other=other)
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
        """Drop the connections; what is being written ends first."""
        app = self._program.app
        jobs = self._program.jobs
        if app is not None and self._cover is not None and not jobs.writing:
            self._drop_later.stop()
            jobs.cancel_all()
            app.database.lock()

    # --- giving back ------------------------------------------------------------------------------------------

    def _give_back(self) -> None:
        self._uncover(show=True)
        self._program.refresh()

    def _give_to(self, app: Application) -> None:
        self._program.switch(app)
        self._uncover(show=False)

    def _leave(self, cover: LockWindow) -> None:
        self._cover = None
        self._program.leave()
        cover.put_away()

    def _uncover(self, *, show: bool) -> None:
        self._drop_later.stop()
        cover, self._cover = self._cover, None
        for widget in self._hidden if show else ():
            widget.show()
        self._hidden = []
        if cover is not None:
            cover.put_away()
        self._program.shown_window().activateWindow()
        self.watch.start()
