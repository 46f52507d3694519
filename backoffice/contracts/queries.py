"""Contracts as pages show them: their terms, their hours, their months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import select

from backoffice.attendance.rules import AttendanceState
from backoffice.attendance.units import units_of
from backoffice.catalog.queries import Slot, slots_in
from backoffice.contracts.commands import Terms
from backoffice.contracts.days import is_open, slot_of
from backoffice.contracts.kinds import ContractKind, ContractState
from backoffice.contracts.rules.hours import ContractHours, by_days
from backoffice.contracts.rules.leave import LeaveAccount, leave_account
from backoffice.contracts.rules.pattern import WeeklyPattern
from backoffice.contracts.rules.smoothing import Smoothing
from backoffice.contracts.tables import ContractRow
from backoffice.families.queries import child_names
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.periods import Month, Period
from backoffice.kernel.text import folded
from backoffice.registrations.queries import children_coming

HOUR = "heure"
"""The unit of the slots whose hours are reserved."""


@dataclass(frozen=True, slots=True)
class ContractLine:
    """A contract in a list. `version` goes with the commands that change it."""

    id: int
    version: int
    family_id: int
    child_id: int
    child: str
    slot_id: int
    activity: str
    state: ContractState
    terms: Terms
    replaces_id: int | None

    def moment(self, today: date) -> str:
        """« Brouillon », « À venir », « En cours » or « Terminé »."""
        if self.state is not ContractState.SIGNED:
            return self.state.label
        if self.terms.period.start > today:
            return "À venir"
        return "En cours" if today in self.terms.period else ContractState.ENDED.label


@dataclass(frozen=True)
class ListContracts(Query[tuple[ContractLine, ...]]):
    """The contracts of a structure (None: all; `NO_STRUCTURE`: outside structures) or of a child; by name, then day."""

    structure_id: int | None = None
    child_id: int | None = None


@read(ListContracts, permission="attendance.read")
def list_contracts(query: ListContracts, reading: Reading) -> tuple[ContractLine, ...]:
    session, row = reading.session, ContractRow
    slots = slots_in(session, query.structure_id)
    statement = select(row).where(row.slot_id.in_(slots))
    if query.child_id is not None:
        statement = statement.where(row.child_id == query.child_id)
    rows = session.scalars(statement).all()
    names = child_names(session, {one.child_id for one in rows})
    lines = [_line(one, names[one.child_id].name, slots[one.slot_id]) for one in rows]
    return tuple(sorted(lines, key=lambda line: (folded(line.child), line.terms.period.start, line.id)))


def _line(row: ContractRow, child: str, slot: Slot) -> ContractLine:
    return ContractLine(
        row.id, row.version, row.family_id, row.child_id, child, row.slot_id, slot.activity, ContractState(row.state),
        terms_of(row), row.replaces_id,
    )


def terms_of(row: ContractRow) -> Terms:
    return Terms(
        ContractKind(row.kind), Period(row.first_day, row.last_day), WeeklyPattern.from_data(row.pattern),
        Smoothing.from_data(row.smoothing), row.leave_days, row.note,
    )


@dataclass(frozen=True, slots=True)
class MonthOfContract:
    """A month of a contract: its days and reserved minutes, and what it is billed once smoothed (None: not billed, or
    not smoothed)."""

    month: Month
    days: int
    reserved: int
    billed: Fraction | None


@dataclass(frozen=True, slots=True)
class ContractFigures:
    """What a contract comes to. `leave`: the account of its days of leave."""

    hours: ContractHours
    months: tuple[MonthOfContract, ...]
    leave: LeaveAccount


@dataclass(frozen=True)
class FigureContract(Query[ContractFigures]):
    """What these terms come to in a slot, before anything is saved; `child_id`: whose leave already taken counts."""

    slot_id: int
    terms: Terms
    child_id: int | None = None


@read(FigureContract, permission="attendance.read")
def figure_contract(query: FigureContract, reading: Reading) -> ContractFigures:
    """Raises UserError `catalog.unknown_slot`, `contract.no_month`."""
    session, terms = reading.session, query.terms
    slot = slot_of(session, query.slot_id)
    opened = is_open(session, slot)
    hours = by_days(terms.pattern, terms.period, opened, terms.leave_days)
    reserved: dict[Month, list[int]] = defaultdict(list)
    expected = []
    for day in terms.period.days():
        minutes = terms.pattern.minutes_on(day)
        if minutes and opened(day):
            reserved[Month.of(day)].append(minutes)
            expected.append(day)
    end = terms.period.end or terms.period.start
    billed: dict[Month, Fraction] = {}
    if terms.kind is ContractKind.REGULAR:
        months = terms.smoothing.billed_months(Month.of(terms.period.start), Month.of(end))
        billed = terms.smoothing.minutes_by_month(hours.minutes, months)
    every: Sequence[Month] = sorted({*reserved, *billed})
    leave = _leave_taken(reading, query, expected)
    return ContractFigures(
        hours,
        tuple(MonthOfContract(month, len(reserved[month]), sum(reserved[month]), billed.get(month)) for month in every),
        leave,
    )


def _leave_taken(reading: Reading, query: FigureContract, expected: Sequence[date]) -> LeaveAccount:
    """Days away that were excused use the leave; none without a child."""
    taken: list[date] = []
    if query.child_id is not None and expected:
        units = units_of(reading.session, [query.slot_id], expected, [query.child_id])
        taken = [unit.day for unit in units if unit.state is AttendanceState.EXCUSED]
    return leave_account(query.terms.leave_days, taken, expected)


@dataclass(frozen=True, slots=True)
class ContractChoice:
    """A child registered where hours are counted: somebody to make a contract with."""

    family_id: int
    child_id: int
    child: str
    slot_id: int
    activity: str
    since: date
    until: date | None


@dataclass(frozen=True)
class ListContractChoices(Query[tuple[ContractChoice, ...]]):
    """The children registered today or later in a structure (None: all), by name."""

    structure_id: int | None = None


@read(ListContractChoices, permission="attendance.read")
def list_contract_choices(query: ListContractChoices, reading: Reading) -> tuple[ContractChoice, ...]:
    session = reading.session
    slots = {slot.activity_id: slot for slot in slots_in(session, query.structure_id).values() if slot.unit == HOUR}
    coming = children_coming(session, list(slots), reading.today, date.max)
    names = child_names(session, {one.child_id for one in coming})
    found = [
        ContractChoice(
            one.family_id, one.child_id, names[one.child_id].name, slots[one.activity_id].id,
            slots[one.activity_id].activity, one.first_day, one.last_day,
        )
        for one in coming
    ]
    return tuple(sorted(found, key=lambda one: (folded(one.child), one.activity)))
