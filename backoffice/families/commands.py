"""Creating families and changing what their tariff and invoices depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from backoffice.families.kinds import MemberRole
from backoffice.families.tables import (
    FamilyRow,
    IncomeRow,
    MembershipRow,
    PayerRow,
    PersonRow,
    QuotientRow,
)
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period
from backoffice.kernel.text import folded


@dataclass(frozen=True, slots=True)
class FamilyChanged(Event):
    """Something of this family changed."""

    family_id: int


@dataclass(frozen=True, slots=True)
class NewFamily:
    name: str
    billing_email: str = ""
    caf_number: str = ""


@dataclass(frozen=True, slots=True)
class NewPerson:
    last_name: str
    first_name: str
    title: str = ""
    birth_name: str = ""
    birth_date: date | None = None
    sex: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    phone: str = ""
    mobile: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class NewMembership:
    family_id: int
    person_id: int
    role: MemberRole
    is_holder: bool = False


@dataclass(frozen=True, slots=True)
class NewPayer:
    family_id: int
    person_id: int
    rank: int
    period: Period


@dataclass(frozen=True, slots=True)
class NewQuotient:
    family_id: int
    value: Decimal
    source: str
    period: Period


@dataclass(frozen=True, slots=True)
class NewIncome:
    family_id: int
    annual: Money
    dependent_children: int
    disabled_children: int
    source: str
    period: Period


def add_families(session: Session, families: Sequence[NewFamily]) -> list[int]:
    """Create many families at once; the ids come in the order given."""
    rows = [
        {
            "name": family.name,
            "sort_name": folded(family.name),
            "billing_email": family.billing_email,
            "caf_number": family.caf_number,
        }
        for family in families
    ]
    return _insert(session, FamilyRow, rows)


def add_people(session: Session, people: Sequence[NewPerson]) -> list[int]:
    """Create many people at once; the ids come in the order given."""
    rows = [
        {
            "title": person.title,
            "last_name": person.last_name,
            "first_name": person.first_name,
            "birth_name": person.birth_name,
            "sort_name": folded(f"{person.last_name} {person.first_name}"),
            "birth_date": person.birth_date,
            "sex": person.sex,
            "street": person.street,
            "postcode": person.postcode,
            "city": person.city,
            "phone": person.phone,
            "mobile": person.mobile,
            "email": person.email,
        }
        for person in people
    ]
    return _insert(session, PersonRow, rows)


def add_memberships(session: Session, memberships: Sequence[NewMembership]) -> None:
    _insert(
        session,
        MembershipRow,
        [
            {"family_id": m.family_id, "person_id": m.person_id, "role": m.role.value, "is_holder": m.is_holder}
            for m in memberships
        ],
    )


def add_payers(session: Session, payers: Sequence[NewPayer]) -> None:
    _insert(
        session,
        PayerRow,
        [
            {"family_id": p.family_id, "person_id": p.person_id, "rank": p.rank, **_dates(p.period)}
            for p in payers
        ],
    )


def add_quotients(session: Session, quotients: Sequence[NewQuotient]) -> None:
    _insert(
        session,
        QuotientRow,
        [
            {"family_id": q.family_id, "value": q.value, "source": q.source, **_dates(q.period)}
            for q in quotients
        ],
    )


def add_incomes(session: Session, incomes: Sequence[NewIncome]) -> None:
    _insert(
        session,
        IncomeRow,
        [
            {
                "family_id": i.family_id,
                "annual": i.annual,
                "dependent_children": i.dependent_children,
                "disabled_children": i.disabled_children,
                "source": i.source,
                **_dates(i.period),
            }
            for i in incomes
        ],
    )


def _dates(period: Period) -> dict[str, date | None]:
    return {"valid_from": period.start, "valid_to": period.end}


def _insert(session: Session, table: type[Any], rows: list[dict[str, Any]]) -> list[int]:
    ids: list[int] = []
    statement = insert(table).returning(table.id, sort_by_parameter_order=True)
    for some in batches(rows):
        ids.extend(session.scalars(statement, some))
    return ids


def _hold(session: Session, family_id: int) -> None:
    """Two agents who change the same family follow one another. Raises UserError `family.unknown`."""
    if session.get(FamilyRow, family_id, with_for_update={"key_share": True}) is None:
        raise UserError("family.unknown", id=family_id)


@dataclass(frozen=True)
class SetQuotient(Command[None]):
    """A family's quotient from a day on. What held before ends the day before; later values stay."""

    family_id: int
    value: Decimal
    source: str
    valid_from: date


@use_case(SetQuotient, permission="families.edit", action="quotient.set")
def set_quotient(command: SetQuotient, context: Context) -> None:
    session = context.session
    _hold(session, command.family_id)
    if command.value < 0 or command.value * 100 != int(command.value * 100):
        raise UserError("quotient.impossible", text=command.value)
    rows = list(session.scalars(select(QuotientRow).where(QuotientRow.family_id == command.family_id)))
    end: date | None = None
    for row in rows:
        if row.valid_from > command.valid_from:
            before = row.valid_from - timedelta(days=1)
            end = before if end is None or before < end else end
        elif row.valid_from == command.valid_from:
            session.delete(row)
        elif row.valid_to is None or row.valid_to >= command.valid_from:
            row.valid_to = command.valid_from - timedelta(days=1)
    session.flush()
    period = Period(command.valid_from, end)
    add_quotients(session, [NewQuotient(command.family_id, command.value, command.source, period)])
    context.record(f"family {command.family_id}", valid_from=command.valid_from)
    context.events.append(FamilyChanged(command.family_id))


@dataclass(frozen=True)
class ChangePayers(Command[None]):
    """Who is named on the invoices from a day on: one person, or two.

    The period in force ends the day before; what was planned from that day on is replaced.
    """

    family_id: int
    person_ids: tuple[int, ...]
    valid_from: date


@use_case(ChangePayers, permission="families.edit", action="payers.changed")
def change_payers(command: ChangePayers, context: Context) -> None:
    session = context.session
    _hold(session, command.family_id)
    if not 1 <= len(set(command.person_ids)) == len(command.person_ids) <= 2:
        raise UserError("payers.one_or_two")
    members = set(
        session.scalars(select(MembershipRow.person_id).where(MembershipRow.family_id == command.family_id))
    )
    if not set(command.person_ids) <= members:
        raise UserError("payers.not_in_family")
    for row in session.scalars(select(PayerRow).where(PayerRow.family_id == command.family_id)):
        if row.valid_from >= command.valid_from:
            session.delete(row)
        elif row.valid_to is None or row.valid_to >= command.valid_from:
            row.valid_to = command.valid_from - timedelta(days=1)
    session.flush()
    period = Period(command.valid_from)
    add_payers(
        session,
        [NewPayer(command.family_id, person, rank, period) for rank, person in enumerate(command.person_ids, 1)],
    )
    context.record(f"family {command.family_id}", valid_from=command.valid_from, payers=len(command.person_ids))
    context.events.append(FamilyChanged(command.family_id))
