"""Keyrings in memory: no test touches that of the person who runs it."""

from __future__ import annotations

import keyring
import keyring.errors
import pytest


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


def use_keyring(monkeypatch: pytest.MonkeyPatch, backend: Notebook) -> None:
    """Passwords go there until the end of the test."""
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, getattr(backend, name))
