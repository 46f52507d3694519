"""The file of one family, as its screen shows it: the family, the people, what tariffs and invoices depend on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import aliased

from backoffice.families.kinds import MemberRole
from backoffice.families.queries.many import FamilyName
from backoffice.families.records import family_values, person_values
from backoffice.families.rules import FamilyValues, PersonValues, full_name, postal_address
from backoffice.families.tables import FamilyRow, IncomeRow, MembershipRow, PayerRow, PersonRow, QuotientRow
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period
from backoffice.kernel.text import folded


@dataclass(frozen=True, slots=True)
class Member:
    """A person in this family. `version` goes with `EditPerson`; `pays`: named on the invoices of today."""

    person_id: int
    membership_id: int
    version: int
    role: MemberRole
    is_holder: bool
    pays: bool
    person: PersonValues
    other_families: tuple[FamilyName, ...]

    @property
    def name(self) -> str:
        """« DUPONT Léa »."""
        return full_name("", self.person.last_name, self.person.first_name)

    @property
    def address(self) -> tuple[str, ...]:
        return postal_address(self.person.street, self.person.postcode, self.person.city)


@dataclass(frozen=True, slots=True)
class Payer:
    """Who is named on the invoices, from a day to another. `rank` 1 is the main debtor, 2 the joint one."""

    person_id: int
    name: str
    rank: int
    period: Period
    in_force: bool


@dataclass(frozen=True, slots=True)
class QuotientLine:
    """A quotient of the family and the days it holds."""

    id: int
    value: Decimal
    source: str
    period: Period
    in_force: bool


@dataclass(frozen=True, slots=True)
class IncomeLine:
    """A reference income of the family and the days it holds."""

    id: int
    annual: Money
    dependent_children: int
    disabled_children: int
    source: str
    period: Period
    in_force: bool


@dataclass(frozen=True, slots=True)
class Home:
    """An address of the family, and the adults who live there (all the family when only children have one)."""

    lines: tuple[str, ...]
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FamilyFile:
    """The three levels of the file: the family, its adults and children, its contacts (« entourage »).

    Adults: holders first; children: eldest first. Histories: newest first; `version` goes with `EditFamily`.
    """

    id: int
    version: int
    family: FamilyValues
    adults: tuple[Member, ...]
    children: tuple[Member, ...]
    contacts: tuple[Member, ...]
    payers: tuple[Payer, ...]
    quotients: tuple[QuotientLine, ...]
    incomes: tuple[IncomeLine, ...]
    homes: tuple[Home, ...]

    @property
    def name(self) -> str:
        return self.family.name

    @property
    def members(self) -> tuple[Member, ...]:
        return (*self.adults, *self.children, *self.contacts)

    @property
    def payers_today(self) -> tuple[Payer, ...]:
        """The main debtor first; empty when nobody is named."""
        return tuple(sorted((payer for payer in self.payers if payer.in_force), key=lambda payer: payer.rank))

    @property
    def quotient_today(self) -> QuotientLine | None:
        return next((line for line in self.quotients if line.in_force), None)

    @property
    def income_today(self) -> IncomeLine | None:
        return next((line for line in self.incomes if line.in_force), None)

    @property
    def address_summary(self) -> str:
        """« 1 rue des Tilleuls, 38999 VALBRUME », then « + 1 autre adresse » when the parents live apart."""
        if not self.homes:
            return ""
        more = len(self.homes) - 1
        others = f" + {more} autre{'s' if more > 1 else ''} adresse{'s' if more > 1 else ''}" if more else ""
        return ", ".join(self.homes[0].lines) + others

    @property
    def counts_summary(self) -> str:
        """« 2 responsables, 3 enfants, 1 personne de l'entourage »."""
        contacts = f"{len(self.contacts)} personne{'s' if len(self.contacts) > 1 else ''} de l'entourage"
        parts = [_count(len(self.adults), "responsable"), _count(len(self.children), "enfant")]
        return ", ".join([*parts, contacts] if self.contacts else parts)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}"


@dataclass(frozen=True)
class ReadFamily(Query[FamilyFile]):
    """The whole file of a family. Raises UserError `family.unknown`."""

    family_id: int


@read(ReadFamily, permission="families.read")
def read_family(query: ReadFamily, reading: Reading) -> FamilyFile:
    session, today = reading.session, reading.today
    row = session.get(FamilyRow, query.family_id)
    if row is None:
        raise UserError("family.unknown", id=query.family_id)
    payers = _payers(session, row.id, today)
    members = _members(session, row.id, {payer.person_id for payer in payers if payer.in_force})
    adults, children, contacts = (
        tuple(member for member in members if member.role is role)
        for role in (MemberRole.ADULT, MemberRole.CHILD, MemberRole.CONTACT)
    )
    return FamilyFile(
        id=row.id,
        version=row.version,
        family=family_values(row),
        adults=adults,
        children=children,
        contacts=contacts,
        payers=payers,
        quotients=_quotients(session, row.id, today),
        incomes=_incomes(session, row.id, today),
        homes=_homes(adults) or _homes(members),
    )


def _members(session: Session, family_id: int, paying: set[int]) -> list[Member]:
    elsewhere: dict[int, list[FamilyName]] = defaultdict(list)
    here = aliased(MembershipRow)
    others = (
        select(MembershipRow.person_id, FamilyRow.id, FamilyRow.name, FamilyRow.sort_name)
        .join(FamilyRow, FamilyRow.id == MembershipRow.family_id)
        .join(here, here.person_id == MembershipRow.person_id)
        .where(here.family_id == family_id, MembershipRow.family_id != family_id)
        .order_by(FamilyRow.sort_name, FamilyRow.id)
    )
    for person_id, other_id, name, sort_name in session.execute(others):
        elsewhere[person_id].append(FamilyName(other_id, name, sort_name))
    statement = (
        select(MembershipRow, PersonRow)
        .join(PersonRow, PersonRow.id == MembershipRow.person_id)
        .where(MembershipRow.family_id == family_id)
    )
    members = [
        Member(
            person_id=person.id,
            membership_id=membership.id,
            version=person.version,
            role=MemberRole(membership.role),
            is_holder=membership.is_holder,
            pays=person.id in paying,
            person=person_values(person),
            other_families=tuple(elsewhere[person.id]),
        )
        for membership, person in session.execute(statement)
    ]
    return sorted(members, key=_reading_order)


def _reading_order(member: Member) -> tuple[bool, date, int]:
    """Holders as they were entered, then the others; children from the eldest."""
    born = member.person.birth_date or date.max
    return (not member.is_holder, born if member.role is MemberRole.CHILD else date.min, member.membership_id)


def _payers(session: Session, family_id: int, today: date) -> tuple[Payer, ...]:
    statement = (
        select(PayerRow, PersonRow.title, PersonRow.last_name, PersonRow.first_name)
        .join(PersonRow, PersonRow.id == PayerRow.person_id)
        .where(PayerRow.family_id == family_id)
        .order_by(PayerRow.valid_from.desc(), PayerRow.rank, PayerRow.id)
    )
    found = []
    for row, *names in session.execute(statement):
        period = Period(row.valid_from, row.valid_to)
        found.append(Payer(row.person_id, full_name(*names), row.rank, period, today in period))
    return tuple(found)


def _quotients(session: Session, family_id: int, today: date) -> tuple[QuotientLine, ...]:
    statement = select(QuotientRow).where(QuotientRow.family_id == family_id)
    found = []
    for row in session.scalars(statement.order_by(QuotientRow.valid_from.desc(), QuotientRow.id.desc())):
        period = Period(row.valid_from, row.valid_to)
        found.append(QuotientLine(row.id, row.value, row.source, period, today in period))
    return tuple(found)


def _incomes(session: Session, family_id: int, today: date) -> tuple[IncomeLine, ...]:
    statement = select(IncomeRow).where(IncomeRow.family_id == family_id)
    found = []
    for row in session.scalars(statement.order_by(IncomeRow.valid_from.desc(), IncomeRow.id.desc())):
        period = Period(row.valid_from, row.valid_to)
        children = (row.dependent_children, row.disabled_children)
        found.append(IncomeLine(row.id, row.annual, *children, row.source, period, today in period))
    return tuple(found)


def _homes(members: tuple[Member, ...] | list[Member]) -> tuple[Home, ...]:
    """The distinct addresses: those of payers first."""
    found: dict[str, tuple[tuple[str, ...], list[str]]] = {}
    for member in sorted(members, key=lambda member: not member.pays):
        if member.address:
            _, names = found.setdefault(folded(" ".join(member.address)), (member.address, []))
            names.append(member.name)
    return tuple(Home(lines, tuple(names)) for lines, names in found.values())
