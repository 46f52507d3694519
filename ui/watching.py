"""What others do, and whether the base still answers: one cheap question every two seconds, never on this thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from backoffice.kernel.errors import Cancelled, EnvironmentFault
from ui.presenting import Runner

if TYPE_CHECKING:
    from backoffice.kernel.application import Application
    from backoffice.kernel.changes import Changes

EVERY_MS = 2000


class Watch(QObject):
    """`changed` names the tables that changed, and says whether this window changed anything meanwhile; `lost` and
    `found` tell when the base stops and starts answering, `answered` that it does."""

    changed = Signal(object, bool)  # frozenset[str]
    lost = Signal(object)  # EnvironmentFault
    found = Signal()
    answered = Signal()

    def __init__(self, app: Application, run: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._run = run
        self._moment = ""
        self._done = app.commands_done
        self._asking = False
        self._lost_by = ""  # the code of the fault that was told; empty while the base answers
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.ask)

    def start(self) -> None:
        self._timer.start()
        self.ask()

    def stop(self) -> None:
        self._timer.stop()

    def ask(self) -> None:
        """Ask now, unless the last question still waits for its answer."""
        if self._asking:
            return
        self._asking = True
        app, since = self._app, self._moment
        self._run.read(lambda _progress: _changes(app, since), self._answered, self._refused)

    def _answered(self, changes: Changes) -> None:
        self._asking = False
        self._moment = changes.moment
        if self._lost_by:
            self._lost_by = ""
            self.found.emit()
        self.answered.emit()
        mine, self._done = self._done != self._app.commands_done, self._app.commands_done
        if changes.tables:
            self.changed.emit(changes.tables, mine)

    def _refused(self, error: Exception) -> None:
        self._asking = False
        if isinstance(error, Cancelled):
            return  # the desk is locked, or the window left: nobody is there to be told
        if not isinstance(error, EnvironmentFault):
            raise error  # our own bug: told as such, once
        if self._lost_by != error.code:
            self._lost_by = error.code
            self.lost.emit(error)


def _changes(app: Application, since: str) -> Changes:
    """On the thread of a job. A login that is not let in any more is told why: taken back, or another password."""
    from backoffice.kernel.changes import WhatChanged

    try:
        return app.ask(WhatChanged(since))
    except EnvironmentFault as fault:
        if fault.code != "database.refused":
            raise
        raise app.database.explained(fault) from fault
