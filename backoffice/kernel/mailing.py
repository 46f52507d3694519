"""What reaching a mail server has in common, to send as to receive: the account, the certificate, the faults."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from backoffice.kernel.errors import EnvironmentFault

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class MailAccount:
    """`protocol`: smtp or imap. `login`: empty when the server asks for none. `authority`: the file of who certifies
    the server, empty for those that this computer trusts."""

    protocol: str
    server: str
    port: int
    login: str
    authority: str = ""

    @property
    def is_here(self) -> bool:
        """Whether the server is this computer itself: nothing is then sent over a network."""
        return self.server.lower() in _HERE


def mail_context(account: MailAccount) -> ssl.SSLContext:
    """The server's certificate is always verified, with its name. Raises EnvironmentFault `mail.no_authority`."""
    try:
        context = ssl.create_default_context(cafile=account.authority or None)
    except (OSError, ssl.SSLError) as exc:
        raise EnvironmentFault("mail.no_authority", path=account.authority) from exc
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextmanager
def mail_faults(account: MailAccount) -> Iterator[None]:
    """Turn what the libraries raise into faults that name the next gesture, without a word of the exchange."""
    server = account.server
    try:
        yield
    except (smtplib.SMTPAuthenticationError, LoginRefused) as exc:
        raise EnvironmentFault("mail.refused", server=server) from exc
    except ssl.SSLCertVerificationError as exc:
        raise EnvironmentFault("mail.untrusted", server=server) from exc
    except socket.gaierror as exc:
        raise EnvironmentFault("mail.unknown_name", server=server) from exc
    except (smtplib.SMTPException, imaplib.IMAP4.error, OSError) as exc:
        raise EnvironmentFault("mail.unreachable", server=server, port=account.port) from exc


class LoginRefused(Exception):
    """A mailbox does not know this login or password."""
