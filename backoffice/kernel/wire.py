"""The first words spoken with a PostgreSQL server, just enough of them to learn why it lets nobody in.

The driver only keeps a text of that refusal, in the language of the server; the server says its SQLSTATE. Source:
PostgreSQL documentation, « Frontend/Backend Protocol » (version 3.0), and RFC 5802 and 7677 for SCRAM-SHA-256.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import socket
import stringprep
import struct
import unicodedata

_TLS_REQUEST = 80877103
_PROTOCOL = 3 << 16
_ACCEPTED, _SCRAM, _SCRAM_GOES_ON, _SCRAM_ENDS = 0, 10, 11, 12
_MECHANISM = b"SCRAM-SHA-256"
_NO_CHANNEL_BINDING = b"n,,"
_LONGEST_MESSAGE = 1 << 16
_MOST_ROUNDS = 1_000_000  # half a second of computing; servers ask for 4096 unless told otherwise


class NotPostgresError(Exception):
    """What answers does not speak as such a server does."""


class CannotTellError(Exception):
    """The server asks for something else than a SCRAM password."""


def ask_for_tls(channel: socket.socket) -> bool:
    """Whether the server would go on in TLS; it then waits for the handshake. Raises NotPostgresError, OSError."""
    channel.sendall(struct.pack("!ii", 8, _TLS_REQUEST))
    answer = channel.recv(1)
    if answer not in {b"S", b"N"}:
        raise NotPostgresError
    return answer == b"S"


def refusal(channel: socket.socket, login: str, database: str, password: str) -> str:
    """The SQLSTATE with which the server refuses this login on this database; empty when it lets it in.

    Raises NotPostgresError, CannotTellError, OSError.
    """
    words = b"".join(part.encode() + b"\0" for part in ("user", login, "database", database, ""))
    channel.sendall(struct.pack("!ii", len(words) + 8, _PROTOCOL) + words)
    scram = _Scram(password)
    while True:
        kind, body = _message(channel)
        if kind == b"E":
            return _sqlstate(body)
        if kind == b"Z":
            channel.sendall(b"X" + struct.pack("!i", 4))
            return ""
        if kind == b"R" and (answer := _authenticate(scram, body)):
            channel.sendall(b"p" + struct.pack("!i", len(answer) + 4) + answer)


def _authenticate(scram: _Scram, body: bytes) -> bytes:
    """What the server wants to hear next; nothing when it is content."""
    request = int.from_bytes(body[:4], "big")
    if request == _SCRAM and _MECHANISM in body[4:].split(b"\0"):
        first = scram.first()
        return _MECHANISM + b"\0" + struct.pack("!i", len(first)) + first
    if request == _SCRAM_GOES_ON:
        return scram.proof(body[4:])
    if request in {_ACCEPTED, _SCRAM_ENDS}:
        return b""
    raise CannotTellError


def _message(channel: socket.socket) -> tuple[bytes, bytes]:
    kind, length = struct.unpack("!ci", _exactly(channel, 5))
    if not 4 <= length <= _LONGEST_MESSAGE:
        raise NotPostgresError
    return kind, _exactly(channel, length - 4)


def _exactly(channel: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        part = channel.recv(length - len(found))
        if not part:
            raise NotPostgresError
        found += part
    return found


def _sqlstate(body: bytes) -> str:
    fields = {part[:1]: part[1:] for part in body.split(b"\0")}
    return fields.get(b"C", b"").decode("ascii", "replace")


class _Scram:
    """The client's side of SCRAM-SHA-256, without channel binding."""

    def __init__(self, password: str) -> None:
        self._password = _prepared(password)
        self._bare = b"n=,r=" + base64.b64encode(secrets.token_bytes(18))

    def first(self) -> bytes:
        return _NO_CHANNEL_BINDING + self._bare

    def proof(self, challenge: bytes) -> bytes:
        told = dict(part.split(b"=", 1) for part in challenge.split(b",") if b"=" in part)
        try:
            nonce, salt, rounds = told[b"r"], base64.b64decode(told[b"s"]), int(told[b"i"])
        except (KeyError, ValueError) as exc:
            raise NotPostgresError from exc
        if not 0 < rounds <= _MOST_ROUNDS:
            raise CannotTellError
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, rounds)
        key = hmac.digest(salted, b"Client Key", "sha256")
        final = b"c=" + base64.b64encode(_NO_CHANNEL_BINDING) + b",r=" + nonce
        signature = hmac.digest(hashlib.sha256(key).digest(), b",".join([self._bare, challenge, final]), "sha256")
        proof = bytes(one ^ other for one, other in zip(key, signature, strict=True))
        return final + b",p=" + base64.b64encode(proof)


def _prepared(password: str) -> bytes:
    """As SASLprep (RFC 4013) reads it: « é » typed in two ways is the same password."""
    kept = (sign for sign in password if not stringprep.in_table_b1(sign))
    spaced = "".join(" " if stringprep.in_table_c12(sign) else sign for sign in kept)
    return unicodedata.normalize("NFKC", spaced).encode()
