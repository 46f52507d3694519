"""`backoffice backup` and `backoffice restore` on a shared database, by who administers its server."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from backoffice.backup.key import BackupKey
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import Database
from backoffice.kernel.secrets import keep_backup_key
from tests.cli.conftest import Run, is_refusal
from tests.support.guests import drop_login
from tests.support.keyrings import Notebook, use_keyring
from tests.support.postgres import FreshDatabase, PostgresServer


@pytest.fixture
def elsewhere(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a database that is not there yet."""
    name = f"retour_{secrets.token_hex(4)}"
    yield make_url(postgres_server.url).set(database=name).render_as_string(hide_password=False)
    plain = make_url(postgres_server.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def base(fresh_database: FreshDatabase, shared_template: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The administrator's address of a shared database; this computer has a key, and no password."""
    use_keyring(monkeypatch, Notebook())
    keep_backup_key(BackupKey(bytes(32)).shown)
    return fresh_database(shared_template)


def test_a_base_comes_back_where_there_was_none(
    run: Run, base: str, elsewhere: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    programs = ("--programs", postgres_server.programs) if postgres_server.programs else ()
    file = tmp_path / "été.sauvegarde"
    made = run("backup", "--out", file, *programs, "--database", base)
    assert (made.code, made.err) == (0, ""), made

    back = run("restore", file, *programs, "--database", elsewhere)
    assert (back.code, back.err) == (0, ""), back
    assert "+00:00" not in back.out  # the instant, as people write it
    assert str(make_url(base).password) not in made.out + back.out
    assert run("admin", "agents", "--database", elsewhere).out == run("admin", "agents", "--database", base).out
    is_refusal(run("restore", file, *programs, "--database", elsewhere), "base vide")


@pytest.fixture
def leavers(base: str) -> Iterator[tuple[str, str]]:
    """The logins of two agents to be made and to leave; they go before the base does, after any other."""
    logins = ("retour_ancienne", "retour_partie")
    yield logins
    database = Database(DatabaseAddress.parse(base))
    for login in logins:
        drop_login(database, login)
    database.close()


def test_who_left_since_the_backup_is_named_with_the_gesture_that_puts_them_out_again(
    run: Run, base: str, leavers: tuple[str, str], elsewhere: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    former, leaver = leavers
    programs = ("--programs", postgres_server.programs) if postgres_server.programs else ()
    file = tmp_path / "avant le départ.sauvegarde"
    post = ("--role", "secretary", "--without-password", "--database", base)
    assert run("admin", "create-agent", leaver, "--name", "Inès Partie", *post).code == 0
    assert run("admin", "create-agent", former, "--name", "Odile Ancienne", *post).code == 0
    assert run("admin", "disable-agent", former, "--database", base).code == 0
    assert run("backup", "--out", file, *programs, "--database", base).code == 0
    assert run("admin", "disable-agent", leaver, "--database", base).code == 0

    said = run("restore", file, *programs, "--database", elsewhere).out.splitlines()

    assert f"  {leaver} : Inès Partie" in said
    assert not any(former in line for line in said)
    (gesture,) = (line.strip() for line in said if "disable-agent" in line)
    words = gesture.replace("IDENTIFIANT", leaver).split()[1:]
    assert run(*words[:-1], elsewhere).code == 0  # the address as it is shown, but for its password
    assert "Inès Partie (n'a plus d'accès)" in run("admin", "agents", "--database", elsewhere).out


def test_a_file_that_cannot_be_put_there_makes_no_base(run: Run, base: str, elsewhere: str, tmp_path: Path) -> None:
    file = tmp_path / "lettre.txt"
    file.write_text("Bonjour", encoding="utf-8")
    assert "n'est pas une sauvegarde" in run("restore", file, "--database", elsewhere).sentence
    assert "Aucune base ne s'appelle" in run("admin", "agents", "--database", elsewhere).sentence


def test_the_password_is_asked_for_when_it_was_not_kept(
    run: Run, base: str, elsewhere: str, postgres_server: PostgresServer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    programs = ("--programs", postgres_server.programs) if postgres_server.programs else ()
    file = tmp_path / "nuit.sauvegarde"
    without = [make_url(url)._replace(password=None).render_as_string() for url in (base, elsewhere)]
    assert "trousseau" in run("backup", "--out", file, *programs, "--database", without[0]).sentence

    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _words: str(make_url(base).password))
    assert run("backup", "--out", file, *programs, "--database", without[0]).code == 0
    assert run("restore", file, *programs, "--database", without[1]).code == 0
