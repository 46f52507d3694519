"""Opening the application for one command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from backoffice.bootstrap import database_address, open_application
from backoffice.kernel.application import Application


@contextmanager
def application(database: str | None) -> Iterator[Application]:
    """The door to the database that was asked for, closed afterwards."""
    app = open_application(database_address(database, os.environ))
    try:
        yield app
    finally:
        app.database.close()
