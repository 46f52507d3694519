"""Emptying a mailbox into the sorting basket: one message at a time, so that one never stops the others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from backoffice.documents.arrivals.mail import read_mail
from backoffice.documents.arrivals.mailbox import Mailbox, Waiting, imap_account, opened
from backoffice.documents.arrivals.receiving import (
    LARGEST,
    LEFT_OUT,
    TOO_LARGE,
    UNREADABLE,
    Incoming,
    Judge,
    digest_of,
    known_keys,
    take_in,
)
from backoffice.documents.kinds import Origin
from backoffice.kernel.application import Application
from backoffice.kernel.logs import report_bug
from backoffice.kernel.progress import Progress, silent
from backoffice.kernel.secrets import mail_password
from backoffice.kernel.settings import Settings

Opening = Callable[[], AbstractContextManager[Mailbox]]


def read_mailbox(app: Application, open_mailbox: Opening, judge: Judge, progress: Progress = silent) -> int:
    """Take in what the mailbox has that is not known yet; answers how many messages.

    Raises what `open_mailbox` raises and the faults of the base: what was taken in stays. Raises Cancelled between two.
    """
    taken = 0
    with open_mailbox() as mailbox:
        prefix = mailbox.prefix
        with app.database.read() as session:
            known = known_keys(session, Origin.EMAIL, prefix)
        for message in mailbox.waiting(prefix, known):
            progress(taken, 0, "courriels")
            incoming = _incoming(mailbox, message)
            if incoming is not None:
                taken += take_in(app, judge, incoming, progress)
    return taken


def _incoming(mailbox: Mailbox, message: Waiting) -> Incoming | None:
    if message.size > LARGEST:
        lost = Incoming(Origin.EMAIL, message.key, digest_of(message.key.encode()))
        return _unread(lost, TOO_LARGE)
    raw = mailbox.read(message)
    if raw is None:
        return None
    arrived = Incoming(Origin.EMAIL, message.key, digest_of(raw))
    try:
        mail = read_mail(raw)
    except Exception as exc:  # noqa: BLE001 - whatever a mail does to the library, the next ones are read
        report_bug(exc)
        return _unread(arrived, UNREADABLE)
    refused = tuple((f"{mail.left_out} autres fichiers", LEFT_OUT) for _ in range(mail.left_out > 0))
    return Incoming(
        Origin.EMAIL, message.key, arrived.digest, mail.sender, mail.subject, mail.body, mail.files, refused
    )


def _unread(arrived: Incoming, code: str) -> Incoming:
    return Incoming(arrived.channel, arrived.key, arrived.digest, refused=(("courriel.eml", code),))


def by_imap(settings: Settings) -> AbstractContextManager[Mailbox]:
    """The mailbox that the settings of this computer describe. Raises UserError `mail.no_imap`, EnvironmentFault."""
    account = imap_account(settings)
    return opened(account, mail_password("imap", account.login, account.server), settings.imap_folder)
