"""Units clocked on a day their slot is closed: billed, but shown first, for a wrong day is a common slip."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from backoffice.attendance.queries import DayToBill
from backoffice.catalog.calendar import OpeningCalendar
from backoffice.catalog.queries import ClosedDays, Slot
from backoffice.catalog.rules import Closure
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Period

_NOT_ASKED = ""


class ClosedDayWatch:
    """Sees each unit of a run and keeps, by family and service, those of closed days."""

    def __init__(self, slots: Mapping[int, Slot], closures: Iterable[ClosedDays]) -> None:
        entered = tuple(closures)
        self._slots = slots
        self._calendars = {slot.id: _calendar(slot, entered) for slot in slots.values()}
        self._reasons: dict[tuple[int, date], str | None] = {}
        self._found: dict[tuple[int, int], list[tuple[date, str]]] = defaultdict(list)

    def see(self, unit: DayToBill) -> None:
        where = (unit.slot_id, unit.day)
        reason = self._reasons.get(where, _NOT_ASKED)
        if reason is _NOT_ASKED:
            reason = self._reasons[where] = self._calendars[unit.slot_id].why_closed(unit.day)
        if reason is not None:
            self._found[unit.family_id, self._slots[unit.slot_id].service_id].append((unit.day, reason))

    def errors(self) -> list[tuple[tuple[int, int], UserError]]:
        """One remark for each family and service: how many units, and the first of them."""
        remarks = []
        for key, days in self._found.items():
            day, reason = min(days)
            remarks.append((key, UserError("billing.closed_day", count=len(days), day=day, reason=reason)))
        return remarks


def _calendar(slot: Slot, closures: Iterable[ClosedDays]) -> OpeningCalendar:
    own = tuple(
        Closure(Period(closed.first_day, closed.last_day), closed.reason)
        for closed in closures
        if closed.structure_id is None or closed.structure_id == slot.structure_id
    )
    return OpeningCalendar(slot.weekdays, own)
