"""Files are written whole or not at all, and the disk's refusals are sentences."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.filestore import make_folder, safe_name, sweep, write_whole
from backoffice.kernel.messages import sentence


def _disk_says(monkeypatch: pytest.MonkeyPatch, number: int, half: int | None = None) -> None:
    """The disk refuses every write, after `half` bytes when told so."""
    whole = Path.write_bytes

    def write_bytes(path: Path, content: Any) -> int:
        if half is not None:
            whole(path, bytes(content)[:half])
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_bytes", write_bytes)


def test_a_file_is_there_whole_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "facture.pdf"
    write_whole(path, b"first")
    write_whole(path, b"second")

    assert path.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "file.disk_full"),
        (errno.EDQUOT, "file.disk_full"),
        (errno.EROFS, "folder.read_only"),
        (errno.EIO, "file.disk_error"),
    ],
)
def test_a_disk_that_refuses_loses_nothing(
    number: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "facture.pdf"
    path.write_bytes(b"before")
    _disk_says(monkeypatch, number, half=3)

    with pytest.raises(EnvironmentFault) as fault:
        write_whole(path, b"afterwards")

    assert fault.value.code == code
    assert str(tmp_path) in sentence(fault.value)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_held_by_another_program_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows a workbook that Excel shows cannot be replaced."""
    path = tmp_path / "facturation.xlsx"
    path.write_bytes(b"before")

    def replace(_path: Path, _target: Path) -> Path:
        raise PermissionError(errno.EACCES, "in use")

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(EnvironmentFault) as fault:
        write_whole(path, b"afterwards")

    assert fault.value.code == "file.open_elsewhere"
    assert "ouvert ailleurs" in sentence(fault.value)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"before", [path])


def test_a_folder_that_cannot_be_written_names_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_arguments: False)
    _disk_says(monkeypatch, errno.EACCES)

    with pytest.raises(EnvironmentFault) as fault:
        write_whole(tmp_path / "facture.pdf", b"")

    assert (fault.value.code, fault.value.params) == ("folder.read_only", {"path": str(tmp_path)})


def test_a_file_in_the_way_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "pdf").write_bytes(b"")
    for path in (tmp_path / "pdf", tmp_path / "pdf" / "octobre"):
        with pytest.raises(EnvironmentFault) as fault:
            make_folder(path)
        assert fault.value.code == "file.disk_error"


def test_half_files_of_a_killed_program_are_swept_once_they_are_old(tmp_path: Path) -> None:
    old, fresh, document = (tmp_path / name for name in (".a.pdf.1.partiel", ".b.pdf.2.partiel", "c.pdf"))
    for path in (old, fresh, document):
        path.write_bytes(b"")
    long_ago = time.time() - 3600
    for path in (old, document):
        os.utime(path, (long_ago, long_ago))

    sweep(tmp_path)

    assert sorted(tmp_path.iterdir()) == [fresh, document]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CANT-F251100001", "CANT-F251100001.pdf"),
        ("../../etc/passwd", "-..-etc-passwd.pdf"),
        ("C:\\Windows", "C--Windows.pdf"),
        ("con", "_con.pdf"),
        ("NUL.facture", "_NUL.facture.pdf"),
        ("", "sans-nom.pdf"),
        (" . ", "sans-nom.pdf"),
        ("e\u0301te\u0301", "été.pdf"),
    ],
)
def test_a_file_name_is_accepted_by_every_system(text: str, name: str) -> None:
    assert safe_name(text, ".pdf") == name


@given(st.text(max_size=300))
def test_any_text_makes_a_name_that_stays_in_its_folder(text: str) -> None:
    name = safe_name(text, ".pdf")

    assert name == Path(name).name
    assert len(name) <= 125
    assert not set(name) & set('<>:"/\\|?*\0\n\r\t')
