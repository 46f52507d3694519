"""Opening the database and its transactions. Nothing else in the house makes an engine or a session."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session as Session  # noqa: PLC0414 - wings name the type here; only the kernel makes one
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from backoffice.kernel.address import DatabaseAddress, refuse_network_drive
from backoffice.kernel.errors import EnvironmentFault, UserError

BUSY_TIMEOUT_SECONDS = 20
CONNECT_TIMEOUT_SECONDS = 10

_VERSIONS = Path(__file__).parent / "migrations" / "versions"

_SQLITE_FAULTS = {
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

_POSTGRES_FAULTS = {
    "42501": "database.forbidden",
    "53100": "database.disk_full",
    "53200": "database.server_overloaded",
    "53300": "database.server_overloaded",
    "55P03": "database.busy",
    "40001": "database.busy",
    "40P01": "database.busy",
}


class Database:
    """One database, its read and write transactions, and its faults told by code."""

    def __init__(self, address: DatabaseAddress) -> None:
        self.address = address
        self.engine = _make_engine(address)

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that may change data: committed at the end, rolled back on any exception.

        Raises UserError `record.changed_meanwhile` when another agent saved the same record first.
        """
        with translated_faults(), self.engine.connect() as plain:
            connection = plain.execution_options(backoffice_write=True)
            try:
                with Session(connection, expire_on_commit=False) as session, session.begin():
                    yield session
            except StaleDataError as exc:
                raise UserError("record.changed_meanwhile") from exc

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that sees one snapshot and changes nothing."""
        with translated_faults(), self.engine.connect() as plain:
            shared = plain.dialect.name == "postgresql"
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if shared else {}
            with Session(plain.execution_options(**options), autoflush=False) as session:
                yield session

    @property
    def is_embedded(self) -> bool:
        return self.address.path is not None

    def close(self) -> None:
        self.engine.dispose()


def _make_engine(address: DatabaseAddress) -> Engine:
    if address.path is not None:
        # A file taken away while the program works is a fault to say, never one to make again, empty.
        existing = f"{address.path.absolute().as_uri()}?mode=rw"
        engine = sqlalchemy.create_engine(
            address.url,
            hide_parameters=True,  # values are families' data: never in an error text
            creator=lambda: sqlite3.connect(
                existing, uri=True, timeout=BUSY_TIMEOUT_SECONDS, check_same_thread=False
            ),
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "connect", partial(_note_file, address.path))
        event.listen(engine, "checkout", partial(_refuse_lost_file, address.path))
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    connect_args: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "application_name": "backoffice-enfance",
    }
    if address.url.password is None:
        from backoffice.kernel import secrets  # the keyring is slow to load, and most computers have no password here

        password = secrets.database_password(address.url)
        if password is not None:
            connect_args["password"] = password
    return sqlalchemy.create_engine(address.url, hide_parameters=True, connect_args=connect_args, pool_pre_ping=True)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not open transactions behind our back
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # Without it « INSERT OR REPLACE » deletes issued rows behind the back of their triggers.
    cursor.execute("PRAGMA recursive_triggers=ON")
    cursor.close()


def _note_file(path: Path, _connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    record.info["file"] = _identity(path)


def _refuse_lost_file(
    path: Path, _connection: sqlite3.Connection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """A file that was deleted, moved or replaced can still be written where the system keeps it for those who hold
    it, and nobody would find again what is saved there. Nor is another file written in its place: the journal of the
    first would be replayed over it. Raises EnvironmentFault `database.gone`."""
    if record.info["file"] != _identity(path):
        raise EnvironmentFault("database.gone")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: two runs of the same month wait for each other instead of failing late.
    writes = connection.get_execution_options().get("backoffice_write", False)
    # A read changes nothing, here as on the shared database.
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextlib.contextmanager
def translated_faults() -> Iterator[None]:
    """Turn what the drivers raise into EnvironmentFault by their codes, never by the text of a message.

    A versioned record that another agent saved meanwhile becomes UserError `record.changed_meanwhile`.
    """
    try:
        yield
    except StaleDataError as exc:
        raise UserError("record.changed_meanwhile") from exc
    except DBAPIError as exc:
        code = _fault_code(exc)
        if code is None:
            raise
        raise EnvironmentFault(code) from exc


def _fault_code(exc: DBAPIError) -> str | None:
    original = exc.orig
    if isinstance(original, sqlite3.DatabaseError):
        # Some refusals (a file that is no database) carry no code on every Python version: then it is our bug.
        return _SQLITE_FAULTS.get(getattr(original, "sqlite_errorcode", 0) & 0xFF)
    state: str | None = getattr(original, "sqlstate", None)
    if state in _POSTGRES_FAULTS:
        return _POSTGRES_FAULTS[state]
    if isinstance(exc, sqlalchemy.exc.OperationalError) and state is None:
        return _refused_connection(original)
    if exc.connection_invalidated or (state or "").startswith(("08", "57P")):
        return "database.unreachable"
    return None


def _refused_connection(original: BaseException | None) -> str:
    """Why no connection was made: libpq keeps no SQLSTATE then, but knows what it said about passwords."""
    attempt = getattr(original, "pgconn", None)
    if attempt is None or not attempt.used_password:
        return "database.unreachable"
    return "database.password_missing" if attempt.needs_password else "database.refused"


def violated_constraint(exc: IntegrityError) -> str | None:
    """The name of the constraint that refused, where the engine tells it (PostgreSQL does, SQLite does not)."""
    diagnosis = getattr(exc.orig, "diag", None)
    return getattr(diagnosis, "constraint_name", None)


# --- the version of the schema -------------------------------------------------------------------------------


def newest_schema() -> str:
    """The revision this program expects: the last file of the migrations, by name."""
    return max(path.stem.split("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


def known_schemas() -> frozenset[str]:
    return frozenset(path.stem.split("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


def schema_of(database: Database) -> str | None:
    """The revision the database is at; None when it holds no table of ours.

    Raises EnvironmentFault when it cannot be read, `database.not_ours` when it holds other tables.
    """
    with translated_faults(), database.engine.connect() as connection:
        inspector = sqlalchemy.inspect(connection)
        tables = set(inspector.get_table_names())
        if "alembic_version" not in tables:
            if tables:
                raise EnvironmentFault("database.not_ours", path=database.address.shown)
            return None
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def open_database(address: DatabaseAddress, now: datetime) -> Database:
    """Open the database, ready for work.

    The embedded one is made when its file is not there, and migrated (after a copy) when it is older; `now`
    names the copy. The shared one is never changed here. Raises EnvironmentFault: `database.network_drive`,
    `database.newer`, `database.older` (shared), `database.empty` (shared), and those of the drivers.
    """
    if address.path is not None:
        refuse_network_drive(address.path)
        if not address.path.exists():
            _create_embedded(address.path)
    database = Database(address)
    try:
        _bring_up_to_date(database, now)
    except BaseException:
        database.close()
        raise
    return database


def _bring_up_to_date(database: Database, now: datetime) -> None:
    current = schema_of(database)
    path = database.address.path
    if current == newest_schema():
        if path is not None:
            _use_wal(database)
        return
    _refuse_newer(database, current)
    if path is None:
        raise EnvironmentFault("database.empty" if current is None else "database.older")
    _use_wal(database)
    if current is not None:
        copy_embedded(path, path.with_name(f"{path.stem}-avant-{newest_schema()}-{now:%Y%m%d-%H%M%S}{path.suffix}"))
    migrate(database)


def _refuse_newer(database: Database, current: str | None) -> None:
    if current is not None and current not in known_schemas():
        raise EnvironmentFault("database.newer", path=database.address.shown)


def _use_wal(database: Database) -> None:
    """Readers and the writer no longer wait for each other. It marks the file: never done to one that is not ours."""
    with translated_faults(), database.engine.connect() as connection:
        if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
            connection.exec_driver_sql("COMMIT")  # the mode cannot change inside a transaction
            connection.exec_driver_sql("PRAGMA query_only=OFF")
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")


def migrate(database: Database) -> None:
    """Bring the schema to the newest revision, in one transaction. Raises EnvironmentFault, `database.newer` too."""
    from backoffice.kernel.migrations import upgrade

    _refuse_newer(database, schema_of(database))

    with translated_faults():
        upgrade(database.engine)


def _create_embedded(path: Path) -> None:
    """Make the file aside and give it its name when it is whole: a power cut leaves no half database."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.nouveau")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.touch()
        database = Database(DatabaseAddress.of_file(fresh))
        try:
            migrate(database)
        finally:
            database.close()
        # Another window may have been faster: its file wins.
        if not path.exists():
            fresh.replace(path)
    except PermissionError as exc:
        raise EnvironmentFault("folder.read_only", path=str(path.parent)) from exc
    except OSError as exc:
        raise EnvironmentFault("database.cannot_create", path=str(path)) from exc
    finally:
        for leftover in (fresh, Path(f"{fresh}-journal")):
            with contextlib.suppress(OSError):
                leftover.unlink(missing_ok=True)


def copy_embedded(source: Path, target: Path) -> None:
    """A consistent copy of the embedded database, even while it is in use.

    Raises UserError `backup.exists` rather than write over a file.
    """
    if target.exists():
        raise UserError("backup.exists", path=str(target))
    partial = target.with_name(target.name + ".partiel")
    try:
        with (
            contextlib.closing(sqlite3.connect(source)) as origin,
            contextlib.closing(sqlite3.connect(partial)) as copy,
        ):
            origin.backup(copy)
        shutil.move(partial, target)
    except (sqlite3.DatabaseError, OSError) as exc:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise EnvironmentFault("backup.failed", path=str(target)) from exc
