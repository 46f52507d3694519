"""The lanes of one window: which answers arrive, in which order, and what becomes of failures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from backoffice.kernel.errors import Cancelled
from backoffice.kernel.progress import Progress
from ui.jobs import Job, Jobs

_LONG = 10  # seconds nobody waits, unless something is broken


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    found = Jobs()
    yield found
    found.cancel_all()
    assert found.wait(_LONG * 1000)
    qtbot.waitUntil(lambda: found.idle)


@pytest.fixture
def owner(qtbot: QtBot) -> QObject:
    return QObject()


class Gate:
    """Work that stays under way until it is let go."""

    def __init__(self, answer: str) -> None:
        self.begun = threading.Event()
        self.free = threading.Event()
        self._answer = answer

    def __call__(self, _progress: Progress) -> str:
        self.begun.set()
        assert self.free.wait(_LONG)
        return self._answer


def never(error: Exception) -> None:
    raise AssertionError from error


def _answering(answer: str, _progress: Progress) -> str:
    return answer


def at_rest(qtbot: QtBot, jobs: Jobs) -> None:
    qtbot.waitUntil(lambda: jobs.idle, timeout=_LONG * 1000)


def test_an_answer_comes_back_on_the_thread_of_the_window(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    threads: list[QThread] = []
    answers: list[str] = []

    def done(answer: str) -> None:
        threads.append(QThread.currentThread())
        answers.append(answer)

    def work(_progress: Progress) -> str:
        threads.append(QThread.currentThread())
        return "read"

    jobs.runner(owner).read(work, done, never)
    at_rest(qtbot, jobs)
    assert answers == ["read"]
    assert threads[0] is not threads[1]
    assert threads[1] is owner.thread()


@pytest.mark.parametrize("older_ends_first", [True, False])
def test_a_newer_read_replaces_the_older(
    qtbot: QtBot, jobs: Jobs, owner: QObject, older_ends_first: bool
) -> None:
    answers: list[str] = []
    older, newer = Gate("older"), Gate("newer")
    for gate in (older, newer):
        jobs.runner(owner).read(gate, answers.append, never, topic="people")
        assert gate.begun.wait(_LONG)
    first, second = (older, newer) if older_ends_first else (newer, older)
    first.free.set()
    qtbot.waitUntil(lambda: len(jobs._answers) == 1)
    second.free.set()
    at_rest(qtbot, jobs)
    assert answers == ["newer"]
    assert not jobs._latest


def test_other_topics_and_other_screens_keep_their_answers(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    other = QObject()
    answers: list[str] = []
    for who, topic in ((owner, "people"), (owner, "reasons"), (other, "people"), (owner, ""), (owner, "")):
        jobs.runner(who).read(partial(_answering, topic), answers.append, never, topic=topic)
    at_rest(qtbot, jobs)
    assert sorted(answers) == ["", "", "people", "people", "reasons"]


@pytest.mark.parametrize("fails", [False, True])
def test_answers_stop_when_the_screen_goes(qtbot: QtBot, jobs: Jobs, fails: bool) -> None:
    owner = QObject()
    heard: list[object] = []
    gate = Gate("late")

    def work(progress: Progress) -> str:
        answer = gate(progress)
        if fails:
            raise LookupError
        return answer

    jobs.runner(owner).read(work, heard.append, heard.append, topic="people")
    assert gate.begun.wait(_LONG)
    with qtbot.waitSignal(owner.destroyed):
        owner.deleteLater()
    gate.free.set()
    at_rest(qtbot, jobs)
    assert heard == []


@pytest.mark.parametrize("fails", [False, True])
def test_what_became_of_a_change_is_told_when_its_screen_is_gone(qtbot: QtBot, jobs: Jobs, fails: bool) -> None:
    owner = QObject()
    told: list[tuple[str, Exception | None]] = []
    jobs.unheard.connect(lambda job, error: told.append((job.label, error)))
    error = LookupError()
    gate = Gate("late")

    def work(progress: Progress) -> str:
        answer = gate(progress)
        if fails:
            raise error
        return answer

    jobs.runner(owner).write(work, lambda _: pytest.fail("heard"), lambda _: pytest.fail("heard"), "Facturation")
    assert gate.begun.wait(_LONG)
    with qtbot.waitSignal(owner.destroyed):
        owner.deleteLater()
    gate.free.set()
    at_rest(qtbot, jobs)
    assert told == [("Facturation", error if fails else None)]


def test_a_change_that_tells_its_progress_is_no_longer_a_short_one(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    gate = Gate("written")

    def work(progress: Progress) -> str:
        progress(0, 2, "factures")
        return gate(progress)

    jobs.runner(owner).write(work, lambda _: None, never, "Facturation")
    assert jobs.saving
    qtbot.waitUntil(lambda: not jobs.saving)
    assert jobs.writing
    assert [job.label for job in jobs.under_way] == ["Facturation"]
    gate.free.set()
    at_rest(qtbot, jobs)
    assert jobs.under_way == ()


def test_what_waits_for_rest_comes_after_the_answer(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    steps: list[str] = []
    jobs.settled.connect(lambda: steps.append("settled"))
    jobs.runner(owner).read(partial(_answering, "heard"), steps.append, never)
    at_rest(qtbot, jobs)
    assert steps == ["heard", "settled"]


def test_writes_follow_one_another(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    steps: list[str] = []
    answers: list[int] = []

    def writing(number: int) -> Callable[[Progress], int]:
        def work(_progress: Progress) -> int:
            steps.append(f"begin {number}")
            threading.Event().wait(0.002)
            steps.append(f"end {number}")
            return number

        return work

    runner, other = jobs.runner(owner), jobs.runner(QObject(owner))
    for number in range(8):
        (runner if number % 2 else other).write(writing(number), answers.append, never)
    assert jobs.writing
    at_rest(qtbot, jobs)
    assert steps == [f"{word} {number}" for number in range(8) for word in ("begin", "end")]
    assert answers == list(range(8))
    assert not jobs.writing


def test_a_write_does_not_wait_for_a_long_series_of_files(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    series = Gate("files")
    answers: list[str] = []
    runner = jobs.runner(owner)
    runner.hand_over(series, answers.append, never, "PDF")
    runner.write(partial(_answering, "saved"), answers.append, never)
    qtbot.waitUntil(lambda: answers == ["saved"], timeout=_LONG * 1000)
    assert jobs.writing  # closing asks before the files are stopped
    assert not jobs.saving
    series.free.set()
    at_rest(qtbot, jobs)
    assert answers == ["saved", "files"]


def test_a_write_does_not_wait_for_long_reads(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    gates = [Gate("read") for _ in range(3)]
    answers: list[str] = []
    for gate in gates:
        jobs.runner(owner).read(gate, answers.append, never)
        assert gate.begun.wait(_LONG)
    jobs.runner(owner).write(lambda _progress: "written", answers.append, never)
    qtbot.waitUntil(lambda: answers == ["written"])
    for gate in gates:
        gate.free.set()
    at_rest(qtbot, jobs)


@pytest.mark.parametrize("lane", ["read", "write"])
def test_an_exception_becomes_a_value(qtbot: QtBot, jobs: Jobs, owner: QObject, lane: str) -> None:
    error = ZeroDivisionError("ours")
    failures: list[Exception] = []

    def work(_progress: Progress) -> str:
        raise error

    runner = jobs.runner(owner)
    if lane == "read":
        runner.read(work, lambda _: pytest.fail("an answer"), failures.append)
    else:
        runner.write(work, lambda _: pytest.fail("an answer"), failures.append)
    at_rest(qtbot, jobs)
    assert failures == [error]


def test_a_failed_write_lets_the_next_one_pass(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    failures: list[Exception] = []
    answers: list[str] = []

    def refused(_progress: Progress) -> str:
        raise LookupError

    jobs.runner(owner).write(refused, answers.append, failures.append)
    jobs.runner(owner).write(lambda _progress: "next", answers.append, never)
    at_rest(qtbot, jobs)
    assert (answers, len(failures)) == (["next"], 1)


def test_cancel_raises_in_the_work_at_its_next_step(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    started: list[Job] = []
    ended: list[Job] = []
    raised: list[Exception] = []
    failures: list[Exception] = []
    jobs.started.connect(started.append)
    jobs.ended.connect(ended.append)
    gate = Gate("")

    def work(progress: Progress) -> str:
        progress(0, 2, "factures")
        gate(progress)
        try:
            progress(1, 2, "factures")
        except Cancelled as stop:
            raised.append(stop)
            raise
        return "written"

    jobs.runner(owner).write(work, lambda _: pytest.fail("an answer"), failures.append, "Facturation")
    assert gate.begun.wait(_LONG)
    (job,) = started
    assert job.label == "Facturation"
    job.cancel()
    gate.free.set()
    at_rest(qtbot, jobs)
    assert raised == failures
    assert isinstance(failures[0], Cancelled)
    assert ended == [job]


def test_work_cancelled_before_it_begins_never_runs(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    gate = Gate("first")
    failures: list[Exception] = []
    jobs.runner(owner).write(gate, lambda _: None, never)
    assert gate.begun.wait(_LONG)
    jobs.runner(owner).write(lambda _progress: pytest.fail("it ran"), lambda _: None, failures.append)
    jobs.cancel_all()
    gate.free.set()
    at_rest(qtbot, jobs)
    assert [type(error) for error in failures] == [Cancelled]


def test_a_replaced_read_is_asked_to_stop(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    stopped = threading.Event()
    begun = threading.Event()

    def endless(progress: Progress) -> str:
        begun.set()
        for step in range(_LONG * 1000):
            try:
                progress(step, _LONG * 1000, "lignes")
            except Cancelled:
                stopped.set()
                raise
            threading.Event().wait(0.001)
        return "older"

    answers: list[str] = []
    jobs.runner(owner).read(endless, answers.append, never, topic="people")
    assert begun.wait(_LONG)
    jobs.runner(owner).read(lambda _progress: "newer", answers.append, never, topic="people")
    at_rest(qtbot, jobs)
    assert stopped.is_set()
    assert answers == ["newer"]


def test_progress_is_told_and_its_last_step_never_lost(qtbot: QtBot, jobs: Jobs, owner: QObject) -> None:
    news: list[tuple[int, int, str]] = []
    jobs.progressed.connect(lambda _job, done, total, what: news.append((done, total, what)))

    def work(progress: Progress) -> str:
        for step in range(1001):
            progress(step, 1000, "factures")
        return ""

    jobs.runner(owner).write(work, lambda _: None, never)
    at_rest(qtbot, jobs)
    assert news[-1] == (1000, 1000, "factures")
    assert len(news) < 200  # told twenty times a second at most
    assert news == sorted(news)
