"""The background service under test: its login, its doors, and services that really run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread

from backoffice.agents.serving import make_worker
from backoffice.bootstrap import open_worker
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.database import Database
from backoffice.worker.schedule import Every
from backoffice.worker.service import Service
from backoffice.worker.tasks import TASKS, Task
from tests.support.shared import address_of, by_administrator
from tests.support.towns import NOON

LOGIN = "service.fond"
_PATIENCE = 120  # seconds before a test gives up: a net, never a measure


def worker_of(database: Database, login: str = LOGIN) -> DatabaseAddress:
    """The address of a service's login on this shared database; its password is its name."""
    with by_administrator(database) as opened:
        with opened.write() as session:
            make_worker(session, login, NOON, password=login)
        return address_of(opened.address, login)


@contextmanager
def worker_door(database: Database) -> Iterator[Application]:
    app = open_worker(worker_of(database))
    try:
        yield app
    finally:
        app.database.close()


@contextmanager
def running(app: Application, tasks: Sequence[Task], computer: str = "SRV-1") -> Iterator[Service]:
    """A service at work in a thread of its own, stopped at the end."""
    service = Service(app, tasks, computer)
    thread = Thread(target=service.run)
    thread.start()
    try:
        yield service
    finally:
        service.stop()
        thread.join(_PATIENCE)
        assert not thread.is_alive()


def eventually(happened: Callable[[], object]) -> None:
    """Wait until it happens. Raises AssertionError when it never does."""
    limit = time.monotonic() + _PATIENCE
    while not happened():
        if time.monotonic() > limit:
            raise AssertionError("it never happened")
        time.sleep(0.05)


def serve(address: str, computer: str) -> None:
    """In a process of its own: the seals, in a hurry, until it is killed."""
    tasks = [replace(TASKS[0], schedule=Every(1))]
    Service(open_worker(DatabaseAddress.parse(address)), tasks, computer).run()
