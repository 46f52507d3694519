"""`backoffice worker`, the background service of a shared database, and `backoffice admin create-worker`, its login."""

from __future__ import annotations

import getpass
import logging
import os
import platform
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from backoffice.agents.serving import make_worker
from backoffice.bootstrap import database_address, open_worker
from backoffice.cli.opening import opened_database
from backoffice.cli.screen import say
from backoffice.kernel.clock import SystemClock
from backoffice.kernel.errors import UserError
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


def create_worker(arguments: Namespace) -> int:
    """By the administrator of the server; twice is once."""
    with opened_database(arguments.database) as database:
        if database.is_embedded:
            raise UserError("worker.embedded")
        password = None if arguments.without_password else _asked_password()
        with database.write() as session:
            is_new = make_worker(session, arguments.login, SystemClock().now(), password)
    say(f"Service de fond {'créé' if is_new else 'à jour'} : {arguments.login}")
    say("Sur la machine où il tournera, avec le compte du service :")
    say(f"  backoffice password --database postgresql://{arguments.login}@SERVEUR/{database.address.url.database}")
    say(f"  backoffice worker --database postgresql://{arguments.login}@SERVEUR/{database.address.url.database}")
    return 0


def _asked_password() -> str:
    """Typed, or read from the standard input. Raises UserError `database.empty_password`."""
    typed = getpass.getpass("Mot de passe : ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if not typed:
        raise UserError("database.empty_password")
    return typed
