"""`backoffice documents inspect`: for each file, what intake would say of it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.documents.safety.hostile import photo


def test_inspecting_says_what_intake_would_say(run: Run, tmp_path: Path) -> None:
    good, bad, missing = tmp_path / "é photo.jpg", tmp_path / "archive.pdf", tmp_path / "absent.pdf"
    good.write_bytes(photo())
    bad.write_bytes(b"PK\x03\x04" + b"\x00" * 40)
    answer = run("documents", "inspect", "--json", str(good), str(bad), str(missing))
    assert answer.code == 0
    told = json.loads(answer.out)
    assert [(line["file"], line["verdict"], line["type"], line["pages"]) for line in told] == [
        (str(good), "accepted", "image/jpeg", 1), (str(bad), "refused", "", 0), (str(missing), "refused", "", 0)
    ]
    assert all(set(line) == {"file", "verdict", "type", "pages", "flags", "sentence"} for line in told)
    assert "archive" in told[1]["sentence"]
    assert "n'existe pas" in told[2]["sentence"]
    assert run("documents", "inspect", str(good)).out.startswith("✓")
