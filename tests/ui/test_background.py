"""On an embedded database the window does what the background service does elsewhere, and nobody notices."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from backoffice.kernel.errors import EnvironmentFault
from tests.support.books import rows_of
from tests.support.desk import Desk, open_desk
from tests.support.towns import SmallTown
from ui import background
from ui.background import Background, finish
from ui.jobs import Job, Jobs, Lane

_LONG_MS = 10_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    found = Jobs()
    yield found
    found.cancel_all()
    found.wait(_LONG_MS)
    qtbot.waitUntil(lambda: found.idle)


def _sealed(desk: Desk) -> bool:
    return len(rows_of(desk.database, "journal_chain")) == len(rows_of(desk.database, "row_journal")) > 0


def test_the_window_seals_while_the_agent_asks_for_nothing(qtbot: QtBot, desk: Desk, jobs: Jobs) -> None:
    desk.family()
    owner = QObject()
    work = Background(desk.app, jobs, owner)

    work.turn()

    assert not jobs.writing  # closing the window asks nothing for it
    qtbot.waitUntil(lambda: jobs.idle and _sealed(desk), timeout=_LONG_MS)


def test_what_the_agent_waits_for_comes_first(qtbot: QtBot, desk: Desk, jobs: Jobs) -> None:
    desk.family()
    owner, free = QObject(), threading.Event()
    work = Background(desk.app, jobs, owner)
    jobs.start(Job(owner, "", Lane.READ), lambda _: free.wait(10), lambda _: None, lambda _: None)

    work.turn()

    assert len(jobs._answers) == 1
    free.set()
    qtbot.waitUntil(lambda: jobs.idle)
    work.turn()
    qtbot.waitUntil(lambda: jobs.idle and _sealed(desk), timeout=_LONG_MS)


def test_a_failure_is_for_the_log_and_the_next_turn_comes(
    qtbot: QtBot, desk: Desk, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def full(*_arguments: object) -> None:
        raise EnvironmentFault("database.disk_full")

    desk.family()
    owner = QObject()
    work = Background(desk.app, jobs, owner)
    with monkeypatch.context() as disk:
        disk.setattr(background, "run_due", full)
        disk.setattr(background, "seal", full)
        disk.setattr(background._LOG, "warning", lambda words, *values: told.append(words % values))
        for _ in range(2):
            work.turn()
            qtbot.waitUntil(lambda: jobs.idle)
        finish(desk.app)

    assert told == ["background work: database.disk_full"] * 2
    work.turn()
    qtbot.waitUntil(lambda: jobs.idle and _sealed(desk), timeout=_LONG_MS)


def test_what_is_left_is_sealed_when_the_window_closes(qtbot: QtBot, desk: Desk, jobs: Jobs) -> None:
    """Even a moment after the last turn."""
    owner = QObject()
    desk.family()
    Background(desk.app, jobs, owner).turn()
    qtbot.waitUntil(lambda: jobs.idle and _sealed(desk), timeout=_LONG_MS)
    desk.family("DURAND")
    assert not _sealed(desk)

    finish(desk.app)

    assert _sealed(desk)


def test_a_shared_database_is_left_to_its_service(qtbot: QtBot, shared_town: SmallTown, jobs: Jobs) -> None:
    shared_town.family()
    owner = QObject()
    work = Background(shared_town.app, jobs, owner)

    finish(shared_town.app)

    assert not work._timer.isActive()
    assert (shared_town.rows("journal_chain"), shared_town.rows("worker_tasks")) == ([], [])
