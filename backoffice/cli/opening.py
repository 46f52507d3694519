"""Opening the application for one command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from backoffice.bootstrap import database_address, open_application, refuse_missing
from backoffice.kernel.application import Application


@contextmanager
def application(database: str | None, *, existing: bool = False) -> Iterator[Application]:
    """The door to the database that was asked for, closed afterwards.

    `existing`: the work makes no sense on a new base, so a mistyped name is not one. Raises UserError
    `database.missing`, and what `open_application` raises.
    """
    address = database_address(database, os.environ)
    if existing:
        refuse_missing(address)
    app = open_application(address)
    try:
        yield app
    finally:
        app.database.close()
