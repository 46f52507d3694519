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

    def change(self) -> HistoryChange[Held]:
        """Tell what was done."""
        self._session.flush()
        self._context.events.append(FamilyChanged(self._family_id))
        return HistoryChange(self.before, self.now())

    def put(self, value: Held) -> None:
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
        self._context.record(f"family {self._family_id}", valid_from=day)

    def delete(self, row_id: int, *, reopen_previous: bool) -> None:
        rows = self.rows()
        row = next((row for row in rows if row.id == row_id), None)
        if row is None:
            raise UserError("record.changed_meanwhile")
        self.remove(row)
        if reopen_previous:
            for other in rows:
                if other.valid_to == row.valid_from - _ONE_DAY:
                    other.valid_to = row.valid_to
        self._context.record(f"family {self._family_id}", valid_from=row.valid_from, reopened=reopen_previous)

    def restore(self, expected: Sequence[Held], wanted: Sequence[Held]) -> None:
        """Put `wanted` back, if nobody changed anything since `expected`."""
        if self.before != tuple(expected):
            raise UserError("record.changed_meanwhile")
        missing = list(wanted)
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
        self._context.record(f"family {self._family_id}", restored=len(wanted))

    def remove(self, row: Row) -> None:
        period = Period(row.valid_from, row.valid_to)
        refuse_kept_value(self._session, self._kind, self._family_id, period)
        remove(self._session, type(row), [row.id])


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
    """

    family_id: int
    value: Decimal
    source: str
    valid_from: date
    valid_to: date | None = None


@use_case(SetQuotient, permission="families.edit", action="quotient.set")
def set_quotient(command: SetQuotient, context: Context) -> HistoryChange[HeldQuotient]:
    """Raises InvalidFields, UserError `family.unknown`, `quotient.used_by_invoice`, `quotient.used_by_carried`."""
    history = _quotients(context, command.family_id)
    source = " ".join(command.source.split())
    refuse(quotient_problems(command.value, source, command.valid_from, command.valid_to))
    history.put(HeldQuotient(command.value, source, Period(command.valid_from, command.valid_to)))
    return history.change()


@dataclass(frozen=True)
class DeleteQuotient(Command[HistoryChange[HeldQuotient]]):
    """Remove a quotient entered by mistake. `reopen_previous`: the one that it had ended takes its days back."""

    family_id: int
    quotient_id: int
    reopen_previous: bool = False


@use_case(DeleteQuotient, permission="families.edit", action="quotient.deleted")
def delete_quotient(command: DeleteQuotient, context: Context) -> HistoryChange[HeldQuotient]:
    """Raises UserError `family.unknown`, `record.changed_meanwhile` (no longer there), `quotient.used_by_invoice`,
    `quotient.used_by_carried`."""
    history = _quotients(context, command.family_id)
    history.delete(command.quotient_id, reopen_previous=command.reopen_previous)
    return history.change()


@dataclass(frozen=True)
class RestoreQuotients(Command[HistoryChange[HeldQuotient]]):
    """Undo: put `wanted` back, provided that the quotients are still `expected` (the `after` of the change)."""

    family_id: int
    expected: tuple[HeldQuotient, ...]
    wanted: tuple[HeldQuotient, ...]


@use_case(RestoreQuotients, permission="families.edit", action="quotient.restored")
def restore_quotients(command: RestoreQuotients, context: Context) -> HistoryChange[HeldQuotient]:
    """Raises UserError `family.unknown`, `record.changed_meanwhile`, `quotient.used_by_invoice`,
    `quotient.used_by_carried`."""
    history = _quotients(context, command.family_id)
    history.restore(command.expected, command.wanted)
    return history.change()


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


@use_case(SetIncome, permission="families.edit", action="income.set")
def set_income(command: SetIncome, context: Context) -> HistoryChange[HeldIncome]:
    """Raises InvalidFields, UserError `family.unknown`, `income.used_by_invoice`, `income.used_by_carried`."""
    history = _incomes(context, command.family_id)
    source = " ".join(command.source.split())
    figures = (command.annual, command.dependent_children, command.disabled_children, source)
    refuse(income_problems(*figures, command.valid_from, command.valid_to))
    history.put(HeldIncome(*figures, Period(command.valid_from, command.valid_to)))
    return history.change()


@dataclass(frozen=True)
class DeleteIncome(Command[HistoryChange[HeldIncome]]):
    """Remove an income entered by mistake. `reopen_previous`: the one that it had ended takes its days back."""

    family_id: int
    income_id: int
    reopen_previous: bool = False


@use_case(DeleteIncome, permission="families.edit", action="income.deleted")
def delete_income(command: DeleteIncome, context: Context) -> HistoryChange[HeldIncome]:
    """Raises UserError `family.unknown`, `record.changed_meanwhile` (no longer there), `income.used_by_invoice`,
    `income.used_by_carried`."""
    history = _incomes(context, command.family_id)
    history.delete(command.income_id, reopen_previous=command.reopen_previous)
    return history.change()


@dataclass(frozen=True)
class RestoreIncomes(Command[HistoryChange[HeldIncome]]):
    """Undo: put `wanted` back, provided that the incomes are still `expected` (the `after` of the change)."""

    family_id: int
    expected: tuple[HeldIncome, ...]
    wanted: tuple[HeldIncome, ...]


@use_case(RestoreIncomes, permission="families.edit", action="income.restored")
def restore_incomes(command: RestoreIncomes, context: Context) -> HistoryChange[HeldIncome]:
    """Raises UserError `family.unknown`, `record.changed_meanwhile`, `income.used_by_invoice`,
    `income.used_by_carried`."""
    history = _incomes(context, command.family_id)
    history.restore(command.expected, command.wanted)
    return history.change()
