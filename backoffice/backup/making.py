"""`backup` and `restore` for both engines: written aside, read again whole, and only then given its name."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from backoffice.backup import embedded, shared
from backoffice.backup.key import BackupKey
from backoffice.backup.sealed import SealedReader, SealedWriter
from backoffice.kernel import secrets
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.database import newest_schema
from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.filestore import disk_faults, make_folder, partial_of, sweep
from backoffice.kernel.settings import settings_file

_SETTINGS = "settings.json"


@dataclass(frozen=True, slots=True)
class BackupMade:
    """Where it is, its length in bytes, and the name of the key that opens it."""

    path: Path
    length: int
    key: str


def make_backup(
    address: DatabaseAddress, target: Path, key: BackupKey, now: datetime, programs: Path | None = None
) -> BackupMade:
    """The whole database, its roles and the settings, sealed into `target`, then read again to its last byte.

    `programs`: the folder of pg_dump when it is not found by itself. Raises UserError `backup.exists`,
    EnvironmentFault; whatever is raised, `target` is not there.
    """
    if target.exists():
        raise UserError("backup.exists", path=str(target))
    make_folder(target.parent)
    sweep(target.parent)  # what a backup left there when it was killed
    partial = partial_of(target)
    about: dict[str, Any] = {
        "made_at": now.isoformat(timespec="seconds"),
        "engine": "sqlite" if address.path else "postgresql",
        "schema": newest_schema(),
    }
    try:
        with disk_faults(partial), partial.open("xb") as file:
            sealed = SealedWriter(file, key, about)
            _write_settings(sealed)
            if address.path is not None:
                embedded.write_embedded(address.path, sealed)
            else:
                shared.write_shared(address.url, _password(address), sealed, programs)
            sealed.close()
            os.fsync(file.fileno())
        verify_backup(partial, key)
        with disk_faults(target):
            if target.exists():
                raise UserError("backup.exists", path=str(target))
            partial.rename(target)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return BackupMade(target, target.stat().st_size, key.name)


def verify_backup(path: Path, key: BackupKey) -> dict[str, Any]:
    """Read a backup to its last byte; returns what it says of itself. Raises UserError, EnvironmentFault."""
    with disk_faults(path), path.open("rb") as file:
        sealed = SealedReader(file, key)
        names = [name for name, _ in sealed.members()]
    wanted = embedded.MEMBER if sealed.about.get("engine") == "sqlite" else shared.DUMP
    if wanted not in names:
        raise EnvironmentFault("backup.damaged")
    return sealed.about


def refuse_other(path: Path, key: BackupKey, address: DatabaseAddress) -> None:
    """What the beginning of the file tells already: UserError `backup.not_a_backup`, `backup.other_key`,
    `backup.other_engine`, EnvironmentFault."""
    with disk_faults(path), path.open("rb") as file:
        _refuse_other_engine(SealedReader(file, key), address)


def _refuse_other_engine(sealed: SealedReader, address: DatabaseAddress) -> None:
    if sealed.about.get("engine") != ("sqlite" if address.path else "postgresql"):
        raise UserError("backup.other_engine", engine=str(sealed.about.get("engine")))


def restore_backup(
    path: Path, key: BackupKey, address: DatabaseAddress, programs: Path | None = None
) -> dict[str, Any]:
    """Put a backup in a database that does not exist yet (a file), or is empty (a server); returns what it was.

    Raises UserError `backup.exists`, `backup.not_empty`, `backup.other_engine`, `backup.other_key`, EnvironmentFault.
    """
    verify_backup(path, key)  # nothing is touched for a file that is not whole
    with disk_faults(path), path.open("rb") as file:
        sealed = SealedReader(file, key)
        _refuse_other_engine(sealed, address)
        members: Iterator[tuple[str, Iterator[bytes]]] = ((name, read()) for name, read in sealed.members())
        if address.path is None:
            shared.read_shared(members, address.url, _password(address), programs)
        else:
            for name, pieces in members:
                if name == embedded.MEMBER:
                    embedded.read_embedded(pieces, address.path)
    return sealed.about


def _write_settings(sealed: SealedWriter) -> None:
    path = settings_file()
    content = path.read_bytes() if path.exists() else b"{}"
    sealed.member(_SETTINGS, iter([content]))


def _password(address: DatabaseAddress) -> str | None:
    return address.url.password or secrets.database_password(address.url)
