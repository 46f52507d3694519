"""`backoffice mail`, and the task that sends letters with the settings of this computer."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.cli.main import main
from backoffice.kernel.progress import silent
from backoffice.kernel.settings import Settings
from backoffice.worker.tasks import Skipped, send_letters
from tests.letters.saying import decide
from tests.letters.test_sending import household
from tests.support.keyrings import Notebook, use_keyring
from tests.support.mail_servers import LOGIN, PASSWORD, Drop, imap_server, smtp_server
from tests.support.pretending import Authority
from tests.support.towns import SmallTown

SENDER = "Mairie de Valbrume <enfance@valbrume.example>"


@pytest.fixture
def drop() -> Drop:
    return Drop()


@pytest.fixture
def settings(drop: Drop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A server for each way, with a password that nobody has kept yet."""
    use_keyring(monkeypatch, Notebook())
    authority = Authority(tmp_path)
    with smtp_server(drop, authority.certificate("localhost")) as smtp, imap_server() as imap:
        chosen = Settings(
            smtp_server="localhost", smtp_port=str(smtp), smtp_login=LOGIN, smtp_sender=SENDER,
            imap_server="127.0.0.1", imap_port=str(imap.port), imap_login=LOGIN, mail_authority=str(authority.file),
        )
        for user in ("backoffice.cli.mailing", "backoffice.worker.tasks"):
            monkeypatch.setattr(f"{user}.load_settings", lambda: chosen)
        yield chosen


def keep(protocol: str, password: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    return main(["mail", "password", protocol])


def test_both_accounts_are_tried(
    settings: Settings, drop: Drop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["mail", "check"]) == 1
    assert "Commande : backoffice mail password smtp, ou imap." in capsys.readouterr().out
    for protocol in ("smtp", "imap"):
        assert keep(protocol, PASSWORD, monkeypatch) == 0
    assert main(["mail", "check"]) == 0
    told = capsys.readouterr().out
    assert told.count("le serveur répond et reconnaît ce compte") == 2
    assert PASSWORD not in told
    assert drop.received == []


def test_without_settings_it_says_which(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.cli.mailing.load_settings", Settings)
    assert main(["mail", "check"]) == 0
    assert "réglez smtp_server et smtp_sender" in capsys.readouterr().out
    assert keep("smtp", PASSWORD, monkeypatch) == 1


def test_the_task_sends_with_these_settings(
    settings: Settings, drop: Drop, town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep("smtp", PASSWORD, monkeypatch)
    decide(town, household(town), 1, -61)
    assert send_letters(town.app, silent) is True
    assert len(drop.received) == 1
    assert send_letters(town.app, silent) is False


def test_without_a_server_holds_end_and_letters_wait(town: SmallTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.worker.tasks.load_settings", Settings)
    assert send_letters(town.app, silent) is False
    decide(town, household(town), 1, -61)
    with pytest.raises(Skipped, match=r"mail\.no_smtp"):
        send_letters(town.app, silent)
    (row,) = town.rows("letters")
    assert row["state"] == "closed"
    assert row["closed_at"] is not None
