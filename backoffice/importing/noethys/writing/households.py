"""Families, the people in them, who pays, and their quotients."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from backoffice.billing.views import PayerView
from backoffice.families.commands import (
    NewFamily,
    NewMembership,
    NewPayer,
    NewPerson,
    NewQuotient,
    add_families,
    add_memberships,
    add_payers,
    add_people,
    add_quotients,
)
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import full_name, postal_address
from backoffice.importing.noethys.source import Family, FamilyQuotient, Membership, NoethysSource, Person
from backoffice.importing.noethys.source import MemberRole as TheirRole
from backoffice.importing.noethys.writing.leftovers import Leftovers
from backoffice.kernel.database import Session
from backoffice.kernel.periods import Period
from backoffice.kernel.text import folded

_TITLES = {"Monsieur": "M.", "Madame": "Mme", "Mademoiselle": "Mme"}
# The number of the MSA is the social security number: it must not pass for a CAF number.
_SOCIAL_SECURITY = re.compile(r"[1-4]\d{12}(?:\d{2})?")
_PAYERS = 2
_FULL_NAME = 240


@dataclass(frozen=True, slots=True)
class KeptHouseholds:
    """Our families and people by their ids in the source; `payers` as an invoice of that time named them."""

    families: Mapping[int, int]
    people: Mapping[int, int]
    payers: Mapping[int, tuple[PayerView, ...]]


def write_households(session: Session, source: NoethysSource, since: date, left: Leftovers) -> KeptHouseholds:
    """`since`: the first day of the file's data, when payers must already be known."""
    family_ids = add_families(session, [_family(family, left) for family in source.families])
    families = {family.id: ours for family, ours in zip(source.families, family_ids, strict=True)}
    people_ids = add_people(session, [_person(person, left) for person in source.people])
    people = {person.id: ours for person, ours in zip(source.people, people_ids, strict=True)}
    add_memberships(
        session,
        [
            NewMembership(families[m.family_id], people[m.person_id], MemberRole(m.role.value), m.holder)
            for m in source.memberships
        ],
    )
    by_id = {person.id: person for person in source.people}
    payers = _payers(source, by_id, left)
    add_payers(
        session,
        [
            NewPayer(families[family.id], people[person.id], rank, Period(min(family.created_on or since, since)))
            for family in source.families
            for rank, person in enumerate(payers[family.id], 1)
        ],
    )
    add_quotients(
        session,
        [
            NewQuotient(families[quotient.family_id], _value(quotient), _source_of(quotient), period)
            for quotient, period in dated_quotients(source.quotients, left)
        ],
    )
    views = {family.id: tuple(_view(person, family) for person in payers[family.id]) for family in source.families}
    return KeptHouseholds(families, people, views)


def _family(family: Family, left: Leftovers) -> NewFamily:
    return NewFamily(
        name=left.fitted(family.name, 150, "nom de famille"),
        billing_email=left.whole(family.billing_email, 254, "adresse de messagerie"),
        caf_number=_caf_number(family, left),
    )


def _caf_number(family: Family, left: Leftovers) -> str:
    number = re.sub(r"\s", "", family.beneficiary_number)
    if not number:
        return ""
    if (family.fund and "caf" not in folded(family.fund)) or _SOCIAL_SECURITY.fullmatch(number):
        left.add("numéros d'allocataire d'une autre caisse que la CAF",
                 "à la MSA, c'est le numéro de sécurité sociale, qui n'est jamais repris")
        return ""
    return left.fitted(number, 20, "numéro d'allocataire")


def _person(person: Person, left: Leftovers) -> NewPerson:
    home = person.address
    return NewPerson(
        last_name=left.fitted(person.last_name, 110, "nom"),
        first_name=left.fitted(person.first_name, 110, "prénom"),
        title=_TITLES.get(person.civility, ""),
        birth_name=left.fitted(person.birth_name, 120, "nom de naissance"),
        birth_date=person.birth_day,
        sex=person.sex,
        street=left.fitted(home.street, 200, "rue") if home else "",
        postcode=left.fitted(home.postcode, 10, "code postal") if home else "",
        city=left.fitted(home.town, 120, "ville") if home else "",
        phone=left.fitted(person.home_phone, 30, "téléphone"),
        mobile=left.fitted(person.mobile_phone, 30, "téléphone portable"),
        email=left.whole(person.email, 254, "adresse de messagerie"),
    )


def _payers(source: NoethysSource, people: Mapping[int, Person], left: Leftovers) -> dict[int, tuple[Person, ...]]:
    """By family: the third party of the Treasury first, then the holders; the adults when there is no holder."""
    members: dict[int, list[Membership]] = defaultdict(list)
    for membership in source.memberships:
        if not people[membership.person_id].deceased:
            members[membership.family_id].append(membership)
    found: dict[int, tuple[Person, ...]] = {}
    for family in source.families:
        own = members[family.id]
        named = [m.person_id for m in own if m.holder] or [m.person_id for m in own if m.role is TheirRole.ADULT]
        debtor = family.debtor_person_id
        if debtor is not None and any(m.person_id == debtor for m in own):
            named = [debtor, *(person for person in named if person != debtor)]
        elif debtor is not None:
            left.add("tiers déclarés au Trésor", "personne décédée ou absente du dossier de la famille")
        if not named:
            left.add("payeurs", "famille sans titulaire ni adulte : à désigner avant de facturer")
        left.add("titulaires au-delà de deux payeurs", "une facture nomme un ou deux payeurs",
                 max(len(named) - _PAYERS, 0))
        found[family.id] = tuple(people[person] for person in named[:_PAYERS])
    return found


def _view(person: Person, family: Family) -> PayerView:
    """The payer at the address where invoices went."""
    name = full_name(_TITLES.get(person.civility, ""), person.last_name, person.first_name)[:_FULL_NAME]
    if elsewhere := family.billing_address:
        where = postal_address(elsewhere.street, elsewhere.postcode, elsewhere.town)
        return PayerView(name, (family.billing_name, *where) if family.billing_name else where)
    home = person.address
    return PayerView(name, postal_address(home.street, home.postcode, home.town) if home else ())


def dated_quotients(
    quotients: Iterable[FamilyQuotient], left: Leftovers
) -> list[tuple[FamilyQuotient, Period]]:
    """One quotient a day for a family: a later one ends the earlier one the day before."""
    by_family: dict[int, list[FamilyQuotient]] = defaultdict(list)
    for quotient in quotients:
        if quotient.quotient_cents is not None:
            by_family[quotient.family_id].append(quotient)
    kept: list[tuple[FamilyQuotient, Period]] = []
    for held in by_family.values():
        kept.extend(_without_overlap(sorted(held, key=lambda q: (q.first_day, q.id)), left))
    return kept


def _without_overlap(
    quotients: Sequence[FamilyQuotient], left: Leftovers
) -> Iterable[tuple[FamilyQuotient, Period]]:
    for quotient, following in zip(quotients, [*quotients[1:], None], strict=True):
        end = quotient.last_day
        if following is not None and following.first_day == quotient.first_day:
            left.add("quotients", "un autre quotient de la famille commence le même jour : le dernier saisi est gardé")
            continue
        if following is not None and (end is None or end >= following.first_day):
            left.add("fin de quotients", "un quotient plus récent commence avant : le premier s'arrête la veille")
            end = following.first_day - timedelta(days=1)
        yield quotient, Period(quotient.first_day, end)


def _value(quotient: FamilyQuotient) -> Decimal:
    return Decimal(quotient.quotient_cents or 0).scaleb(-2)


def _source_of(quotient: FamilyQuotient) -> str:
    return f"{quotient.kind or 'quotient'}, repris de Noethys" if len(quotient.kind) < 40 else "repris de Noethys"
