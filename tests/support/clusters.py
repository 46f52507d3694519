"""Servers of their own that keep what they confirm, as a town's do: stopped at once, filled, copied, promoted."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import URL

from backoffice.kernel.address import DatabaseAddress
from tests.support.postgres import WINDOWS, PostgresRefusal, Runner, free_port, installations
from tests.support.shared import address_of, prepare_shared
from tests.support.towns import CHIEF

# Durability as a server has it unless told otherwise; small, because several run beside the tests.
_SETTINGS = """
shared_buffers = 16MB
max_connections = 60
unix_socket_directories = ''
"""
BASE = "enfance"


class Cluster:
    """One server: its data in `data`, its administrator behind `administrator`."""

    def __init__(self, ground: Ground, name: str, host: str, data: Path) -> None:
        self.data = data
        self.host = host
        self._ground = ground
        self._log = ground.runner.folder / f"{name}.log"

    @property
    def administrator(self) -> DatabaseAddress:
        """Of the town's base on this server."""
        return DatabaseAddress(self._url(BASE), None)

    @property
    def chief(self) -> DatabaseAddress:
        return address_of(self.administrator, CHIEF.login)

    def start(self) -> None:
        """Raises PostgresRefusal."""
        self._control("start")

    def stop_at_once(self) -> None:
        """As a power cut does it: nothing is finished, nothing is flushed."""
        self._control("stop", "--mode", "immediate")

    def promote(self) -> None:
        self._control("promote")

    def is_running(self) -> bool:
        try:
            self._control("status")
        except PostgresRefusal:
            return False
        return True

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """One statement by the administrator, outside any transaction."""
        url = self._url(database).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            answer = connection.execute(statement)
            return answer.fetchall() if answer.description else []

    def hold_a_town(self) -> None:
        """The base, its schema, its rights and its first agent."""
        self.run(f"CREATE DATABASE {BASE} TEMPLATE template0")
        prepare_shared(self.administrator)

    def _url(self, database: str) -> URL:
        ground = self._ground
        return URL.create("postgresql+psycopg", "postgres", ground.password, self.host, ground.port, database)

    def _control(self, action: str, *options: str) -> None:
        control = self._ground.programs / "pg_ctl"
        wait = () if action == "status" else ("--wait", "--timeout", "60")
        self._ground.runner.run(control, action, "--pgdata", self.data, "--log", self._log, *wait, *options)


class Ground:
    """A folder where the servers of one test live; they share a port, and each has its own address."""

    def __init__(self, runner: Runner, programs: Path) -> None:
        self.runner = runner
        self.programs = programs
        self.port = free_port()
        self.password = secrets.token_hex(16)
        self._clusters: list[Cluster] = []

    def cluster(self, settings: str = "", folder: Path | None = None) -> Cluster:
        """A new server, started. `folder`: where its data are, when not here. Raises PostgresRefusal."""
        made = self._made("first", "127.0.0.1", folder)
        secret = self.runner.lend("password", self.password)
        options = ("--username", "postgres", "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale")
        self.runner.run(
            self.programs / "initdb", "--pgdata", made.data, "--pwfile", secret, "--data-checksums", *options
        )
        self._configure(made, _SETTINGS + settings)
        made.start()
        return made

    def replica(self, of: Cluster) -> Cluster:
        """A copy of a running server that follows it, started."""
        made = self._made("second", "127.0.0.2", None)
        # The password of the copy travels by the same file as the first one's: never on a command line.
        source = f"host={of.host} port={self.port} user=postgres passfile={self._password_file()}"
        self.runner.run(
            self.programs / "pg_basebackup", "--pgdata", made.data, "--write-recovery-conf", "--dbname", source,
            "--checkpoint", "fast", "--no-password",
        )  # fmt: skip
        self._configure(made, "")
        made.start()
        return made

    def close(self) -> None:
        for cluster in self._clusters:
            with suppress(PostgresRefusal):  # it may be stopped already
                cluster.stop_at_once()

    def _made(self, name: str, host: str, folder: Path | None) -> Cluster:
        cluster = Cluster(self, name, host, (folder or self.runner.folder) / name)
        self._clusters.append(cluster)
        return cluster

    def _configure(self, cluster: Cluster, settings: str) -> None:
        with (cluster.data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(f"{settings}\nport = {self.port}\nlisten_addresses = '{cluster.host}'\n")

    def _password_file(self) -> Path:
        file = self.runner.lend("passfile", f"*:*:*:postgres:{self.password}\n")
        file.chmod(0o600)
        return file


@contextmanager
def own_ground() -> Iterator[Ground]:
    """A place for servers with the newest programs of this computer. Raises PostgresRefusal when there are none."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=WINDOWS) as temporary:
        runner = Runner(Path(temporary))
        programs = next(installations(), None)
        if programs is None:
            raise PostgresRefusal("No PostgreSQL programs on this computer.")
        ground = Ground(runner, runner.reachable(programs))
        try:
            yield ground
        finally:
            ground.close()


@contextmanager
def small_disk(ground: Ground, megabytes: int) -> Iterator[Path | None]:
    """A disk in memory of this size, in the folder of `ground`; None where this user may not mount one."""
    point = ground.runner.folder / "disque"
    with ExitStack() as mounted:
        point.mkdir()
        mount = shutil.which("mount")
        if sys.platform == "win32" or mount is None:
            yield None
            return
        command = [mount, "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(point)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            yield None
            return
        mounted.callback(subprocess.run, ["umount", str(point)], check=True)
        mounted.callback(ground.close)  # a server at work holds its disk
        ground.runner.give(point)
        yield point
