"""What the journal of rows says of a file, made into changes of values. Pure: lines go in, changes come out.

Members and records are compared line by line. Payers, quotients and resources hold by period: their rows are put back,
transaction after transaction, from what stands today, and what held each day before and after is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

from backoffice.families.kinds import Changed, MemberRole, Place
from backoffice.families.rules import postal_address
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period

T = TypeVar("T")
Row: TypeAlias = Mapping[str, Any]
"""A row as the journal keeps it: its columns by name, with the values of the database."""

FAMILIES, PEOPLE, MEMBERSHIPS = "families", "people", "memberships"
PAYERS, QUOTIENTS, INCOMES = "payers", "quotients", "incomes"
BY_PERIOD = (PAYERS, QUOTIENTS, INCOMES)

_ONE_DAY = timedelta(days=1)
_RECORD = {"name": Changed.FAMILY_NAME, "billing_email": Changed.BILLING_EMAIL, "caf_number": Changed.CAF_NUMBER}
_PERSON = {
    "title": Changed.TITLE,
    "last_name": Changed.LAST_NAME,
    "first_name": Changed.FIRST_NAME,
    "birth_name": Changed.BIRTH_NAME,
    "sex": Changed.SEX,
    "mobile": Changed.MOBILE,
    "phone": Changed.PHONE,
    "email": Changed.EMAIL,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row before and after. `act` is common to the lines of one transaction."""

    at: datetime
    actor: str
    act: object
    table: str
    row_id: int
    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True)
class QuotientHeld:
    value: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class IncomeHeld:
    annual: Money
    dependent_children: int
    disabled_children: int
    source: str


@dataclass(frozen=True, slots=True)
class Named:
    """Who is named on the invoices, the main debtor first."""

    people: tuple[int, ...]


Value: TypeAlias = str | date | tuple[str, ...] | Place | Named | QuotientHeld | IncomeHeld
"""A text, a day, the lines of an address, a place, the payers, a quotient, yearly resources."""


@dataclass(frozen=True, slots=True)
class Change:
    """A value before and after (None: nothing known). `person_id` None: it is the family's own."""

    at: datetime
    actor: str
    what: Changed
    person_id: int | None
    before: Value | None
    after: Value | None
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """Who made the file, and when."""

    at: datetime
    actor: str


def replay(lines: Sequence[Line], today: Mapping[str, Mapping[int, Row]]) -> tuple[list[Change], Made | None]:
    """The changes, newest first, and who made the file (None when the journal does not go so far).

    `lines`: newest first. `today`: the rows by period that stand now, by table and id. What came with the file itself
    is no change.
    """
    standing = {table: dict(today.get(table, {})) for table in BY_PERIOD}
    changes: list[Change] = []
    made: Made | None = None
    for act in _acts(lines):
        newest = act[0]
        found: list[Change] = []
        for what, person_id, before, after in _records(act):
            found.append(Change(newest.at, newest.actor, what, person_id, before, after))
        for table in BY_PERIOD:
            after_rows = dict(standing[table])
            _undo(standing[table], [line for line in act if line.table == table])
            for what, day, old, new in _held_changes(table, standing[table], after_rows):
                found.append(Change(newest.at, newest.actor, what, None, old, new, day))
        if any(line.table == FAMILIES and line.before is None for line in act):
            made = Made(newest.at, newest.actor)
        else:
            changes.extend(found)
    return changes, made


def _acts(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of each transaction, the latest transaction first; inside one, newest first too."""
    acts: dict[object, list[Line]] = {}
    for line in lines:
        acts.setdefault((line.act, line.actor), []).append(line)
    return list(acts.values())


# --- records and places ------------------------------------------------------------------------------------------

_Found: TypeAlias = tuple[Changed, int | None, Value | None, Value | None]


def _records(act: Sequence[Line]) -> Iterator[_Found]:
    """What the transaction changed in the records and the places, from before its first line to after its last."""
    both: dict[tuple[str, int], tuple[Row | None, Row | None]] = {}
    for line in reversed(act):
        key = (line.table, line.row_id)
        first = both[key][0] if key in both else line.before
        both[key] = (first, line.after)
    for (table, row_id), (before, after) in both.items():
        if table == FAMILIES and before is not None and after is not None:
            yield from _differences(_record(before), _record(after), None)
        elif table == PEOPLE and before is not None and after is not None:
            yield from _differences(_person(before), _person(after), row_id)
        elif table == MEMBERSHIPS:
            known = before or after
            old, new = _place(before), _place(after)
            if known is not None and old != new:
                yield Changed.PLACE, int(known["person_id"]), old, new


def _differences(
    before: Mapping[Changed, Value | None], after: Mapping[Changed, Value | None], person_id: int | None
) -> Iterator[_Found]:
    for what, old in before.items():
        if old != after[what]:
            yield what, person_id, old, after[what]


def _record(row: Row) -> dict[Changed, Value | None]:
    return {what: row[column] or None for column, what in _RECORD.items()}


def _person(row: Row) -> dict[Changed, Value | None]:
    """Street, postcode and town are one address."""
    born = row["birth_date"]
    return {
        **{what: row[column] or None for column, what in _PERSON.items()},
        Changed.BIRTH_DATE: date.fromisoformat(born) if born else None,
        Changed.ADDRESS: postal_address(row["street"], row["postcode"], row["city"]) or None,
    }


def _place(row: Row | None) -> Place | None:
    return None if row is None else Place(MemberRole(row["role"]), bool(row["is_holder"]))


# --- what holds by period ----------------------------------------------------------------------------------------


def _undo(standing: dict[int, Row], act: Iterable[Line]) -> None:
    """The rows as they stood before the transaction."""
    for line in act:
        if line.before is None:
            standing.pop(line.row_id, None)
        else:
            standing[line.row_id] = line.before


def _held_changes(
    table: str, before: Mapping[int, Row], after: Mapping[int, Row]
) -> Iterator[tuple[Changed, date, Value | None, Value | None]]:
    if before == after:
        return
    what, held = {
        PAYERS: (Changed.PAYERS, _payers),
        QUOTIENTS: (Changed.QUOTIENT, _quotient),
        INCOMES: (Changed.INCOME, _income),
    }[table]
    periods = [_period(row) for row in (*before.values(), *after.values())]
    for day, old, new in _steps(periods, lambda day: held(_on(before, day)), lambda day: held(_on(after, day))):
        yield what, day, old, new


def _steps(
    periods: Iterable[Period], before: Callable[[date], T], after: Callable[[date], T]
) -> Iterator[tuple[date, T, T]]:
    """Each day from which something else holds than before, with both."""
    days = {period.start for period in periods}
    days |= {period.end + _ONE_DAY for period in periods if period.end is not None and period.end < date.max}
    last: tuple[T, T] | None = None
    for day in sorted(days):
        pair = before(day), after(day)
        if pair[0] != pair[1] and pair != last:
            yield day, *pair
        last = pair


def _on(rows: Mapping[int, Row], day: date) -> list[Row]:
    """The rows in force that day, the one that began last first."""
    held = [row for row in rows.values() if day in _period(row)]
    return sorted(held, key=lambda row: str(row["valid_from"]), reverse=True)


def _period(row: Row) -> Period:
    end = row["valid_to"]
    return Period(date.fromisoformat(row["valid_from"]), date.fromisoformat(end) if end else None)


def _payers(rows: Sequence[Row]) -> Value | None:
    return Named(tuple(row["person_id"] for row in sorted(rows, key=lambda row: int(row["rank"])))) if rows else None


def _quotient(rows: Sequence[Row]) -> Value | None:
    return QuotientHeld(Decimal(rows[0]["value"]) / 100, rows[0]["source"]) if rows else None


def _income(rows: Sequence[Row]) -> Value | None:
    if not rows:
        return None
    row = rows[0]
    return IncomeHeld(Money(row["annual"]), row["dependent_children"], row["disabled_children"], row["source"])
