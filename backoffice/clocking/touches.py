"""One touch of a kiosk, as it travels: pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backoffice.clocking.kinds import ClockKind


@dataclass(frozen=True, slots=True)
class NewClock:
    """One touch, as it was made: `at` is the instant, with its zone; `uid` its name for ever.

    `replaces`: the uid of the event that this one corrects or, as a CANCEL, takes back. `author`: the login of who
    signed it, empty for who the kiosk belongs to.
    """

    uid: UUID
    child_id: int
    structure_id: int
    kind: ClockKind
    at: datetime
    device: str = ""
    author: str = ""
    replaces: UUID | None = None
    reason: str = ""
