"""The mailbox where families send documents: read, and left as it is found."""

from __future__ import annotations

import hashlib
import imaplib
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.mailing import LoginRefused, MailAccount, mail_context, mail_faults
from backoffice.kernel.settings import Settings, port_or

TIMEOUT_SECONDS = 30
_IMPLICIT_TLS = 993
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message of the mailbox: its key, which no other one ever has, its number there, its size in bytes."""

    key: str
    uid: int
    size: int


def imap_account(settings: Settings) -> MailAccount:
    """Raises UserError `mail.no_imap` while nobody set it up."""
    if not settings.imap_server or not settings.imap_login:
        raise UserError("mail.no_imap")
    port = port_or(settings.imap_port, _IMPLICIT_TLS)
    return MailAccount("imap", settings.imap_server, port, settings.imap_login, settings.mail_authority)


class Mailbox:
    """An open mailbox. Nothing in it is changed, not even what was read: people may read it elsewhere too."""

    def __init__(self, server: imaplib.IMAP4, account: MailAccount, folder: str) -> None:
        self._server = server
        self._account = account
        self._folder = folder

    @property
    def prefix(self) -> str:
        """What the keys of this folder begin with, until its server numbers it anew (RFC 3501, 2.3.1.1)."""
        _, told = self._server.response("UIDVALIDITY")
        series = told[0].decode("ascii", "replace") if told and isinstance(told[0], bytes) else "0"
        box = f"{self._account.login}@{self._account.server}/{self._folder}"
        return f"{hashlib.sha256(box.encode()).hexdigest()[:16]}/{series}/"

    def waiting(self, prefix: str, known: frozenset[str]) -> Iterator[Waiting]:
        """The messages whose key is not known, the oldest first. Raises EnvironmentFault."""
        with mail_faults(self._account):
            _, told = self._server.uid("SEARCH", "ALL")
            numbers = [int(uid) for uid in (told[0] or b"").split()]
        new = sorted(uid for uid in numbers if f"{prefix}{uid}" not in known)
        for start in range(0, len(new), _AT_ONCE):
            for uid, size in sorted(self._sizes(new[start:start + _AT_ONCE]).items()):
                yield Waiting(f"{prefix}{uid}", uid, size)

    def _sizes(self, uids: Iterable[int]) -> dict[int, int]:
        with mail_faults(self._account):
            _, told = self._server.uid("FETCH", ",".join(map(str, uids)), "(RFC822.SIZE)")
        lines = [item[0] if isinstance(item, tuple) else item for item in told if item]
        found = {}
        for line in lines:
            uid, size = re.search(rb"UID (\d+)", line), re.search(rb"RFC822\.SIZE (\d+)", line)
            if uid and size:
                found[int(uid[1])] = int(size[1])
        return found

    def read(self, message: Waiting) -> bytes | None:
        """The whole message; None when it has gone meanwhile. Raises EnvironmentFault."""
        with mail_faults(self._account):
            _, told = self._server.uid("FETCH", str(message.uid), "(BODY.PEEK[])")
        return next((bytes(item[1]) for item in told if isinstance(item, tuple)), None)


@contextmanager
def opened(account: MailAccount, password: str | None, folder: str = "") -> Iterator[Mailbox]:
    """A mailbox over an encrypted connection, to a server that proved its name.

    Only towards this computer itself may it stay in clear. Raises EnvironmentFault `mail.unreachable`,
    `mail.untrusted`, `mail.not_encrypted`, `mail.no_password`, `mail.refused`, `mail.no_folder`.
    """
    folder = folder or "INBOX"
    if password is None:
        raise EnvironmentFault("mail.no_password", protocol=account.protocol)
    with mail_faults(account):
        server = _connected(account)
    try:
        with mail_faults(account):
            _log_in(server, account.login, password)
            state, _ = server.select(f'"{_quoted(folder)}"', readonly=True)
        if state != "OK":
            raise EnvironmentFault("mail.no_folder", folder=folder)
        yield Mailbox(server, account, folder)
    finally:
        _leave(server)


def _connected(account: MailAccount) -> imaplib.IMAP4:
    if account.port == _IMPLICIT_TLS:
        return imaplib.IMAP4_SSL(
            account.server, account.port, ssl_context=mail_context(account), timeout=TIMEOUT_SECONDS
        )
    server = imaplib.IMAP4(account.server, account.port, timeout=TIMEOUT_SECONDS)
    try:
        _encrypt(server, account)
    except BaseException:
        with suppress(OSError):  # what it could say now would hide the reason
            server.shutdown()
        raise
    return server


def _encrypt(server: imaplib.IMAP4, account: MailAccount) -> None:
    if "STARTTLS" in server.capabilities:
        server.starttls(ssl_context=mail_context(account))
    elif not account.is_here:
        raise EnvironmentFault("mail.not_encrypted", server=account.server)


def _log_in(server: imaplib.IMAP4, login: str, password: str) -> None:
    """Raises LoginRefused. PLAIN is in UTF-8 (RFC 4616); the plain LOGIN of the library only knows ASCII."""
    try:
        if "AUTH=PLAIN" in server.capabilities:
            server.authenticate("PLAIN", lambda _challenge: f"\0{login}\0{password}".encode())
        else:
            server.login(login, password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeEncodeError) as exc:
        raise LoginRefused from exc


def _leave(server: imaplib.IMAP4) -> None:
    try:
        server.logout()
    except (imaplib.IMAP4.error, OSError):
        with suppress(OSError):
            server.shutdown()


def _quoted(folder: str) -> str:
    """The name of a folder as IMAP writes it (modified UTF-7, RFC 3501 5.1.3)."""

    def piece(match: re.Match[str]) -> str:
        coded = b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{coded}-"

    coded = re.sub(r"[^\x20-\x7e]+", piece, folder.replace("&", "&-"))
    return coded.replace("\\", "\\\\").replace('"', '\\"')
