"""Real mail servers on this computer, for tests: one that takes letters as told, one that keeps a mailbox."""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import socket
import ssl
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from pathlib import Path
from queue import Queue
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer

LOGIN, PASSWORD = "enfance@valbrume.example", "bruyère-sèche-42"


@dataclass
class Drop:
    """What a server received, and what it is to answer: for each address, the next replies to RCPT; for every
    message, the next replies to DATA. `cut`: how many times it hangs up in the midst of a message."""

    received: list[Envelope] = field(default_factory=list)
    recipients: dict[str, list[str]] = field(default_factory=dict)
    contents: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    cut: int = 0
    pause: Callable[[], None] = lambda: None

    @property
    def messages(self) -> list[EmailMessage]:
        return [_parsed(envelope) for envelope in self.received]

    async def handle_MAIL(  # noqa: N802 - the names of aiosmtpd
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.senders.pop(0) if self.senders else "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        replies = self.recipients.get(address, [])
        reply = replies.pop(0) if replies else "250 OK"
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.get_running_loop().run_in_executor(None, self.pause)
        if self.cut:
            self.cut -= 1
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            return "250 OK"
        reply = self.contents.pop(0) if self.contents else "250 OK"
        if reply.startswith("250"):
            self.received.append(envelope)
        return reply


def _parsed(envelope: Envelope) -> EmailMessage:
    content = envelope.content
    assert isinstance(content, bytes)
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def _knows(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, told: Any) -> AuthResult:
    known = isinstance(told, LoginPassword) and (told.login, told.password) == (LOGIN.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


class _AnyPort(Controller):
    """On a port that the system chooses."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def smtp_server(drop: Drop, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that puts letters in the drop. With `tls` it asks for STARTTLS, then for a password."""
    secured: dict[str, Any] = {}
    if tls is not None:
        secured = {
            "tls_context": tls, "require_starttls": True, "auth_required": True, "authenticator": _knows,
        }
    controller = _AnyPort(drop, hostname="127.0.0.1", port=0, **secured)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextlib.contextmanager
def silent_server() -> Iterator[int]:
    """The port of a server that takes calls and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


# --- a mailbox ---------------------------------------------------------------------------------------------------


@dataclass
class BoxServer:
    """An IMAP server with one mailbox, LOGIN's; `put` delivers a message."""

    port: int

    def put(self, raw: bytes, folder: str = "INBOX") -> None:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=60) as server:
            server.authenticate("PLAIN", lambda _challenge: f"\0{LOGIN}\0{PASSWORD}".encode())
            if folder != "INBOX":
                server.create(folder)
            state, told = server.append(folder, "", "", raw)
            assert state == "OK", told


@contextlib.contextmanager
def imap_server(certificate: Path | None = None) -> Iterator[BoxServer]:
    """On a port of this computer, its messages in memory; with a certificate and its key in a file, it asks for
    STARTTLS."""
    ready: Queue[tuple[int, Callable[[], object]]] = Queue()
    thread = threading.Thread(target=lambda: asyncio.run(_keep_mailbox(certificate, ready.put)), daemon=True)
    thread.start()
    port, stop = ready.get(timeout=60)
    try:
        yield BoxServer(port)
    finally:
        stop()
        thread.join(60)
        assert not thread.is_alive()


async def _keep_mailbox(
    certificate: Path | None, ready: Callable[[tuple[int, Callable[[], object]]], None]
) -> None:
    key = None if certificate is None else str(certificate)
    wanted = Namespace(
        debug=False, host=None, port="0", cert=key, key=key, tls=key is not None, passlib_cfg=None,
        proxy_protocol=None, demo_data=False, demo_user=LOGIN, demo_password=PASSWORD,
    )
    backend, config = await DictBackend.init(wanted)
    config.apply_context()
    answer = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    async with server:
        ready((server.sockets[0].getsockname()[1], partial(loop.call_soon_threadsafe, over.set)))
        await over.wait()
        callers = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
