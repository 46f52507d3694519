"""Settings of this computer and user: typed, small, in one readable file. Nothing secret, nothing of the town's."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from platformdirs import user_config_path

from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.filestore import disk_faults, make_folder, write_whole

_LOCK_MINUTES = 5
_LONGEST_LOCK = 60
_NIGHTS_KEPT = 14
_MOST_NIGHTS = 400
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Settings:
    """What this user chose, as text; empty for what is usual.

    `database`: address opened when none is asked for (usually the embedded one). `lock_minutes`: after how many
    minutes without a gesture a shared base is locked. `backup_folder`, `backups_kept`: where the backup of each night
    goes, and how many stay. `backup_login`: who reads the whole shared base for it, and for the invariants.
    `backup_programs`: the folder of pg_dump, when it is not found by itself. `smtp_*`: the server that letters to
    families leave by, from whoever sends them (the background service of a shared base); `smtp_sender` is the address
    they come from, with a name before it or not. `imap_*`: the mailbox where families send documents.
    `mail_authority`: who certifies these two servers, when it is not an authority that this computer knows.
    `scan_folder`: where the scanner leaves what it reads. `antivirus_*`: the ClamAV daemon that is asked about each
    file of a family.
    """

    database: str = ""
    lock_minutes: str = ""
    backup_folder: str = ""
    backups_kept: str = ""
    backup_login: str = ""
    backup_programs: str = ""
    smtp_server: str = ""
    smtp_port: str = ""
    smtp_login: str = ""
    smtp_sender: str = ""
    smtp_reply_to: str = ""
    imap_server: str = ""
    imap_port: str = ""
    imap_login: str = ""
    imap_folder: str = ""
    mail_authority: str = ""
    scan_folder: str = ""
    antivirus_server: str = ""
    antivirus_port: str = ""

    @property
    def lock_seconds(self) -> int:
        return 60 * (int(self.lock_minutes) if _is_lock(self.lock_minutes) else _LOCK_MINUTES)


    @property
    def nights_kept(self) -> int:
        return int(self.backups_kept) if _is_kept(self.backups_kept) else _NIGHTS_KEPT


def port_or(text: str, usual: int) -> int:
    """The port that was chosen; the usual one where none was, or where the file was changed by hand."""
    return int(text) if _is_port(text) else usual


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= _LAST_PORT


def _is_kept(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_NIGHTS


def _is_lock(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= _LONGEST_LOCK


def settings_file() -> Path:
    return user_config_path("Back-office Enfance", appauthor=False) / "settings.json"


def load_settings(path: Path | None = None) -> Settings:
    """What this user chose; the defaults where nothing was. Raises EnvironmentFault `settings.unreadable`."""
    file = path or settings_file()
    if not file.exists():
        return Settings()
    with disk_faults(file):
        content = file.read_bytes()
    try:
        data = json.loads(content)
    except ValueError as exc:
        raise EnvironmentFault("settings.unreadable", path=str(file)) from exc
    # A setting of a newer version is left aside, not an error: both versions may share this computer.
    known = {f.name: data[f.name] for f in fields(Settings) if f.name in data} if isinstance(data, dict) else None
    if known is None or not all(isinstance(value, str) for value in known.values()):
        raise EnvironmentFault("settings.unreadable", path=str(file))
    return Settings(**known)


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Raises EnvironmentFault."""
    file = path or settings_file()
    make_folder(file.parent)
    write_whole(file, (json.dumps(asdict(settings), ensure_ascii=False, indent=1) + "\n").encode())


def changed(settings: Settings, name: str, value: str) -> Settings:
    """The settings with another value. Raises UserError `settings.unknown`, `settings.lock_minutes`,
    `settings.backups_kept`, `settings.port`, `settings.mail_address`, `settings.server_name`."""
    known = [f.name for f in fields(Settings)]
    if name not in known:
        raise UserError("settings.unknown", name=name, known=", ".join(known))
    if name == "lock_minutes" and value and not _is_lock(value):
        raise UserError("settings.lock_minutes", most=_LONGEST_LOCK)
    if name == "backups_kept" and value and not _is_kept(value):
        raise UserError("settings.backups_kept", most=_MOST_NIGHTS)
    if value:
        _refuse_bad_mail(name, value)
    return replace(settings, **{name: value})


def _refuse_bad_mail(name: str, value: str) -> None:
    if name.endswith("_port") and not _is_port(value):
        raise UserError("settings.port")
    if name in {"smtp_sender", "smtp_reply_to"}:
        from email.utils import parseaddr  # only whoever changes settings waits for it

        _, address = parseaddr(value)
        user, _, domain = address.rpartition("@")
        if not user or "." not in domain or not address.isascii() or (name == "smtp_reply_to" and address != value):
            raise UserError("settings.mail_address", text=value)
    if name in {"smtp_server", "imap_server", "antivirus_server"} and (
        ":" in value or "/" in value or value != value.strip()
    ):
        raise UserError("settings.server_name", text=value)
