"""The PostgreSQL server of a shared database: refused when it cannot hold the rights, looked over by its administrator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from backoffice.kernel import secrets
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import Database, reach
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.faults import translated_faults

OLDEST_SERVER = 16
"""Before it, whoever may create roles may give themselves those of the whole server."""

_FIRST_DATABASE = "postgres"  # there on every server
_DUPLICATE, _UNSUITABLE = "42P04", "22023"  # SQLSTATE
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost", "samehost"})
_TRUSTING = frozenset({"trust", "ident"})  # ident asks the other computer who it says it is
_WEAK = frozenset({"password", "md5"})


def make_database(address: DatabaseAddress) -> bool:
    """An empty database with this name, in UTF-8; False when there is one already.

    Raises EnvironmentFault `server.too_old`, `server.not_unicode` and those of a connection, UserError
    `server.not_administrator`.
    """
    name = address.url.database
    first = Database(DatabaseAddress(_knowing_password(address.url).set(database=_FIRST_DATABASE), None))
    try:
        reach(first)
        with translated_faults(), first.engine.connect() as plain:
            connection = plain.execution_options(isolation_level="AUTOCOMMIT")
            refuse_unfit(connection)
            known = connection.exec_driver_sql("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).scalar()
            return known is None and _create(connection, str(name))
    finally:
        first.close()


def _knowing_password(url: URL) -> URL:
    """The keyring keeps one password by database: the one of the base to be made opens the first one too."""
    kept = None if url.password is not None else secrets.database_password(url)
    return url if kept is None else url.set(password=kept)


def refuse_unfit(connection: Connection) -> None:
    """Raises EnvironmentFault `server.too_old`, UserError `server.not_administrator`."""
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
    if version < OLDEST_SERVER:
        raise EnvironmentFault("server.too_old", version=version, oldest=OLDEST_SERVER)
    if not is_administrator(connection):
        login = connection.exec_driver_sql("SELECT session_user").scalar_one()
        raise UserError("server.not_administrator", login=login)


def is_administrator(connection: Connection) -> bool:
    """Whether this login is a superuser of the server."""
    found = connection.exec_driver_sql("SELECT rolsuper FROM pg_roles WHERE rolname = session_user").scalar_one()
    return bool(found)


def _create(connection: Connection, name: str) -> bool:
    quoted = connection.dialect.identifier_preparer.quote_identifier(name).replace("%", "%%")
    try:
        connection.exec_driver_sql(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8'")
    except DBAPIError as exc:
        state = getattr(exc.orig, "sqlstate", None)
        if state == _DUPLICATE:  # made meanwhile, from elsewhere
            return False
        if state == _UNSUITABLE:
            raise EnvironmentFault("server.not_unicode") from exc
        raise
    return True


def weaknesses(connection: Connection) -> Iterator[EnvironmentFault]:
    """What an administrator has to put right on the server, each with its gesture: nothing here stops the work."""
    method = str(connection.exec_driver_sql("SHOW password_encryption").scalar_one())
    if method != "scram-sha-256":
        yield EnvironmentFault("server.passwords_weak", method=method)
    if connection.exec_driver_sql("SHOW ssl").scalar_one() != "on":
        yield EnvironmentFault("server.tls_off")
    yield from open_databases(connection)
    database = str(connection.exec_driver_sql("SELECT current_database()").scalar_one())
    for line in connection.exec_driver_sql(
        "SELECT line_number, type, database, address, auth_method, error FROM pg_hba_file_rules ORDER BY line_number"
    ).mappings():
        yield from line_weaknesses(line, database)


def open_databases(connection: Connection) -> Iterator[EnvironmentFault]:
    """The databases that every server is born with, when each login may enter them: an agent too, who writes temporary
    tables there until the disk is full."""
    names = connection.exec_driver_sql(
        "SELECT d.datname FROM pg_database d WHERE d.datname IN ('postgres', 'template1') AND d.datallowconn"
        " AND EXISTS (SELECT FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a"
        " WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT') ORDER BY d.datname"
    ).scalars().all()
    if names:
        yield EnvironmentFault("server.databases_open", names=", ".join(names))


def line_weaknesses(line: Mapping[Any, Any], database: str) -> Iterator[EnvironmentFault]:
    """What is wrong with one line of pg_hba.conf, as `pg_hba_file_rules` shows it."""
    number = int(line["line_number"])
    if line["error"] is not None:
        yield EnvironmentFault("server.line_wrong", line=number, cause=line["error"])
        return
    if not {"all", database} & set(line["database"] or ()):
        return
    method, kind = str(line["auth_method"]), str(line["type"])
    if method in _TRUSTING:
        yield EnvironmentFault("server.line_trusts", line=number, method=method)
    elif method in _WEAK:
        yield EnvironmentFault("server.line_weak", line=number, method=method)
    if kind in {"host", "hostnossl"} and line["address"] not in _LOCAL and method != "reject":
        yield EnvironmentFault("server.line_plain", line=number, kind=kind)
