"""`backoffice export billing`: the workbook of a month."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.cli.conftest import OCTOBER, Run, is_refusal


def test_a_workbook_open_elsewhere_is_told_and_kept(
    run: Run, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("billing", "run", *OCTOBER, "--database", base)
    target = tmp_path / "octobre.xlsx"
    target.write_bytes(b"what the agent is reading")

    def replace(_path: Path, _target: Path) -> Path:
        raise PermissionError(errno.EACCES, "in use")

    monkeypatch.setattr(Path, "replace", replace)
    answer = run("export", "billing", "--month", "2025-10", "--database", base, "--out", target)

    is_refusal(answer, "ouvert ailleurs", "fermez-le", code=3)
    assert target.read_bytes() == b"what the agent is reading"


def test_a_month_with_nothing_in_it_makes_no_workbook(run: Run, base: Path, tmp_path: Path) -> None:
    target = tmp_path / "mars.xlsx"

    is_refusal(run("export", "billing", "--month", "2025-03", "--database", base, "--out", target), "mars 2025")
    assert not target.exists()
