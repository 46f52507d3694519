"""The file of one agent's outbox for one database: read and changed by one process at a time."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL

from backoffice.kernel import secrets
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.filelock import alone
from backoffice.outbox import sealed
from backoffice.outbox.rules import EMPTY, Added, Fact, Kept, facts_of, read_fact, replay, written
from backoffice.outbox.sealed import Found

MOST_BYTES = 4 * 1024 * 1024  # thousands of gestures: far more than a town makes in a day


class OutboxFile:
    """Nothing is in it most of the time: then there is no file, and the keyring is not even asked."""

    def __init__(self, folder: Path, address: DatabaseAddress, login: str, most_bytes: int = MOST_BYTES) -> None:
        name = hashlib.sha256(f"{login} {address.shown}".encode()).hexdigest()[:16]
        self.path = folder / f"{name}.envois"
        self._lock = folder / f"{name}.verrou"
        self._url, self._login = address.url, login
        self._most_bytes = most_bytes

    def read(self, now: datetime) -> tuple[Kept, EnvironmentFault | None]:
        """What is kept, and what has to be said of the file itself: what cannot be read any more is set aside.

        Raises EnvironmentFault `outbox.keyring_shut`, those of the disk.
        """
        if not self.path.exists():
            return EMPTY, None
        with alone(self._lock):
            try:
                found, told = self._open(now)
            except EnvironmentFault as fault:
                if fault.code != "outbox.no_keyring":
                    raise
                raise EnvironmentFault("outbox.keyring_shut") from fault
            return replay(_facts(found)), told

    def add(self, now: datetime, *facts: Fact) -> tuple[Kept, EnvironmentFault | None]:
        """Write what happened, and answer as `read` does. Once it returns, a power cut changes nothing.

        Raises EnvironmentFault: `outbox.no_keyring`, `outbox.full`, those of the disk; nothing is written then.
        """
        records = [written(fact) for fact in facts]
        with alone(self._lock):
            found, told = self._open(now)
            kept = replay([*_facts(found), *facts])
            if kept.is_empty:
                sealed.remove(self.path)
            elif found is not None and len(records) == 1 and (
                found.end + sealed.size_of(records[0]) <= self._most_bytes
            ):
                sealed.append(self.path, self._key(), found, records[0])
            else:
                self._begin_again(kept, bounded=any(isinstance(fact, Added) for fact in facts))
            return kept, told

    def _begin_again(self, kept: Kept, *, bounded: bool = False) -> None:
        """The same in the fewest records. Raises EnvironmentFault `outbox.full` when even those are too many."""
        records = [written(fact) for fact in facts_of(kept)]
        if bounded and sum(map(sealed.size_of, records)) > self._most_bytes:
            raise EnvironmentFault("outbox.full")
        sealed.make(self.path, self._key(), records)

    def _open(self, now: datetime) -> tuple[Found | None, EnvironmentFault | None]:
        """What the file holds, mended; None when there is none."""
        if not self.path.exists():
            return None, None
        aside = f"{self.path.stem}-{now:%Y%m%d-%H%M%S}.illisible"
        key = self._kept_key()
        if key is None:  # somebody emptied the keyring
            return None, EnvironmentFault("outbox.set_aside", path=str(sealed.set_aside(self.path, aside)))
        try:
            found = sealed.read(self.path, key)
            kept = replay(_facts(found))
        except sealed.OtherKeyError:
            return None, EnvironmentFault("outbox.set_aside", path=str(sealed.set_aside(self.path, aside)))
        except (sealed.NotOursError, ValueError, KeyError, TypeError):
            return None, EnvironmentFault("outbox.damaged", path=str(sealed.set_aside(self.path, aside)))
        if not found.damaged and not found.torn:
            return found, None
        told = EnvironmentFault("outbox.torn")
        if found.damaged:
            told = EnvironmentFault("outbox.damaged", path=str(sealed.set_aside(self.path, aside)))
        self._begin_again(kept)
        return sealed.read(self.path, key), told

    def _key(self) -> bytes:
        return made_key(self._url, self._login)

    def _kept_key(self) -> bytes | None:
        return kept_key(self._url, self._login)


def made_key(url: URL, login: str) -> bytes:
    """The key of what an agent's computer keeps of a base, made with the first thing kept.

    Raises EnvironmentFault `outbox.no_keyring`.
    """
    key = kept_key(url, login)
    if key is None:
        key = sealed.fresh_key()
        secrets.keep_outbox_key(url, login, base64.b64encode(key).decode())
    return key


def kept_key(url: URL, login: str) -> bytes | None:
    """None when there is none yet. Raises EnvironmentFault `outbox.no_keyring`."""
    shown = secrets.outbox_key(url, login)
    return None if shown is None else base64.b64decode(shown)


def _facts(found: Found | None) -> list[Fact]:
    return [] if found is None else [read_fact(record) for record in found.records]
