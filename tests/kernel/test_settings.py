"""What this user chose, and the passwords that only the keyring holds."""

from __future__ import annotations

from pathlib import Path

import keyring
import keyring.errors
import pytest
from sqlalchemy.engine import make_url

from backoffice.kernel import secrets
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.settings import Settings, changed, load_settings, save_settings

URL = make_url("postgresql+psycopg://agent@mairie.example/enfance")


class Notebook:
    """A keyring in memory; no `KeyringBackend`, which would offer itself to the whole session."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise keyring.errors.PasswordDeleteError
        del self.kept[service, username]


class Locked(Notebook):
    """A keyring that nobody opens."""

    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.KeyringLocked

    def delete_password(self, service: str, username: str) -> None:
        raise keyring.errors.KeyringLocked


def _use(monkeypatch: pytest.MonkeyPatch, backend: Notebook) -> None:
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, getattr(backend, name))


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


def test_a_setting_of_a_newer_version_is_not_an_error(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"database": "base.sqlite", "nouveau": 3}', "utf-8")

    assert load_settings(path) == Settings("base.sqlite")


def test_a_password_is_kept_for_one_login_of_one_base(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, Notebook())
    secrets.keep_database_password(URL, "phrase secrète")

    assert secrets.database_password(URL) == "phrase secrète"
    assert secrets.database_password(URL.set(username="autre")) is None
    assert secrets.database_password(URL.set(database="essai")) is None
    secrets.forget_database_password(URL)
    secrets.forget_database_password(URL)
    assert secrets.database_password(URL) is None


def test_without_a_usable_keyring_nothing_is_kept_anywhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, Locked())

    assert secrets.database_password(URL) is None
    with pytest.raises(EnvironmentFault) as fault:
        secrets.keep_database_password(URL, "x")
    assert fault.value.code == "keyring.unavailable"
    with pytest.raises(EnvironmentFault):
        secrets.forget_database_password(URL)
