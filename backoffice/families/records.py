"""Rows into frozen values and back, and how a command takes hold of a family or of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from backoffice.families.kinds import MemberRole
from backoffice.families.rules import FamilyValues, PersonValues, person_sort_name
from backoffice.families.tables import FamilyRow, IncomeRow, MembershipRow, PayerRow, PersonRow, QuotientRow
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.text import folded

_PERSON_FIELDS = tuple(f.name for f in fields(PersonValues))
PERSON_COLUMNS: tuple[InstrumentedAttribute[Any], ...] = tuple(getattr(PersonRow, name) for name in _PERSON_FIELDS)


def person_values(row: PersonRow) -> PersonValues:
    return PersonValues(**{name: getattr(row, name) for name in _PERSON_FIELDS})


def write_person(row: PersonRow, values: PersonValues) -> tuple[str, ...]:
    """Put the values in the row; returns the names of the fields that changed."""
    changed = tuple(name for name in _PERSON_FIELDS if getattr(row, name) != getattr(values, name))
    for name in changed:
        setattr(row, name, getattr(values, name))
    row.sort_name = person_sort_name(values.last_name, values.first_name)
    return changed


def family_values(row: FamilyRow) -> FamilyValues:
    return FamilyValues(row.name, row.billing_email, row.caf_number)


def write_family(row: FamilyRow, values: FamilyValues) -> None:
    row.name, row.billing_email, row.caf_number = values.name, values.billing_email, values.caf_number
    row.sort_name = folded(values.name)


def hold_family(session: Session, family_id: int) -> FamilyRow:
    """The family, kept from other agents until the transaction ends. Raises UserError `family.unknown`.

    All that changes members, payers or histories begins here: two agents then follow one another, and the rules
    between rows (a last holder, two values on one day) hold on the shared database too.
    """
    # Not its key: attendance and invoices that name the family do not wait.
    row = session.get(FamilyRow, family_id, with_for_update={"key_share": True})
    if row is None:
        raise UserError("family.unknown", id=family_id)
    return row


def find_person(session: Session, person_id: int) -> PersonRow:
    """Raises UserError `person.unknown`."""
    row = session.get(PersonRow, person_id)
    if row is None:
        raise UserError("person.unknown", id=person_id)
    return row


def memberships_of(session: Session, family_id: int) -> dict[int, MembershipRow]:
    """The members of a family, by person."""
    rows = session.scalars(select(MembershipRow).where(MembershipRow.family_id == family_id))
    return {row.person_id: row for row in rows}


def is_adult(row: MembershipRow) -> bool:
    return row.role == MemberRole.ADULT.value


def families_of(session: Session, person_id: int) -> Sequence[int]:
    """The families this person belongs to."""
    statement = select(MembershipRow.family_id).where(MembershipRow.person_id == person_id)
    return session.scalars(statement.order_by(MembershipRow.family_id)).all()


def in_force(table: type[PayerRow | QuotientRow | IncomeRow], day: date) -> ColumnElement[bool]:
    """The rows of a history that hold on a day."""
    return (table.valid_from <= day) & or_(table.valid_to.is_(None), table.valid_to >= day)


def spaced(name: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """A sorting name with its hyphens and apostrophes read as spaces, as `words_of` cuts it."""
    return func.replace(func.replace(name, "-", " "), "'", " ")
