"""The only place with threads: reads in parallel, writes one at a time, files beside them; answers on the window's
thread only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal

from backoffice.kernel.errors import Cancelled
from backoffice.kernel.progress import Progress

T = TypeVar("T")

_READS_AT_ONCE = 3
_SECONDS_BETWEEN_NEWS = 0.05


class _Relay(QObject):
    """Carries the news of a job from its thread to the window's."""

    finished = Signal(object, object)  # job, outcome
    progressed = Signal(object, int, int, str)


class Lane(Enum):
    READ = auto()
    WRITE = auto()
    FILES = auto()  # PDFs, workbooks, paper: what they write is not the base, or a note about them


class Job:
    """One piece of work under way. `cancel` asks it to stop at its next step."""

    def __init__(self, owner: QObject, label: str, lane: Lane, topic: str = "") -> None:
        self.owner = owner
        self.label = label
        self.lane = lane
        self.topic = topic
        self.told = False  # whether it said how far it is: long work does
        self.stopping = threading.Event()

    def cancel(self) -> None:
        self.stopping.set()

    @property
    def leaves_something(self) -> bool:
        """Whether stopping it would leave something undone."""
        return self.lane is not Lane.READ

    @property
    def wanted(self) -> bool:
        """Whether its screen is still there to hear the answer."""
        return shiboken6.isValid(self.owner)


class _Task(QRunnable):
    """Runs the work of one job in a pool and reports through the relay."""

    def __init__(self, job: Job, work: Callable[[Progress], Any], relay: _Relay) -> None:
        super().__init__()
        self._job = job
        self._work = work
        self._relay = relay
        self._last_news = 0.0

    def run(self) -> None:
        outcome: tuple[bool, Any]
        try:
            self._stop_if_asked()
            outcome = (True, self._work(self._progress))
        except Exception as exc:  # noqa: BLE001 - the job boundary: an exception becomes a value
            outcome = (False, exc)
        if shiboken6.isValid(self._relay):
            self._relay.finished.emit(self._job, outcome)

    def _stop_if_asked(self) -> None:
        if self._job.stopping.is_set():
            raise Cancelled

    def _progress(self, done: int, total: int, what: str) -> None:
        self._stop_if_asked()
        now = time.monotonic()
        if done >= total or now - self._last_news >= _SECONDS_BETWEEN_NEWS:
            self._last_news = now
            self._relay.progressed.emit(self._job, done, total, what)
        # Long computing gives the window its turn: the interpreter runs one thread at a time.
        time.sleep(0)


class Jobs(QObject):
    """The lanes of the program. They outlive a window that is built again in other clothes.

    `started`, `progressed` and `ended` feed the status bar; `settled` comes after each answer was heard; `unheard`
    tells what became of a change whose screen is gone (its job, then the exception or None).
    """

    started = Signal(object)
    progressed = Signal(object, int, int, str)
    ended = Signal(object)
    settled = Signal()
    unheard = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pools = {lane: QThreadPool(self) for lane in Lane}
        for lane, pool in self._pools.items():
            pool.setMaxThreadCount(_READS_AT_ONCE if lane is Lane.READ else 1)
        self._relay = _Relay(self)
        self._relay.finished.connect(self._finish, Qt.ConnectionType.QueuedConnection)
        self._relay.progressed.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._answers: dict[Job, tuple[Callable[[Any], None], Callable[[Exception], None]]] = {}
        self._latest: dict[tuple[int, str], Job] = {}

    def runner(self, owner: QObject) -> ScreenRunner:
        """The runner of one screen: its answers stop when the screen goes."""
        return ScreenRunner(self, owner)

    @property
    def under_way(self) -> Sequence[Job]:
        """What is being done, the oldest first."""
        return tuple(self._answers)

    @property
    def writing(self) -> bool:
        """Whether something is being changed or made: closing the window then asks."""
        return any(job.leaves_something for job in self._answers)

    @property
    def saving(self) -> bool:
        """Whether a change is under way that says nothing of its progress: soon over, and its page waits for it."""
        return any(job.lane is Lane.WRITE and not job.told for job in self._answers)

    @property
    def idle(self) -> bool:
        """Whether nothing is under way, reads included."""
        return not self._answers

    def start(
        self,
        job: Job,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._answers[job] = (done, failed)
        if job.topic:
            earlier = self._latest.get((id(job.owner), job.topic))
            if earlier is not None:
                earlier.cancel()
            self._latest[id(job.owner), job.topic] = job
        self._pools[job.lane].start(_Task(job, work, self._relay))
        if job.label:
            self.started.emit(job)

    def cancel_all(self) -> None:
        for job in self._answers:
            job.cancel()

    def wait(self, milliseconds: int) -> bool:
        """Wait for everything to end; True when nothing is left."""
        return all(pool.waitForDone(milliseconds) for pool in self._pools.values())

    def _tell(self, job: Job, done: int, total: int, what: str) -> None:
        if job in self._answers:
            job.told = True
            self.progressed.emit(job, done, total, what)

    def _finish(self, job: Job, outcome: tuple[bool, Any]) -> None:
        done, failed = self._answers.pop(job)
        replaced = bool(job.topic) and self._latest.get((id(job.owner), job.topic)) is not job
        if not replaced and job.topic:
            del self._latest[id(job.owner), job.topic]
        if job.label:
            self.ended.emit(job)
        succeeded, value = outcome
        try:
            if job.wanted and not replaced:
                (done if succeeded else failed)(value)
            elif job.leaves_something:
                self.unheard.emit(job, None if succeeded else value)
        finally:
            self.settled.emit()


class ScreenRunner:
    """`ui.presenting.Runner` for one screen."""

    def __init__(self, jobs: Jobs, owner: QObject) -> None:
        self._jobs = jobs
        self._owner = owner

    def read(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        topic: str = "",
        label: str = "",
    ) -> None:
        self._jobs.start(Job(self._owner, label, Lane.READ, topic), work, done, failed)

    def write(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        label: str = "",
    ) -> None:
        self._jobs.start(Job(self._owner, label or "Enregistrement", Lane.WRITE), work, done, failed)

    def hand_over(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        label: str,
    ) -> None:
        self._jobs.start(Job(self._owner, label, Lane.FILES), work, done, failed)
