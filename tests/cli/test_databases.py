"""The base a command is given: made by `migrate`, refused in one sentence when it is no base of ours."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import newest_schema
from tests.cli.conftest import OCTOBER, Run, is_refusal
from tests.support.shared import prepare_shared
from tests.support.towns import CHIEF, SmallTown


@pytest.mark.parametrize(
    "command",
    [
        ("billing", "run", *OCTOBER),
        ("billing", "cancel", "CANT-F251100001", "--reason", "r"),
        ("export", "billing", "--month", "2025-10", "--out", "classeur.xlsx"),
    ],
)
def test_a_mistyped_name_is_not_a_new_database(command: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    missing = tmp_path / "enfnace.sqlite"

    is_refusal(run(*command, "--database", missing), str(missing))
    assert not missing.exists()


def test_a_database_is_made_by_migrate_and_by_an_import(run: Run, tmp_path: Path) -> None:
    answer = run("migrate", "--database", tmp_path / "neuve.sqlite")
    assert (answer.code, answer.err) == (0, "")
    assert newest_schema() in answer.out
    assert run("migrate", "--database", tmp_path / "neuve.sqlite").code == 0
    is_refusal(run("import", "commune", tmp_path / "absent.json", "--database", tmp_path / "neuve.sqlite"), "absent")


def _not_a_database(path: Path) -> None:
    path.write_text("Madame, Monsieur,\n" * 100, encoding="utf-8")


def _other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recettes (nom TEXT)")


def _future(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('9')")


@pytest.mark.parametrize(
    ("make", "words"),
    [(_not_a_database, "pas une base"), (_other_program, "pas celle"), (_future, "version plus récente"),
     (Path.mkdir, "ouvrir la base")],
)
@pytest.mark.parametrize("command", [("billing", "run", *OCTOBER), ("migrate",)], ids=["billing", "migrate"])
def test_a_bad_database_is_one_sentence(
    make: Any, words: str, command: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "base.sqlite"
    make(path)
    before = path.read_bytes() if path.is_file() else b""

    is_refusal(run(*command, "--database", path), words, code=3)
    assert (path.read_bytes() if path.is_file() else b"") == before
    doctor = run("doctor", "--database", path)
    assert (doctor.code, doctor.err) == (1, "")
    assert "✗ Ouverture" in doctor.out
    assert words in doctor.out


def test_a_shared_database_is_prepared_by_its_administrator_and_used_by_its_agents(
    run: Run, fresh_database: Any
) -> None:
    url = fresh_database()
    is_refusal(run("billing", "run", *OCTOBER, "--database", url), "admin create-database", code=3)

    answer = run("migrate", "--database", url)
    assert answer.code == 0
    assert str(make_url(url).password) not in answer.out
    is_refusal(run("billing", "run", *OCTOBER, "--database", url), "n'est pas celui d'un agent")

    prepare_shared(DatabaseAddress.parse(url))
    chief = make_url(url).set(username=CHIEF.login, password=CHIEF.login).render_as_string(hide_password=False)
    assert run("billing", "run", *OCTOBER, "--database", chief).code == 0
    doctor = run("doctor", "--database", chief)
    assert [line for line in doctor.out.splitlines() if "✗" in line and "Service de fond" not in line] == []

    with SmallTown(DatabaseAddress.parse(url)) as town:
        town.sql("UPDATE alembic_version SET version_num = '9999'")
    is_refusal(run("migrate", "--database", url), "version plus récente", code=3)
