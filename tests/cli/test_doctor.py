"""`backoffice doctor`: what is wrong, and nothing made on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run, is_refusal


def test_the_doctor_finds_nothing_wrong_with_a_healthy_base(run: Run, base: Path) -> None:
    answer = run("doctor", "--database", base)

    assert (answer.code, answer.err) == (0, "")
    assert "✗" not in answer.out
    assert "Tout va bien" in answer.out


def test_the_doctor_makes_no_database(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rien" / "base.sqlite"
    answer = run("doctor", "--database", path)

    assert answer.code == 0
    assert not path.parent.exists()


def test_the_doctor_tells_a_damaged_base(run: Run, base: Path) -> None:
    content = bytearray(base.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    base.write_bytes(content)
    answer = run("doctor", "--database", base)

    assert answer.code == 1
    assert "abîmé" in answer.out


@pytest.mark.parametrize("address", ["", "http://mairie/base", "postgresql://agent:secret@mairie.example/base"])
def test_a_bad_address_is_one_sentence_without_password(address: str, run: Run) -> None:
    answer = run("doctor", "--database", address)

    is_refusal(answer)
    assert "secret" not in answer.err + answer.out
