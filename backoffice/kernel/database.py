"""Opening the database and its transactions. Nothing else in the house makes an engine or a session."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session as Session  # noqa: PLC0414 - wings name the type here; only the kernel makes one
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from backoffice import __version__
from backoffice.kernel.address import DatabaseAddress, refuse_network_drive
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.faults import confirming, translated_faults
from backoffice.kernel.gate import Gate

BUSY_TIMEOUT_SECONDS = 20
CONNECT_TIMEOUT_SECONDS = 10

_VERSIONS = Path(__file__).parent / "migrations" / "versions"


class Database:
    """One database, its read and write transactions, and its faults told by code."""

    def __init__(self, address: DatabaseAddress) -> None:
        self.address = address
        self.engine = _make_engine(address)
        self._gate = Gate(_kept_password(address))
        if not self.is_embedded:
            self._gate.watch(self.engine)

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that may change data: committed at the end, rolled back on any exception.

        Raises UserError `record.changed_meanwhile` when another agent saved the same record first, Contention when
        the server undid it to end a dispute, InDoubt when it was lost while it was being confirmed.
        """
        with translated_faults(), self.engine.connect() as plain:
            connection = plain.execution_options(backoffice_write=True)
            with Session(connection, expire_on_commit=False) as session:
                yield session
                session.flush()
                with confirming():
                    session.commit()

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

    @property
    def asks_password(self) -> bool:
        """Whether the server knows this login by a password: only then can one be asked for again."""
        return self._gate.asks

    def use_password(self, password: str) -> None:
        """The password of the connections to come; lets them through again after `lock`."""
        self._gate.open(password)

    def explained(self, fault: EnvironmentFault) -> EnvironmentFault:
        """The same fault, with why nobody is let in, looked for with the password in use. May take some seconds."""
        from backoffice.kernel.connecting import explained

        password = self._gate.password
        return explained(self.address if password is None else with_password(self.address, password), fault)

    def lock(self) -> None:
        """Drop every connection, and let none through until `use_password`: whoever asks hears Cancelled."""
        self._gate.shut()
        self.engine.dispose()

    def close(self) -> None:
        """Drop every connection, for good: whoever asks later, as a watch that was under way, hears Cancelled."""
        self._gate.shut()
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
    return sqlalchemy.create_engine(address.url, hide_parameters=True, connect_args=connect_args, pool_pre_ping=True)


def _kept_password(address: DatabaseAddress) -> str | None:
    if address.path is not None or address.url.password is not None:
        return None
    from backoffice.kernel import secrets  # the keyring is slow to load, and most computers have no password here

    return secrets.database_password(address.url)


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


# --- letting somebody in ---------------------------------------------------------------------------------------


def reach(database: Database) -> None:
    """Connect once. Raises EnvironmentFault with the cause, as `connecting` finds it out."""
    try:
        with translated_faults(), database.engine.connect():
            pass
    except EnvironmentFault as fault:
        from backoffice.kernel.connecting import explained

        raise explained(database.address, fault) from fault


def try_password(address: DatabaseAddress, password: str) -> None:
    """Let the server judge a password, with a connection of its own. Raises EnvironmentFault."""
    database = Database(with_password(address, password))
    try:
        reach(database)
    finally:
        database.close()


def with_password(address: DatabaseAddress, password: str) -> DatabaseAddress:
    """The same address with a password that was just typed: never shown, never kept."""
    return DatabaseAddress(address.url.set(password=password), address.path)


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
    `database.newer`, `database.older` (shared), `database.empty` (shared), those of the drivers and of `connecting`.
    """
    if address.path is not None:
        refuse_network_drive(address.path)
        if not address.path.exists():
            _create_embedded(address.path)
    database = Database(address)
    try:
        if address.path is None:
            reach(database)
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
        else:
            _refuse_other_rights(database)
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


def _refuse_other_rights(database: Database) -> None:
    """A shared database whose rights are not those of this program: what is allowed here would be refused there."""
    from backoffice.kernel.access.install import expected_digest, installed_mark

    with translated_faults(), database.engine.connect() as connection:
        mark = installed_mark(connection)
    if mark is not None and mark.rights == expected_digest():
        return
    if mark is not None and _numbers(mark.program) > _numbers(__version__):
        raise EnvironmentFault("database.newer", path=database.address.shown)
    raise EnvironmentFault("database.older")


def _numbers(version: str) -> tuple[int, ...]:
    """« 1.10.0 » as it is ordered."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


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
