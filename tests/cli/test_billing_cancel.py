"""`backoffice billing cancel`: a credit note with its reason, issued once."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import OCTOBER, Run, dump_of, is_refusal


def test_an_invoice_is_cancelled_from_the_command_line(run: Run, base: Path, tmp_path: Path) -> None:
    run("billing", "run", *OCTOBER, "--database", base)
    cancel = ("billing", "cancel", "CANT-F251100001", "--database", base, "--issued-on", "16/11/2025")

    is_refusal(run(*cancel, "--reason", " "), "motif")
    answer = run(*cancel, "--reason", "Pointage erroné", "--out", tmp_path / "avoirs")
    assert (answer.code, answer.err) == (0, "")
    assert "CANT-A251100001" in answer.out
    assert [path.name for path in (tmp_path / "avoirs").iterdir()] == ["CANT-A251100001.pdf"]
    is_refusal(run(*cancel, "--reason", "encore"), "CANT-A251100001")
    is_refusal(run("billing", "cancel", "X", "--reason", "r", "--database", base), "X")


def test_a_credit_note_is_not_issued_when_its_file_has_no_place(run: Run, base: Path, tmp_path: Path) -> None:
    run("billing", "run", *OCTOBER, "--database", base)
    before = dump_of(base)
    (tmp_path / "occupé").write_bytes(b"")

    answer = run("billing", "cancel", "CANT-F251100001", "--reason", "r", "--database", base, "--out",
                 tmp_path / "occupé")

    is_refusal(answer, "occupé", code=3)
    assert dump_of(base) == before
