"""What a family's prices depend on, from a day on: its quotients and its yearly incomes.

A new value ends the one before it, and nothing that an invoice used is ever removed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Generic, TypeVar

from sqlalchemy import select

from backoffice.families.commands.bulk import NewIncome, NewQuotient, add_incomes, add_quotients
from backoffice.families.events import FamilyChanged
from backoffice.families.keeping import KeptValue, refuse_kept_value
from backoffice.families.queries.many import HeldIncome, HeldQuotient
from backoffice.families.records import hold_family
from backoffice.families.rules import income_problems, quotient_problems, refuse
from backoffice.families.tables import IncomeRow, QuotientRow
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.bulk import remove
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period

Row = TypeVar("Row", QuotientRow, IncomeRow)
Held = TypeVar("Held", HeldQuotient, HeldIncome)

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HistoryChange(Generic[Held]):
    """A history before and after a change, oldest first. `RestoreQuotients` (or incomes) takes both and undoes it."""

    before: tuple[Held, ...]
    after: tuple[Held, ...]


@dataclass(frozen=True)
class _Deletion:
    """Remove a value entered by mistake. `reopen_previous`: the one that it had ended takes its days back."""

    family_id: int
    value_id: int
    reopen_previous: bool = False


@dataclass(frozen=True)
class _Restoration(Generic[Held]):
    """Undo: put `wanted` back, provided that the values are still `expected` (the `after` of the change)."""

    family_id: int
    expected: tuple[Held, ...]
    wanted: tuple[Held, ...]


class _History(Generic[Row, Held]):
    """The values of one family, held from other agents until the transaction ends."""

    def __init__(
        self,
        context: Context,
        family_id: int,
        kind: KeptValue,
        table: type[Row],
        held: Callable[[Row], Held],
        add: Callable[[Held], None],
    ) -> None:
        self._context = context
        self._session = context.session
        self._family_id = family_id
        self._kind = kind
        self._table: type[Row] = table
        self._held: Callable[[Row], Held] = held
        self._add: Callable[[Held], None] = add
        self.before: tuple[Held, ...] = self.now()

    def rows(self) -> Sequence[Row]:
        statement = select(self._table).where(self._table.family_id == self._family_id)
        return self._session.scalars(statement.order_by(self._table.valid_from, self._table.id)).all()

    def now(self) -> tuple[Held, ...]:
        return tuple(self._held(row) for row in self.rows())

    def expect(self, expected: tuple[Held, ...] | None) -> None:
        """Raises UserError `record.changed_meanwhile` when the values are not those that were read."""
        if expected is not None and self.before != expected:
            raise UserError("record.changed_meanwhile")

    def put(self, value: Held) -> HistoryChange[Held]:
        """What held before ends the day before, later values stay, one that began that very day is replaced."""
        day, end = value.period.start, value.period.end
        for row in self.rows():
            if row.valid_from > day:
                before = row.valid_from - _ONE_DAY
                end = before if end is None or before < end else end
            elif row.valid_from == day:
                self.remove(row)
            elif row.valid_to is None or row.valid_to >= day:
                row.valid_to = day - _ONE_DAY
        self._session.flush()
        self._add(replace(value, period=Period(day, end)))
        return self._done(valid_from=day)

    def delete(self, command: _Deletion) -> HistoryChange[Held]:
        rows = self.rows()
        row = next((row for row in rows if row.id == command.value_id), None)
        if row is None:
            raise UserError("record.changed_meanwhile")
        self.remove(row)
        if command.reopen_previous:
            for other in rows:
                if other.valid_to == row.valid_from - _ONE_DAY:
                    other.valid_to = row.valid_to
        return self._done(valid_from=row.valid_from, reopened=command.reopen_previous)

    def restore(self, command: _Restoration[Held]) -> HistoryChange[Held]:
        self.expect(command.expected)
        missing = list(command.wanted)
        for row in self.rows():
            same = next((held for held in missing if _begins_alike(held, self._held(row))), None)
            if same is None:
                self.remove(row)
            else:
                missing.remove(same)
                row.valid_to = same.period.end
        self._session.flush()
        for held in missing:
            self._add(held)
        return self._done(restored=len(command.wanted))

    def remove(self, row: Row) -> None:
        period = Period(row.valid_from, row.valid_to)
        refuse_kept_value(self._session, self._kind, self._family_id, period)
        remove(self._session, type(row), [row.id])

    def _done(self, **details: object) -> HistoryChange[Held]:
        """Tell what was done."""
        self._session.flush()
        self._context.record(f"family {self._family_id}", **details)
        self._context.events.append(FamilyChanged(self._family_id))
        return HistoryChange(self.before, self.now())


def _begins_alike(one: Held, other: Held) -> bool:
    """The same value from the same day on, whenever it ends."""
    return one.period.start == other.period.start and replace(one, period=other.period) == other


def _quotients(context: Context, family_id: int) -> _History[QuotientRow, HeldQuotient]:
    hold_family(context.session, family_id)

    def add(held: HeldQuotient) -> None:
        add_quotients(context.session, [NewQuotient(family_id, held.value, held.source, held.period)])

    def held(row: QuotientRow) -> HeldQuotient:
        return HeldQuotient(row.value, row.source, Period(row.valid_from, row.valid_to))

    return _History(context, family_id, KeptValue.QUOTIENT, QuotientRow, held, add)


def _incomes(context: Context, family_id: int) -> _History[IncomeRow, HeldIncome]:
    hold_family(context.session, family_id)

    def add(held: HeldIncome) -> None:
        children = (held.dependent_children, held.disabled_children)
        add_incomes(context.session, [NewIncome(family_id, held.annual, *children, held.source, held.period)])

    def held(row: IncomeRow) -> HeldIncome:
        children = (row.dependent_children, row.disabled_children)
        return HeldIncome(row.annual, *children, row.source, Period(row.valid_from, row.valid_to))

    return _History(context, family_id, KeptValue.INCOME, IncomeRow, held, add)


# --- quotients ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SetQuotient(Command[HistoryChange[HeldQuotient]]):
    """A family's quotient from a day on, until `valid_to` or until further notice.

    What held before ends the day before; later values stay; the one that began that very day is replaced.
    `expected`: the quotients that were read, oldest first; None when nobody read them.
    """

    family_id: int
    value: Decimal
    source: str
    valid_from: date
    valid_to: date | None = None
    expected: tuple[HeldQuotient, ...] | None = None


@use_case(SetQuotient, permission="families.edit", action="quotient.set")
def set_quotient(command: SetQuotient, context: Context) -> HistoryChange[HeldQuotient]:
    """Raises InvalidFields, UserError `family.unknown`, `record.changed_meanwhile`, `quotient.used_by_invoice`,
    `quotient.used_by_carried`."""
    history = _quotients(context, command.family_id)
    history.expect(command.expected)
    source = " ".join(command.source.split())
    refuse(quotient_problems(command.value, source, command.valid_from, command.valid_to))
    return history.put(HeldQuotient(command.value, source, Period(command.valid_from, command.valid_to)))


@dataclass(frozen=True)
class DeleteQuotient(_Deletion, Command[HistoryChange[HeldQuotient]]):
    """Remove a quotient."""


@use_case(DeleteQuotient, permission="families.edit", action="quotient.deleted")
def delete_quotient(command: DeleteQuotient, context: Context) -> HistoryChange[HeldQuotient]:
    """Raises UserError `family.unknown`, `record.changed_meanwhile` (no longer there), `quotient.used_by_invoice`,
    `quotient.used_by_carried`."""
    return _quotients(context, command.family_id).delete(command)


@dataclass(frozen=True)
class RestoreQuotients(_Restoration[HeldQuotient], Command[HistoryChange[HeldQuotient]]):
    """Undo a change of quotients."""


@use_case(RestoreQuotients, permission="families.edit", action="quotient.restored")
def restore_quotients(command: RestoreQuotients, context: Context) -> HistoryChange[HeldQuotient]:
    """Raises what DeleteQuotient raises."""
    return _quotients(context, command.family_id).restore(command)


# --- incomes -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SetIncome(Command[HistoryChange[HeldIncome]]):
    """A family's yearly reference income and dependent children, as `SetQuotient` does it for quotients."""

    family_id: int
    annual: Money
    dependent_children: int
    disabled_children: int
    source: str
    valid_from: date
    valid_to: date | None = None
    expected: tuple[HeldIncome, ...] | None = None


@use_case(SetIncome, permission="families.edit", action="income.set")
def set_income(command: SetIncome, context: Context) -> HistoryChange[HeldIncome]:
    """Raises InvalidFields, UserError `family.unknown`, `record.changed_meanwhile`, `income.used_by_invoice`,
    `income.used_by_carried`."""
    history = _incomes(context, command.family_id)
    history.expect(command.expected)
    source = " ".join(command.source.split())
    figures = (command.annual, command.dependent_children, command.disabled_children, source)
    refuse(income_problems(*figures, command.valid_from, command.valid_to))
    return history.put(HeldIncome(*figures, Period(command.valid_from, command.valid_to)))


@dataclass(frozen=True)
class DeleteIncome(_Deletion, Command[HistoryChange[HeldIncome]]):
    """Remove an income."""


@use_case(DeleteIncome, permission="families.edit", action="income.deleted")
def delete_income(command: DeleteIncome, context: Context) -> HistoryChange[HeldIncome]:
    """Raises UserError `family.unknown`, `record.changed_meanwhile` (no longer there), `income.used_by_invoice`,
    `income.used_by_carried`."""
    return _incomes(context, command.family_id).delete(command)


@dataclass(frozen=True)
class RestoreIncomes(_Restoration[HeldIncome], Command[HistoryChange[HeldIncome]]):
    """Undo a change of incomes."""


@use_case(RestoreIncomes, permission="families.edit", action="income.restored")
def restore_incomes(command: RestoreIncomes, context: Context) -> HistoryChange[HeldIncome]:
    """Raises what DeleteIncome raises."""
    return _incomes(context, command.family_id).restore(command)
