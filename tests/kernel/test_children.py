"""Children with limits: whatever they are made to do ends, is told, and leaves the next work unharmed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from backoffice.kernel.answers import Failure
from backoffice.kernel.children import ChildEnded, ChildTooSlow, LimitedChild
from backoffice.kernel.containing import Limits
from backoffice.kernel.errors import Cancelled
from backoffice.kernel.progress import Progress, silent
from tests.support.child_work import WORK, Told

_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows counts the wall's seconds only, by its parent")


@pytest.fixture(scope="module")
def _shared() -> Iterator[LimitedChild]:
    made = LimitedChild(WORK, Told, limits=Limits(memory_mib=400, cpu_seconds=1), patience=60)
    yield made
    made.close()


@pytest.fixture
def child(_shared: LimitedChild) -> LimitedChild:
    """One that others may have ended."""
    return _shared


def _ask(child: LimitedChild, gesture: str, given: Any = None) -> Any:
    return child.ask(lambda _fresh: (gesture, given), silent)


def _pid(child: LimitedChild) -> int:
    told = _ask(child, "pid")
    assert isinstance(told, Told)
    return told.pid


def _is_gone(pid: int) -> bool:
    """An orphan that nobody buries is dead all the same."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True


def test_it_remembers_while_it_lasts(child: LimitedChild) -> None:
    child.close()
    assert _ask(child, "remember", "a").words == ("a",)
    assert _ask(child, "remember", "b").words == ("a", "b")
    child.close()
    assert _ask(child, "remember", "c").words == ("c",)


def test_what_it_raises_is_named_without_its_words(child: LimitedChild) -> None:
    assert _ask(child, "raise") == Failure("ValueError")


def test_one_that_ends_is_told_and_replaced(child: LimitedChild) -> None:
    first = _pid(child)
    with pytest.raises(ChildEnded):
        _ask(child, "end")
    assert _pid(child) != first


@pytest.mark.parametrize("given", [3, "text", [1], ("pickle", b"x")])
def test_one_that_answers_something_else_is_ended(child: LimitedChild, given: object) -> None:
    first = _pid(child)
    with pytest.raises(ChildEnded):
        _ask(child, "answer else", given)
    assert _pid(child) != first


def test_bytes_come_whole(child: LimitedChild) -> None:
    content = bytes(range(256)) * 4000
    assert _ask(child, "answer", content).content == content


@_POSIX
def test_one_that_works_too_long_is_ended_by_its_own_limit(child: LimitedChild) -> None:
    first = _pid(child)
    with pytest.raises(ChildEnded) as ended:
        _ask(child, "spin")
    assert not isinstance(ended.value, ChildTooSlow)
    assert _is_gone(first)


@_POSIX
def test_each_work_has_its_own_seconds(child: LimitedChild) -> None:
    """The limit of the system counts from the child's beginning: it is moved before each work."""
    first = _pid(child)
    for _ in range(4):
        _ask(child, "work", 0.6)
    assert _pid(child) == first


@_POSIX
def test_one_that_wants_too_much_memory_gets_none(child: LimitedChild) -> None:
    assert _ask(child, "grow", 10).words == (str(10 * 1024 * 1024),)
    assert _ask(child, "grow", 2000) == Failure("MemoryError")


@_POSIX
def test_one_cannot_write_a_file(child: LimitedChild, tmp_path: Path) -> None:
    target = tmp_path / "evade"
    assert _ask(child, "write", str(target)) == Failure("OSError")
    assert not target.exists() or target.stat().st_size == 0


def test_one_that_does_not_answer_is_ended() -> None:
    child = LimitedChild(WORK, Told, patience=60)
    first = _pid(child)
    child._patience = 0.2  # from now on: beginning a process takes its time on a busy machine
    with pytest.raises(ChildTooSlow):
        _ask(child, "sleep", 3600)
    assert child.pid is None
    if sys.platform != "win32":
        assert _is_gone(first)
    child.close()


def _stop_after(turns: int) -> Progress:
    left = iter(range(turns))

    def stop(done: int, total: int, what: str) -> None:
        if next(left, None) is None:
            raise Cancelled

    return stop


def test_work_given_up_is_left_to_end_when_it_is_short(child: LimitedChild) -> None:
    first = _pid(child)
    with pytest.raises(Cancelled):
        child.ask(lambda _fresh: ("remember", "given up"), _stop_after(0))
    told = _ask(child, "remember", "wanted")
    assert (told.pid, told.words[-1]) == (first, "wanted")


def test_work_given_up_never_holds_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would sleep for an hour: the child is replaced, and the next work is not told that it was too slow."""
    monkeypatch.setattr("backoffice.kernel.children._GRACE_SECONDS", 0.2)
    child = LimitedChild(WORK, Told, patience=60)
    first = _pid(child)
    with pytest.raises(Cancelled):
        child.ask(lambda _fresh: ("sleep", 3600), _stop_after(1))
    assert _pid(child) != first
    child.close()


@_POSIX
def test_one_that_listens_no_more_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than its line can hold is sent to it: it is ended, and another does the work."""
    monkeypatch.setattr("backoffice.kernel.children._GRACE_SECONDS", 0.2)
    child = LimitedChild(WORK, Told, patience=60)
    first = _pid(child)
    os.kill(first, signal.SIGSTOP)
    child._patience = 0.2
    large = bytes(4_000_000)

    def prepare(fresh: bool) -> tuple[str, bytes]:
        child._patience = 60 if fresh else 0.2  # beginning a process takes its time on a busy machine
        return "pid", large

    told = child.ask(prepare, silent)
    assert isinstance(told, Told)
    assert told.pid != first
    child.close()


def test_work_under_which_a_used_one_ended_is_asked_again_of_a_new_one() -> None:
    child = LimitedChild(WORK, Told, patience=60, again=True)
    first = _pid(child)
    asked: list[bool] = []

    def prepare(fresh: bool) -> tuple[str, str]:
        asked.append(fresh)
        return "end if", str(first)

    assert child.ask(prepare, silent).pid != first
    assert asked == [False, True]
    child.close()


@pytest.mark.parametrize("begun", [True, False])
def test_work_that_ends_a_new_one_too_is_not_asked_a_third_time(begun: bool) -> None:
    child = LimitedChild(WORK, Told, patience=60, again=True)
    if begun:
        _pid(child)
    asked: list[bool] = []

    def prepare(fresh: bool) -> tuple[str, None]:
        asked.append(fresh)
        return "end", None

    with pytest.raises(ChildEnded):
        child.ask(prepare, silent)
    assert asked == ([False, True] if begun else [True])
    child.close()


@_POSIX
def test_one_that_ran_out_of_memory_is_replaced() -> None:
    child = LimitedChild(WORK, Told, limits=Limits(memory_mib=400), patience=60, again=True)
    first = _pid(child)
    assert _ask(child, "grow", 2000) == Failure("MemoryError")
    assert _pid(child) != first
    child.close()


def test_one_outlives_the_thread_that_began_it(child: LimitedChild) -> None:
    """The window lets its idle threads go."""
    child.close()
    begun: list[int] = []
    thread = Thread(target=lambda: begun.append(_pid(child)))
    thread.start()
    thread.join()
    assert [_pid(child)] == begun


_LEFT_ALONE = """
from backoffice.kernel.children import LimitedChild
from backoffice.kernel.containing import Limits
from backoffice.kernel.errors import Cancelled
from backoffice.kernel.progress import Progress, silent
from tests.support.child_work import WORK, Told

def give_up(*_):
    raise Cancelled

if __name__ == "__main__":
    waiting, busy = (LimitedChild(WORK, Told, limits=Limits(cpu_seconds=1), patience=60) for _ in range(2))
    print(waiting.ask(lambda _: ("pid", None), silent).pid, flush=True)
    try:
        busy.ask(lambda _: ("spin", None), give_up)
    except Cancelled:
        print(busy.pid, flush=True)
    input()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is asked; the Job Object ends with its owner there")
def test_children_end_when_the_program_is_killed_whether_they_wait_or_work(tmp_path: Path) -> None:
    script = tmp_path / "seul.py"
    script.write_text(_LEFT_ALONE)
    with subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env={**os.environ, "PYTHONPATH": str(Path.cwd())}) as program:
        assert program.stdout is not None
        children = [int(program.stdout.readline()) for _ in range(2)]
        program.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while (alive := [pid for pid in children if not _is_gone(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive == []
