"""The shared database into a sealed file, and back, with the server's own programs: pg_dump, pg_dumpall, pg_restore.

Run by the administrator of the server: then the roles travel with the verifiers of their passwords, and the file is
sealed before it touches the disk. Run by the login that only reads, they travel without. Point-in-time recovery is the
server's (see the administrator's guide); this is the copy that can be taken elsewhere, and read again in years.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from backoffice.backup.sealed import SealedWriter, pieces_of
from backoffice.kernel.errors import EnvironmentFault, UserError

DUMP, ROLES, COUNTS = "base.dump", "roles.json", "compte.json"
_ERRORS_KEPT = 4000  # bytes of what a program said


def write_shared(url: URL, password: str | None, sealed: SealedWriter, programs: Path | None = None) -> None:
    """Rows, roles and their counts, all of one moment. Raises EnvironmentFault, UserError `backup.no_programs`."""
    with _connected(url, password) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        ((snapshot,),) = connection.execute("SELECT pg_export_snapshot()").fetchall()
        sealed.member(COUNTS, iter([json.dumps(row_counts(connection)).encode()]))
        sealed.member(ROLES, iter([json.dumps(_roles(connection)).encode()]))
        command = ["--format=custom", "--no-password", f"--snapshot={snapshot}", "--dbname", _conninfo(url)]
        with _running("pg_dump", command, password, programs) as process:
            sealed.member(DUMP, pieces_of(cast("IO[bytes]", process.stdout)))


def read_shared(
    members: Iterator[tuple[str, Iterator[bytes]]], url: URL, password: str | None, programs: Path | None = None
) -> None:
    """Everything into a database that is empty. Raises UserError `backup.not_empty`, EnvironmentFault.

    Roles that the server has already keep their passwords. The rows are counted against what the backup says.
    """
    counts: Mapping[str, int] = {}
    with _connected(url, password) as connection:
        connection.autocommit = True
        if connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone():
            raise UserError("backup.not_empty", database=str(url.database))
        for name, pieces in members:
            if name == COUNTS:
                counts = json.loads(b"".join(pieces))
            elif name == ROLES:
                _make_roles(connection, json.loads(b"".join(pieces)))
            elif name == DUMP:
                _restore(pieces, url, password, programs)
        if row_counts(connection) != counts:
            raise EnvironmentFault("backup.damaged")


def row_counts(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, int]:
    """How many rows each table holds."""
    names = [str(name) for (name,) in connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )]
    found = {}
    for name in names:
        ((count,),) = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchall()
        found[name] = int(str(count))
    return found


def _roles(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, object]:
    """Our groups and owners, the logins of agents and of the background service with the verifiers that this login
    sees, and who is in what."""
    working = (
        "SELECT m.member FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE g.rolname = 'enf_worker'"
    )
    ours = (
        "(r.rolname LIKE 'enf\\_%%' OR r.rolname IN (SELECT login FROM agents)"
        f" OR r.oid IN ({working}) AND NOT r.rolsuper)"
    )
    sees_verifiers = connection.execute("SELECT has_table_privilege('pg_authid', 'SELECT')").fetchone() == (True,)
    source, verifier = ("pg_authid", "r.rolpassword") if sees_verifiers else ("pg_roles", "NULL")
    roles = connection.execute(
        f"SELECT r.rolname, r.rolcanlogin, {verifier}, r.rolconnlimit FROM {source} r WHERE {ours} ORDER BY 1"
    ).fetchall()
    members = connection.execute(
        "SELECT g.rolname, r.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid"
        f" JOIN pg_roles r ON r.oid = m.member WHERE g.rolname LIKE 'enf\\_%%' AND ({ours}) ORDER BY 1, 2"
    ).fetchall()
    return {"roles": roles, "members": members}


def _make_roles(connection: psycopg.Connection[tuple[object, ...]], found: Mapping[str, list[list[str]]]) -> None:
    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for name, login, verifier, limit in found["roles"]:
        if name in known:
            continue
        made = sql.SQL("CREATE ROLE {} {} NOSUPERUSER NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT {} PASSWORD {}")
        kind = sql.SQL("LOGIN" if login else "NOLOGIN")
        connection.execute(made.format(sql.Identifier(name), kind, sql.Literal(limit), sql.Literal(verifier)))
    for group, member in found["members"]:
        connection.execute(
            sql.SQL("GRANT {} TO {} WITH INHERIT TRUE, SET FALSE, ADMIN FALSE").format(
                sql.Identifier(group), sql.Identifier(member)
            )
        )


def _restore(pieces: Iterator[bytes], url: URL, password: str | None, programs: Path | None) -> None:
    command = ["--no-password", "--exit-on-error", "--single-transaction", "--dbname", _conninfo(url)]
    with (
        _running("pg_restore", command, password, programs, stdin=subprocess.PIPE) as process,
        contextlib.suppress(BrokenPipeError),  # what went wrong is in what the program said
        cast("IO[bytes]", process.stdin) as stdin,
    ):
        for piece in pieces:
            stdin.write(piece)


@contextmanager
def _running(
    name: str, arguments: list[str], password: str | None, programs: Path | None, *, stdin: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """A program of the server, until it ends. Raises UserError `backup.no_programs`, EnvironmentFault.

    The password goes by the environment of that one process, never by its command line.
    """
    found = shutil.which(name, path=str(programs) if programs else None)
    if found is None:
        raise UserError("backup.no_programs", program=name)
    environment = dict(os.environ)
    if password:
        environment["PGPASSWORD"] = password
    with tempfile.TemporaryFile() as said:  # a file, not a pipe: the program never waits for us to listen
        output = subprocess.PIPE if stdin == subprocess.DEVNULL else subprocess.DEVNULL
        process = subprocess.Popen(  # noqa: S603 - the server's own programs, with arguments of ours
            [found, *arguments], stdin=stdin, stdout=output, stderr=said, env=environment
        )
        with process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            said.seek(0)
            lines = said.read(_ERRORS_KEPT).decode(errors="replace").strip().splitlines()
            raise EnvironmentFault("backup.program_failed", program=name, said=lines[0] if lines else "rien")


@contextmanager
def _connected(url: URL, password: str | None) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    try:
        connection = psycopg.connect(_conninfo(url), password=password)
    except psycopg.OperationalError as exc:
        raise EnvironmentFault("database.unreachable") from exc
    try:
        with connection:
            yield connection
    except psycopg.OperationalError as exc:
        raise EnvironmentFault("database.unreachable") from exc
    except psycopg.errors.InsufficientPrivilege as exc:
        raise EnvironmentFault("backup.administrator_only") from exc
    finally:
        connection.close()


def _conninfo(url: URL) -> str:
    """The address as libpq reads it, without password."""
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False).replace("***", "")
