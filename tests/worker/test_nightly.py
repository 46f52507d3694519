"""What the service does each night for the base: saved, kept, checked; and what it says while nobody set it up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from backoffice.agents.serving import make_reader, make_worker
from backoffice.backup.key import BackupKey
from backoffice.backup.making import restore_backup, verify_backup
from backoffice.backup.nightly import back_up, planned
from backoffice.kernel import secrets
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.database import Database
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.progress import silent
from backoffice.kernel.settings import Settings, save_settings
from backoffice.worker.queries import ReadWorker, TaskState
from backoffice.worker.running import Tried, attempt
from backoffice.worker.schedule import Past, is_due
from backoffice.worker.tasks import TASKS
from tests.support.books import check_books
from tests.support.keyrings import Locked, Notebook, use_keyring
from tests.support.postgres import FreshDatabase, PostgresServer
from tests.support.shared import CHIEF_LOGIN, address_of, by_administrator
from tests.support.towns import NOON, SmallTown
from tests.support.workers import LOGIN, worker_door

READER = "lecture.nuit"
KEY = BackupKey(bytes(range(32)))
BY_NAME = {task.name: task for task in TASKS}
SAVE, CHECK = BY_NAME["backup"], BY_NAME["promises"]


@pytest.fixture
def door(shared_town: SmallTown) -> Iterator[Application]:
    with worker_door(shared_town.database) as app:
        yield app


@pytest.fixture
def set_up(
    shared_town: SmallTown, postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """A folder, a key and a login that reads, as an administrator sets them on the machine of the service."""
    use_keyring(monkeypatch, Notebook())
    with by_administrator(shared_town.database) as opened, opened.write() as session:
        make_reader(session, READER, NOON, password=READER)
    url = shared_town.address.url
    secrets.keep_database_password(url.set(username=READER), READER)
    secrets.keep_backup_key(KEY.shown)
    programs = str(postgres_server.programs) if postgres_server.programs else ""
    return _set(Settings(backup_folder=str(tmp_path / "été"), backups_kept="2", backup_login=READER,
                         backup_programs=programs), tmp_path, monkeypatch)


def _set(settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    file = folder / "settings.json"
    monkeypatch.setattr("backoffice.kernel.settings.settings_file", lambda: file)
    save_settings(settings)
    return settings


def _attempt(app: Application, name: str) -> Tried:
    return attempt(app, BY_NAME[name], Past(), silent)


def _state(town: SmallTown, name: str) -> TaskState:
    return next(task for task in town.app.ask(ReadWorker()).tasks if task.name == name)


# --- the backup --------------------------------------------------------------------------------------------------


def test_a_night_s_backup_is_whole_sealed_and_comes_back(
    shared_town: SmallTown, door: Application, set_up: Settings, postgres_server: PostgresServer,
    fresh_database: FreshDatabase,
) -> None:
    shared_town.attend(shared_town.family(), shared_town.slot())
    shared_town.issue()
    assert _attempt(door, "backup").error == ""

    (made,) = Path(set_up.backup_folder).iterdir()
    assert made.suffix == ".sauvegarde"
    assert b"MARTIN" not in made.read_bytes()
    empty = DatabaseAddress.parse(fresh_database())
    restore_backup(made, KEY, empty, postgres_server.programs)
    with SmallTown(address_of(empty, CHIEF_LOGIN)) as town:
        check_books(town.database)
        assert len(town.rows("invoices")) == 1
        assert town.rows("families") == shared_town.rows("families")


def test_the_oldest_go_and_no_other_file_does(
    shared_town: SmallTown, set_up: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = planned(shared_town.address, set_up)
    night.folder.mkdir()
    (night.folder / "notes.txt").write_text("à garder", "utf-8")
    for day in (1, 2, 3):
        back_up(night, datetime(2026, 9, day, 1, tzinfo=UTC))
    dates = sorted(path.name[-28:] for path in night.folder.glob("*.sauvegarde"))
    assert dates == ["2026-09-02-030000.sauvegarde", "2026-09-03-030000.sauvegarde"]

    with pytest.raises(UserError):
        back_up(replace(night, programs=night.folder), datetime(2026, 9, 4, 1, tzinfo=UTC))
    assert len(list(night.folder.iterdir())) == 3  # what failed removed nothing and left nothing


@pytest.mark.parametrize(
    ("unset", "code"),
    [("backup_folder", "backup.no_folder"), ("backup_login", "backup.no_reader"), ("key", "backup.no_key")],
)
def test_what_is_left_to_set_is_told_and_waits_for_its_next_night(
    shared_town: SmallTown, door: Application, set_up: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    unset: str, code: str,
) -> None:
    if unset == "key":
        use_keyring(monkeypatch, Locked())
    else:
        _set(replace(set_up, **{unset: ""}), tmp_path, monkeypatch)
    with pytest.raises(UserError) as refusal:
        SAVE.run(door, silent)
    assert refusal.value.code == code

    tried = _attempt(door, "backup")
    assert (tried.past.failures, tried.past.done_at) == (0, None)
    assert not is_due(SAVE.schedule, tried.past, door.clock.now())
    assert is_due(SAVE.schedule, tried.past, door.clock.now() + timedelta(days=1, minutes=1))
    state = _state(shared_town, "backup")
    assert (state.error, state.late) == (tried.error, False)


def test_the_key_of_a_service_without_keyring_is_lent_by_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keyring(monkeypatch, Locked())
    assert secrets.backup_key() is None
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secrets.backup_key() is None
    (tmp_path / "backup-key").write_text(KEY.shown + "\n", "utf-8")
    assert BackupKey.parse(secrets.backup_key() or "") == KEY


def test_an_embedded_base_is_saved_too_once_it_is_set_up(
    town: SmallTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keyring(monkeypatch, Notebook())
    _set(Settings(), tmp_path, monkeypatch)
    _attempt(town.app, "backup")
    assert town.rows("worker_tasks") == []  # nobody asked for it on their own computer

    secrets.keep_backup_key(KEY.shown)
    _set(Settings(backup_folder=str(tmp_path / "copies")), tmp_path, monkeypatch)
    assert _attempt(town.app, "backup").error == ""
    (made,) = (tmp_path / "copies").iterdir()
    assert verify_backup(made, KEY)["engine"] == "sqlite"


@pytest.mark.parametrize(
    ("done", "failures", "late"),
    [("now() - interval '47 hours'", 0, False), ("now() - interval '49 hours'", 0, True),
     ("now() - interval '1 hour'", 3, False), ("NULL", 1, True), ("NULL", 0, False)],
)
def test_a_backup_that_is_too_old_is_told(shared_town: SmallTown, done: str, failures: int, late: bool) -> None:
    shared_town.sql(f"INSERT INTO worker_tasks VALUES ('backup', now(), {done}, {failures}, 'Pourquoi.')")

    state = shared_town.app.ask(ReadWorker())
    assert (state.late is not None) is late


# --- what must hold ----------------------------------------------------------------------------------------------


def test_every_promise_is_judged_by_who_reads_everything(
    shared_town: SmallTown, door: Application, set_up: Settings
) -> None:
    shared_town.attend(shared_town.family(), shared_town.slot())
    shared_town.issue()
    assert _attempt(door, "promises").error == ""


@pytest.mark.spoils
def test_a_promise_that_is_broken_is_told(shared_town: SmallTown, door: Application, set_up: Settings) -> None:
    shared_town.attend(shared_town.family(), shared_town.slot())
    shared_town.issue()
    shared_town.spoil("UPDATE number_counters SET last = last + 1")

    tried = _attempt(door, "promises")
    assert tried.past.failures == 1
    assert "ne tient" in tried.error


def test_without_such_a_login_the_service_judges_what_it_sees_and_says_so(
    shared_town: SmallTown, door: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(Settings(), tmp_path, monkeypatch)
    tried = _attempt(door, "promises")
    assert tried.past.failures == 0
    assert "règles sur" in tried.error


# --- who reads ---------------------------------------------------------------------------------------------------


def test_who_reads_everything_changes_nothing_and_sees_no_password(shared_town: SmallTown, set_up: Settings) -> None:
    shared_town.family()
    reader = Database(address_of(_administrator(shared_town), READER))
    try:
        with reader.read() as session:
            assert session.scalar(text("SELECT count(*) FROM families")) == 1
        for statement in (
            "UPDATE families SET name = 'X'", "DELETE FROM row_journal", "SELECT rolpassword FROM pg_authid",
            "SELECT seal_journal(1)", "CREATE TABLE x ()", "SET ROLE enf_owner",
        ):
            with pytest.raises(EnvironmentFault) as refusal, reader.write() as session:
                session.execute(text(f"SET TRANSACTION READ WRITE; {statement}"))
            assert refusal.value.code == "database.forbidden", statement
    finally:
        reader.close()


def _administrator(town: SmallTown) -> DatabaseAddress:
    with by_administrator(town.database) as opened:
        return opened.address


def test_nobody_is_both_the_service_and_who_reads(shared_town: SmallTown, door: Application) -> None:
    with by_administrator(shared_town.database) as opened, opened.write() as session:
        with pytest.raises(UserError) as refusal:
            make_reader(session, LOGIN, NOON)
        assert refusal.value.code == "worker.login_is_worker"
        with pytest.raises(UserError):
            make_reader(session, CHIEF_LOGIN, NOON)
        assert make_reader(session, "lecture.autre", NOON)
        assert not make_reader(session, "lecture.autre", NOON)
        with pytest.raises(UserError) as refusal:
            make_worker(session, "lecture.autre", NOON)
        assert refusal.value.code == "worker.login_is_reader"
        session.rollback()
