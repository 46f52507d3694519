"""The only place that speaks to the keyring (Windows Credential Manager, Secret Service)."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import keyring
import keyring.backends.fail
import keyring.errors
from sqlalchemy.engine import URL

from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.filestore import disk_faults

_SERVICE = "Back-office Enfance"
_BACKUP_KEY = "sauvegardes"
_CREDENTIAL = "backup-key"  # its name in the unit of the background service


def _account(url: URL) -> str:
    """One entry for each login on each database."""
    return f"{url.username}@{url.host or 'local'}:{url.port or 5432}/{url.database}"


def database_password(url: URL) -> str | None:
    """The password kept for this login; None when none was kept or this computer has no keyring."""
    try:
        return keyring.get_password(_SERVICE, _account(url))
    except keyring.errors.KeyringError:
        # Without a keyring the server decides: peer, certificate or SSPI logins need no password.
        return None


def keep_database_password(url: URL, password: str) -> None:
    """Keep the password of this login. Raises EnvironmentFault `keyring.unavailable`; there is no fallback."""
    try:
        keyring.set_password(_SERVICE, _account(url), password)
    except keyring.errors.KeyringError as exc:
        raise EnvironmentFault("keyring.unavailable") from exc


def forget_database_password(url: URL) -> None:
    """Remove the password of this login, if one was kept."""
    try:
        keyring.delete_password(_SERVICE, _account(url))
    except keyring.errors.PasswordDeleteError:
        return
    except keyring.errors.KeyringError as exc:
        raise EnvironmentFault("keyring.unavailable") from exc


def backup_key() -> str | None:
    """The key of the backups made on this computer; None when there is none.

    A Linux service has no keyring: systemd decrypts what was entrusted to it for the life of the service.
    """
    with contextlib.suppress(keyring.errors.KeyringError):
        if (kept := keyring.get_password(_SERVICE, _BACKUP_KEY)) is not None:
            return kept
    return _lent(_CREDENTIAL)


def keep_backup_key(shown: str) -> None:
    """Raises EnvironmentFault `keyring.unavailable`."""
    try:
        keyring.set_password(_SERVICE, _BACKUP_KEY, shown)
    except keyring.errors.KeyringError as exc:
        raise EnvironmentFault("keyring.unavailable") from exc


def mail_password(protocol: str, login: str, server: str) -> str | None:
    """The password of a mail account (smtp or imap), for the service that uses it; None when there is none here.

    A Linux service has no keyring: systemd lends it `smtp-password`, `imap-password`.
    """
    with contextlib.suppress(keyring.errors.KeyringError):
        if (kept := keyring.get_password(_SERVICE, _mail(protocol, login, server))) is not None:
            return kept
    lent = _lent(f"{protocol}-password")
    return None if lent is None else lent.rstrip("\r\n")


def keep_mail_password(protocol: str, login: str, server: str, password: str) -> None:
    """Raises EnvironmentFault `keyring.unavailable`; there is no fallback."""
    try:
        keyring.set_password(_SERVICE, _mail(protocol, login, server), password)
    except keyring.errors.KeyringError as exc:
        raise EnvironmentFault("keyring.unavailable") from exc


def _mail(protocol: str, login: str, server: str) -> str:
    return f"{protocol} {login}@{server}"


def _lent(name: str) -> str | None:
    """What systemd decrypted for the life of the service."""
    lent = os.environ.get("CREDENTIALS_DIRECTORY")
    file = Path(lent) / name if lent else None
    if file is None or not file.exists():
        return None
    with disk_faults(file):
        return file.read_text("utf-8")


def outbox_key(url: URL, login: str) -> str | None:
    """The key of what this login has waiting for this database; None when none was made here.

    Raises EnvironmentFault `outbox.no_keyring`.
    """
    try:
        return keyring.get_password(_SERVICE, _outbox(url, login))
    except keyring.errors.KeyringError as exc:
        raise EnvironmentFault("outbox.no_keyring") from exc


def keep_outbox_key(url: URL, login: str, shown: str) -> None:
    """Raises EnvironmentFault `outbox.no_keyring`: in a file, the key would protect nothing."""
    try:
        keyring.set_password(_SERVICE, _outbox(url, login), shown)
    except keyring.errors.KeyringError as exc:
        raise EnvironmentFault("outbox.no_keyring") from exc


def _outbox(url: URL, login: str) -> str:
    return f"envois {_account(url.set(username=login))}"


def keyring_name() -> str:
    """Which keyring answers here, for `doctor`; empty when this computer has none."""
    found = keyring.get_keyring()
    return "" if isinstance(found, keyring.backends.fail.Keyring) else found.name
