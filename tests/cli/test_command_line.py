"""What is typed, the help, the exit codes: every refusal is one French sentence on the error stream."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backoffice.cli.parser import build_parser
from tests.cli.conftest import OCTOBER, ROOT, Run, is_refusal


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["il manque", "commande"]),
        (["facturer"], ["facturer", "n'existe pas"]),
        (["billing", "run"], ["il manque --month"]),
        (["billing", "run", "--month"], ["--month attend une valeur"]),
        (["billing", "run", "--month", "2025-13"], ["2025-13", "n'est pas un mois"]),
        (["billing", "run", "--month", "octobre"], ["octobre", "n'est pas un mois"]),
        (["billing", "run", "--month", "2025-10", "--issued-on", "31/02/2026"], ["31/02/2026", "n'est pas une date"]),
        (["billing", "run", "--month", "2025-10", "--rehearsal=oui"], ["--rehearsal n'attend pas de valeur"]),
        (["billing", "run", "--mon", "2025-10"], ["il manque --month"]),
        (["billing", "run", "--month", "2025-10", "reste"], ["reste", "n'est pas compris"]),
        (["billing", "cancel", "X"], ["il manque --reason"]),
        (["export", "billing", "--month", "2025-10"], ["il manque --out"]),
        (["import", "excel", "fichier"], ["excel", "n'existe pas"]),
        (["import", "commune"], ["il manque FICHIER"]),
        (["migrate", "--database"], ["--database attend une valeur"]),
    ],
)
def test_what_is_typed_wrong_is_told_in_one_french_line(arguments: list[str], words: list[str], run: Run) -> None:
    answer = run(*arguments)

    is_refusal(answer, "Commande incomprise", "--help", *words, code=2)
    for english in ("argument", "required", "invalid", "expected", "unrecognized", "usage"):
        assert english not in answer.err.casefold()


def test_the_help_is_french(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ([], ["billing"], ["billing", "run"], ["import"], ["import", "commune"], ["export", "billing"],
                    ["doctor"], ["migrate"], ["demo"], ["password"], ["audit"], ["audit", "verify"],
                    ["audit", "anchor"], ["worker"], ["admin", "create-worker"]):
        with pytest.raises(SystemExit) as end:
            build_parser().parse_args([*command, "--help"])
        help_text = capsys.readouterr().out
        assert end.value.code == 0
        assert help_text.startswith("Usage : backoffice")
        for english in ("usage:", "positional", "show this", "optional", "default"):
            assert english not in help_text


@pytest.mark.parametrize(
    "arguments",
    [
        ["--database", "X", "billing", "run", "--month", "2025-10"],
        ["billing", "--database", "X", "run", "--month", "2025-10"],
        ["billing", "run", "--database", "X", "--month", "2025-10"],
        ["billing", "run", "--month", "2025-10", "--database", "X"],
    ],
)
def test_the_database_is_named_before_or_after_the_command(arguments: list[str]) -> None:
    assert build_parser().parse_args(arguments).database == "X"


def test_the_last_database_named_wins_and_none_is_none() -> None:
    parser = build_parser()

    assert parser.parse_args(["--database", "X", "migrate", "--database", "Y"]).database == "Y"
    assert parser.parse_args(["migrate"]).database is None


def test_our_own_mistake_is_told_by_a_reference_and_logged_without_data(
    run: Run, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("MARTIN Léa, 1 rue des Tilleuls")

    monkeypatch.setattr("backoffice.billing.issuing.plan_month", fail)
    answer = run("billing", "run", *OCTOBER, "--database", base)

    assert answer.code == 4
    assert "référence" in answer.sentence
    logs = "".join(path.read_text("utf-8") for path in tmp_path.rglob("backoffice.log"))
    reference = answer.sentence.partition("référence ")[2][:8]
    assert reference in logs
    assert "RuntimeError" in logs
    assert "MARTIN" not in logs + answer.err
    assert run("billing", "run", *OCTOBER, "--database", base).sentence == answer.sentence


def test_the_installed_command_speaks_utf8_and_exits_with_its_code(base: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "ui"]
    billed = subprocess.run(
        [*command, "billing", "run", *OCTOBER, "--database", base], cwd=ROOT, env=environment, capture_output=True,
        timeout=60, check=False,
    )
    refused = subprocess.run(
        [*command, "billing", "run", "--month", "2025-13"], cwd=ROOT, env=environment, capture_output=True, timeout=60,
        check=False,
    )

    assert (billed.returncode, billed.stderr) == (0, b"")
    assert "158,25\u00a0€" in billed.stdout.decode("utf-8")
    assert refused.returncode == 2
    assert "2025-13" in refused.stderr.decode("utf-8")


def test_no_command_touches_the_base_of_this_user_unless_asked(run: Run, base: Path, tmp_path: Path) -> None:
    run("billing", "run", *OCTOBER, "--database", base)
    run("doctor", "--database", base)

    assert list((tmp_path / "home").rglob("*.sqlite")) == []
