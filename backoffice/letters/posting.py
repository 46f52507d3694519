"""Handing letters to the mail server of the town, over an encrypted connection."""

from __future__ import annotations

import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from enum import Enum

from backoffice.kernel.errors import EnvironmentFault, UserError
from backoffice.kernel.mailing import MailAccount, mail_context, mail_faults
from backoffice.kernel.settings import Settings, port_or
from backoffice.letters.rules import LetterFile, is_address, one_line

TIMEOUT_SECONDS = 30
_IMPLICIT_TLS = 465
_USUAL_PORT = 587
_LOGGED_IN, _GO_ON = 235, 334


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes for the town: the name and the address that families see, and where they answer (empty: there)."""

    name: str
    address: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A letter that has been taken, ready to leave."""

    id: int
    family_id: int
    to_address: str
    subject: str
    body: str
    message_id: str
    closed_at: datetime
    tries: int
    files: tuple[LetterFile, ...] = ()


class Fate(Enum):
    """What the server said. LATER: it may take it another time. ADDRESS, CONTENT: it never will, because of the
    address or of what is written."""

    SENT = "sent"
    LATER = "later"
    ADDRESS = "address"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Delivery:
    """`reply`: the code of the server, 0 when it said none. `cut`: the connection is of no more use."""

    fate: Fate
    reply: int = 0
    cut: bool = False


def smtp_account(settings: Settings) -> MailAccount:
    """Raises UserError `mail.no_smtp` while nobody set it up."""
    if not settings.smtp_server or not settings.smtp_sender:
        raise UserError("mail.no_smtp")
    port = port_or(settings.smtp_port, _USUAL_PORT)
    return MailAccount("smtp", settings.smtp_server, port, settings.smtp_login, settings.mail_authority)


def sender_of(settings: Settings) -> Sender:
    """From « Mairie de Valbrume <enfance@valbrume.fr> » or the bare address. Raises UserError `mail.no_smtp`."""
    name, address = parseaddr(settings.smtp_sender)
    if not is_address(address):
        raise UserError("mail.no_smtp")
    return Sender(one_line(name), address, settings.smtp_reply_to if is_address(settings.smtp_reply_to) else "")


def as_message(letter: Envelope, sender: Sender) -> EmailMessage:
    """Plain text, and the files that go with it: it is read the same by everybody, screen readers included, and it
    tracks nobody.

    The headers say that a machine wrote it, so that absence messages do not answer (RFC 3834, and Exchange's own).
    Sent twice, it is the same message. Raises ValueError for an address that is not one.
    """
    user, _, domain = letter.to_address.rpartition("@")
    own_user, _, own_domain = sender.address.rpartition("@")
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender.name, own_user, own_domain)
    message["To"] = Address("", user, domain)
    if sender.reply_to:
        message["Reply-To"] = Address("", *sender.reply_to.rsplit("@", 1))
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(letter.closed_at)
    message["Message-ID"] = f"<{letter.message_id}@{own_domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.body, charset="utf-8", cte="quoted-printable")
    message["Content-Language"] = "fr"
    for number, file in enumerate(letter.files, start=1):
        maintype, _, subtype = file.media_type.partition("/")
        message.add_attachment(
            file.content, maintype=maintype, subtype=subtype, filename=one_line(file.name),
            cid=f"<{letter.message_id}.{number}@{own_domain}>",
        )
    if letter.files:
        message.set_boundary(f"={letter.message_id}=")  # drawn at random, it would make a letter sent twice two
    return message


class Posting:
    """An open connection to the server."""

    def __init__(self, server: smtplib.SMTP, sender: Sender) -> None:
        self._server = server
        self._sender = sender

    def post(self, letter: Envelope) -> Delivery:
        """Hand one letter over. Raises EnvironmentFault `mail.sender_refused`: then no letter can leave."""
        if not is_address(letter.to_address):
            return Delivery(Fate.ADDRESS)
        try:
            message = as_message(letter, self._sender).as_bytes()
        except ValueError:  # what no mail can say, written past the program: it would stop every turn
            return Delivery(Fate.CONTENT)
        try:
            self._server.sendmail(self._sender.address, [letter.to_address], message)
        except smtplib.SMTPRecipientsRefused as refused:
            (reply, _), *_ = refused.recipients.values()
            return _answered(reply, Fate.ADDRESS)
        except smtplib.SMTPSenderRefused as refused:
            if _is_lasting(refused.smtp_code):
                raise EnvironmentFault("mail.sender_refused", address=self._sender.address) from refused
            return _answered(refused.smtp_code, Fate.CONTENT)
        except smtplib.SMTPDataError as refused:
            return _answered(refused.smtp_code, Fate.CONTENT)
        except smtplib.SMTPResponseException as refused:
            return Delivery(Fate.LATER, refused.smtp_code, cut=True)
        except (smtplib.SMTPException, OSError):
            return Delivery(Fate.LATER, cut=True)  # it may have been taken: the same message is sent again
        return Delivery(Fate.SENT)


def _answered(reply: int, lasting: Fate) -> Delivery:
    closing = reply == 421
    return Delivery(lasting if _is_lasting(reply) else Fate.LATER, reply, cut=closing)


def _is_lasting(reply: int) -> bool:
    return 500 <= reply < 600


@contextmanager
def posting(account: MailAccount, password: str | None, sender: Sender) -> Iterator[Posting]:
    """A connection that is encrypted, to a server that proved its name, and known to it.

    Only towards this computer itself may it stay in clear. Raises EnvironmentFault `mail.unreachable`,
    `mail.untrusted`, `mail.not_encrypted`, `mail.refused`.
    """
    with mail_faults(account):
        server = _connected(account)
    try:
        with mail_faults(account):
            _introduce(server, account, password)
        yield Posting(server, sender)
    finally:
        _leave(server)


def _connected(account: MailAccount) -> smtplib.SMTP:
    if account.port == _IMPLICIT_TLS:
        return smtplib.SMTP_SSL(account.server, account.port, _OWN_NAME, timeout=TIMEOUT_SECONDS,
                                context=mail_context(account))
    return smtplib.SMTP(account.server, account.port, _OWN_NAME, timeout=TIMEOUT_SECONDS)


# What the server is told of this computer: the name that Windows gives it may tell an agent's, or hold an accent.
_OWN_NAME = "backoffice-enfance.invalid"


def _introduce(server: smtplib.SMTP, account: MailAccount, password: str | None) -> None:
    server.ehlo_or_helo_if_needed()
    if not isinstance(server.sock, ssl.SSLSocket):
        if server.has_extn("starttls"):
            server.starttls(context=mail_context(account))
            server.ehlo()
        elif not account.is_here:
            raise EnvironmentFault("mail.not_encrypted", server=account.server)
    if account.login:
        if password is None:
            raise EnvironmentFault("mail.no_password", protocol=account.protocol)
        _log_in(server, account.login, password)


def _log_in(server: smtplib.SMTP, login: str, password: str) -> None:
    """As RFC 4616 says, in UTF-8: the standard library only knows ASCII, and French passwords have accents."""
    offered = server.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in offered:
        reply, _ = server.docmd("AUTH", "PLAIN " + _coded(f"\0{login}\0{password}"))
    elif "LOGIN" in offered:
        reply, _ = server.docmd("AUTH", f"LOGIN {_coded(login)}")
        if reply == _GO_ON:
            reply, _ = server.docmd(_coded(password))
    else:
        raise smtplib.SMTPNotSupportedError("no common way to log in")
    if reply != _LOGGED_IN:
        kind = smtplib.SMTPAuthenticationError if _is_lasting(reply) else smtplib.SMTPResponseException
        raise kind(reply, b"")


def _coded(text: str) -> str:
    return b64encode(text.encode()).decode()


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()
