"""A sealed file: a short header in clear, then members, cut in blocks that are encrypted and authenticated in order.

AES-256-GCM; the key of the file is drawn from the town's by HKDF with a salt of its own, so that block numbers can
serve as nonces. The last block says that it is the last: a file cut short, shuffled or changed is never read as whole.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backoffice.backup.key import BackupKey
from backoffice.kernel.errors import EnvironmentFault, UserError

MAGIC = b"BACKOFFICE-ENFANCE-1\n"
BLOCK = 1024 * 1024
_SALT = 32
_LONGEST_HEADER = 64 * 1024
_LENGTH = struct.Struct(">I")
_START, _DATA, _END = b"M", b"D", b"E"


class SealedWriter:
    """Writes members one after the other into `file`; `close` ends it, and without it the file is not whole."""

    def __init__(self, file: IO[bytes], key: BackupKey, about: Mapping[str, Any]) -> None:
        """`about` is in clear: what the file is, when it was made, by which key (its name)."""
        salt = secrets.token_bytes(_SALT)
        header = json.dumps({**about, "key": key.name, "salt": salt.hex()}, ensure_ascii=False).encode()
        file.write(MAGIC + _LENGTH.pack(len(header)) + header)
        self._file = file
        self._cipher = _cipher(key, salt)
        self._header = hashlib.sha256(header).digest()
        self._count = 0
        self._waiting = bytearray()

    def member(self, name: str, content: Iterator[bytes]) -> int:
        """Add a member from its pieces; returns its length in bytes."""
        self._frame(_START, name.encode())
        digest, length = hashlib.sha256(), 0
        for piece in content:
            digest.update(piece)
            length += len(piece)
            self._frame(_DATA, piece)
        self._frame(_END, digest.digest())
        return length

    def close(self) -> None:
        self._flush(last=True)
        self._file.flush()

    def _frame(self, kind: bytes, content: bytes) -> None:
        self._waiting += kind + _LENGTH.pack(len(content)) + content
        while len(self._waiting) > BLOCK:
            self._flush(last=False)

    def _flush(self, *, last: bool) -> None:
        while True:
            block = bytes(self._waiting[:BLOCK])
            del self._waiting[:BLOCK]
            final = last and not self._waiting
            sealed = self._cipher.encrypt(_nonce(self._count, final=final), block, self._header)
            self._file.write(_LENGTH.pack(len(sealed)) + sealed)
            self._count += 1
            if final or not last:
                return


class SealedReader:
    """Reads a sealed file; what it yields has been authenticated."""

    def __init__(self, file: IO[bytes], key: BackupKey) -> None:
        """Raises UserError `backup.not_a_backup`, `backup.other_key`; EnvironmentFault `backup.damaged`."""
        self.about, header = _read_header(file)
        if self.about.get("key") != key.name:
            raise UserError("backup.other_key", wanted=str(self.about.get("key", "")), given=key.name)
        self._file = file
        self._cipher = _cipher(key, bytes.fromhex(str(self.about["salt"])))
        self._header = hashlib.sha256(header).digest()
        self._blocks = self._decrypted()
        self._waiting = bytearray()

    def members(self) -> Iterator[tuple[str, Callable[[], Iterator[bytes]]]]:
        """Each member's name and its pieces, in order; a member that is not read is skipped, and checked all the same.

        Raises EnvironmentFault `backup.damaged`, as reading pieces does.
        """
        while (frame := self._frame()) is not None:
            kind, content = frame
            if kind != _START:
                raise EnvironmentFault("backup.damaged")
            pieces = self._pieces()
            yield content.decode(), lambda pieces=pieces: pieces  # type: ignore[misc]
            for _ in pieces:
                pass

    def _pieces(self) -> Iterator[bytes]:
        digest = hashlib.sha256()
        while (frame := self._frame()) is not None:
            kind, content = frame
            if kind == _END:
                if content != digest.digest():
                    raise EnvironmentFault("backup.damaged")
                return
            digest.update(content)
            yield content
        raise EnvironmentFault("backup.damaged")

    def _frame(self) -> tuple[bytes, bytes] | None:
        head = self._take(1 + _LENGTH.size)
        if not head:
            return None
        (length,) = _LENGTH.unpack(head[1:])
        return head[:1], self._take(length)

    def _take(self, length: int) -> bytes:
        """So many bytes of the clear text; nothing at its very end. Raises EnvironmentFault when it ends too soon."""
        while len(self._waiting) < length:
            block = next(self._blocks, None)
            if block is None:
                if self._waiting:
                    raise EnvironmentFault("backup.damaged")
                return b""
            self._waiting += block
        taken = bytes(self._waiting[:length])
        del self._waiting[:length]
        return taken

    def _decrypted(self) -> Iterator[bytes]:
        count, following = 0, self._sealed_block()
        while following is not None:
            sealed, following = following, self._sealed_block()
            try:
                yield self._cipher.decrypt(_nonce(count, final=following is None), sealed, self._header)
            except InvalidTag as exc:
                raise EnvironmentFault("backup.damaged") from exc
            count += 1
        if count == 0:
            raise EnvironmentFault("backup.damaged")

    def _sealed_block(self) -> bytes | None:
        head = self._file.read(_LENGTH.size)
        if not head:
            return None
        if len(head) < _LENGTH.size:
            raise EnvironmentFault("backup.damaged")
        (length,) = _LENGTH.unpack(head)
        if length > BLOCK + 16:
            raise EnvironmentFault("backup.damaged")
        sealed = self._file.read(length)
        if len(sealed) < length:
            raise EnvironmentFault("backup.damaged")
        return sealed


def about(file: IO[bytes]) -> Mapping[str, Any]:
    """What a sealed file says of itself in clear; believed only once it is opened with its key."""
    return _read_header(file)[0]


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """A file in pieces that fit in memory."""
    while piece := file.read(io.DEFAULT_BUFFER_SIZE * 16):
        yield piece


def _read_header(file: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    if file.read(len(MAGIC)) != MAGIC:
        raise UserError("backup.not_a_backup")
    head = file.read(_LENGTH.size)
    length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
    header = file.read(length) if 0 < length <= _LONGEST_HEADER else b""
    try:
        found = json.loads(header)
        bytes.fromhex(found["salt"])
    except (ValueError, TypeError, KeyError) as exc:
        raise EnvironmentFault("backup.damaged") from exc
    return found, header


def _cipher(key: BackupKey, salt: bytes) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt, b"backoffice-enfance backup").derive(key.raw)
    return AESGCM(derived)


def _nonce(count: int, *, final: bool) -> bytes:
    return struct.pack(">IQ", int(final), count)
