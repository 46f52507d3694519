"""The backup of each night: sealed, read again to its last byte, and only then the oldest ones let go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL

from backoffice.backup.key import BackupKey
from backoffice.backup.making import BackupMade, make_backup
from backoffice.kernel import secrets
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.errors import UserError
from backoffice.kernel.filestore import disk_faults
from backoffice.kernel.settings import Settings
from backoffice.kernel.zone import PARIS

_SUFFIX = ".sauvegarde"


@dataclass(frozen=True, slots=True)
class Nightly:
    """What the administrator set: which base, read by whom, where its backups go, how many stay, under which key."""

    address: DatabaseAddress
    folder: Path
    kept: int
    key: BackupKey
    programs: Path | None


def reading_address(address: DatabaseAddress, settings: Settings) -> DatabaseAddress | None:
    """The base for who reads the whole of it; None for a shared one where nobody was named."""
    if address.path is not None:
        return address
    if not settings.backup_login:
        return None
    url = address.url
    reader = URL.create(url.drivername, settings.backup_login, None, url.host, url.port, url.database, url.query)
    return DatabaseAddress(reader, None)


def planned(address: DatabaseAddress, settings: Settings) -> Nightly:
    """Raises UserError `backup.no_folder`, `backup.no_reader`, `backup.no_key`, `backup.key`: what is left to set."""
    if not settings.backup_folder:
        raise UserError("backup.no_folder")
    reader = reading_address(address, settings)
    if reader is None:
        raise UserError("backup.no_reader")
    key = secrets.backup_key()
    if key is None:
        raise UserError("backup.no_key")
    programs = Path(settings.backup_programs) if settings.backup_programs else None
    return Nightly(reader, Path(settings.backup_folder), settings.nights_kept, BackupKey.parse(key), programs)


def back_up(night: Nightly, now: datetime) -> BackupMade:
    """One more backup, and the oldest ones gone. Raises UserError, EnvironmentFault: then nothing is removed."""
    base = _base(night.address)
    target = night.folder / f"{base}-{now.astimezone(PARIS):%Y-%m-%d-%H%M%S}{_SUFFIX}"
    made = make_backup(night.address, target, night.key, now, night.programs)
    with disk_faults(night.folder):
        for old in sorted(_backups(night.folder, base))[:-night.kept]:
            old.unlink()
    return made


def _base(address: DatabaseAddress) -> str:
    return address.path.stem if address.path is not None else str(address.url.database)


def _backups(folder: Path, base: str) -> Iterator[Path]:
    """Those of this base that this module named: no other file is ever removed."""
    shape = re.compile(rf"{re.escape(base)}-\d{{4}}-\d\d-\d\d-\d{{6}}{re.escape(_SUFFIX)}")
    return (path for path in folder.iterdir() if shape.fullmatch(path.name))
