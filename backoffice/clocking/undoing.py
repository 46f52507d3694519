"""Units put back as they were before a gesture."""

from __future__ import annotations

from backoffice.attendance.clocked import ClockedUnit, UnitChange


def as_it_was(unit: ClockedUnit, *, made_again: bool = False) -> UnitChange:
    """`made_again`: the unit is gone meanwhile."""
    unit_id = None if made_again else unit.id
    return UnitChange(unit_id, unit.family_id, unit.child_id, unit.slot_id, unit.day, unit.state, unit.arrived,
                      unit.left, unit.note)


def taken_away(unit: ClockedUnit) -> UnitChange:
    return UnitChange(unit.id, unit.family_id, unit.child_id, unit.slot_id, unit.day, None, note=unit.note)
