"""What this user chose, and the passwords that only the keyring holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from backoffice.kernel import secrets
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.settings import Settings, changed, load_settings, port_or, save_settings
from tests.support.keyrings import Locked, Notebook, use_keyring

URL = make_url("postgresql+psycopg://agent@mairie.example/enfance")


def test_a_setting_is_kept_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "réglages" / "settings.json"
    assert load_settings(path) == Settings()

    save_settings(changed(Settings(), "database", "postgresql://agent@mairie.example/enfance"), path)

    assert load_settings(path).database == "postgresql://agent@mairie.example/enfance"
    with pytest.raises(UserError) as refusal:
        changed(Settings(), "couleur", "bleu")
    assert "couleur" in sentence(refusal.value)


@pytest.mark.parametrize("content", ["{", "[]", '{"database": 5}', '"x"'])
def test_damaged_settings_are_told_and_left_alone(content: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content, "utf-8")
    with pytest.raises(EnvironmentFault) as fault:
        load_settings(path)
    assert fault.value.code == "settings.unreadable"
    assert path.read_text("utf-8") == content


def test_the_wait_before_locking_is_a_few_minutes() -> None:
    assert Settings().lock_seconds == 300
    assert changed(Settings(), "lock_minutes", "2").lock_seconds == 120
    assert changed(Settings(lock_minutes="2"), "lock_minutes", "").lock_seconds == 300
    assert Settings(lock_minutes="beaucoup").lock_seconds == 300  # a file changed by hand
    for wrong in ("0", "61", "-5", "cinq", "1,5"):
        with pytest.raises(UserError) as refusal:
            changed(Settings(), "lock_minutes", wrong)
        assert "de 1 à 60" in sentence(refusal.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("smtp_port", "0", "de 1 à 65535"), ("imap_port", "port", "de 1 à 65535"),
        ("smtp_sender", "Mairie", "n'est pas une adresse de courriel"),
        ("smtp_reply_to", "Mairie <a@b.example>", "n'est pas une adresse de courriel"),
        ("smtp_server", "smtp.example:25", "n'est pas un nom de serveur"),
        ("antivirus_server", "clamd.example:3310", "n'est pas un nom de serveur"),
        ("antivirus_port", "70000", "de 1 à 65535"),
    ],
)
def test_a_mail_setting_that_cannot_work_is_refused(name: str, value: str, said: str) -> None:
    with pytest.raises(UserError) as refusal:
        changed(Settings(), name, value)
    assert said in sentence(refusal.value)


def test_mail_settings_that_can_work_are_kept() -> None:
    whole = changed(Settings(), "smtp_sender", "Mairie de Valbrume <enfance@valbrume.example>")
    assert changed(whole, "smtp_port", "465").smtp_port == "465"
    assert (port_or("465", 587), port_or("", 587), port_or("beaucoup", 587)) == (465, 587, 587)


def test_a_mail_password_is_kept_for_one_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_keyring(monkeypatch, Notebook())
    secrets.keep_mail_password("smtp", "enfance", "smtp.example", "bruyère")
    assert secrets.mail_password("smtp", "enfance", "smtp.example") == "bruyère"
    assert secrets.mail_password("imap", "enfance", "smtp.example") is None

    use_keyring(monkeypatch, Locked())
    with pytest.raises(EnvironmentFault, match=r"keyring\.unavailable"):
        secrets.keep_mail_password("smtp", "enfance", "smtp.example", "bruyère")
    assert secrets.mail_password("smtp", "enfance", "smtp.example") is None
    (tmp_path / "smtp-password").write_text("de systemd\n", "utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secrets.mail_password("smtp", "enfance", "smtp.example") == "de systemd"


def test_a_setting_of_a_newer_version_is_not_an_error(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"database": "base.sqlite", "nouveau": 3}', "utf-8")

    assert load_settings(path) == Settings("base.sqlite")


def test_a_password_is_kept_for_one_login_of_one_base(monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(monkeypatch, Notebook())
    secrets.keep_database_password(URL, "phrase secrète")

    assert secrets.database_password(URL) == "phrase secrète"
    assert secrets.database_password(URL.set(username="autre")) is None
    assert secrets.database_password(URL.set(database="essai")) is None
    secrets.forget_database_password(URL)
    secrets.forget_database_password(URL)
    assert secrets.database_password(URL) is None


def test_without_a_usable_keyring_nothing_is_kept_anywhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(monkeypatch, Locked())

    assert secrets.database_password(URL) is None
    with pytest.raises(EnvironmentFault) as fault:
        secrets.keep_database_password(URL, "x")
    assert fault.value.code == "keyring.unavailable"
    with pytest.raises(EnvironmentFault):
        secrets.forget_database_password(URL)
