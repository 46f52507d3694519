"""What other wings read of families, many at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, or_, select

from backoffice.families.kinds import MemberRole
from backoffice.families.records import person_values
from backoffice.families.rules import PersonValues, full_name, postal_address
from backoffice.families.tables import (
    FamilyRow,
    IncomeRow,
    MembershipRow,
    PayerRow,
    PersonRow,
    QuotientRow,
)
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period


@dataclass(frozen=True, slots=True)
class FamilyName:
    """A family as lists show it; `sort_name` puts É beside E."""

    id: int
    name: str
    sort_name: str


@dataclass(frozen=True, slots=True)
class ChildName:
    """A child as invoices name it: « NOM Prénom », eldest first when sorted by `birth_date`."""

    id: int
    name: str
    birth_date: date | None


@dataclass(frozen=True, slots=True)
class NamedPayer:
    """A debtor on a day, with the address to print."""

    person_id: int
    rank: int
    name: str
    address: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldQuotient:
    """A quotient and the days it holds."""

    value: Decimal
    source: str
    period: Period


@dataclass(frozen=True, slots=True)
class HeldIncome:
    """A reference income and the days it holds."""

    annual: Money
    dependent_children: int
    disabled_children: int
    source: str
    period: Period


def family_names(session: Session, ids: Collection[int]) -> dict[int, FamilyName]:
    found: dict[int, FamilyName] = {}
    for some in batches(ids):
        statement = select(FamilyRow.id, FamilyRow.name, FamilyRow.sort_name).where(FamilyRow.id.in_(some))
        found.update((row.id, FamilyName(row.id, row.name, row.sort_name)) for row in session.execute(statement))
    return found


def child_names(session: Session, ids: Collection[int]) -> dict[int, ChildName]:
    found: dict[int, ChildName] = {}
    columns = (PersonRow.id, PersonRow.last_name, PersonRow.first_name, PersonRow.birth_date)
    for some in batches(ids):
        for row in session.execute(select(*columns).where(PersonRow.id.in_(some))):
            found[row.id] = ChildName(row.id, full_name("", row.last_name, row.first_name), row.birth_date)
    return found


def payers_on(session: Session, family_ids: Collection[int], day: date) -> dict[int, tuple[NamedPayer, ...]]:
    """The debtors of each family on that day, main one first. A family without any is absent from the answer."""
    found: dict[int, list[NamedPayer]] = defaultdict(list)
    for some in batches(family_ids):
        statement = (
            select(
                PayerRow.family_id,
                PayerRow.person_id,
                PayerRow.rank,
                PersonRow.title,
                PersonRow.last_name,
                PersonRow.first_name,
                PersonRow.street,
                PersonRow.postcode,
                PersonRow.city,
            )
            .join(PersonRow, PersonRow.id == PayerRow.person_id)
            .where(PayerRow.family_id.in_(some), PayerRow.valid_from <= day)
            .where(or_(PayerRow.valid_to.is_(None), PayerRow.valid_to >= day))
            .order_by(PayerRow.family_id, PayerRow.rank, PayerRow.id)
        )
        for row in session.execute(statement):
            name = full_name(row.title, row.last_name, row.first_name)
            address = postal_address(row.street, row.postcode, row.city)
            found[row.family_id].append(NamedPayer(row.person_id, row.rank, name, address))
    return {family: tuple(payers) for family, payers in found.items()}


def quotients_during(
    session: Session, family_ids: Collection[int], period: Period
) -> dict[int, tuple[HeldQuotient, ...]]:
    """The quotients of each family that hold on at least one day of a closed period."""
    found: dict[int, list[HeldQuotient]] = defaultdict(list)
    for some in batches(family_ids):
        statement = (
            select(QuotientRow)
            .where(QuotientRow.family_id.in_(some), QuotientRow.valid_from <= period.end)
            .where(or_(QuotientRow.valid_to.is_(None), QuotientRow.valid_to >= period.start))
        )
        for row in session.scalars(statement):
            held = HeldQuotient(row.value, row.source, Period(row.valid_from, row.valid_to))
            found[row.family_id].append(held)
    return {family: tuple(held) for family, held in found.items()}


def incomes_during(session: Session, family_ids: Collection[int], period: Period) -> dict[int, tuple[HeldIncome, ...]]:
    """The reference incomes of each family that hold on at least one day of a closed period."""
    found: dict[int, list[HeldIncome]] = defaultdict(list)
    for some in batches(family_ids):
        statement = (
            select(IncomeRow)
            .where(IncomeRow.family_id.in_(some), IncomeRow.valid_from <= period.end)
            .where(or_(IncomeRow.valid_to.is_(None), IncomeRow.valid_to >= period.start))
        )
        for row in session.scalars(statement):
            found[row.family_id].append(
                HeldIncome(
                    row.annual,
                    row.dependent_children,
                    row.disabled_children,
                    row.source,
                    Period(row.valid_from, row.valid_to),
                )
            )
    return {family: tuple(held) for family, held in found.items()}


def holders_by_family(session: Session, family_ids: Collection[int]) -> dict[int, int]:
    """How many adults speak for each family: two and only one payer deserves a look before billing."""
    found: dict[int, int] = {}
    for some in batches(family_ids):
        statement = (
            select(MembershipRow.family_id, func.count())
            .where(MembershipRow.family_id.in_(some))
            .where(MembershipRow.role == MemberRole.ADULT.value, MembershipRow.is_holder)
            .group_by(MembershipRow.family_id)
        )
        found.update((family, count) for family, count in session.execute(statement))
    return found


def is_member(session: Session, family_id: int, person_id: int) -> bool:
    """Whether this person belongs to this family."""
    statement = select(MembershipRow.id).where(
        MembershipRow.family_id == family_id, MembershipRow.person_id == person_id
    )
    return session.scalar(statement) is not None


def families_of(session: Session, child_ids: Collection[int]) -> dict[int, list[int]]:
    """The families of which each of these people is a child, in the order in which they were put there."""
    found: dict[int, list[int]] = {child_id: [] for child_id in child_ids}
    row = MembershipRow
    for some in batches(child_ids):
        statement = select(row.person_id, row.family_id).where(
            row.person_id.in_(some), row.role == MemberRole.CHILD.value
        )
        for child_id, family_id in session.execute(statement.order_by(row.id)):
            found[child_id].append(family_id)
    return found


def is_child(session: Session, person_id: int) -> bool:
    """Whether this person is a child of a family, of one at least."""
    statement = select(MembershipRow.id).where(
        MembershipRow.person_id == person_id, MembershipRow.role == MemberRole.CHILD.value
    )
    return session.scalars(statement.limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class MemberName:
    """A person in a family, as lists name them."""

    family_id: int
    person_id: int
    role: MemberRole
    name: str
    birth_date: date | None
    sex: str


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A person in a family with what their record says: what a paper made for the family is filled in with."""

    family_id: int
    person_id: int
    role: MemberRole
    person: PersonValues

    @property
    def name(self) -> str:
        return full_name("", self.person.last_name, self.person.first_name)

    @property
    def address(self) -> tuple[str, ...]:
        return postal_address(self.person.street, self.person.postcode, self.person.city)


def member_records(session: Session, family_ids: Collection[int]) -> dict[int, list[MemberRecord]]:
    """Everybody in each of these families, holders first, in the order in which they were put there."""
    found: dict[int, list[MemberRecord]] = {family_id: [] for family_id in family_ids}
    for some in batches(family_ids):
        statement = (
            select(MembershipRow, PersonRow)
            .join(PersonRow, PersonRow.id == MembershipRow.person_id)
            .where(MembershipRow.family_id.in_(some))
            .order_by(MembershipRow.is_holder.desc(), MembershipRow.id)
        )
        for membership, person in session.execute(statement):
            role = MemberRole(membership.role)
            found[membership.family_id].append(
                MemberRecord(membership.family_id, person.id, role, person_values(person))
            )
    return found


def members_of(session: Session, family_ids: Collection[int]) -> list[MemberName]:
    """Everybody in these families, in the order in which they were put there."""
    found: list[MemberName] = []
    columns = (MembershipRow.family_id, MembershipRow.person_id, MembershipRow.role, PersonRow.last_name,
               PersonRow.first_name, PersonRow.birth_date, PersonRow.sex)
    for some in batches(family_ids):
        statement = (
            select(*columns).join(PersonRow, PersonRow.id == MembershipRow.person_id)
            .where(MembershipRow.family_id.in_(some)).order_by(MembershipRow.id)
        )
        for row in session.execute(statement):
            name = full_name("", row.last_name, row.first_name)
            found.append(MemberName(
                row.family_id, row.person_id, MemberRole(row.role), name, row.birth_date, row.sex
            ))
    return found


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """What a document that a person sends is compared to."""

    id: int
    name: str
    birth_date: date | None
    address: tuple[str, ...]


def person_details(session: Session, person_id: int) -> PersonDetails | None:
    """None for somebody whom this agent does not see."""
    row = session.get(PersonRow, person_id)
    if row is None:
        return None
    address = postal_address(row.street, row.postcode, row.city)
    return PersonDetails(row.id, full_name("", row.last_name, row.first_name), row.birth_date, address)
