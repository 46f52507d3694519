"""Whatever a job allocates, no object of Qt dies on its thread: that is how a window would stand still for ever."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from threading import Thread

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ui.collecting import Collector


@pytest.fixture
def died_on() -> Iterator[list[str]]:
    """The threads on which a QObject held by a cycle was destroyed."""
    threads: list[str] = []

    class Witness(QObject):
        def __del__(self) -> None:
            threads.append(threading.current_thread().name)

    witness = Witness()
    witness.held = witness  # type: ignore[attr-defined]
    del witness
    yield threads
    gc.collect()


def test_a_job_that_allocates_collects_nothing(qtbot: QtBot, died_on: list[str]) -> None:
    collector = Collector()
    made: list[list[int]] = []
    job = Thread(target=lambda: made.extend([number] for number in range(100_000)), name="job")
    job.start()
    job.join()
    assert died_on == []

    collector.start()
    qtbot.waitUntil(lambda: died_on == [threading.main_thread().name])
