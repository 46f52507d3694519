"""Finding people and families from a few letters or digits, fast enough to answer each key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from backoffice.families.kinds import MemberRole
from backoffice.families.records import spaced
from backoffice.families.tables import FamilyRow, MembershipRow, PersonRow
from backoffice.kernel.database import Session

FEWEST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """Somebody in a family. `rank` tells how well it answers: 0 the name begins so, 1 words begin so, 2 inside."""

    person_id: int
    family_id: int
    family_name: str
    role: MemberRole
    last_name: str
    first_name: str
    birth_date: date | None
    sex: str
    city: str
    phone: str
    sort_name: str
    rank: int


@dataclass(frozen=True, slots=True)
class FoundFamily:
    """A family, with how many adults and children are in it; `rank` as for people."""

    id: int
    name: str
    sort_name: str
    adults: int
    children: int
    rank: int


def find_people(session: Session, words: Sequence[str], digits: str, email: str, limit: int) -> list[FoundPerson]:
    """People whose name holds all the folded words, or whose phone holds the digits, or whose e-mail holds the text.

    An empty criterion finds nobody; fewer than three digits are no phone.
    """
    found: list[ColumnElement[bool]] = []
    if words:
        found.append(_holds(PersonRow.sort_name, words))
    if len(digits) >= FEWEST_DIGITS:
        found.append(_dialled().contains(digits, autoescape=True))
    if email:
        found.append(func.lower(PersonRow.email).contains(email, autoescape=True))
    if not found:
        return []
    rank = _rank(spaced(PersonRow.sort_name), words)
    # Without words all ranks are the same: by name alone, the index of names is walked until there are enough.
    best_first = (rank,) if words else ()
    people = (
        select(PersonRow.id, rank.label("rank"))
        .where(or_(*found))
        .order_by(*best_first, PersonRow.sort_name, PersonRow.id)
        .limit(limit)
        .subquery()
    )
    statement = (
        select(
            PersonRow.id,
            FamilyRow.id,
            FamilyRow.name,
            MembershipRow.role,
            PersonRow.last_name,
            PersonRow.first_name,
            PersonRow.birth_date,
            PersonRow.sex,
            PersonRow.city,
            PersonRow.mobile,
            PersonRow.phone,
            PersonRow.sort_name,
            people.c.rank,
        )
        .join(people, people.c.id == PersonRow.id)
        .join(MembershipRow, MembershipRow.person_id == PersonRow.id)
        .join(FamilyRow, FamilyRow.id == MembershipRow.family_id)
    )
    return [
        FoundPerson(
            person_id, family_id, family_name, MemberRole(role), last_name, first_name, birth_date, sex, city,
            mobile or phone, sort_name, how,
        )
        for person_id, family_id, family_name, role, last_name, first_name, birth_date, sex, city, mobile, phone,
        sort_name, how in session.execute(statement)
    ]  # fmt: skip


def find_families(session: Session, words: Sequence[str], number: int | None, limit: int) -> list[FoundFamily]:
    """Families whose name holds all the folded words, and the one that has this number (rank -1)."""
    if not words and number is None:
        return []
    rank = _rank(spaced(FamilyRow.sort_name), words)
    conditions = [_holds(FamilyRow.sort_name, words)] if words else []
    if number is not None:
        conditions.append(FamilyRow.id == number)
        rank = case((FamilyRow.id == number, -1), else_=rank)
    statement = (
        select(
            FamilyRow.id,
            FamilyRow.name,
            FamilyRow.sort_name,
            _counted(MemberRole.ADULT).label("adults"),
            _counted(MemberRole.CHILD).label("children"),
            rank.label("rank"),
        )
        .where(or_(*conditions))
        .order_by(rank, FamilyRow.sort_name, FamilyRow.id)
        .limit(limit)
    )
    return [FoundFamily(*row) for row in session.execute(statement)]


def _holds(name: InstrumentedAttribute[str], words: Sequence[str]) -> ColumnElement[bool]:
    """All the words, anywhere in the name: they hold no space or hyphen, so the raw name is enough."""
    return and_(*(name.contains(word, autoescape=True) for word in words))


def _rank(name: ColumnElement[str], words: Sequence[str]) -> ColumnElement[int]:
    if not words:
        return literal(0)
    padded = literal(" ") + name
    begin = and_(*(padded.contains(f" {word}", autoescape=True) for word in words))
    return case((and_(begin, name.startswith(words[0], autoescape=True)), 0), (begin, 1), else_=2)


def _dialled() -> ColumnElement[str]:
    """Both phones as one dials them, however they were typed (imports keep what they found)."""
    text: ColumnElement[str] = PersonRow.mobile + literal("/") + PersonRow.phone
    for sign, dialled in ((" ", ""), (".", ""), ("-", ""), ("+33", "0")):
        text = func.replace(text, sign, dialled)
    return text


def _counted(role: MemberRole) -> ColumnElement[int]:
    return (
        select(func.count())
        .where(MembershipRow.family_id == FamilyRow.id, MembershipRow.role == role.value)
        .correlate(FamilyRow)
        .scalar_subquery()
    )
