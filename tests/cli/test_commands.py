"""The command line: every refusal is one French sentence on the error stream, and an exit code that is not zero."""

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
from sqlalchemy.engine import make_url

from backoffice.cli.parser import build_parser
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import newest_schema
from tests.cli.conftest import Answer, Run
from tests.support.towns import CHIEF, GRID, SmallTown, busy_town, copied, dump, prepare_shared

ROOT = Path(__file__).resolve().parents[2]
OCTOBER = ("--month", "2025-10", "--issued-on", "2025-11-15")


@pytest.fixture
def base(busy_template: DatabaseAddress, tmp_path: Path) -> Path:
    """Six families to bill in two services."""
    path = copied(busy_template, tmp_path / "base.sqlite").path
    assert path is not None
    return path


def _dump(base: Path) -> dict[str, list[str]]:
    with SmallTown(DatabaseAddress.of_file(base)) as town:
        return dump(town.database)


def _is_refusal(answer: Answer, *words: str, code: int = 1) -> None:
    assert answer.code == code, answer
    sentence = answer.sentence
    assert not sentence.startswith(("Une erreur est survenue", "Le programme a rencontré")), sentence
    for word in words:
        assert word in sentence


# --- a month ---------------------------------------------------------------------------------------------------


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
    before, folder = _dump(base), tmp_path / "pdf"
    answer = run("billing", "run", *OCTOBER, "--rehearsal", "--database", base, "--out", folder, "--report",
                 tmp_path / "r.json")

    assert answer.code == 0
    assert "rien n'est émis" in answer.out
    assert _dump(base) == before
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
    _is_refusal(run("billing", "run", *OCTOBER, "--database", base, "--service", "PISCINE"), "PISCINE")


def test_a_family_without_quotient_stops_the_run_until_somebody_says_yes(
    run: Run, embedded_address: DatabaseAddress, tmp_path: Path
) -> None:
    with SmallTown(embedded_address) as town:
        town.describe()
        slot = town.service(tariff=GRID)
        town.attend(town.family("SANSQUOTIENT"), slot)
        town.attend(town.family("MARTIN", quotient="700"), slot)
        before = dump(town.database)
    path = embedded_address.path
    assert path is not None

    answer = run("billing", "run", *OCTOBER, "--database", path, "--report", tmp_path / "r.json")
    _is_refusal(answer, "--yes")
    assert "SANSQUOTIENT" in answer.out
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["anomalies"][0]["code"] == "tariff.no_quotient"
    assert _dump(path) == before

    answer = run("billing", "run", *OCTOBER, "--database", path, "--yes")
    assert answer.code == 0
    assert "1 facture " in answer.out


def test_an_invoice_is_cancelled_from_the_command_line(run: Run, base: Path, tmp_path: Path) -> None:
    run("billing", "run", *OCTOBER, "--database", base)
    cancel = ("billing", "cancel", "CANT-F251100001", "--database", base, "--issued-on", "16/11/2025")

    _is_refusal(run(*cancel, "--reason", " "), "motif")
    answer = run(*cancel, "--reason", "Pointage erroné", "--out", tmp_path / "avoirs")
    assert (answer.code, answer.err) == (0, "")
    assert "CANT-A251100001" in answer.out
    assert [path.name for path in (tmp_path / "avoirs").iterdir()] == ["CANT-A251100001.pdf"]
    _is_refusal(run(*cancel, "--reason", "encore"), "CANT-A251100001")
    _is_refusal(run("billing", "cancel", "X", "--reason", "r", "--database", base), "X")


# --- what is typed wrong ---------------------------------------------------------------------------------------


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

    _is_refusal(answer, "Commande incomprise", "--help", *words, code=2)
    for english in ("argument", "required", "invalid", "expected", "unrecognized", "usage"):
        assert english not in answer.err.casefold()


def test_the_help_is_french(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ([], ["billing"], ["billing", "run"], ["import"], ["import", "commune"], ["export", "billing"],
                    ["doctor"], ["migrate"], ["demo"], ["password"]):
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


# --- bad databases ---------------------------------------------------------------------------------------------


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

    _is_refusal(run(*command, "--database", missing), str(missing))
    assert not missing.exists()


def test_a_database_is_made_by_migrate_and_by_an_import(run: Run, tmp_path: Path) -> None:
    answer = run("migrate", "--database", tmp_path / "neuve.sqlite")
    assert (answer.code, answer.err) == (0, "")
    assert newest_schema() in answer.out
    assert run("migrate", "--database", tmp_path / "neuve.sqlite").code == 0
    _is_refusal(run("import", "commune", tmp_path / "absent.json", "--database", tmp_path / "neuve.sqlite"), "absent")


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

    _is_refusal(run(*command, "--database", path), words, code=3)
    assert (path.read_bytes() if path.is_file() else b"") == before
    doctor = run("doctor", "--database", path)
    assert (doctor.code, doctor.err) == (1, "")
    assert "✗ Ouverture" in doctor.out
    assert words in doctor.out


@pytest.mark.parametrize("address", ["", "http://mairie/base", "postgresql://agent:secret@mairie.example/base"])
def test_a_bad_address_is_one_sentence_without_password(address: str, run: Run) -> None:
    answer = run("doctor", "--database", address)

    _is_refusal(answer)
    assert "secret" not in answer.err + answer.out


def test_a_shared_database_is_prepared_by_its_administrator_and_used_by_its_agents(
    run: Run, fresh_database: Any
) -> None:
    url = fresh_database()
    _is_refusal(run("billing", "run", *OCTOBER, "--database", url), "admin create-database", code=3)

    answer = run("migrate", "--database", url)
    assert answer.code == 0
    assert "***" in answer.out
    _is_refusal(run("billing", "run", *OCTOBER, "--database", url), "« postgres » n'est pas celui d'un agent")

    prepare_shared(DatabaseAddress.parse(url))
    chief = make_url(url).set(username=CHIEF.login, password=CHIEF.login).render_as_string(hide_password=False)
    assert run("billing", "run", *OCTOBER, "--database", chief).code == 0
    answer = run("doctor", "--database", chief)
    assert (answer.code, "✗" in answer.out) == (0, False)

    with SmallTown(DatabaseAddress.parse(url)) as town:
        town.sql("UPDATE alembic_version SET version_num = '9999'")
    _is_refusal(run("migrate", "--database", url), "version plus récente", code=3)


# --- bad disks, busy files, interruptions ----------------------------------------------------------------------


def test_a_full_disk_in_mid_run_is_one_sentence_and_nothing_is_issued(
    run: Run, embedded_address: DatabaseAddress
) -> None:
    busy_town(embedded_address, families=60).close()
    base = embedded_address.path
    assert base is not None
    before = _dump(base)

    def shrink(connection: sqlite3.Connection, _record: object) -> None:
        (used,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={used}")

    event.listen(Engine, "connect", shrink)
    try:
        answer = run("billing", "run", *OCTOBER, "--database", base)
    finally:
        event.remove(Engine, "connect", shrink)

    _is_refusal(answer, "disque est plein", code=3)
    assert _dump(base) == before


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
        _is_refusal(run(*command), "disque est plein", "relancez la même commande", code=3)
    assert all(path.suffix == ".pdf" for path in (tmp_path / "pdf").iterdir())

    assert run(*command).code == 0
    assert len(list((tmp_path / "pdf").iterdir())) == 9


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_issued(
    option: str, run: Run, base: Path, tmp_path: Path
) -> None:
    before = _dump(base)
    (tmp_path / "occupé").write_bytes(b"")
    place = tmp_path / "occupé" if option == "--out" else tmp_path / "occupé" / "r.json"

    _is_refusal(run("billing", "run", *OCTOBER, "--database", base, option, place), "occupé", code=3)
    assert _dump(base) == before


def test_a_credit_note_is_not_issued_when_its_file_has_no_place(run: Run, base: Path, tmp_path: Path) -> None:
    run("billing", "run", *OCTOBER, "--database", base)
    before = _dump(base)
    (tmp_path / "occupé").write_bytes(b"")

    answer = run("billing", "cancel", "CANT-F251100001", "--reason", "r", "--database", base, "--out",
                 tmp_path / "occupé")

    _is_refusal(answer, "occupé", code=3)
    assert _dump(base) == before


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

    _is_refusal(answer, "ouvert ailleurs", "fermez-le", code=3)
    assert target.read_bytes() == b"what the agent is reading"


def test_a_month_with_nothing_in_it_makes_no_workbook(run: Run, base: Path, tmp_path: Path) -> None:
    target = tmp_path / "mars.xlsx"

    _is_refusal(run("export", "billing", "--month", "2025-03", "--database", base, "--out", target), "mars 2025")
    assert not target.exists()


def test_ctrl_c_in_mid_run_leaves_nothing(run: Run, base: Path) -> None:
    before, seen = _dump(base), [0]

    def interrupt(*_arguments: object) -> None:
        seen[0] += 1
        if seen[0] == 40:
            signal.raise_signal(signal.SIGINT)

    event.listen(Engine, "before_cursor_execute", interrupt)
    try:
        answer = run("billing", "run", *OCTOBER, "--database", base)
    finally:
        event.remove(Engine, "before_cursor_execute", interrupt)

    _is_refusal(answer, "Interrompu", code=130)
    assert _dump(base) == before
    assert seen[0] >= 40


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
    before = _dump(base)
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

    _is_refusal(Answer(done.returncode, done.stdout, done.stderr), code=3)
    assert "lecture seule" in done.stderr or "écrire" in done.stderr
    assert _dump(path) == before
    assert list(folder.iterdir()) == []


# --- the program itself ----------------------------------------------------------------------------------------


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


def test_no_command_touches_the_base_of_this_user_unless_asked(run: Run, base: Path, tmp_path: Path) -> None:
    run("billing", "run", *OCTOBER, "--database", base)
    run("doctor", "--database", base)

    assert list((tmp_path / "home").rglob("*.sqlite")) == []
