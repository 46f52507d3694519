"""What the drivers raise, told by code: never by the text of a message, which changes with versions and languages."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from types import MappingProxyType

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from backoffice.kernel.errors import EnvironmentFault, UserError

_SQLITE = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: "database.busy",
        sqlite3.SQLITE_LOCKED: "database.busy",
        sqlite3.SQLITE_READONLY: "database.read_only",
        sqlite3.SQLITE_PERM: "database.read_only",
        sqlite3.SQLITE_AUTH: "database.read_only",
        sqlite3.SQLITE_IOERR: "database.disk_error",
        sqlite3.SQLITE_CORRUPT: "database.corrupt",
        sqlite3.SQLITE_FULL: "database.disk_full",
        sqlite3.SQLITE_CANTOPEN: "database.cannot_open",
        sqlite3.SQLITE_NOTADB: "database.not_a_database",
    }
)

_POSTGRES = MappingProxyType(
    {
        "25006": "database.only_reads",
        "25P02": "database.interrupted",
        "25P03": "database.interrupted",
        "40001": "database.busy",
        "40P01": "database.busy",
        "42501": "database.forbidden",
        "53000": "database.server_overloaded",
        "53100": "database.server_disk_full",
        "53200": "database.server_overloaded",
        "53300": "database.server_overloaded",
        "53400": "database.server_overloaded",
        "55P03": "database.busy",
        "57014": "database.timeout",
        "BE001": "database.closed_row",
        "BE003": "database.broken_books",
    }
)
# Our own codes for what an agent can mend.
_REFUSALS = MappingProxyType(
    {
        "BE002": "record.changed_meanwhile",  # another agent saved this row meanwhile
        "BE004": "link.family_comes",
    }
)
_TO_RETRY = frozenset({"40001", "40P01", "55P03"})


# The server is not there, or may have been lost: what was asked can be asked again later, by the same name.
_OUTAGES = frozenset({"database.unreachable", "database.interrupted", "database.in_doubt"})


class Contention(EnvironmentFault):
    """Two transactions met, and the server undid this one: the whole of it can be done again."""


class InDoubt(EnvironmentFault):
    """The connection was lost while the server was confirming: the change may be there, or not."""


@contextlib.contextmanager
def translated_faults() -> Iterator[None]:
    """Turn what the drivers raise into EnvironmentFault, by SQLSTATE or SQLite's own codes.

    A versioned record that another agent saved meanwhile becomes UserError `record.changed_meanwhile`.
    """
    try:
        yield
    except StaleDataError as exc:
        raise UserError("record.changed_meanwhile") from exc
    except DBAPIError as exc:
        state = _state(exc)
        if state is not None and state in _REFUSALS:
            raise UserError(_REFUSALS[state]) from exc
        code = _fault_code(exc)
        if code is None:
            raise
        raise (Contention if state in _TO_RETRY else EnvironmentFault)(code) from exc


@contextlib.contextmanager
def confirming() -> Iterator[None]:
    """Around a COMMIT: a connection lost there leaves a doubt that no code lifts. Raises InDoubt."""
    try:
        yield
    except DBAPIError as exc:
        if exc.connection_invalidated or _is_lost(_state(exc)) or (_state(exc) is None and _is_postgres(exc)):
            raise InDoubt("database.in_doubt") from exc
        raise


def is_outage(fault: EnvironmentFault) -> bool:
    """Whether the server could not be reached, is starting, or went away in the middle."""
    return fault.code in _OUTAGES


def violated_constraint(exc: IntegrityError) -> str | None:
    """The name of the constraint that refused, where the engine tells it (PostgreSQL does, SQLite does not)."""
    return getattr(getattr(exc.orig, "diag", None), "constraint_name", None)


def _state(exc: DBAPIError) -> str | None:
    return getattr(exc.orig, "sqlstate", None)


def _is_postgres(exc: DBAPIError) -> bool:
    return not isinstance(exc.orig, sqlite3.Error)


def _is_lost(state: str | None) -> bool:
    """The server went away, or threw us out."""
    return (state or "").startswith(("08", "57P"))


def _fault_code(exc: DBAPIError) -> str | None:
    original = exc.orig
    if isinstance(original, sqlite3.DatabaseError):
        # Some refusals (a file that is no database) carry no code on every Python version: then it is our bug.
        return _SQLITE.get(getattr(original, "sqlite_errorcode", 0) & 0xFF)
    state = _state(exc)
    if state is not None and state in _POSTGRES:
        return _POSTGRES[state]
    if isinstance(exc, OperationalError) and state is None:
        return _refused_connection(original)
    if exc.connection_invalidated or _is_lost(state):
        return "database.unreachable"
    return None


def _refused_connection(original: BaseException | None) -> str:
    """Why no connection was made: libpq keeps no SQLSTATE then, but knows what it said about passwords."""
    attempt = getattr(original, "pgconn", None)
    if attempt is None or not attempt.used_password:
        return "database.unreachable"
    if attempt.needs_password:
        return "database.password_missing"
    # Among several servers, a copy takes the password, and is left because it only reads.
    chosen = any(option.keyword == b"target_session_attrs" and option.val != b"any" for option in attempt.info)
    return "database.unreachable" if chosen else "database.refused"
