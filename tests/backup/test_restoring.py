"""What is saved comes back as it was, on both engines; what cannot be saved or put back leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from backoffice.agents.appointing import refresh_all
from backoffice.backup.key import BackupKey
from backoffice.backup.making import make_backup, restore_backup, verify_backup
from backoffice.bootstrap import open_worker
from backoffice.kernel.access.rights import rights
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.chain.sealing import seal
from backoffice.kernel.database import Database, migrate
from backoffice.kernel.errors import BackofficeError, EnvironmentFault, UserError
from tests.support.books import check_books, dump
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.shared import CHIEF_LOGIN, address_of, by_administrator
from tests.support.towns import SmallTown, busy_town
from tests.support.workers import worker_of

KEY = BackupKey(bytes(32))
NOW = datetime(2026, 9, 1, 22, tzinfo=UTC)


def test_an_embedded_database_comes_back_and_bills_on(embedded_address: DatabaseAddress, tmp_path: Path) -> None:
    with busy_town(embedded_address) as town:
        town.issue()
        before = dump(town.database)
        made = make_backup(embedded_address, tmp_path / "été" / "nuit.sauvegarde", KEY, NOW)  # while it is open
    assert made.length == made.path.stat().st_size
    assert b"FAMILLE" not in made.path.read_bytes()

    again = DatabaseAddress.of_file(tmp_path / "nouvelle" / "base.sqlite")
    about = restore_backup(made.path, KEY, again)

    assert (about["engine"], about["made_at"]) == ("sqlite", "2026-09-01T22:00:00+00:00")
    with SmallTown(again) as town:
        assert dump(town.database) == before
        check_books(town.database)
    assert sorted(path.name for path in (tmp_path / "nouvelle").iterdir()) == ["base.sqlite"]


def test_what_a_killed_backup_left_goes_at_the_next_one(embedded_address: DatabaseAddress, tmp_path: Path) -> None:
    """The half file, and the clear copy of the base; a backup that another process has just begun stays."""
    base, folder = embedded_address.path, tmp_path / "nuits"
    assert base is not None
    with busy_town(embedded_address):
        kill = "import os; from backoffice.backup import embedded; embedded.check_embedded = lambda *_: os._exit(9); "
        call = (
            "from datetime import datetime, UTC; from pathlib import Path; from backoffice.backup.key import BackupKey;"
            " from backoffice.backup.making import make_backup; from backoffice.kernel.address import DatabaseAddress;"
            f" make_backup(DatabaseAddress.of_file(Path({str(base)!r})), Path({str(folder / 'a.sauvegarde')!r}),"
            " BackupKey(bytes(32)), datetime.now(UTC))"
        )
        killed = subprocess.run([sys.executable, "-c", kill + call], check=False)
        assert killed.returncode == 9
        (half,), (copy,) = folder.iterdir(), base.parent.glob(".sauvegarde-*")
        assert list(copy.iterdir())

        make_backup(embedded_address, folder / "b.sauvegarde", KEY, NOW)
        assert half.exists()  # it may be at work
        assert copy.exists()
        for path in (half, copy):
            os.utime(path, (0, 0))
        make_backup(embedded_address, folder / "c.sauvegarde", KEY, NOW)

    assert sorted(path.name for path in folder.iterdir()) == ["b.sauvegarde", "c.sauvegarde"]
    assert not copy.exists()


def test_a_shared_database_comes_back_with_its_agents(
    shared_address: DatabaseAddress, fresh_database: FreshDatabase, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    with busy_town(shared_address) as town:
        town.issue()
        before = dump(town.database)
        with by_administrator(town.database) as opened:
            made = make_backup(opened.address, tmp_path / "nuit.sauvegarde", KEY, NOW, postgres_server.programs)

    empty = DatabaseAddress.parse(fresh_database())
    restore_backup(made.path, KEY, empty, postgres_server.programs)
    database = Database(empty)
    migrate(database)
    with database.write() as session:
        refresh_all(session)
    database.close()
    with SmallTown(address_of(empty, CHIEF_LOGIN)) as town:
        assert dump(town.database) == before
        check_books(town.database)

    with pytest.raises(UserError) as refusal:
        restore_backup(made.path, KEY, empty, postgres_server.programs)
    assert refusal.value.code == "backup.not_empty"


def test_the_background_service_comes_back_on_another_server(
    shared_address: DatabaseAddress, fresh_database: FreshDatabase, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    """Without it nothing is sealed, and nobody would know which password it had."""
    login = "service.secours"
    with SmallTown(shared_address) as town, by_administrator(town.database) as opened:
        worker_of(town.database, login)
        made = make_backup(opened.address, tmp_path / "nuit.sauvegarde", KEY, NOW, postgres_server.programs)
        with opened.write() as session:  # another server knows nothing of it
            session.execute(text(f'DROP OWNED BY "{login}"'))
            session.execute(text(f'DROP ROLE "{login}"'))

    empty = DatabaseAddress.parse(fresh_database())
    restore_backup(made.path, KEY, empty, postgres_server.programs)
    database = Database(empty)
    migrate(database)
    with database.write() as session:
        refresh_all(session)
    database.close()

    service = open_worker(address_of(empty, login))
    try:
        assert service.actor.permissions == rights().worker.permissions
        assert seal(service.database, NOW) > 0
    finally:
        service.database.close()


def test_an_agent_cannot_take_the_whole_shared_database_away(
    shared_address: DatabaseAddress, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    with pytest.raises(BackofficeError) as refusal:
        make_backup(shared_address, tmp_path / "nuit.sauvegarde", KEY, NOW, postgres_server.programs)
    assert refusal.value.code == "backup.administrator_only"
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(embedded_address: DatabaseAddress, tmp_path: Path) -> None:
    taken = tmp_path / "prise.sauvegarde"
    taken.write_bytes(b"autre chose")
    with pytest.raises(UserError) as refusal:
        make_backup(embedded_address, taken, KEY, NOW)
    assert (refusal.value.code, taken.read_bytes()) == ("backup.exists", b"autre chose")

    made = make_backup(embedded_address, tmp_path / "bonne.sauvegarde", KEY, NOW)
    with pytest.raises(UserError) as refusal:
        restore_backup(made.path, KEY, embedded_address)
    assert refusal.value.code == "backup.exists"


def test_a_damaged_backup_touches_nothing(embedded_address: DatabaseAddress, tmp_path: Path) -> None:
    made = make_backup(embedded_address, tmp_path / "bonne.sauvegarde", KEY, NOW)
    content = bytearray(made.path.read_bytes())
    content[-20] ^= 1
    made.path.write_bytes(content)
    target = tmp_path / "vide" / "base.sqlite"

    with pytest.raises(EnvironmentFault) as fault:
        verify_backup(made.path, KEY)
    assert fault.value.code == "backup.damaged"
    with pytest.raises(EnvironmentFault) as fault:
        restore_backup(made.path, KEY, DatabaseAddress.of_file(target))
    assert fault.value.code == "backup.damaged"
    assert not target.parent.exists()


@pytest.mark.spoils
def test_a_base_that_is_already_damaged_is_not_saved_as_if_it_were_sound(
    embedded_address: DatabaseAddress, tmp_path: Path
) -> None:
    path = embedded_address.path
    assert path is not None
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 6000)
    with pytest.raises(EnvironmentFault):
        make_backup(embedded_address, tmp_path / "nuit.sauvegarde", KEY, NOW)
    assert [name.name for name in tmp_path.iterdir() if "sauvegarde" in name.name] == []
