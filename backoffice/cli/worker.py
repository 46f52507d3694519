"""`backoffice worker`, the background service of a shared database."""

from __future__ import annotations

import logging
import os
import platform
import signal
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from backoffice.bootstrap import database_address, open_worker
from backoffice.worker.service import Service
from backoffice.worker.tasks import TASKS


def run_worker(arguments: Namespace) -> int:
    """Until SIGTERM, Ctrl+C or, on Windows, Ctrl+Break: a clean end, and the exit code 0."""
    app = open_worker(database_address(arguments.database, os.environ))
    try:
        service = Service(app, TASKS, platform.node())
        with _told_on_screen(), _stopped_by_signals(service):
            service.run()
    finally:
        app.database.close()
    return 0


@contextmanager
def _told_on_screen() -> Iterator[None]:
    """What the program's log keeps also goes to the error stream, which services keep."""
    log, handler = logging.getLogger("backoffice"), logging.StreamHandler()
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


@contextmanager
def _stopped_by_signals(service: Service) -> Iterator[None]:
    names = ("SIGINT", "SIGTERM", "SIGBREAK")  # the last is Windows'
    before = {
        number: signal.signal(number, lambda *_: service.stop())
        for name in names
        if (number := getattr(signal, name, None)) is not None
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
