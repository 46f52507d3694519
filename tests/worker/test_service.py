"""The service at work: one at a time, one failing task never stops the others, and whoever dies is replaced."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import text

from backoffice.kernel.application import Application
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.progress import Progress, silent
from backoffice.worker.post import Post
from backoffice.worker.queries import ReadWorker, WorkerState
from backoffice.worker.running import attempt, pasts
from backoffice.worker.schedule import Every, Past
from backoffice.worker.tasks import TASKS, Task, verify_journal
from tests.support.journal import faults, tamper
from tests.support.processes import KILLED, ended, started
from tests.support.shared import by_administrator
from tests.support.towns import SmallTown
from tests.support.workers import eventually, running, serve, worker_door, worker_of


@pytest.fixture
def door(shared_town: SmallTown) -> Iterator[Application]:
    with worker_door(shared_town.database) as app:
        yield app


def _task(name: str, run: object, every: int = 1) -> Task:
    return Task(name, name, Every(every), run)  # type: ignore[arg-type]


def _state(town: SmallTown) -> WorkerState:
    return town.app.ask(ReadWorker())


def _waiting(town: SmallTown) -> int:
    return len(town.rows("row_journal")) - len(town.rows("journal_chain"))


def test_the_service_seals_what_agents_do(shared_town: SmallTown, door: Application) -> None:
    with running(door, TASKS):
        eventually(lambda: _waiting(shared_town) == 0)
        shared_town.family()
        assert _waiting(shared_town) > 0
        eventually(lambda: _state(shared_town).tasks)

    assert [task.error for task in _state(shared_town).tasks if task.label == "Sceller le journal"] == [""]
    assert faults(shared_town) == []


def test_a_task_that_fails_does_not_stop_the_others(shared_town: SmallTown, door: Application) -> None:
    turns = Event()

    def fail(_app: Application, _progress: Progress) -> bool:
        raise ZeroDivisionError("LUMIGNON")

    def refuse(_app: Application, _progress: Progress) -> bool:
        raise UserError("journal.broken", count=3)

    def work(_app: Application, _progress: Progress) -> bool:
        turns.set()
        return True

    tasks = (_task("bug", fail), _task("refusal", refuse), _task("work", work))
    with running(door, tasks):
        assert turns.wait(60)
        eventually(lambda: all(name in pasts(door) for name in ("bug", "refusal", "work")))

    rows = {row["name"]: row for row in shared_town.rows("worker_tasks")}
    assert (rows["work"]["failures"], rows["work"]["error"]) == (0, "")
    assert rows["refusal"]["failures"] >= 1
    assert rows["refusal"]["error"].startswith("3 anomalies dans le journal")
    assert "référence" in rows["bug"]["error"]
    assert "LUMIGNON" not in rows["bug"]["error"]
    assert rows["bug"]["done_at"] is None


def test_a_long_task_does_not_hold_the_others_back_and_stops_when_asked(
    shared_town: SmallTown, door: Application
) -> None:
    begun, stopped = Event(), Event()

    def endless(_app: Application, progress: Progress) -> bool:
        begun.set()
        try:
            while True:
                stopped.wait(0.01)
                progress(1, 2, "sans fin")
        finally:
            stopped.set()

    with running(door, (_task("endless", endless), *TASKS)):
        assert begun.wait(60)
        eventually(lambda: _waiting(shared_town) == 0)

    assert stopped.is_set()


def test_one_service_holds_the_post(shared_town: SmallTown, door: Application) -> None:
    first, second = Post(door.database, "SRV-1"), Post(door.database, "SRV-2")

    assert (first.hold(), second.hold(), first.hold()) == (True, False, True)
    assert _state(shared_town).computer == "SRV-1"
    first.leave()
    assert (second.hold(), first.hold()) == (True, False)
    assert _state(shared_town).computer == "SRV-2"


def test_a_silent_service_loses_the_post(shared_town: SmallTown, door: Application) -> None:
    first, second = Post(door.database, "SRV-1"), Post(door.database, "SRV-2")
    first.hold()
    shared_town.sql("UPDATE worker_post SET seen_at = clock_timestamp() - interval '10 seconds'")

    assert second.hold()
    assert not first.hold()


def test_a_service_that_is_killed_is_replaced(shared_town: SmallTown) -> None:
    address = worker_of(shared_town.database).url.render_as_string(hide_password=False)
    first = started(serve, address, "SRV-1")
    eventually(lambda: _state(shared_town).computer == "SRV-1")
    second = started(serve, address, "SRV-2")

    first.kill()
    assert ended(first) == KILLED
    eventually(lambda: _state(shared_town).computer == "SRV-2")
    shared_town.family()
    eventually(lambda: _waiting(shared_town) == 0)

    second.kill()
    ended(second)
    assert faults(shared_town) == []


def test_a_server_that_throws_everybody_out_is_waited_for(shared_town: SmallTown, door: Application) -> None:
    turns: list[int] = []

    def work(app: Application, _progress: Progress) -> bool:
        with app.database.read() as session:
            turns.append(session.scalar(text("SELECT pg_backend_pid()")) or 0)
        return True

    with running(door, (_task("work", work),)):
        eventually(lambda: turns)
        with by_administrator(shared_town.database) as database, database.write() as session:
            thrown_out = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :login"
            session.execute(text(thrown_out), {"login": door.actor.login})
        seen = len(turns)
        eventually(lambda: len(turns) > seen + 1)


@pytest.mark.spoils
def test_an_altered_journal_is_told_by_the_night_s_verification(shared_town: SmallTown, door: Application) -> None:
    seal, nightly, *_ = TASKS
    assert attempt(door, seal, Past(), silent).error == ""
    assert attempt(door, nightly, Past(), silent).error == ""
    line = shared_town.rows("row_journal")[0]["id"]
    tamper(shared_town, "UPDATE row_journal SET actor = 'autre' WHERE id = :id", id=line)

    tried = attempt(door, nightly, Past(), silent)

    assert tried.error.startswith("1 anomalie dans le journal")
    assert [task.error for task in _state(shared_town).tasks] == ["", tried.error]


# --- how it fares, for agents ------------------------------------------------------------------------------------


def test_lines_that_waited_for_the_service_are_sealed_before_they_are_judged(
    shared_town: SmallTown, door: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first night, or the first after it was away: nothing was altered."""
    monkeypatch.setattr("backoffice.kernel.chain.verifying.PROMISED_SECONDS", -1)  # whatever waits is late
    shared_town.family()
    assert _waiting(shared_town)
    assert verify_journal(door, silent)


def test_a_service_that_never_came_or_went_silent_is_absent(shared_town: SmallTown, door: Application) -> None:
    assert _state(shared_town) == WorkerState(True, "", None, ())
    assert _state(shared_town).is_absent

    Post(door.database, "SRV-1").hold()
    assert not _state(shared_town).is_absent

    shared_town.sql("UPDATE worker_post SET seen_at = now() - interval '3 minutes'")
    state = _state(shared_town)
    assert state.is_absent
    assert timedelta(minutes=3) <= (state.silence or timedelta(0)) < timedelta(minutes=4)


def test_an_embedded_database_expects_no_service(town: SmallTown) -> None:
    assert town.app.ask(ReadWorker()) == WorkerState(False, "", None, ())
    assert not town.app.ask(ReadWorker()).is_absent


def test_an_embedded_file_is_not_written_to_say_that_there_was_nothing_to_do(town: SmallTown) -> None:
    seal = TASKS[0]
    past = attempt(town.app, seal, Past(), silent).past
    assert len(town.rows("worker_tasks")) == 1
    before = town.rows("worker_tasks")

    attempt(town.app, seal, past, silent)

    assert town.rows("worker_tasks") == before


def test_what_cannot_be_written_down_is_a_fault_of_the_machine(shared_town: SmallTown, door: Application) -> None:
    shared_town.sql("REVOKE INSERT ON worker_tasks FROM enf_worker_run")

    with pytest.raises(EnvironmentFault):
        attempt(door, TASKS[0], Past(), silent)
