"""The two digests of the seal, the same here and on the server: of a line, and of a line after all those before it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BEGINNING = b""
"""What the first seal follows."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of `row_journal` as it is digested. `before` and `after`: the JSON texts that the database holds."""

    id: int
    at: datetime
    actor: str
    moment: int
    table_name: str
    row_id: int
    verb: str
    before: str | None
    after: str | None

    @property
    def digest(self) -> bytes:
        """SHA-256 of its values, one to a line: only the actor's name could hold a line break, and it comes last.

        `journal_row` of `functions.sql` makes the same text.
        """
        values = (
            self.id,
            (self.at - _EPOCH) // _MICROSECOND,
            self.moment,
            self.table_name,
            self.row_id,
            self.verb,
            self.before or "",
            self.after or "",
            self.actor,
        )
        return hashlib.sha256("\n".join(map(str, values)).encode()).digest()

    @property
    def place(self) -> tuple[int, int]:
        """Where it is sealed: after the lines of the transactions before its own, and its own before it."""
        return self.moment, self.id


def link(chain: bytes, digest: bytes) -> bytes:
    """The seal of a line whose digest is `digest`, after the seal `chain`."""
    return hashlib.sha256(chain + digest).digest()
