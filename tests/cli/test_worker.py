"""`backoffice worker` and its login, from the command line."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backoffice.kernel.address import DatabaseAddress
from backoffice.worker.queries import ReadWorker
from tests.cli.conftest import Run
from tests.support.journal import seal
from tests.support.shared import by_administrator
from tests.support.towns import SmallTown
from tests.support.workers import eventually, worker_of

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = sys.platform == "win32"


def _url(address: DatabaseAddress) -> str:
    return address.url.render_as_string(hide_password=False)


@pytest.mark.parametrize("number", [signal.SIGBREAK] if WINDOWS else [signal.SIGTERM, signal.SIGINT])  # type: ignore[attr-defined]
def test_the_service_ends_cleanly_when_it_is_told_to(shared_town: SmallTown, number: int) -> None:
    shared_town.family()
    command = [sys.executable, "-m", "ui", "worker", "--database", _url(worker_of(shared_town.database))]
    flags = subprocess.CREATE_NEW_PROCESS_GROUP if WINDOWS else 0  # type: ignore[attr-defined]
    with subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, encoding="utf-8", creationflags=flags,
        env={**os.environ, "PYTHONUTF8": "1"},
    ) as service:
        try:
            eventually(lambda: shared_town.rows("journal_chain"))
            service.send_signal(signal.CTRL_BREAK_EVENT if WINDOWS else number)  # type: ignore[attr-defined]
            _, told = service.communicate(timeout=120)
        finally:
            service.kill()

    assert (service.returncode, told.splitlines()) == (0, ["Le service de fond travaille."])
    [post] = shared_town.rows("worker_post")
    assert post["holder"] == ""


def test_the_login_of_the_service_is_made_twice_and_works(
    run: Run, shared_town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal(shared_town)
    with by_administrator(shared_town.database) as database:
        administrator = _url(database.address)
    for words in ("créé", "à jour"):
        monkeypatch.setattr(sys, "stdin", io.StringIO("Braise Tuile-verte 9\n"))
        answer = run("admin", "create-worker", "fond.valbrume", "--password-stdin", "--database", administrator)
        assert (answer.code, answer.err) == (0, "")
        assert f"Service de fond {words} : fond.valbrume" in answer.out
    assert run("admin", "create-worker", "fond.valbrume", "--without-password", "--database", administrator).code == 0

    url = shared_town.address.url.set(username="fond.valbrume", password="Braise Tuile-verte 9")
    answer = run("audit", "verify", "--database", url.render_as_string(hide_password=False))
    assert answer.code == 0, answer

    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    empty = run("admin", "create-worker", "fond.valbrume", "--password-stdin", "--database", administrator)
    assert empty.code == 1, empty


def test_the_login_that_reads_everything_is_made_once(run: Run, shared_town: SmallTown) -> None:
    with by_administrator(shared_town.database) as opened:
        administrator = _url(opened.address)
    for words in ("créé", "à jour"):
        answer = run("admin", "create-reader", "lecture.valbrume", "--without-password", "--database", administrator)
        assert (answer.code, answer.err) == (0, "")
        assert f"Identifiant de lecture {words} : lecture.valbrume" in answer.out
    refused = run("admin", "create-worker", "lecture.valbrume", "--without-password", "--database", administrator)
    assert (refused.code, "celui qui lit toute la base" in refused.sentence) == (1, True)


def test_where_there_is_no_service_to_run_is_one_sentence(
    run: Run, embedded_address: DatabaseAddress, shared_town: SmallTown
) -> None:
    for command, words in (
        (("worker",), "n'a pas besoin du service de fond"),
        (("admin", "create-worker", "fond", "--without-password"), "indiquez la base partagée"),
    ):
        answer = run(*command, "--database", embedded_address.shown)
        assert (answer.code, words in answer.sentence) == (1, True)
    answer = run("worker", "--database", _url(shared_town.address))
    assert (answer.code, "create-worker" in answer.sentence) == (1, True)


def test_the_doctor_says_when_the_service_is_absent(run: Run, shared_town: SmallTown) -> None:
    answer = run("doctor", "--database", _url(shared_town.address))
    assert (answer.code, "✗ Service de fond : n'a encore jamais tourné" in answer.out) == (1, True)

    shared_town.sql("UPDATE worker_post SET computer = 'SRV-1', seen_at = now()")
    shared_town.sql("INSERT INTO worker_tasks VALUES ('seal', now(), now(), 0, ''), ('verify', now(), NULL, 2, 'Non.')")
    answer = run("doctor", "--database", _url(shared_town.address))
    assert "✓ Service de fond : tourne sur SRV-1" in answer.out
    assert "✓ Sceller le journal : fait le" in answer.out
    assert "✗ Vérifier le journal : jamais fait, puis 2 essais sans succès : Non." in answer.out

    shared_town.sql("INSERT INTO worker_tasks VALUES ('backup', now(), now() - interval '3 days', 0, '')")
    shared_town.sql("INSERT INTO worker_tasks VALUES ('promises', now(), NULL, 0, 'Pas réglé.')")
    answer = run("doctor", "--database", _url(shared_town.address))
    assert re.search("✗ Sauvegarder la base : fait le .* : c'est trop ancien", answer.out)
    assert "✗ Vérifier la cohérence de la base : jamais fait : Pas réglé." in answer.out

    shared_town.sql("UPDATE worker_post SET seen_at = now() - interval '26 hours'")
    answer = run("doctor", "--database", _url(shared_town.address))
    assert "✗ Service de fond : n'a pas tourné depuis 1 jour" in answer.out
    assert shared_town.app.ask(ReadWorker()).is_absent
