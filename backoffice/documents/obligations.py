"""What is asked of families, read from the base: of one for its file, of many for lists and reminders.

A child who lives in two families is asked once: what either of them sent for the child counts in both once it is
validated, as far as it is seen. What waits, was rejected or forgiven stays between a family and the town.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, select, true

from backoffice.bank.queries import debited_families
from backoffice.catalog.queries import activity_places
from backoffice.documents.kinds import Blocks, Condition, DocumentState, Feed, Owner
from backoffice.documents.rules import (
    AskedType,
    Counters,
    Household,
    Obligation,
    Registered,
    Requirement,
    Sent,
    Waiver,
    counters,
    holding_back,
    obligations,
)
from backoffice.documents.tables import DocumentRequirementRow, DocumentRow, DocumentTypeRow, WaiverRow
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import MemberName, family_names, members_of
from backoffice.health.queries import children_with_pai
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Period, french_day
from backoffice.registrations.keeping import Wished, keeps_from_registering
from backoffice.registrations.queries import RegistrationLine, registered_families, registrations_of

_ROLES = {"F": "Mère", "M": "Père"}


@dataclass(frozen=True, slots=True)
class FamilyObligations:
    """What is asked of one family. `names`: of the people the obligations are about. `children`: all of the family's,
    `blocked`: those of whom the portal says « + Document(s) manquant(s) - Pas de nouvelle inscription possible »."""

    asked: tuple[Obligation, ...]
    counters: Counters
    names: Mapping[int, str]
    children: frozenset[int]

    @property
    def blocked(self) -> frozenset[int]:
        return frozenset(child for child in self.children if self.why_blocked(child))

    def why_blocked(self, child_id: int, what: Blocks = Blocks.REGISTRATION) -> tuple[str, ...]:
        """What keeps a child from being registered (or booked), one sentence each: what is about it, about the
        family, or about an adult."""
        others = self.children - {child_id}
        return tuple(
            in_the_way(one, self.names) for one in holding_back(self.asked, what) if one.person_id not in others
        )

    def of(self, person_id: int | None) -> tuple[Obligation, ...]:
        """Those about a person; None: those of the family."""
        return tuple(obligation for obligation in self.asked if obligation.person_id == person_id)


@dataclass(frozen=True)
class ListObligations(Query[FamilyObligations]):
    """Where a family stands, as it reads it on the portal."""

    family_id: int


@read(ListObligations, permission="documents.read")
def list_obligations(query: ListObligations, reading: Reading) -> FamilyObligations:
    return obligations_of(reading.session, [query.family_id], reading.today)[query.family_id]


def obligations_of(session: Session, family_ids: Collection[int], today: date) -> dict[int, FamilyObligations]:
    """Where many families stand, in as many reads as for one."""
    types, requirements = asked_types(session), requirements_of(session)
    people = people_of(session, family_ids)
    found = {}
    for family_id, household in households(session, family_ids, types, people, today).items():
        asked = obligations(household, types, requirements, today)
        names = {member.person_id: member.name for member in people[family_id]}
        found[family_id] = FamilyObligations(asked, counters(asked), names, _children(people[family_id]))
    return found


@dataclass(frozen=True, slots=True)
class BlockedChild:
    """A child for whom no new registration is possible, and why, one sentence each."""

    family_id: int
    family: str
    child_id: int
    child: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class BlockedChildren(Query[tuple[BlockedChild, ...]]):
    """The blocked children of these families; of every family with a registration when none are named."""

    family_ids: tuple[int, ...] | None = None


@read(BlockedChildren, permission="documents.read")
def list_blocked_children(query: BlockedChildren, reading: Reading) -> tuple[BlockedChild, ...]:
    session, ids = reading.session, query.family_ids
    if ids is None:
        ids = tuple(registered_families(session, reading.today))
    families = family_names(session, ids)
    found = [
        (families[family_id].sort_name, BlockedChild(
            family_id, families[family_id].name, child, obliged.names[child], obliged.why_blocked(child)
        ))
        for some in batches(ids)
        for family_id, obliged in obligations_of(session, some, reading.today).items()
        for child in sorted(obliged.blocked)
    ]
    return tuple(one for _, one in sorted(found, key=lambda each: (each[0], each[1].family_id, each[1].child_id)))


def blocked_children(session: Session, family_id: int, today: date) -> frozenset[int]:
    """The blocked children of one family: asked before and after a decision, `rules.released` says whom it released."""
    return obligations_of(session, [family_id], today)[family_id].blocked


def _children(people: list[MemberName]) -> frozenset[int]:
    return frozenset(member.person_id for member in people if member.role is MemberRole.CHILD)


@dataclass(frozen=True, slots=True)
class Slots:
    """What is about these families and about these people, of these types (None: of all)."""

    families: Collection[int]
    people: Collection[int]
    type_ids: Collection[int] | None = None


def households(
    session: Session,
    family_ids: Collection[int],
    types: Mapping[int, AskedType],
    people: Mapping[int, list[MemberName]],
    today: date,
    *,
    lines: Iterable[RegistrationLine] | None = None,
    slots: Iterable[Slots] | None = None,
) -> dict[int, Household]:
    """Everything that obligations depend on, family by family.

    `lines`: their registrations from today on, when they were read already. `slots`: the only documents to look for.
    """
    registrations = defaultdict(list)
    for line in registrations_of(session, family_ids, from_day=today) if lines is None else lines:
        registrations[line.family_id].append(
            Registered(line.child_id, line.service_id, line.activity_id, line.period, line.provisional_until)
        )
    everybody = {member.person_id for members in people.values() for member in members}
    sent = _sent(session, [Slots(family_ids, everybody)] if slots is None else slots)
    waived = _waivers(session, family_ids, today)
    conditions = {asked.condition for asked in types.values()}
    children = {m.person_id for members in people.values() for m in members if m.role is MemberRole.CHILD}
    with_pai = children_with_pai(session, children) if Condition.PAI in conditions else frozenset()
    debited = debited_families(session, list(family_ids), today) if Condition.DEBIT in conditions else frozenset()
    found = {}
    for family_id in family_ids:
        members = people.get(family_id, [])
        persons = [member.person_id for member in members]
        found[family_id] = Household(
            family_id=family_id,
            adults=tuple(member.person_id for member in members if member.role is MemberRole.ADULT),
            registrations=tuple(registrations[family_id]),
            sent=tuple(
                one
                for about in ((family_id, None), *((None, person) for person in persons))
                for sender, one in sent[about]
                if sender == family_id or one.state is DocumentState.ACCEPTED
            ),
            waivers=tuple(waived[family_id]),
            with_pai=with_pai,
            pays_by_debit=family_id in debited,
            roles={m.person_id: _ROLES.get(m.sex, m.name) for m in members if m.role is MemberRole.ADULT},
        )
    return found


def people_of(session: Session, family_ids: Collection[int]) -> dict[int, list[MemberName]]:
    found: dict[int, list[MemberName]] = {family_id: [] for family_id in family_ids}
    for member in members_of(session, family_ids):
        found[member.family_id].append(member)
    return found


def asked_types(session: Session) -> dict[int, AskedType]:
    row = DocumentTypeRow
    columns = (row.id, row.name, row.owner, row.alternative_group, row.condition, row.position, row.last_day,
               row.feeds)
    return {
        found.id: AskedType(
            found.id, found.name, Owner(found.owner), found.alternative_group, Condition(found.condition),
            found.position, found.last_day, Feed(found.feeds),
        )
        for found in session.execute(select(*columns))
    }  # fmt: skip


def requirements_of(session: Session) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(row.type_id, row.service_id, row.activity_id, row.is_mandatory, Blocks(row.blocks))
        for row in session.scalars(select(DocumentRequirementRow))
    )


def _sent(
    session: Session, slots: Iterable[Slots]
) -> defaultdict[tuple[int | None, int | None], list[tuple[int, Sent]]]:
    """Sendings, with the family each came from, by what they are about: a family (its id, None), or somebody."""
    row = DocumentRow
    columns = (row.id, row.family_id, row.person_id, row.type_id, row.state, row.received_at, row.valid_from,
               row.valid_to, row.comment)
    found_about: defaultdict[tuple[int | None, int | None], list[tuple[int, Sent]]] = defaultdict(list)
    for condition in (each for some in slots for each in _about(some)):
        for found in session.execute(select(*columns).where(condition)):
            period = Period(found.valid_from, found.valid_to) if found.valid_from is not None else None
            sent = Sent(
                found.id, (found.received_at, found.id), found.type_id, found.person_id,
                DocumentState(found.state), period, found.comment,
            )
            about = (found.family_id, None) if found.person_id is None else (None, found.person_id)
            found_about[about].append((found.family_id, sent))
    return found_about


def _waivers(session: Session, family_ids: Collection[int], today: date) -> defaultdict[int, list[Waiver]]:
    """What is forgiven to each family."""
    row = WaiverRow
    by_family = defaultdict(list)
    for some in batches(family_ids):
        in_force = (row.ended_at.is_(None), row.until >= today)
        for found in session.scalars(select(row).where(row.family_id.in_(some), *in_force)):
            by_family[found.family_id].append(Waiver(found.type_id, found.person_id, found.until))
    return by_family


def _about(slots: Slots) -> Iterator[ColumnElement[bool]]:
    """Conditions that together find what is about families and about people, a batch at a time."""
    row = DocumentRow
    of_types = true() if slots.type_ids is None else row.type_id.in_(slots.type_ids)
    for some in batches(slots.families):
        yield row.family_id.in_(some) & row.person_id.is_(None) & of_types
    for some in batches(slots.people):
        yield row.person_id.in_(some) & of_types


# --- registering -------------------------------------------------------------------------------------------------


@keeps_from_registering
def missing_documents(session: Session, wished: Wished, today: date) -> list[str]:
    """What must be validated before this child is registered to this activity, one sentence each."""
    family_id, activity_id = wished.family_id, wished.activity_id
    place = activity_places(session, [activity_id])[activity_id]
    types, requirements = asked_types(session), requirements_of(session)
    people = people_of(session, [family_id])
    household = households(session, [family_id], types, people, today)[family_id]
    period = Period(wished.first_day)
    registered = Registered(wished.child_id, place.service_id, activity_id, period, wished.provisional_until)
    alone = replace(household, registrations=(registered,))
    names = {member.person_id: member.name for member in people[family_id]}
    return [
        in_the_way(obligation, names)
        for obligation in holding_back(obligations(alone, types, requirements, today), Blocks.REGISTRATION)
    ]


def in_the_way(obligation: Obligation, names: Mapping[int, str]) -> str:
    """« Photo récente de MARTIN Léa : manquante. » The reason of a block, in one sentence."""
    name = names.get(obligation.person_id or 0)
    whom = f" de {name}" if name else ""
    until = f" (valable jusqu'au {french_day(obligation.until)})" if obligation.until else ""
    comment = f" ({obligation.comment.rstrip('.')})" if obligation.comment else ""
    return f"{obligation.name}{whom} : {obligation.state.label.lower()}{until}{comment}."
