"""Servers that fail under load: stopped at once, without room on their disk, replaced by their copy."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import open_database
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.messages import sentences
from tests.support.clusters import Cluster, Ground, own_ground, small_disk
from tests.support.loading import at_work, prepare_to_issue
from tests.support.towns import NOON, SmallTown
from tests.support.workers import eventually


@pytest.fixture
def ground() -> Iterator[Ground]:
    with own_ground() as made:
        yield made


def _town_of(server: Cluster) -> None:
    server.hold_a_town()
    with SmallTown(server.chief) as town:
        prepare_to_issue(town)


def test_a_server_stopped_at_once_loses_nothing_it_confirmed(
    ground: Ground, tmp_path: Path, long: bool, figure: Callable[[str], None]
) -> None:
    server = ground.cluster()
    _town_of(server)
    stops, chance = 20 if long else 2, random.Random(1)
    with at_work(server.chief, tmp_path / "load", 8 if long else 4) as load:
        for _ in range(stops):
            load.wait_for_more(40 if long else 15)
            time.sleep(chance.uniform(0, 0.2))
            server.stop_at_once()
            server.start()
        load.wait_for_more(40 if long else 15)
    told = load.told()

    with SmallTown(server.chief) as town:
        told.check(town.database)
    figure(f"server stopped at once x {stops} under load: {told.in_words}")


def test_a_full_disk_is_said_spoils_nothing_and_is_left_behind_once_there_is_room(
    ground: Ground, tmp_path: Path, long: bool, figure: Callable[[str], None]
) -> None:
    """The disk of the server fills under load. The long form also waits until its log itself finds no room, and the
    server gives up: it starts again once there is some."""
    times = 5 if long else 1
    with small_disk(ground, 120) as disk:
        if disk is None:
            pytest.skip("only who may mount a small disk can fill it without filling this computer's")
        server = ground.cluster("max_wal_size = 32MB\nmin_wal_size = 32MB\n", disk)
        _town_of(server)
        stopped = 0
        with at_work(server.chief, tmp_path / "load", 8 if long else 4) as load:
            for _ in range(times):
                load.wait_for_more(40 if long else 15)
                ballast = _fill(disk)
                load.wait_to_hear("database.server_disk_full")
                if long:
                    stopped += _write_until_it_stops(server)
                ballast.unlink()
                if not server.is_running():
                    server.start()
                load.wait_for_more(40 if long else 15)
        told = load.told()
        with SmallTown(server.chief) as town:
            told.check(town.database)
        damaged = server.run("SELECT sum(checksum_failures) FROM pg_stat_database")
        assert damaged == [(0,)]
        figure(f"disk of 120 MiB full x {times} under load, server down x {stopped}: {told.in_words}; bad pages 0")
    assert "plein" in sentences()["database.server_disk_full"]


# --- a copy takes over -------------------------------------------------------------------------------------------

def _both(first: Cluster, second: Cluster) -> DatabaseAddress:
    """The address that agents write, of a server and its copy; these ones speak without TLS on this computer."""
    one = first.chief.url
    written = DatabaseAddress.parse(f"postgresql://{one.username}@{first.host},{second.host}:{one.port}/{one.database}")
    url = written.url.set(password=one.password)
    assert url.query["target_session_attrs"] == "read-write"
    return DatabaseAddress(url.difference_update_query(["sslmode"]), None)


def test_a_copy_that_is_promoted_goes_on_with_everything_that_was_confirmed(
    ground: Ground, tmp_path: Path, long: bool, figure: Callable[[str], None]
) -> None:
    first = ground.cluster()
    _town_of(first)
    second = ground.replica(first)
    first.run("ALTER SYSTEM SET synchronous_standby_names = '*'")
    first.run("SELECT pg_reload_conf()")
    eventually(lambda: ("sync",) in first.run("SELECT sync_state FROM pg_stat_replication"))
    address = _both(first, second)
    with SmallTown(second.chief) as town, pytest.raises(EnvironmentFault) as fault:
        town.family()
    assert fault.value.code == "database.only_reads"

    with at_work(address, tmp_path / "load", 8 if long else 4) as load:
        load.wait_for_more(1000 if long else 15)
        first.stop_at_once()
        load.wait_to_hear("database.unreachable")
        before = load.confirmed()
        with pytest.raises(EnvironmentFault) as fault:
            open_database(address, NOON)
        assert fault.value.code == "database.no_primary"
        second.promote()
        load.wait_for_more(1000 if long else 15)
    told = load.told()

    with SmallTown(second.chief) as town:
        told.check(town.database)
    figure(f"copy promoted under load after {before} confirmed changes: {told.in_words}")


# --- a disk that fills -------------------------------------------------------------------------------------------


def _fill(disk: Path) -> Path:
    """Leave not one byte."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(512))
    return ballast


def _write_until_it_stops(server: Cluster) -> bool:
    """Log after log without a row: what is left of the server's log is used up, and it cannot go on."""
    with suppress(psycopg.OperationalError):
        for _ in range(100):
            server.run("SELECT pg_logical_emit_message(false, 'essai', repeat('x', 1000000))")
        return False
    return True
