"""Putting the rights table into a database: made anew after each migration, so that it never lags behind."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text

from backoffice import __version__
from backoffice.kernel.access.fingerprint import fingerprint
from backoffice.kernel.access.journal import embedded_triggers, shared_triggers
from backoffice.kernel.access.rights import rights
from backoffice.kernel.access.statements import (
    AUDIT_OWNER,
    function_statements,
    rights_digest,
    role_statements,
    statements,
)
from backoffice.kernel.schema import Base

_BLOCK = 64  # bytes that SHA-256 works on, hence the length of the pads of HMAC


@dataclass(frozen=True, slots=True)
class Mark:
    """What a shared database remembers of the rights that were put in it, in the comment of its schema.

    `program` is the version that put them; `rights` the digest of what it put; `catalogue` what the server then said.
    """

    program: str
    rights: str
    catalogue: Mapping[str, str]


def install(connection: Connection) -> None:
    """Rights and journal of this program in the database, inside the caller's transaction; twice is once."""
    if connection.dialect.name == "postgresql":
        _install_shared(connection)
    else:
        for statement in embedded_triggers(rights(), Base.metadata):
            connection.exec_driver_sql(statement)
        connection.execute(
            text("INSERT INTO acting (id, login, at) VALUES (1, '', :at) ON CONFLICT DO NOTHING"),
            {"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"},
        )


def installed_mark(connection: Connection) -> Mark | None:
    """The mark of the rights that a shared database carries; None when it carries none."""
    told = connection.exec_driver_sql("SELECT obj_description('public'::regnamespace, 'pg_namespace')").scalar()
    return Mark(**json.loads(told)) if told and told.startswith("{") else None


def expected_digest() -> str:
    """The digest of the rights of this program."""
    return rights_digest(rights(), Base.metadata)


def _install_shared(connection: Connection) -> None:
    # Two databases of one server may be made at once: the groups are theirs in common.
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('backoffice-enfance roles'))")
    _run(connection, role_statements(rights()))
    database = connection.exec_driver_sql("SELECT current_database()").scalar_one()
    quoted = connection.dialect.identifier_preparer.quote_identifier(str(database))
    connection.exec_driver_sql(f"REVOKE ALL ON DATABASE {quoted} FROM PUBLIC")
    for name, table in connection.exec_driver_sql(
        "SELECT p.policyname, p.tablename FROM pg_policies p WHERE p.schemaname = 'public'"
    ).all():
        connection.exec_driver_sql(f"DROP POLICY {name} ON {table}")
    _continue_journal(connection)
    _run(connection, function_statements())
    _run(connection, statements(rights(), Base.metadata))
    _run(connection, shared_triggers(rights(), Base.metadata))
    _make_journal_key(connection)
    _leave_mark(connection)


def _run(connection: Connection, texts: Iterable[str]) -> None:
    """Straight to the driver: these texts hold signs that parameters would give a meaning."""
    driver: Any = connection.connection.driver_connection
    for statement in texts:
        driver.execute(statement)


def _continue_journal(connection: Connection) -> None:
    """What to add to the numbers of this server's transactions so that those of the journal only grow.

    A database restored on another server meets numbers it already used: its new lines would look older than the seals.
    """
    last, own = connection.exec_driver_sql(
        "SELECT coalesce(max(moment), 0), pg_current_xact_id()::text::bigint FROM row_journal"
    ).one()
    known = connection.exec_driver_sql("SELECT to_regprocedure('journal_offset()') IS NOT NULL").scalar_one()
    offset = int(connection.exec_driver_sql("SELECT journal_offset()").scalar_one()) if known else 0
    if last > own + offset:
        offset = last + 1 - own
    connection.exec_driver_sql(
        "CREATE OR REPLACE FUNCTION journal_offset() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE"
        f" SET search_path = pg_catalog, pg_temp AS 'SELECT {offset}::bigint'"
    )
    connection.exec_driver_sql(f"ALTER FUNCTION journal_offset() OWNER TO {AUDIT_OWNER}")


def _make_journal_key(connection: Connection) -> None:
    """A key that nobody has seen: it is born here and stays in the database."""
    key = secrets.token_bytes(_BLOCK)
    connection.execute(
        text("INSERT INTO journal_keys (id, inner_pad, outer_pad) VALUES (1, :inner, :outer) ON CONFLICT DO NOTHING"),
        {"inner": bytes(byte ^ 0x36 for byte in key), "outer": bytes(byte ^ 0x5C for byte in key)},
    )


def _leave_mark(connection: Connection) -> None:
    mark = json.dumps(asdict(Mark(__version__, expected_digest(), fingerprint(connection))), sort_keys=True)
    # A comment takes no parameter: the server itself makes the literal.
    literal = connection.execute(text("SELECT quote_literal(:mark)"), {"mark": mark}).scalar_one()
    _run(connection, [f"COMMENT ON SCHEMA public IS {literal}"])
