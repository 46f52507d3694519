"""What an absence makes of the days that were booked: each one deducted or billed, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select

from backoffice.attendance.clocked import ClockedUnit, UnitChange, clocked_units, write_units
from backoffice.attendance.rules import AttendanceState
from backoffice.catalog.queries import Slot, hold_services_of, slots_of
from backoffice.clocking.absence_rules import absence_rules, opened_days
from backoffice.clocking.kinds import AbsenceReason
from backoffice.clocking.rules.absences import Absence, DayVerdict, verdicts
from backoffice.clocking.tables import AbsenceRow
from backoffice.kernel.application import Context
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Period, SchoolYear

_SENTENCE_LENGTH = 200
_ABSENT = frozenset({AttendanceState.ABSENT, AttendanceState.EXCUSED})
_EXPECTED = _ABSENT | {AttendanceState.BOOKED}
_OURS = ("Déduit : ", "Facturé : ")
_NO_RULE = "Facturé : aucune règle d'absence n'est en vigueur pour cette activité"


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict for each booked day, the days that a run had priced, and the units that changed, as they were."""

    days: tuple[DayVerdict, ...]
    billed: tuple[date, ...]
    before: tuple[ClockedUnit, ...]


def judge(context: Context, row: AbsenceRow, *, also: Period | None = None, gone: bool = False) -> Judged:
    """Give each unit of these days the state that the rule says; `also`: the days that it covered before; `gone`: it
    is withdrawn.

    The later absences of the year for the same reason are judged again: the allowance goes from one to the next. Days
    that were clocked or priced stay as they are. Raises UserError of a rule that cannot be read.
    """
    session = context.session
    slots = {slot.id: slot for slot in slots_of(session).values() if slot.activity_id == row.activity_id}
    hold_services_of(session, slots.keys())
    same = _same_reason(session, row)
    later = [other for other in same if other.first_day > row.first_day]
    own = {day for period in (period_of(row), also) if period is not None for day in period.days()}
    days = own | {day for other in later for day in period_of(other).days()}
    units = [unit for unit in clocked_units(session, {row.child_id}, days, hold=True) if unit.slot_id in slots]
    earlier = [other for other in same if other.first_day < row.first_day]
    taken = _taken(session, row, earlier, slots)
    judged = _verdicts(session, [*([] if gone else [row]), *later], {u.day for u in units if u.state in _EXPECTED},
                       slots, taken)
    changes, before = [], []
    for unit in units:
        change = _changed(unit, judged.get(unit.day), own=unit.day in own) if is_free(unit) else None
        if change is not None:
            changes.append(change)
            before.append(unit)
    write_units(context, changes)
    period = period_of(row)
    return Judged(
        tuple(verdict for day, verdict in sorted(judged.items()) if not gone and day in period),
        tuple(sorted({unit.day for unit in units if unit.billed and unit.day in period})), tuple(before),
    )


def is_free(unit: ClockedUnit) -> bool:
    """Whether an absence may say what it is: nobody clocked it, and no run priced it."""
    return unit.state in _EXPECTED and unit.arrived is None and not unit.billed


def period_of(row: AbsenceRow) -> Period:
    return Period(row.first_day, row.last_day)


def _verdicts(
    session: Session, rows: Sequence[AbsenceRow], expected: Collection[date], slots: Mapping[int, Slot],
    taken: dict[SchoolYear, int],
) -> dict[date, DayVerdict]:
    """What each booked day of these absences becomes, the allowance of the year counted from one to the next."""
    found: dict[date, DayVerdict] = {}
    for row in sorted(rows, key=lambda each: each.first_day):
        period, year = period_of(row), SchoolYear.of(row.first_day)
        entry = absence_rules(session, [row.activity_id])[row.activity_id].around(row.first_day).entry
        absence = Absence(AbsenceReason(row.reason), row.first_day, row.last_day, row.announced_at, row.proof_on)
        if entry is None:
            judged = tuple(DayVerdict(day, False, _NO_RULE) for day in sorted(expected) if day in period)
        else:
            opened = opened_days(session, slots, row.activity_id, period)
            judged = verdicts(replace(absence, taken=taken[year]), entry.value, expected, opened)
        taken[year] += sum(verdict.deducted for verdict in judged)
        found.update((verdict.day, verdict) for verdict in judged)
    return found


def _taken(
    session: Session, row: AbsenceRow, earlier: Sequence[AbsenceRow], slots: Mapping[int, Slot]
) -> dict[SchoolYear, int]:
    """The days that earlier absences of the school year have deducted."""
    found: dict[SchoolYear, int] = defaultdict(int)
    days = {day for other in earlier for day in period_of(other).days()}
    units = clocked_units(session, {row.child_id}, days) if days else []
    for day in {unit.day for unit in units if unit.slot_id in slots and unit.state is AttendanceState.EXCUSED}:
        found[SchoolYear.of(day)] += 1
    return found


def _same_reason(session: Session, row: AbsenceRow) -> list[AbsenceRow]:
    """The other absences of the child from the activity in the same school year, for the same reason."""
    year, other = SchoolYear.of(row.first_day), AbsenceRow
    statement = select(other).where(
        other.child_id == row.child_id, other.activity_id == row.activity_id, other.id != row.id,
        other.reason == row.reason, other.first_day.between(year.first_day, year.last_day),
    )
    return list(session.scalars(statement))


def _changed(unit: ClockedUnit, verdict: DayVerdict | None, *, own: bool) -> UnitChange | None:
    ours = not unit.note or unit.note.startswith(_OURS)
    if verdict is not None:
        state = AttendanceState.EXCUSED if verdict.deducted else AttendanceState.ABSENT
        note = verdict.why[:_SENTENCE_LENGTH] if ours else unit.note
    elif own and unit.state in _ABSENT:
        state, note = AttendanceState.BOOKED, "" if ours else unit.note  # nothing says any more that it does not come
    else:
        return None
    if (state, note) == (unit.state, unit.note):
        return None
    return UnitChange(unit.id, unit.family_id, unit.child_id, unit.slot_id, unit.day, state, None, None, note)
