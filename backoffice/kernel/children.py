"""A child process that does what could go wrong with files of others: it is limited, and replaced when it ends.

What it does is a function of a module, named by its path: the child imports nothing else of the program. What it says
back is read as values only (see `answers`), and a child that says anything else is ended.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Lock, Timer
from typing import Any

from backoffice.kernel.answers import BadAnswer, Failure, receive_answer, send_answer
from backoffice.kernel.containing import Cage, Limits, allow_more_time, limit_myself
from backoffice.kernel.progress import Progress

_TURN_SECONDS = 0.05
_NO_MEMORY = Failure("MemoryError")
_GRACE_SECONDS = 2.0  # how long the next one waits for work that nobody wants any more


class ChildEnded(Exception):
    """It ended in the middle of its work: by its limits, or by what it read."""


class ChildTooSlow(ChildEnded):
    """It was ended: nobody waits any longer."""


class LimitedChild:
    """One child at a time, begun at the first work. Called from several threads, it serves them in turn.

    `work` is « module:function »: called with a state that lasts as long as the child (a dict) and what was asked.
    `answer`: the dataclass it answers. `patience`: seconds for one piece of work, from when it is asked. `again`: work
    under which a child ended that had done other work before is asked once more, of a new one: the harm may have been
    there already.
    """

    def __init__(
        self, work: str, answer: type[Any], *, limits: Limits | None = None, patience: float = 15.0, label: str = "",
        again: bool = False,
    ) -> None:
        self._work, self._answer, self._again = work, answer, again
        self._limits, self._patience, self._label = limits or Limits(), patience, label
        self._turn = Lock()
        self._process: SpawnProcess | None = None
        self._line: Connection | None = None
        self._cage: Cage | None = None
        self._asked = 0
        self._answered = 0

    def ask(self, prepare: Callable[[bool], Any], progress: Progress) -> Any:
        """What the work answers. `prepare` says what to ask, given whether the child is a new one.

        Raises ChildEnded, ChildTooSlow, Cancelled. An answer that is a `Failure` is the work's own.
        """
        while not self._turn.acquire(timeout=_TURN_SECONDS):
            progress(0, 1, self._label)
        try:
            return self._ask(prepare, progress)
        finally:
            self._turn.release()

    def close(self) -> None:
        """Let the child go. Other work would begin a new one."""
        process, line, cage = self._process, self._line, self._cage
        self._process = self._line = self._cage = None
        self._answered = self._asked
        if process is not None:
            process.kill()
            process.join()
        if line is not None:
            line.close()
        if cage is not None:
            cage.close()

    @property
    def pid(self) -> int | None:
        """The process at work, for tests and « À propos »."""
        return self._process.pid if self._process is not None else None

    def _ask(self, prepare: Callable[[bool], Any], progress: Progress) -> Any:
        self._leave_abandoned(progress)
        for _ in range(2):
            fresh, line = self._send(prepare)
            is_last = fresh or not self._again
            try:
                answer = self._wait(line, time.monotonic() + self._patience, progress)
            except ChildTooSlow:
                raise
            except ChildEnded:
                if is_last:
                    raise
                continue
            if answer != _NO_MEMORY:
                return answer
            self.close()  # what is left of its memory is too little for the next work
            if is_last:
                return answer
        raise ChildEnded

    def _leave_abandoned(self, progress: Progress) -> None:
        """Never send to a child at work: a large document would not go through before it listens again."""
        if self._line is None or self._answered == self._asked:
            return
        try:
            self._wait(self._line, time.monotonic() + _GRACE_SECONDS, progress)
        except ChildEnded:
            self.close()

    def _wait(self, line: Connection, deadline: float, progress: Progress) -> Any:
        while True:
            progress(0, 1, self._label)
            try:
                if line.poll(_TURN_SECONDS):
                    self._answered, answer = self._heard(line, deadline)
                    return answer
            except (EOFError, OSError, BadAnswer) as exc:
                self.close()
                raise ChildEnded from exc
            if time.monotonic() > deadline:
                self.close()
                raise ChildTooSlow

    def _heard(self, line: Connection, deadline: float) -> tuple[int, Any]:
        """An answer that began to come. A child that never finishes it is ended, and its line with it."""
        with self._ended_after(max(deadline - time.monotonic(), 0)):
            number, answer = receive_answer(line, self._answer)
            if number != self._asked:
                raise BadAnswer
            return number, answer

    @contextlib.contextmanager
    def _ended_after(self, seconds: float) -> Iterator[None]:
        """Nothing else ends a wait within the line: one that stopped listening, or speaks without end, is killed."""
        process = self._process
        late = Timer(seconds + _GRACE_SECONDS, process.kill if process else lambda: None)
        late.daemon = True
        late.start()
        try:
            yield
        finally:
            late.cancel()

    def _send(self, prepare: Callable[[bool], Any]) -> tuple[bool, Connection]:
        """Whether the child is a new one, and its line. Raises ChildEnded."""
        for _ in range(2):  # a child that ended since its last work is replaced without a word
            try:
                fresh, line = self._open()
                self._asked += 1
                with self._ended_after(self._patience):
                    line.send((self._asked, prepare(fresh)))
            except OSError:
                self.close()
                continue
            return fresh, line
        raise ChildEnded

    def _open(self) -> tuple[bool, Connection]:
        if self._process is not None and self._line is not None and self._process.is_alive():
            return False, self._line
        self.close()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=serve, args=(theirs, self._work, self._limits), name="backoffice-child", daemon=True
        )
        process.start()
        theirs.close()
        self._process, self._line = process, ours
        if process.pid is not None:
            try:
                self._cage = Cage(process.pid, self._limits)
            except OSError as exc:  # nothing is opened by a child that has no limits
                self.close()
                raise ChildEnded from exc
        return True, ours


def serve(line: Connection, work: str, limits: Limits) -> None:
    """The child: answers until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's affair
    module, _, name = work.partition(":")
    function = getattr(importlib.import_module(module), name)
    limit_myself(limits)
    state: dict[str, Any] = {}
    with contextlib.suppress(EOFError, OSError):
        while True:
            asked, wanted = line.recv()
            allow_more_time(limits)
            try:
                answer = function(state, wanted)
            except MemoryError:
                answer = _NO_MEMORY
            except Exception as exc:  # noqa: BLE001 - whatever a file does, the parent hears that it went wrong
                answer = Failure(type(exc).__name__)
            send_answer(line, asked, answer)
