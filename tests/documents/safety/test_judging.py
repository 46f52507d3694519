"""Every hostile and odd file gets a sentence, none gets out of its child, and what families really send is let in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from backoffice.documents.safety import rules
from backoffice.documents.safety.judging import Judge, judged
from backoffice.documents.safety.verdict import NewFile, Verdict
from backoffice.kernel.children import ChildEnded, ChildTooSlow, LimitedChild
from backoffice.kernel.containing import Limits
from backoffice.kernel.errors import Cancelled
from backoffice.kernel.progress import silent
from tests.documents.safety.hostile import Sample, mutated, plain, samples, scan
from tests.documents.safety.traps import traps


def _wrong(sample: Sample, verdict: Verdict) -> str:
    """What is not as expected of it; empty when all is."""
    if verdict.accepted and (verdict.media_type not in rules.SHOWN or verdict.pages < 1 or verdict.sentence):
        return "accepted without a page"
    if not verdict.accepted and not (verdict.sentence.endswith(".") and "{" not in verdict.sentence):
        return "no sentence"
    if sample.accepted is not None and verdict.accepted is not sample.accepted:
        return f"accepted is {verdict.accepted} ({verdict.code})"
    if not verdict.accepted and sample.codes and verdict.code not in sample.codes:
        return verdict.code
    if not sample.flags <= set(verdict.flags):
        return f"flags {verdict.flags}"
    return "" if set(verdict.flags) <= set(rules.FLAGS) else f"unknown flags {verdict.flags}"


def test_each_of_three_hundred_hostile_and_odd_files_is_judged() -> None:
    wrong, families, codes = [], Counter[str](), Counter[str]()
    with Judge() as judge:
        for sample in chain(samples(), traps()):
            verdict = judge.judge(NewFile(sample.name, sample.content))
            families[sample.family] += 1
            codes[verdict.code] += 1
            if told := _wrong(sample, verdict):
                wrong.append((sample.family, sample.name, told))
    assert wrong == []
    assert families.total() >= 300
    assert len(codes) >= 12, codes


def test_a_mutated_file_is_judged_too(long: bool, figure: Callable[[str], None]) -> None:
    count, accepted = 2_000 if long else 100, 0
    with Judge() as judge:
        for sample in mutated(count):
            verdict = judge.judge(NewFile(sample.name, sample.content))
            assert not _wrong(sample, verdict), sample.name
            accepted += verdict.accepted
    figure(f"{count} mutated files: {accepted} let in, the others refused with a sentence")


def test_a_scan_is_kept_as_what_can_be_shown() -> None:
    (found,) = judged([NewFile("scan.tif", scan(3))])
    assert (found.verdict.media_type, found.verdict.pages) == (rules.PDF, 3)
    assert found.content.startswith(b"%PDF-")
    (kept,) = judged([NewFile("photo.jpg", plain()["jpg"])])
    assert kept.content == plain()["jpg"]


# --- the child -----------------------------------------------------------------------------------------------------


def eat_memory(_state: dict[str, object], megabytes: int) -> int:
    return len(bytearray(megabytes * 1024 * 1024))


def spin(_state: dict[str, object], _asked: None) -> None:
    while True:
        pass


def die(_state: dict[str, object], code: int) -> None:
    os._exit(code)


def write_file(_state: dict[str, object], path: str) -> int:
    return Path(path).write_bytes(b"x")


def work_for(_state: dict[str, object], seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def _child(work: str, limits: Limits | None = None, patience: float = 20) -> LimitedChild:
    return LimitedChild(f"tests.documents.safety.test_judging:{work}", limits=limits, patience=patience)


@pytest.mark.skipif(sys.platform == "win32", reason="a Job Object refuses the memory to the child, which then ends")
def test_a_child_has_no_more_memory_than_its_limit() -> None:
    child = _child("eat_memory", Limits(memory_mib=600))
    assert child.ask(lambda _fresh: 10, silent) == 10 * 1024 * 1024
    assert child.ask(lambda _fresh: 2000, silent).kind == "MemoryError"
    child.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there the seconds of the wall are counted")
def test_a_child_that_spins_is_ended_by_its_seconds_of_processor() -> None:
    child = _child("spin", Limits(cpu_seconds=1))
    with pytest.raises(ChildEnded) as ended:
        child.ask(lambda _fresh: None, silent)
    assert not isinstance(ended.value, ChildTooSlow)
    child.close()


def test_a_child_that_takes_too_long_is_ended() -> None:
    child = _child("spin", Limits(cpu_seconds=60), patience=0.5)
    with pytest.raises(ChildTooSlow):
        child.ask(lambda _fresh: None, silent)
    assert child.pid is None


def test_a_child_that_dies_is_replaced_for_the_next_file() -> None:
    child = _child("die")
    for _ in range(2):
        with pytest.raises(ChildEnded):
            child.ask(lambda _fresh: 3, silent)
    child.close()


def _give_up(done: int, total: int, what: str) -> None:
    raise Cancelled


def test_work_given_up_is_left_to_end_when_it_is_short() -> None:
    child = _child("work_for")
    first = child.ask(lambda _fresh: 0, silent)
    with pytest.raises(Cancelled):
        child.ask(lambda _fresh: 0.2, _give_up)
    assert child.ask(lambda _fresh: 0, silent) == first
    child.close()


def test_work_given_up_never_holds_the_next() -> None:
    child = _child("work_for", patience=60)
    first = child.ask(lambda _fresh: 0, silent)
    with pytest.raises(Cancelled):
        child.ask(lambda _fresh: 600, _give_up)
    assert child.ask(lambda fresh: 0 if fresh else 600, silent) != first
    child.close()


_LEFT_ALONE = """
from backoffice.kernel.children import LimitedChild
from backoffice.kernel.containing import Limits
from backoffice.kernel.errors import Cancelled
from backoffice.kernel.progress import silent

def give_up(*_):
    raise Cancelled

if __name__ == "__main__":
    child = LimitedChild("tests.documents.safety.test_judging:work_for", limits=Limits(cpu_seconds=1))
    print(child.ask(lambda _: 0, silent), flush=True)
    busy = LimitedChild("tests.documents.safety.test_judging:spin", limits=Limits(cpu_seconds=1))
    try:
        busy.ask(lambda _: None, give_up)
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
    while (alive := [pid for pid in children if _is_alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert alive == []


def _is_alive(pid: int) -> bool:
    """An orphan that nobody buries is dead all the same."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE has no twin in a Job Object")
def test_a_child_writes_no_file(tmp_path: Path) -> None:
    child = _child("write_file")
    target = tmp_path / "a"
    try:
        answer = child.ask(lambda _fresh: str(target), silent)
    except ChildEnded:
        answer = None  # the system may end it by a signal
    assert answer != 1
    assert not target.exists() or target.stat().st_size == 0
    child.close()
