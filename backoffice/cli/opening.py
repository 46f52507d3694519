"""Opening the application, or its database alone, for one command."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from backoffice.bootstrap import database_address, open_application, refuse_missing
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.chain.sealing import seal
from backoffice.kernel.clock import SystemClock
from backoffice.kernel.database import Database, open_database
from backoffice.kernel.errors import EnvironmentFault, UserError

_LOG = logging.getLogger("backoffice")


@contextmanager
def application(database: str | None, *, existing: bool = False) -> Iterator[Application]:
    """The door to the database that was asked for, closed afterwards; what was done is sealed on an embedded one.

    `existing`: the work makes no sense on a new base, so a mistyped name is not one. Raises UserError
    `database.missing`, and what `open_application` raises.
    """
    address = database_address(database, os.environ)
    if existing:
        refuse_missing(address)
    app = open_application(address)
    try:
        yield app
        if app.database.is_embedded:
            _seal(app)
    finally:
        app.database.close()


def _seal(app: Application) -> None:
    """What was done is done, whatever becomes of its seal: the next opening seals it, and verification tells."""
    try:
        seal(app.database, app.clock.now())
    except EnvironmentFault as fault:
        _LOG.warning("journal not sealed: %s", fault.code)


@contextmanager
def opened_database(database: str | None) -> Iterator[Database]:
    """The database without the door, for who is no agent, as its administrator. Raises UserError `database.missing`."""
    address = database_address(database, os.environ)
    _refuse_missing(address)
    opened = open_database(address, SystemClock().now())
    try:
        yield opened
    finally:
        opened.close()


def _refuse_missing(address: DatabaseAddress) -> None:
    if address.path is not None and not address.path.exists():
        raise UserError("database.missing", path=address.shown)
