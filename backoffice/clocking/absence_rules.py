"""What each activity decided of absences, and the days on which it opens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import select

from backoffice.bookings.in_force import reads_rule
from backoffice.bookings.kinds import RuleKind
from backoffice.bookings.tables import ActivityRuleRow
from backoffice.catalog.calendar import is_public_holiday
from backoffice.catalog.queries import Slot, closed_days
from backoffice.clocking.rules.absences import AbsenceRules
from backoffice.kernel.database import Session
from backoffice.kernel.dated import Dated, InForce
from backoffice.kernel.periods import Period

reads_rule(RuleKind.ABSENCE, AbsenceRules.from_data)


def absence_rules(session: Session, activity_ids: Collection[int]) -> dict[int, Dated[AbsenceRules]]:
    """The dated rule of each of these activities, empty where nothing was decided. Raises UserError `rule.bad_value`,
    `rule.unknown_field` of a value that cannot be read."""
    row = ActivityRuleRow
    found: dict[int, list[InForce[AbsenceRules]]] = defaultdict(list)
    for each in session.scalars(select(row).where(row.activity_id.in_(activity_ids), row.kind == RuleKind.ABSENCE)):
        held = InForce(Period(each.first_day, each.last_day), AbsenceRules.from_data(each.value))
        found[each.activity_id].append(held)
    return {activity_id: Dated(RuleKind.ABSENCE.label, found[activity_id]) for activity_id in activity_ids}


def opened_days(session: Session, slots: Mapping[int, Slot], activity_id: int, period: Period) -> frozenset[date]:
    """The days of a closed period on which a slot of the activity opens: neither holidays nor closures."""
    own = [slot for slot in slots.values() if slot.activity_id == activity_id]
    structures = {slot.structure_id for slot in own}
    closures = [
        Period(closed.first_day, closed.last_day) for closed in closed_days(session)
        if closed.structure_id is None or closed.structure_id in structures
    ]
    weekdays = {weekday for slot in own for weekday in slot.weekdays}
    return frozenset(
        day for day in period.days()
        if day.weekday() in weekdays and not is_public_holiday(day) and not any(day in one for one in closures)
    )
