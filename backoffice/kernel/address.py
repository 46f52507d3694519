"""Where the database is: a file of this computer, or a PostgreSQL server."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from backoffice.kernel.errors import EnvironmentFault, UserError

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_HARMLESS_OPTIONS = frozenset({"sslrootcert", "sslcert", "sslkey", "sslcrl"})
_WRITABLE = ("read-write", "primary")
_NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "9p", "fuse.sshfs", "fuse.rclone", "davfs", "fuse.davfs2"}
)
_WINDOWS_REMOTE_DRIVE = 4  # DRIVE_REMOTE of GetDriveType


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """A parsed `--database`. `path` is set for the embedded database only."""

    url: URL
    path: Path | None

    @classmethod
    def parse(cls, text: str) -> DatabaseAddress:
        """A path, `sqlite:///path` or `postgresql://user@host/base`.

        Several hosts, as `postgresql://user@one,two/base`, are a server and its copies: the one that accepts changes
        is worked with, whichever it is that day. They answer on the same port. Raises UserError `database.address`
        (not understood) and `database.password_in_url` (a password belongs to the keyring; one is accepted only
        towards this very computer, for test servers).
        """
        if not text.strip():
            raise UserError("database.address")
        if "://" not in text:
            return cls.of_file(Path(text).expanduser())
        try:
            url = make_url(text)
        except (ArgumentError, ValueError) as exc:  # ValueError: a port that is no number
            raise UserError("database.address") from exc
        backend = url.get_backend_name()
        if backend == "sqlite":
            if not url.database or url.database == ":memory:":
                raise UserError("database.address")
            return cls.of_file(Path(url.database).expanduser())
        if backend not in {"postgresql", "postgres"}:
            raise UserError("database.address")
        if not url.database:
            raise UserError("database.address")
        _refuse_options(url)
        if url.password and not is_this_computer(url):
            raise UserError("database.password_in_url")
        return cls(_with_one_that_writes(_with_verified_tls(url.set(drivername="postgresql+psycopg"))), None)

    @classmethod
    def of_file(cls, path: Path) -> DatabaseAddress:
        return cls(URL.create("sqlite", database=str(path)), path)

    @property
    def shown(self) -> str:
        """The address as an agent may read it and type it again, without password."""
        if self.path:
            return str(self.path)
        return self.url._replace(drivername="postgresql", password=None).render_as_string()


def _refuse_options(url: URL) -> None:
    """Only options that neither name another server, nor weaken TLS, nor carry a secret.

    Raises UserError `database.password_in_url`, `database.option_refused`.
    """
    if "password" in url.query:
        raise UserError("database.password_in_url")
    for name, value in url.query.items():
        one = isinstance(value, str) and "," not in value  # a list would name another server behind the first
        socket_folder = name == "host" and not url.host and one and str(value).startswith("/")
        strict = name == "sslmode" and value in {"verify-ca", "verify-full"}
        writable = name == "target_session_attrs" and value in _WRITABLE
        if not (socket_folder or strict or writable or name in _HARMLESS_OPTIONS):
            raise UserError("database.option_refused", option=name)


def hosts_of(url: URL) -> tuple[str, ...]:
    """The servers that an address names, in the order they are tried."""
    return tuple((url.host or "").split(","))


def is_this_computer(url: URL) -> bool:
    """Whether a server address stays on this computer (loopback or a socket folder)."""
    return not url.host or url.host in _LOCAL_HOSTS


def _with_verified_tls(url: URL) -> URL:
    """Elsewhere than on this computer, the server must prove who it is."""
    if "sslmode" in url.query or is_this_computer(url):
        return url
    return url.update_query_dict({"sslmode": "verify-full"})


def _with_one_that_writes(url: URL) -> URL:
    """Among several servers, never a copy that only reads."""
    if len(hosts_of(url)) == 1 or "target_session_attrs" in url.query:
        return url
    return url.update_query_dict({"target_session_attrs": _WRITABLE[0]})


def refuse_network_drive(path: Path) -> None:
    """SQLite in WAL mode corrupts on a network share: refuse it and say why.

    Raises EnvironmentFault `database.network_drive`.
    """
    if _is_on_network(path.absolute()):
        raise EnvironmentFault("database.network_drive", path=str(path))


def _is_on_network(path: Path) -> bool:
    if sys.platform == "win32":
        import ctypes

        drive = path.drive
        return drive.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(drive + "\\") == _WINDOWS_REMOTE_DRIVE
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return False
    return file_system_of(os.path.realpath(path), mounts.read_text(encoding="utf-8")) in _NETWORK_FILE_SYSTEMS


def file_system_of(path: str, mounts: str) -> str:
    """The type of the file system that holds `path`, from the text of /proc/mounts."""
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[1])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind
