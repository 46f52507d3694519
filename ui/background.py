"""What the background service does on a shared database, done by the window on an embedded one: at the opening, each
minute while the agent asks for nothing, and at the closing. Never on the window's thread, and never waited for."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QTimer

from backoffice.kernel.application import Application
from backoffice.kernel.chain.sealing import seal
from backoffice.kernel.errors import BackofficeError, Cancelled
from backoffice.kernel.logs import report_bug
from backoffice.kernel.progress import Progress
from backoffice.worker.running import run_due
from backoffice.worker.tasks import TASKS
from ui.jobs import Jobs

_LOG = logging.getLogger("backoffice")

_AFTER_OPENING_MS = 2_000
_EVERY_MS = 60_000
_WHEN_BUSY_MS = 5_000


class Background(QObject):
    """Lives as long as its parent. Nothing to do on a shared database, which has a service of its own."""

    def __init__(self, app: Application, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._app = app
        self._jobs = jobs
        self._runner = jobs.runner(self)
        self._told: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.turn)
        if app.database.is_embedded:
            self._timer.start(_AFTER_OPENING_MS)

    def turn(self) -> None:
        """Do what is due, unless the agent waits for something: then in a while."""
        if not self._jobs.idle:
            self._timer.start(_WHEN_BUSY_MS)
            return
        # With the reads: it is short, closing the window asks nothing, and what the agent saves never waits for it.
        self._runner.read(self._run, lambda _: self._again(), self._failed)

    def _run(self, progress: Progress) -> None:
        run_due(self._app, TASKS, progress)

    def _again(self) -> None:
        self._timer.start(_EVERY_MS)

    def _failed(self, error: Exception) -> None:
        code = error.code if isinstance(error, BackofficeError) else type(error).__name__
        if code not in self._told:
            self._told.add(code)
            _report(error)
        self._again()


def finish(app: Application) -> None:
    """Seal what was done since the last turn, when the window is closed and its jobs have ended."""
    if not app.database.is_embedded:
        return
    try:
        seal(app.database, app.clock.now())
    except BackofficeError as error:
        _report(error)


def _report(error: Exception) -> None:
    """Nobody asked for this work: its failures are for the log."""
    if isinstance(error, Cancelled):
        return
    if isinstance(error, BackofficeError):
        _LOG.warning("background work: %s", error.code)
    else:
        report_bug(error)
