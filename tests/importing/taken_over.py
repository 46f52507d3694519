"""A new database for an import, and plain looks at what it holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backoffice.bootstrap import open_application
from backoffice.importing.noethys.writer import ImportNoethys
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock

EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "real" / "noethys"
ALSH, CANTINE = "EXEMPLE_alsh_DATA.dat", "EXEMPLE_cantine_DATA.dat"
MORNING = FixedClock(datetime(2026, 11, 16, 8, tzinfo=UTC))


def new_base(path: Path) -> Application:
    return open_application(DatabaseAddress.of_file(path), MORNING)


def take_over(app: Application, file: Path) -> dict[str, Any]:
    """Import a Noethys file; answers the report."""
    return app.execute(ImportNoethys(file)).report


def rows(path: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


def counts(path: Path) -> dict[str, int]:
    """How many rows in every table."""
    return {table: rows(path, f'SELECT COUNT(*) FROM "{table}"')[0][0] for table in tables(path)}


def tables(path: Path) -> list[str]:
    return [name for name, in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]


def every_cell(path: Path) -> set[str]:
    """Every value of every table, as text."""
    return {
        cell if isinstance(cell, str) else str(cell)
        for table in tables(path)
        for row in rows(path, f'SELECT * FROM "{table}"')
        for cell in row
        if cell is not None
    }


def secrets_of(file: Path) -> set[str]:
    """Passwords, their hashes and the portal's identifiers, as the source keeps them."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        return {
            str(cell)
            for table, columns in (
                ("familles", "internet_mdp, internet_identifiant"),
                ("adresses_mail", "motdepasse"),
                ("utilisateurs", "mdp, mdpcrypt, internet_mdp, internet_identifiant"),
            )
            for row in connection.execute(f"SELECT {columns} FROM {table}")
            for cell in row
            if cell
        }
