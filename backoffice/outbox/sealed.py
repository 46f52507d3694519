"""A file to which sealed records are added, one after the other, whatever happens to the machine in the middle.

A header names the file and its key; each record is encrypted and authenticated (AES-256-GCM) with its place in the
file, so that none is moved, repeated or brought from another file unseen. A record exists once the disk has it; what
a crash left of the last one is not one, and is written over.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backoffice.kernel.filestore import disk_faults, make_folder, write_whole

KEY_BYTES = 32
_MAGIC = b"BACKOFFICE-ENFANCE-OUTBOX-1\n"
_ID, _KEY_NAME, _NONCE, _TAG = 16, 8, 12, 16
_HEADER = len(_MAGIC) + _ID + _KEY_NAME
_LENGTH = struct.Struct(">I")
_PLACE = struct.Struct(">Q")


class OtherKeyError(Exception):
    """The file was sealed with another key."""


class NotOursError(Exception):
    """The file does not begin as one of ours."""


@dataclass(frozen=True, slots=True)
class Found:
    """The records of a file, in order. `torn`: what stands after the last of them is the beginning of one that was
    never acknowledged. `damaged`: how many, before others that are whole, cannot be read any more."""

    records: tuple[bytes, ...]
    torn: bool
    damaged: int
    places: int  # how many places are taken, damaged ones included
    end: int     # in bytes, after the last whole record


def make(path: Path, key: bytes, records: Sequence[bytes] = ()) -> None:
    """A file with these records, in place of what stands there, whole or not at all. Raises EnvironmentFault."""
    make_folder(path.parent)
    header = _MAGIC + secrets.token_bytes(_ID) + _key_name(key)
    frames = (_frame(key, header, place, record) for place, record in enumerate(records))
    write_whole(path, header + b"".join(frames))
    _settle(path.parent)


def read(path: Path, key: bytes) -> Found:
    """Raises OtherKeyError, NotOursError, EnvironmentFault."""
    from cryptography.exceptions import InvalidTag  # heavy, and most days nothing waits
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    with disk_faults(path):
        content = path.read_bytes()
    header = content[:_HEADER]
    if len(header) < _HEADER or not header.startswith(_MAGIC):
        raise NotOursError
    if header[-_KEY_NAME:] != _key_name(key):
        raise OtherKeyError
    cipher = AESGCM(key)
    records: list[bytes] = []
    at, place, damaged = _HEADER, 0, 0
    end, places, damaged_before_end = at, 0, 0
    while len(content) - at >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(content, at)
        following = at + _LENGTH.size + length
        if length < _NONCE + _TAG or following > len(content):
            break  # nobody can tell where the next one begins
        sealed = content[at + _LENGTH.size:following]
        try:
            records.append(cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], header + _PLACE.pack(place)))
            end, places, damaged_before_end = following, place + 1, damaged
        except InvalidTag:
            damaged += 1
        at, place = following, place + 1
    return Found(tuple(records), end < len(content), damaged_before_end, places, end)


def append(path: Path, key: bytes, found: Found, record: bytes) -> None:
    """Add a record after those that `read` just found; once this returns, a power cut does not lose it.

    Raises EnvironmentFault; the record is then not there.
    """
    with disk_faults(path), path.open("r+b") as file:
        header = file.read(_HEADER)
        file.seek(found.end)
        try:
            file.truncate()
            file.write(_frame(key, header, found.places, record))
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.truncate(found.end)
            raise


def size_of(record: bytes) -> int:
    """In bytes, once sealed."""
    return _LENGTH.size + _NONCE + len(record) + _TAG


def remove(path: Path) -> None:
    """Nothing is left in it. Raises EnvironmentFault."""
    with disk_faults(path):
        path.unlink(missing_ok=True)
    _settle(path.parent)


def set_aside(path: Path, name: str) -> Path:
    """Keep what cannot be read beside the file, under another name. Raises EnvironmentFault."""
    target = path.with_name(name)
    with disk_faults(path):
        path.replace(target)
    _settle(path.parent)
    return target


def _frame(key: bytes, header: bytes, place: int, record: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, record, header + _PLACE.pack(place))
    return _LENGTH.pack(len(sealed)) + sealed


def _key_name(key: bytes) -> bytes:
    """Tells one key from another without telling the key."""
    return hashlib.sha256(b"backoffice outbox key name" + key).digest()[:_KEY_NAME]


def _settle(folder: Path) -> None:
    """Wait until the disk has the names too; Windows keeps them by itself."""
    if sys.platform == "win32":
        return
    with disk_faults(folder):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def fresh_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)
