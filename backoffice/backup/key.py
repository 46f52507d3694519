"""The key of the backups: made once, printed, kept in a safe, and in the keyring of the computer that makes them."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass

from backoffice.kernel.errors import UserError

_BYTES = 32
_GROUP = 4
_CHECK_BYTES = 3


@dataclass(frozen=True, slots=True)
class BackupKey:
    """256 bits. `shown` is what is printed: groups of letters and digits, closed by a check."""

    raw: bytes

    @classmethod
    def fresh(cls) -> BackupKey:
        return cls(secrets.token_bytes(_BYTES))

    @classmethod
    def parse(cls, text: str) -> BackupKey:
        """What somebody typed from the paper: spaces, dashes and case do not count. Raises UserError `backup.key`."""
        letters = "".join(text.split()).replace("-", "").upper()
        try:
            content = base64.b32decode(letters + "=" * (-len(letters) % 8))
        except ValueError as exc:
            raise UserError("backup.key") from exc
        raw, check = content[:_BYTES], content[_BYTES:]
        if len(raw) != _BYTES or check != _check(raw):
            raise UserError("backup.key")
        return cls(raw)

    @property
    def shown(self) -> str:
        letters = base64.b32encode(self.raw + _check(self.raw)).decode().rstrip("=")
        return "-".join(letters[at:at + _GROUP] for at in range(0, len(letters), _GROUP))

    @property
    def name(self) -> str:
        """Tells one key from another without telling the key: written on the backup and on the paper."""
        return hashlib.sha256(b"backoffice backup key name" + self.raw).hexdigest()[:8]

    def __repr__(self) -> str:
        return f"BackupKey({self.name})"


def _check(raw: bytes) -> bytes:
    return hashlib.sha256(b"backoffice backup key check" + raw).digest()[:_CHECK_BYTES]
