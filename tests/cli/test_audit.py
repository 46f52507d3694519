"""`backoffice audit`: one line for each thing found, and an exit code that a script can trust."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backoffice.cli import opening
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.errors import EnvironmentFault
from tests.cli.conftest import Run
from tests.support.journal import seal, tamper
from tests.support.shared import by_administrator
from tests.support.towns import SmallTown, busy_town, copied

OCTOBER = ("--month", "2025-10", "--issued-on", "2025-11-15")


@pytest.fixture
def base(busy_template: DatabaseAddress, tmp_path: Path) -> Path:
    path = copied(busy_template, tmp_path / "base.sqlite").path
    assert path is not None
    return path


def test_what_a_command_does_is_sealed_when_it_ends(run: Run, base: Path) -> None:
    run("billing", "run", *OCTOBER, "--database", base)

    answer = run("audit", "verify", "--database", base)

    assert (answer.code, answer.err) == (0, "")
    assert "0 ligne en attente" in answer.out
    assert "Rien n'a été modifié." in answer.out
    with SmallTown(DatabaseAddress.of_file(base)) as town:
        assert len(town.rows("journal_chain")) == len(town.rows("row_journal")) > 50


def test_a_change_behind_the_program_is_named_and_is_the_exit_code(run: Run, base: Path) -> None:
    run("billing", "run", *OCTOBER, "--database", base)
    with SmallTown(DatabaseAddress.of_file(base)) as town:
        line = town.rows("row_journal")[5]
        tamper(town, "UPDATE row_journal SET actor = 'autre' WHERE id = :id", id=line["id"])

    answer = run("audit", "verify", "--database", base)

    assert (answer.code, answer.err) == (1, "")
    assert f"✗ La ligne {line['id']} du journal ({line['table_name']} {line['row_id']}, écrite par autre" in answer.out
    assert "1 anomalie(s)" in answer.out


def test_a_thousand_faults_are_counted_and_fifty_are_shown(run: Run, base: Path) -> None:
    run("billing", "run", *OCTOBER, "--database", base)
    with SmallTown(DatabaseAddress.of_file(base)) as town:
        count = len(town.rows("row_journal"))
        tamper(town, "UPDATE row_journal SET actor = 'autre'")

    answer = run("audit", "verify", "--database", base)

    assert answer.code == 1
    assert answer.out.count("✗ La ligne") == 50
    assert f"… et {count - 50} de plus." in answer.out


def test_an_anchor_is_written_once_and_found_again(run: Run, base: Path, tmp_path: Path) -> None:
    run("billing", "run", *OCTOBER, "--database", base)
    path = tmp_path / "ancres" / "été.json"

    answer = run("audit", "anchor", "--out", path, "--database", base)

    assert (answer.code, answer.err) == (0, "")
    kept = json.loads(path.read_text("utf-8"))
    assert kept.keys() == {"database", "seq", "chain", "sealed_at"}
    assert (kept["database"], len(kept["chain"])) == ("base.sqlite", 64)
    again = run("audit", "anchor", "--out", path, "--database", base)
    assert (again.code, "existe déjà" in again.sentence) == (1, True)
    found = run("audit", "verify", "--anchor", path, "--database", base)
    assert (found.code, f"L'ancre du sceau {kept['seq']} est retrouvée." in found.out) == (0, True)

    with SmallTown(DatabaseAddress.of_file(base)) as town:
        tamper(town, "UPDATE row_journal SET actor = 'autre' WHERE id = 1")
        tamper(town, "DELETE FROM journal_chain")
        seal(town)
    assert run("audit", "verify", "--database", base).code == 0
    missed = run("audit", "verify", "--anchor", path, "--database", base)
    assert (missed.code, "Le journal a été refait" in missed.out) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (("verify", "--anchor", "absente.json"), "absente.json", 3),
        (("anchor", "--out", "ancre.json"), "n'est encore scellée", 1),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    run: Run, embedded_address: DatabaseAddress, arguments: tuple[str, ...], words: str, code: int,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run("audit", *arguments, "--database", embedded_address.shown)

    assert (answer.code, words in answer.sentence) == (code, True)


def test_a_base_that_does_not_exist_is_not_made_to_be_verified(run: Run, tmp_path: Path) -> None:
    answer = run("audit", "verify", "--database", tmp_path / "absente.sqlite")

    assert (answer.code, "absente.sqlite" in answer.sentence) == (1, True)
    assert not (tmp_path / "absente.sqlite").exists()


def test_a_full_disk_at_the_seal_does_not_hide_what_was_done(
    run: Run, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> int:
        raise EnvironmentFault("database.disk_full")

    with monkeypatch.context() as disk:
        disk.setattr(opening, "seal", full)
        assert run("billing", "run", *OCTOBER, "--database", base).code == 0

    assert "0 ligne sous sceau" in run("audit", "verify", "--database", base).out
    run("billing", "run", *OCTOBER, "--rehearsal", "--database", base)
    assert "0 ligne en attente" in run("audit", "verify", "--database", base).out


def test_the_administrator_of_the_server_verifies_a_shared_database(
    run: Run, shared_address: DatabaseAddress, tmp_path: Path
) -> None:
    with busy_town(shared_address) as town:
        town.issue()
        seal(town)
        with by_administrator(town.database) as database:
            url = database.address.url.render_as_string(hide_password=False)

    answer = run("audit", "verify", "--database", url)
    assert (answer.code, "Rien n'a été modifié." in answer.out) == (0, True)
    assert run("audit", "anchor", "--out", tmp_path / "a.json", "--database", url).code == 0
    agent = shared_address.url.render_as_string(hide_password=False)
    assert run("audit", "verify", "--anchor", tmp_path / "a.json", "--database", agent).code == 0
