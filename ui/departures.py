"""Bases that are left: each is finished, then closed, once the jobs that were using it have ended."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from backoffice.kernel.errors import Cancelled
from backoffice.kernel.logs import report_bug
from ui.jobs import Lane

if TYPE_CHECKING:
    from backoffice.kernel.application import Application
    from ui.jobs import Job, Jobs
    from ui.presenting import Runner


class Departures:
    """`run` does the closing, away from the window. `go_on` is called whenever a job has ended."""

    def __init__(self, jobs: Jobs, run: Runner) -> None:
        self._jobs = jobs
        self._run = run
        self._used: dict[Application, frozenset[Job]] = {}
        self._closing: set[Application] = set()

    def add(self, app: Application) -> None:
        """Nobody looks at this one any more: what only reads it stops, what changes it ends."""
        self._used[app] = frozenset(self._jobs.under_way)
        for job in self._used[app]:
            if job.lane is Lane.READ:
                job.cancel()
        self.go_on()

    def go_on(self) -> None:
        under_way = self._jobs.under_way
        for app in [app for app, using in self._used.items() if using.isdisjoint(under_way)]:
            del self._used[app]
            self._closing.add(app)
            self._run.read(partial(_close, app), partial(self._closed, app), _report)

    def close_all(self) -> None:
        """The program ends: no job is left, and those that were to close a base may not have begun."""
        for app in (*self._used, *self._closing):
            close(app)

    def _closed(self, app: Application, _answer: None) -> None:
        self._closing.discard(app)


def close(app: Application) -> None:
    """Do what its background work has left, and let go of the base."""
    from ui.background import finish  # with a town, never before the frame

    finish(app)
    app.database.close()


def _close(app: Application, _progress: object) -> None:
    close(app)


def _report(error: Exception) -> None:
    if not isinstance(error, Cancelled):
        report_bug(error)
