"""The code with which an agent signs at a kiosk: what is accepted, how it is kept, how wrong tries slow down. Pure."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from backoffice.kernel.errors import UserError

SALT_BYTES = 16
FREE_TRIES = 5
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=15)
# RFC 7914 gives n = 2**14, r = 8, p = 1 for somebody who waits: about 50 ms and 16 MiB.
_COST = {"n": 2**14, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024, "dklen": 64}


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who may sign at a kiosk, and what their code is compared to."""

    login: str
    name: str
    salt: str
    digest: str

    def signs_with(self, code: str) -> bool:
        return hmac.compare_digest(digest_of(code, self.salt), self.digest)


def check_code(code: str) -> None:
    """Raises UserError `kiosk.bad_code`."""
    digits = [int(character) for character in code if character.isascii() and character.isdigit()]
    steps = {second - first for first, second in pairwise(digits)}
    if len(digits) != len(code) or not 4 <= len(code) <= 8 or (len(steps) == 1 and steps <= {-1, 0, 1}):
        raise UserError("kiosk.bad_code")


def digest_of(code: str, salt: str) -> str:
    """In hexadecimal, as `salt` is."""
    return hashlib.scrypt(code.encode(), salt=bytes.fromhex(salt), **_COST).hex()


@dataclass(frozen=True, slots=True)
class Tries:
    """The wrong tries of one agent in a row. After five, each one makes the next wait twice as long."""

    wrong: int = 0
    until: datetime | None = None

    def wait(self, now: datetime) -> int:
        """How many seconds before the next try; 0: now."""
        return 0 if self.until is None else max(0, -int((now - self.until).total_seconds() // 1))

    def after(self, now: datetime, *, right: bool) -> Tries:
        if right:
            return Tries()
        wrong = self.wrong + 1
        if wrong < FREE_TRIES:
            return Tries(wrong)
        return Tries(wrong, now + min(_FIRST_WAIT * 2 ** (wrong - FREE_TRIES), _LONGEST_WAIT))
