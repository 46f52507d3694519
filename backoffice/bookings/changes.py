"""What is asked for a cell of the grid, and how one that cannot be is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from backoffice.attendance.recording import AttendanceEntry
from backoffice.attendance.rules import AttendanceState
from backoffice.attendance.units import UnitKey
from backoffice.bookings.rules.states import Stored
from backoffice.kernel.errors import UserError


@dataclass(frozen=True, slots=True)
class Change:
    """What is wanted for a child in a slot on a day, and what the agent saw there when wishing it.

    `restores`: undoing, exactly what stood there before; `untells`: what was said of it to the family, that its letter
    no longer says (0: nothing).
    """

    family_id: int
    child_id: int
    slot_id: int
    day: date
    wanted: Stored
    seen: Stored = Stored.NOTHING
    restores: AttendanceEntry | None = None
    untells: int = 0

    @property
    def key(self) -> UnitKey:
        return self.child_id, self.slot_id, self.day


@dataclass(frozen=True, slots=True)
class RefusedCell:
    """Why a cell cannot be as wanted, one French sentence each. `is_final`: no right and no reason go past it."""

    child_id: int
    slot_id: int
    day: date
    reasons: tuple[str, ...]
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """What stands now where the agent saw something else: who put it there, and when."""

    child_id: int
    slot_id: int
    day: date
    state: AttendanceState | None
    stored: Stored
    changed_by: str = ""
    changed_at: datetime | None = None


class BookingsRefused(UserError):
    """Cells that break a rule: nothing was saved, and each says why.

    `may_override`: a reason is all that is missing, the agent holds the right to go past the rules.
    """

    def __init__(self, cells: Sequence[RefusedCell], *, may_override: bool) -> None:
        code = "bookings.reason_missing" if may_override else "bookings.refused"
        super().__init__(code, count=len(cells), reason=cells[0].reasons[0])
        self.cells = tuple(cells)
        self.may_override = may_override


class BookingsChanged(UserError):
    """Cells that somebody else changed since they were seen: nothing was saved, the grid merges."""

    def __init__(self, cells: Iterable[ChangedCell]) -> None:
        self.cells = tuple(cells)
        super().__init__("bookings.changed_meanwhile", count=len(self.cells))


def last_of_each(changes: Collection[Change]) -> tuple[Change, ...]:
    """Several changes of one cell: the last one counts."""
    return tuple({change.key: change for change in changes}.values())
