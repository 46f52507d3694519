"""`backoffice billing run`: a month billed whole or not at all, whatever the disk or the agent does."""

from __future__ import annotations

import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, event

from backoffice.kernel.address import DatabaseAddress
from tests.cli.conftest import OCTOBER, ROOT, Answer, Run, dump_of, is_refusal
from tests.support.books import dump
from tests.support.towns import GRID, SmallTown, busy_town


def test_a_month_is_billed_printed_exported_and_reported(run: Run, base: Path, tmp_path: Path) -> None:
    answer = run("billing", "run", *OCTOBER, "--database", base, "--out", tmp_path / "pdf", "--report",
                 tmp_path / "neuf" / "rapport.json")

    assert (answer.code, answer.err) == (0, "")
    assert "158,25\u00a0€" in answer.out
    report = json.loads((tmp_path / "neuf" / "rapport.json").read_text("utf-8"))
    assert report["numbers"][0] == "ALSH-F251100001"
    assert sorted(path.stem for path in (tmp_path / "pdf").iterdir()) == sorted(report["numbers"])

    answer = run("export", "billing", "--month", "2025-10", "--database", base, "--out", tmp_path / "octobre.xlsx")
    assert (answer.code, answer.err) == (0, "")
    with closing(load_workbook(tmp_path / "octobre.xlsx")) as workbook:
        assert len(workbook.sheetnames) >= 2


def test_the_report_of_a_run_has_the_shape_that_was_promised(run: Run, base: Path, tmp_path: Path) -> None:
    run("billing", "run", *OCTOBER, "--database", base, "--report", tmp_path / "r.json")
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))

    assert report["groups"] == {"count": 12, "amount": "183.15"}
    assert report["invoices"] == {
        "count": 9,
        "amount": "158.25",
        "by_service": {"ALSH": {"count": 6, "amount": "96.00"}, "CANT": {"count": 3, "amount": "62.25"}},
    }
    assert report["carried"] == {"count": 3, "amount": "24.90"}
    assert report["price_differences"] == []
    assert report["numbers"] == [f"ALSH-F2511{n:05d}" for n in range(1, 7)] + [
        f"CANT-F2511{n:05d}" for n in range(1, 4)
    ]


def test_a_rehearsal_writes_nothing_at_all(run: Run, base: Path, tmp_path: Path) -> None:
    before, folder = dump_of(base), tmp_path / "pdf"
    answer = run("billing", "run", *OCTOBER, "--rehearsal", "--database", base, "--out", folder, "--report",
                 tmp_path / "r.json")

    assert answer.code == 0
    assert "rien n'est émis" in answer.out
    assert dump_of(base) == before
    assert not folder.exists()
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["numbers"] == []


def test_a_month_billed_again_says_so_and_keeps_its_files(run: Run, base: Path, tmp_path: Path) -> None:
    command = ("billing", "run", *OCTOBER, "--database", base, "--out", tmp_path / "pdf")
    run(*command)
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "pdf").iterdir()}

    answer = run(*command)

    assert answer.code == 0
    assert "Aucune nouvelle facture" in answer.out
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "pdf").iterdir()} == files


def test_one_service_or_several_are_billed(run: Run, base: Path) -> None:
    alone = run("billing", "run", *OCTOBER, "--database", base, "--service", "CANT").out
    assert "3 factures" in alone
    assert "ALSH" not in alone
    assert "6 factures" in run("billing", "run", *OCTOBER, "--database", base, "--service", "CANT", "ALSH").out
    is_refusal(run("billing", "run", *OCTOBER, "--database", base, "--service", "PISCINE"), "PISCINE")


def test_a_family_without_quotient_stops_the_run_until_somebody_says_yes(
    run: Run, embedded_address: DatabaseAddress, tmp_path: Path
) -> None:
    with SmallTown(embedded_address) as town:
        town.describe()
        slot = town.slot(tariff=GRID)
        town.attend(town.family("SANSQUOTIENT"), slot)
        town.attend(town.family("MARTIN", quotient="700"), slot)
        before = dump(town.database)
    path = embedded_address.path
    assert path is not None

    answer = run("billing", "run", *OCTOBER, "--database", path, "--report", tmp_path / "r.json")
    is_refusal(answer, "--yes")
    assert "SANSQUOTIENT" in answer.out
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["anomalies"][0]["code"] == "tariff.no_quotient"
    assert dump_of(path) == before

    answer = run("billing", "run", *OCTOBER, "--database", path, "--yes")
    assert answer.code == 0
    assert "1 facture " in answer.out


def test_a_full_disk_in_mid_run_is_one_sentence_and_nothing_is_issued(
    run: Run, embedded_address: DatabaseAddress
) -> None:
    busy_town(embedded_address, families=60).close()
    base = embedded_address.path
    assert base is not None
    before = dump_of(base)

    def shrink(connection: sqlite3.Connection, _record: object) -> None:
        (used,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={used}")

    event.listen(Engine, "connect", shrink)
    try:
        answer = run("billing", "run", *OCTOBER, "--database", base)
    finally:
        event.remove(Engine, "connect", shrink)

    is_refusal(answer, "disque est plein", code=3)
    assert dump_of(base) == before


def test_a_disk_full_of_pdfs_keeps_the_month_and_the_same_command_goes_on(
    run: Run, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, room = Path.write_bytes, [4]

    def write_bytes(path: Path, content: Any) -> int:
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(path, content)

    command = ("billing", "run", *OCTOBER, "--database", base, "--out", tmp_path / "pdf")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_bytes)
        is_refusal(run(*command), "disque est plein", "puis réessayez", code=3)
    assert all(path.suffix == ".pdf" for path in (tmp_path / "pdf").iterdir())

    assert run(*command).code == 0
    assert len(list((tmp_path / "pdf").iterdir())) == 9


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_issued(
    option: str, run: Run, base: Path, tmp_path: Path
) -> None:
    before = dump_of(base)
    (tmp_path / "occupé").write_bytes(b"")
    place = tmp_path / "occupé" if option == "--out" else tmp_path / "occupé" / "r.json"

    is_refusal(run("billing", "run", *OCTOBER, "--database", base, option, place), "occupé", code=3)
    assert dump_of(base) == before


def test_ctrl_c_in_mid_run_leaves_nothing(run: Run, base: Path) -> None:
    before, seen = dump_of(base), [0]

    def interrupt(_connection: object, _cursor: object, statement: str, *_arguments: object) -> None:
        seen[0] += statement.startswith("INSERT INTO charges")
        if seen[0] == 1:
            signal.raise_signal(signal.SIGINT)

    event.listen(Engine, "before_cursor_execute", interrupt)
    before_us = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores Ctrl+C
    try:
        answer = run("billing", "run", *OCTOBER, "--database", base)
    finally:
        signal.signal(signal.SIGINT, before_us)
        event.remove(Engine, "before_cursor_execute", interrupt)

    is_refusal(answer, "Interrompu", code=130)
    assert dump_of(base) == before
    assert seen[0] == 1


READ_ONLY = """
import ctypes, os, sys
if os.geteuid() == 0:
    # Root writes everywhere: give that power up, and the permission bits hold.
    class Header(ctypes.Structure):
        _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]
    class Data(ctypes.Structure):
        _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(ctypes.byref(Header(0x20080522, 0)), ctypes.byref((Data * 2)())):
        sys.exit("capset: " + os.strerror(ctypes.get_errno()))
from backoffice.cli.main import main
sys.exit(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="on Windows the read-only bit of a folder forbids nothing")
@pytest.mark.parametrize("what", ["database", "folder of the database", "folder of the PDFs"])
def test_a_read_only_place_is_one_sentence_and_loses_nothing(what: str, base: Path, tmp_path: Path) -> None:
    before = dump_of(base)
    home, folder = tmp_path / "lecture", tmp_path / "pdf"
    home.mkdir()
    folder.mkdir()
    path = base.rename(home / "base.sqlite")
    closed = {"database": path, "folder of the database": home, "folder of the PDFs": folder}[what]
    closed.chmod(0o444 if closed.is_file() else 0o555)
    command = ["billing", "run", *OCTOBER, "--database", str(path), "--out", str(folder)]
    try:
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, *command], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, timeout=60, check=False,
        )
    finally:
        closed.chmod(0o755)

    is_refusal(Answer(done.returncode, done.stdout, done.stderr), code=3)
    assert "lecture seule" in done.stderr or "écrire" in done.stderr
    assert dump_of(path) == before
    assert list(folder.iterdir()) == []
