"""Many families, people and values written at once: how imports and the demonstration town fill the base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from backoffice.families.kinds import MemberRole
from backoffice.families.rules import FamilyValues, PersonValues, person_sort_name
from backoffice.families.tables import (
    FamilyRow,
    IncomeRow,
    MembershipRow,
    PayerRow,
    PersonRow,
    QuotientRow,
)
from backoffice.kernel.batches import batches
from backoffice.kernel.bulk import new_ids
from backoffice.kernel.database import Session
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period
from backoffice.kernel.text import folded

NewFamily = FamilyValues
NewPerson = PersonValues


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
    return _insert(session, FamilyRow, rows, new_ids(session, "new_families", len(rows)))


def add_people(session: Session, people: Sequence[NewPerson]) -> list[int]:
    """Create many people at once; the ids come in the order given."""
    rows = [
        {
            "title": person.title,
            "last_name": person.last_name,
            "first_name": person.first_name,
            "birth_name": person.birth_name,
            "sort_name": person_sort_name(person.last_name, person.first_name),
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
    return _insert(session, PersonRow, rows, new_ids(session, "new_people", len(rows)))


def add_memberships(session: Session, memberships: Sequence[NewMembership]) -> list[int]:
    """Put many people in families at once; the ids come in the order given."""
    return _insert(
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


def _insert(
    session: Session, table: type[Any], rows: list[dict[str, Any]], drawn: Sequence[int] | None = None
) -> list[int]:
    """`drawn`: ids given beforehand, where a row is seen by the services that were told of its id."""
    if drawn is not None:
        for some in batches([{"id": id_, **row} for id_, row in zip(drawn, rows, strict=True)]):
            session.execute(insert(table), some)
        return list(drawn)
    ids: list[int] = []
    statement = insert(table).returning(table.id, sort_by_parameter_order=True)
    for some in batches(rows):
        ids.extend(session.scalars(statement, some))
    return ids
