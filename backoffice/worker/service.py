"""The service of a shared database: holds the post, and gives each task its turn, several at once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

from backoffice.kernel.application import Application
from backoffice.kernel.errors import Cancelled, EnvironmentFault
from backoffice.kernel.messages import sentence
from backoffice.worker.post import BEAT_SECONDS, Post
from backoffice.worker.running import Tried, attempt, pasts
from backoffice.worker.schedule import Past, is_due
from backoffice.worker.tasks import Task

_LOG = logging.getLogger("backoffice")


class Service:
    """Runs until it is told to stop. A server that goes away is waited for; only one service works at a time."""

    def __init__(self, app: Application, tasks: Sequence[Task], computer: str) -> None:
        self._app = app
        self._tasks = tasks
        self._post = Post(app.database, computer)
        self._stop = Event()
        self._working = Event()
        self._pasts: dict[str, Past] = {}
        self._under_way: dict[str, Future[Tried]] = {}
        self._said = ""

    def stop(self) -> None:
        """Ask for the end: tasks under way stop at their next step. May be called from a signal."""
        self._stop.set()

    def run(self) -> None:
        """Hold the post and work, until `stop`; the post is then free at once."""
        with ThreadPoolExecutor(max_workers=len(self._tasks), thread_name_prefix="task") as pool:
            try:
                while not self._stop.is_set():
                    self._safe_turn(pool)
                    self._stop.wait(BEAT_SECONDS)
            finally:
                self._working.clear()  # tasks under way stop at their next step
        try:
            self._post.leave()
        except EnvironmentFault as fault:
            self._say(sentence(fault))

    def _safe_turn(self, pool: ThreadPoolExecutor) -> None:
        try:
            self._turn(pool)
        except EnvironmentFault as fault:
            self._working.clear()
            self._say(sentence(fault))

    def _turn(self, pool: ThreadPoolExecutor) -> None:
        if not self._post.hold():
            self._working.clear()
            self._say("Un autre service de fond tient la place : celui-ci attend.")
            return
        if not self._working.is_set():
            self._pasts = dict(pasts(self._app))
            self._working.set()
            self._say("Le service de fond travaille.")
        for task in self._tasks:
            self._hear(task)
            now = self._app.clock.now()
            if task.name not in self._under_way and is_due(task.schedule, self._past(task), now):
                self._under_way[task.name] = pool.submit(
                    attempt, self._app, task, self._past(task), self._progress
                )

    def _past(self, task: Task) -> Past:
        return self._pasts.get(task.name, Past())

    def _hear(self, task: Task) -> None:
        """What became of a task under way."""
        future = self._under_way.get(task.name)
        if future is None or not future.done():
            return
        del self._under_way[task.name]
        try:
            tried = future.result()
        except Cancelled:
            return  # it lost the post in the midst of it: it is due again
        self._pasts[task.name] = tried.past
        if tried.error:
            _LOG.warning("%s : %s", task.label, tried.error)

    def _progress(self, done: int, total: int, what: str) -> None:  # noqa: ARG002 - the words of Progress
        if self._stop.is_set() or not self._working.is_set():
            raise Cancelled

    def _say(self, words: str) -> None:
        if words != self._said:
            self._said = words
            _LOG.info("%s", words)
