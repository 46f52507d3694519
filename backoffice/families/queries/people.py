"""The list of everybody, and who may be the same person."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, or_, select

from backoffice.families.kinds import MemberRole
from backoffice.families.queries.many import FamilyName
from backoffice.families.records import PERSON_COLUMNS, in_force, spaced
from backoffice.families.rules import Likeness, PersonValues, full_name, likeness
from backoffice.families.tables import FamilyRow, MembershipRow, PersonRow, QuotientRow
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.text import digits_of, folded, words_of

_ROLES = {role.value: role for role in MemberRole}
_TIDY_PHONE = re.compile(r"0\d(?: \d\d){4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PersonListRow:
    """One membership. `phone`: the mobile when there is one; `quotient`: today's.

    `haystack` holds names, phones as digits, city, e-mail and « #12 » (the family's number), without accents or
    case: a row answers what was typed when it holds all of `backoffice.kernel.text.needles(typed)`.
    """

    person_id: int
    family_id: int
    family_name: str
    last_name: str
    first_name: str
    role: MemberRole
    birth_date: date | None
    city: str
    phone: str
    email: str
    quotient: Decimal | None
    sort_name: str
    haystack: str


@dataclass(frozen=True)
class ListPeople(Query[tuple[PersonListRow, ...]]):
    """Everybody who is in a family, once for each of their families, in alphabetical order."""


@read(ListPeople, permission="families.read")
def list_people(_query: ListPeople, reading: Reading) -> tuple[PersonListRow, ...]:
    held = select(QuotientRow.family_id, QuotientRow.value).where(in_force(QuotientRow, reading.today))
    quotients: dict[int, Decimal] = {row.family_id: row.value for row in reading.session.execute(held)}
    statement = (
        select(
            PersonRow.id,
            FamilyRow.id,
            FamilyRow.name,
            FamilyRow.sort_name,
            PersonRow.last_name,
            PersonRow.first_name,
            PersonRow.birth_name,
            PersonRow.sort_name,
            MembershipRow.role,
            PersonRow.birth_date,
            PersonRow.city,
            PersonRow.mobile,
            PersonRow.phone,
            PersonRow.email,
        )
        .join(PersonRow, PersonRow.id == MembershipRow.person_id)
        .join(FamilyRow, FamilyRow.id == MembershipRow.family_id)
    )
    cities: dict[str, str] = {}
    rows = []
    for (
        person_id, family_id, family_name, family_sort, last_name, first_name, birth_name, sort_name, role, birth_date,
        city, mobile, phone, email,
    ) in reading.session.execute(statement):  # fmt: skip
        plain_city = cities.get(city)
        if plain_city is None:
            plain_city = cities[city] = folded(city)
        hay = [sort_name, family_sort, plain_city, f"#{family_id}"]
        if birth_name:
            hay.append(folded(birth_name))
        if mobile:
            hay.append(_digits(mobile))
        if phone:
            hay.append(_digits(phone))
        if email:
            hay.append(email.casefold())
        rows.append(
            PersonListRow(
                person_id,
                family_id,
                family_name,
                last_name,
                first_name,
                _ROLES[role],
                birth_date,
                city,
                mobile or phone,
                email,
                quotients.get(family_id),
                sort_name,
                " ".join(hay),
            )
        )
    rows.sort(key=lambda row: (row.sort_name, row.person_id, row.family_id))
    return tuple(rows)


def _digits(phone: str) -> str:
    return phone.replace(" ", "") if _TIDY_PHONE.fullmatch(phone) else digits_of(phone)


@dataclass(frozen=True, slots=True)
class SimilarPerson:
    """Somebody already known who may be the person typed. `families` is empty for a person whom all have left."""

    person_id: int
    name: str
    birth_date: date | None
    city: str
    phone: str
    families: tuple[FamilyName, ...]
    likeness: Likeness


@dataclass(frozen=True)
class SimilarPeople(Query[tuple[SimilarPerson, ...]]):
    """« Cette personne existe peut-être déjà » : the most alike first, none when nothing is known enough to tell."""

    last_name: str
    first_name: str
    birth_date: date | None = None


@read(SimilarPeople, permission="families.read")
def similar_people(query: SimilarPeople, reading: Reading) -> tuple[SimilarPerson, ...]:
    session = reading.session
    typed = PersonValues(query.last_name, query.first_name, birth_date=query.birth_date)
    found = look_alikes(session, typed)
    families = _families_of(session, [person_id for person_id, _, _ in found])
    return tuple(
        SimilarPerson(
            person_id,
            full_name("", person.last_name, person.first_name),
            person.birth_date,
            person.city,
            person.mobile or person.phone,
            tuple(families[person_id]),
            how,
        )
        for person_id, person, how in found
    )


def look_alikes(session: Session, typed: PersonValues) -> list[tuple[int, PersonValues, Likeness]]:
    """Everybody who looks like this person (id, values, how much), the most alike first."""
    if not (words_of(typed.last_name) and words_of(typed.first_name)):
        return []
    found = [
        (person_id, person, how)
        for person_id, person in _candidates(session, typed)
        if (how := likeness(typed, person)) is not Likeness.NONE
    ]
    return sorted(found, key=lambda one: (-one[2], one[0]))


def _candidates(session: Session, typed: PersonValues) -> Sequence[tuple[int, PersonValues]]:
    first, last = words_of(typed.first_name), words_of(typed.last_name)
    orders = [last + first, first + last]
    if typed.birth_name:
        orders.append(words_of(typed.birth_name) + first)
    conditions: list[ColumnElement[bool]] = [spaced(PersonRow.sort_name).in_([" ".join(words) for words in orders])]
    if typed.birth_date is not None:
        conditions.append(PersonRow.birth_date == typed.birth_date)
    statement = select(PersonRow.id, *PERSON_COLUMNS).where(or_(*conditions))
    return [(row.id, PersonValues(*row[1:])) for row in session.execute(statement)]


def _families_of(session: Session, person_ids: Collection[int]) -> dict[int, list[FamilyName]]:
    found: dict[int, list[FamilyName]] = defaultdict(list)
    statement = (
        select(MembershipRow.person_id, FamilyRow.id, FamilyRow.name, FamilyRow.sort_name)
        .join(FamilyRow, FamilyRow.id == MembershipRow.family_id)
        .where(MembershipRow.person_id.in_(person_ids))
        .order_by(FamilyRow.sort_name, FamilyRow.id)
    )
    for person_id, family_id, name, sort_name in session.execute(statement):
        found[person_id].append(FamilyName(family_id, name, sort_name))
    return found
