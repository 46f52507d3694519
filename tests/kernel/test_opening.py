"""Opening a database: what is not ours, too new, unreadable or full is one sentence, and stays as it was."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from backoffice.agents.appointing import Post, give, make_agent, take
from backoffice.agents.roles import Role
from backoffice.bootstrap import database_address, open_application
from backoffice.kernel import address as address_module
from backoffice.kernel.address import DatabaseAddress, file_system_of, hosts_of, refuse_network_drive
from backoffice.kernel.database import (
    Database,
    copy_embedded,
    newest_schema,
    open_database,
    schema_of,
)
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.messages import sentence
from tests.support.books import dump
from tests.support.postgres import FreshDatabase
from tests.support.shared import address_of, by_administrator
from tests.support.towns import CHIEF, NOON, SmallTown

NOW = datetime(2025, 11, 15, 11, tzinfo=UTC)


def _seen(folder: Path) -> dict[str, str]:
    """Every file of a folder with its content."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


def _fault(address: DatabaseAddress) -> str:
    with pytest.raises((EnvironmentFault, UserError)) as fault:
        open_database(address, NOW)
    assert not sentence(fault.value).startswith("Une erreur est survenue")
    return fault.value.code


def _other_program(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recettes (nom TEXT)")
        connection.execute("INSERT INTO recettes VALUES ('crêpes')")
        connection.commit()
    return path


@contextmanager
def _disk_of(database: Database, pages: int) -> Iterator[None]:
    """A disk with room for so many more pages."""

    def shrink(connection: sqlite3.Connection, _record: object) -> None:
        (used,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={used + pages}")

    database.close()
    event.listen(database.engine, "connect", shrink)
    try:
        yield
    finally:
        event.remove(database.engine, "connect", shrink)
        database.close()


# --- the embedded database -------------------------------------------------------------------------------------


def test_a_new_database_is_made_whole_with_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "nouveau dossier" / "éàü ⚙.sqlite"
    database = open_database(DatabaseAddress.of_file(path), NOW)
    try:
        assert schema_of(database) == newest_schema()
    finally:
        database.close()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.spoils
def test_the_embedded_database_is_durable_checked_and_read_while_it_is_written(
    embedded_address: DatabaseAddress,
) -> None:
    for _again in range(2):
        database = open_database(embedded_address, NOW)
        with database.engine.connect() as connection:
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
            }
        database.close()
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}

    with SmallTown(embedded_address) as town, town.database.write() as session:
        session.execute(text("INSERT INTO number_counters (series, last) VALUES ('X-F2511', 1)"))
        assert town.rows("number_counters") == []


def test_a_database_whose_making_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_database: Database) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("backoffice.kernel.database.migrate", fail)

    assert _fault(DatabaseAddress.of_file(tmp_path / "base.sqlite")) == "database.cannot_create"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "courrier.txt"
    path.write_text("Madame, Monsieur,\n" * 100, encoding="utf-8")
    before = _seen(tmp_path)

    assert _fault(DatabaseAddress.of_file(path)) == "database.not_a_database"
    assert _seen(tmp_path) == before


def test_the_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    path = _other_program(tmp_path / "recettes.sqlite")
    before = _seen(tmp_path)

    assert _fault(DatabaseAddress.of_file(path)) == "database.not_ours"
    assert _seen(tmp_path) == before


def test_a_future_schema_is_refused_and_left_as_it_is(embedded_address: DatabaseAddress, tmp_path: Path) -> None:
    with SmallTown(embedded_address) as town:
        town.sql("UPDATE alembic_version SET version_num = '9999'")
    before = _seen(tmp_path)

    assert _fault(embedded_address) == "database.newer"
    assert _seen(tmp_path) == before


@pytest.mark.spoils
def test_a_damaged_database_is_told(embedded_address: DatabaseAddress) -> None:
    assert embedded_address.path is not None
    content = bytearray(embedded_address.path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    embedded_address.path.write_bytes(content)

    assert _fault(embedded_address) == "database.corrupt"


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert _fault(DatabaseAddress.of_file(tmp_path)) == "database.cannot_open"


def test_a_file_cannot_be_made_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "fichier").write_bytes(b"")
    assert _fault(DatabaseAddress.of_file(tmp_path / "fichier" / "base.sqlite")) == "database.cannot_create"


def test_a_full_disk_is_told_and_nothing_of_the_month_remains(town: SmallTown) -> None:
    slot = town.slot()
    for number in range(40):
        town.attend(town.family(f"FAMILLE {number}"), slot)
    before = dump(town.database)

    with _disk_of(town.database, pages=3), pytest.raises(EnvironmentFault) as fault:
        town.issue()

    assert fault.value.code == "database.disk_full"
    assert dump(town.database) == before
    assert len(town.issue().numbers) == 40


def test_a_database_that_somebody_keeps_busy_is_told(town: SmallTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.kernel.database.BUSY_TIMEOUT_SECONDS", 0.05)
    with SmallTown(town.address) as impatient, town.database.write() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(EnvironmentFault) as fault:
            impatient.describe()
    assert fault.value.code == "database.busy"


def test_what_is_deleted_from_a_parent_is_refused_to_the_children(town: SmallTown) -> None:
    town.attend(town.family(), town.slot())
    with pytest.raises(Exception, match="FOREIGN KEY"):
        town.sql("DELETE FROM families")


def test_a_copy_is_whole_even_while_the_database_works(town: SmallTown, tmp_path: Path) -> None:
    town.attend(town.family(), town.slot())
    assert town.address.path is not None
    with town.database.write() as session:
        session.execute(text("UPDATE families SET name = 'EN COURS'"))
        copy_embedded(town.address.path, tmp_path / "copie.sqlite")

    copy = DatabaseAddress.of_file(tmp_path / "copie.sqlite")
    with SmallTown(copy) as copied:
        assert [row["name"] for row in copied.rows("families")] == ["MARTIN"]
    with pytest.raises(UserError) as refusal:
        copy_embedded(town.address.path, tmp_path / "copie.sqlite")
    assert refusal.value.code == "backup.exists"


def test_a_copy_that_fails_leaves_nothing(town: SmallTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def move(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    assert town.address.path is not None
    before = sorted(path.name for path in tmp_path.iterdir())
    monkeypatch.setattr("shutil.move", move)
    with pytest.raises(EnvironmentFault) as fault:
        copy_embedded(town.address.path, tmp_path / "copie.sqlite")

    assert fault.value.code == "backup.failed"
    assert sorted(path.name for path in tmp_path.iterdir()) == before


# --- the shared database ---------------------------------------------------------------------------------------


def test_an_empty_shared_database_is_never_filled_by_opening_it(fresh_database: FreshDatabase) -> None:
    address = DatabaseAddress.parse(fresh_database())

    assert _fault(address) == "database.empty"
    assert _fault(address) == "database.empty"


def test_the_shared_database_of_another_program_is_refused(fresh_database: FreshDatabase) -> None:
    address = DatabaseAddress.parse(fresh_database())
    database = Database(address)
    with database.write() as session:
        session.execute(text("CREATE TABLE recettes (nom text)"))
    database.close()

    assert _fault(address) == "database.not_ours"


@pytest.mark.parametrize(("version", "code"), [("9999", "database.newer"), ("0000", "database.newer")])
def test_a_shared_schema_unknown_here_is_refused(version: str, code: str, shared_town: SmallTown) -> None:
    shared_town.sql("UPDATE alembic_version SET version_num = :version", version=version)
    assert _fault(shared_town.address) == code


def test_a_password_that_was_never_kept_is_asked_for(
    shared_address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.kernel.secrets.database_password", lambda _url: None)
    assert _fault(DatabaseAddress(shared_address.url._replace(password=None), None)) == "database.password_missing"


def test_a_server_nobody_answers_for_is_told(tmp_path: Path) -> None:
    url = make_url("postgresql+psycopg://agent:secret@/base").update_query_dict({"host": str(tmp_path)})
    assert _fault(DatabaseAddress(url, None)) == "database.no_server"


def test_a_connection_that_the_server_closes_is_told(shared_town: SmallTown) -> None:
    with pytest.raises(EnvironmentFault) as fault, shared_town.database.write() as session:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert fault.value.code == "database.unreachable"
    assert shared_town.rows("families") == []  # the next gesture finds the server again


def test_a_shared_database_knows_its_agents_by_their_login(shared_town: SmallTown) -> None:
    with by_administrator(shared_town.database) as opened:
        with pytest.raises(UserError) as refusal:
            open_application(opened.address)
        assert refusal.value.code == "agent.unknown"

        with opened.write() as session:
            make_agent(session, "passagere", "Passagère", NOON, password="passagere")
            give(session, "passagere", Post(Role.ADMINISTRATOR), NOON)
        address = address_of(opened.address, "passagere")
        app = open_application(address)
        assert (app.actor.login, app.actor.permissions) == ("passagere", CHIEF.permissions)
        app.database.close()

        with opened.write() as session:
            take(session, "passagere", Post(Role.ADMINISTRATOR), NOON)
            give(session, "passagere", Post(Role.REVENUE_OFFICER), NOON)
    app = open_application(address)
    assert (app.actor.may("billing.issue"), app.actor.may("agents.read")) == (True, False)
    app.database.close()


# --- addresses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["sqlite://", "sqlite:///:memory:", "mysql://agent@serveur/base", "postgresql://serveur", "postgresql://",
     "postgresql://agent@serveur:abc/base", "://", "http://serveur/base", "", "  "],
)
def test_an_address_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(UserError) as refusal:
        DatabaseAddress.parse(text)
    assert refusal.value.code == "database.address"


def test_a_password_in_an_address_is_refused_unless_it_stays_on_this_computer() -> None:
    with pytest.raises(UserError) as refusal:
        DatabaseAddress.parse("postgresql://agent:secret@serveur.mairie.fr/base")
    assert refusal.value.code == "database.password_in_url"
    assert DatabaseAddress.parse("postgresql://agent:secret@localhost/base").url.password == "secret"


def test_a_password_is_never_shown() -> None:
    assert "secret" not in DatabaseAddress.parse("postgresql://agent:secret@localhost/base").shown


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("postgresql://agent@serveur.mairie.fr/base", "verify-full"),
        ("postgresql://agent@10.0.0.4/base?sslmode=verify-ca", "verify-ca"),
        ("postgresql://agent@localhost/base", None),
        ("postgresql:///base", None),
    ],
)
def test_a_server_elsewhere_must_prove_who_it_is(text: str, mode: str | None) -> None:
    assert DatabaseAddress.parse(text).url.query.get("sslmode") == mode


def test_several_servers_are_one_base_and_a_copy_is_never_worked_with() -> None:
    several = DatabaseAddress.parse("postgresql://agent@un.mairie.fr,deux.mairie.fr:5433/base").url
    assert hosts_of(several) == ("un.mairie.fr", "deux.mairie.fr")
    assert several.query == {"sslmode": "verify-full", "target_session_attrs": "read-write"}
    assert "target_session_attrs" not in DatabaseAddress.parse("postgresql://agent@un.mairie.fr/base").url.query

    asked = DatabaseAddress.parse("postgresql://agent@un,deux/base?target_session_attrs=primary").url
    assert asked.query["target_session_attrs"] == "primary"


@pytest.mark.parametrize("option", ["target_session_attrs=any", "host=/tmp,serveur.mairie.fr", "hostaddr=10.0.0.1"])
def test_an_option_that_would_lead_elsewhere_is_refused(option: str) -> None:
    with pytest.raises(UserError) as refusal:
        DatabaseAddress.parse(f"postgresql://agent@/base?{option}")
    assert refusal.value.code == "database.option_refused"


def test_the_address_comes_from_the_command_then_the_environment_then_this_user(tmp_path: Path) -> None:
    environment = {"BACKOFFICE_DATABASE": str(tmp_path / "env.sqlite")}

    assert database_address(str(tmp_path / "dit.sqlite"), environment).path == tmp_path / "dit.sqlite"
    assert database_address(None, environment).path == tmp_path / "env.sqlite"
    with pytest.raises(UserError):  # an unset variable of a script must not open another base
        database_address("", environment)


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
srv:/partage /mnt/mairie nfs4 rw 0 0
//srv/p /mnt/mairie\\040bis cifs rw 0 0
/dev/sdb1 /mnt/mairie/local ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/agent/base.sqlite", "ext4"),
        ("/mnt/mairie/base.sqlite", "nfs4"),
        ("/mnt/mairie bis/base.sqlite", "cifs"),
        ("/mnt/mairie/local/base.sqlite", "ext4"),
        ("/mnt/mairies/base.sqlite", "ext4"),
    ],
)
def test_the_file_system_of_a_path_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    assert file_system_of(path, MOUNTS) == kind


def test_a_database_on_a_network_drive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address_module, "_is_on_network", lambda _path: True)
    with pytest.raises(EnvironmentFault) as fault:
        refuse_network_drive(tmp_path / "base.sqlite")
    assert "lecteur réseau" in sentence(fault.value)


def test_a_fault_nobody_foresaw_is_not_disguised(town: SmallTown) -> None:
    with pytest.raises(Exception, match="no such table"), town.database.read() as session:
        session.execute(text("SELECT * FROM absente"))


@pytest.mark.skipif(os.name == "nt", reason="Windows moves no file that is open")
def test_a_file_taken_away_while_it_is_open_is_told_and_nothing_is_saved_in_it(town: SmallTown, tmp_path: Path) -> None:
    path = town.database.address.path
    assert path is not None
    town.family("AVANT")
    aside = tmp_path / "ailleurs.sqlite"
    path.rename(aside)
    with pytest.raises(EnvironmentFault) as missing:
        town.family("PENDANT")
    assert missing.value.code == "database.gone"
    aside.rename(path)
    town.family("APRÈS")
    assert _family_names(town) == ["APRÈS", "AVANT"]


@pytest.mark.skipif(os.name == "nt", reason="Windows moves no file that is open")
def test_a_file_put_in_the_place_of_another_is_not_written(town: SmallTown, tmp_path: Path) -> None:
    path = town.database.address.path
    assert path is not None
    copy_embedded(path, tmp_path / "copie.sqlite")
    path.rename(tmp_path / "ancienne.sqlite")
    (tmp_path / "copie.sqlite").rename(path)
    with pytest.raises(EnvironmentFault) as replaced:
        town.family("APRÈS")
    assert replaced.value.code == "database.gone"


def _family_names(town: SmallTown) -> list[str]:
    with town.database.read() as session:
        return sorted(session.execute(text("SELECT name FROM families")).scalars(), key=str.casefold)
