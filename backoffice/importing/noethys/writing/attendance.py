"""Attendance units in their states, each tied to the line that priced it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from backoffice.attendance.commands import NewAttendance, add_attendances
from backoffice.attendance.rules import BILLED_WHEN_BOOKED, AttendanceState
from backoffice.importing.noethys.source import AttendanceUnit, NoethysSource
from backoffice.importing.noethys.writing.catalog import KeptCatalog
from backoffice.importing.noethys.writing.households import KeptHouseholds
from backoffice.importing.noethys.writing.leftovers import Leftovers, has_month
from backoffice.kernel.database import Session

_STATES: Mapping[str, AttendanceState] = MappingProxyType(
    {
        "reservation": AttendanceState.BOOKED,
        "present": AttendanceState.PRESENT,
        "absenti": AttendanceState.ABSENT,
        "absentj": AttendanceState.EXCUSED,
        "attente": AttendanceState.WAITING,
        "demande": AttendanceState.WAITING,  # asked for on the portal, not answered yet
        "refus": AttendanceState.REFUSED,
    }
)


def write_attendance(
    session: Session,
    source: NoethysSource,
    catalog: KeptCatalog,
    households: KeptHouseholds,
    charges: Mapping[int, int],
    left: Leftovers,
) -> Counter[str]:
    """Answers how many units came in, by state of the source.

    A unit that Noethys left without a price (free, or its price could not be read) keeps its state and is never
    billed: our tariffs must not invent what nobody owed.
    """
    kept = _kept(source, left)
    free = [u for u in kept if u.line_id not in charges and _STATES[u.state] in BILLED_WHEN_BOOKED]
    left.add("prix de présences sans prestation", "gratuites ou jamais tarifées dans Noethys : reprises dans leur "
             "état, le logiciel ne les facturera pas", len(free))
    unpriced = {unit.id for unit in free}
    add_attendances(
        session,
        (
            NewAttendance(
                family_id=households.families[unit.family_id],
                child_id=households.people[unit.person_id],
                slot_id=catalog.slots[unit.unit_id].id,
                day=unit.day,
                state=_STATES[unit.state],
                quantity=unit.quantity,
                booked_start=unit.start if _timed(unit) else None,
                booked_end=unit.end if _timed(unit) else None,
                charge_id=charges.get(unit.line_id) if unit.line_id is not None else None,
                billable=unit.id not in unpriced,
            )
            for unit in kept
        ),
    )
    return Counter(unit.state for unit in kept)


def _kept(source: NoethysSource, left: Leftovers) -> list[AttendanceUnit]:
    """The units we can hold: one for a child, a slot and a day; of two, the priced one."""
    taken: set[tuple[int, int, object]] = set()
    kept: list[AttendanceUnit] = []
    for unit in sorted(source.attendance, key=lambda unit: (unit.line_id is None, unit.id)):
        place = (unit.person_id, unit.unit_id, unit.day)
        if unit.state not in _STATES:
            left.add(f"présences à l'état « {unit.state} »", "état inconnu du logiciel ; leur prestation est reprise")
        elif not has_month(unit.day):
            left.add("présences", "date impossible")
        elif unit.quantity < 1:
            left.add("présences", "quantité nulle ou négative ; leur prestation est reprise")
        elif place in taken:
            left.add("présences en double", "même enfant, même créneau, même jour ; leur prestation est reprise")
        else:
            taken.add(place)
            kept.append(unit)
            if unit.start is not None and unit.end is not None and not _timed(unit):
                left.add("heures de présences", "la fin n'est pas après le début")
    return sorted(kept, key=lambda unit: unit.id)


def _timed(unit: AttendanceUnit) -> bool:
    return unit.start is not None and unit.end is not None and unit.start < unit.end
