"""Families, people, what ties them, their quotients and the documents they handed in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from backoffice.importing.noethys import schema
from backoffice.importing.noethys.addresses import Declared, address, resolve
from backoffice.importing.noethys.file import NoethysFile
from backoffice.importing.noethys.notes import DropRecordError, Notes, Row, each, names
from backoffice.importing.noethys.source import (
    Address,
    DocumentType,
    Family,
    FamilyQuotient,
    MemberRole,
    Membership,
    Organisation,
    Person,
    Relationship,
    SupportingDocument,
)

# The source keeps these lists in its program, not in the file: number → (word, sex).
_CIVILITIES = {1: ("Monsieur", "M"), 2: ("Mademoiselle", "F"), 3: ("Madame", "F"), 4: ("Garçon", "M"),
               5: ("Fille", "F"), 6: ("Collectivité", ""), 7: ("Association", ""), 8: ("Organisme", ""),
               9: ("Entreprise", "")}
_ROLES = {1: MemberRole.ADULT, 2: MemberRole.CHILD, 3: MemberRole.CONTACT}
_KINDS = {1: "père ou mère", 2: "fils ou fille", 3: "frère ou sœur", 4: "grand-père ou grand-mère",
          5: "petit-fils ou petite-fille", 6: "oncle ou tante", 7: "neveu ou nièce", 10: "mari ou femme",
          11: "concubin ou concubine", 12: "veuf ou veuve", 13: "beau-père ou belle-mère",
          14: "beau-fils ou belle-fille", 15: "partenaire de PACS", 16: "ex-mari ou ex-femme",
          17: "ex-concubin ou ex-concubine", 18: "tuteur ou tutrice", 19: "sous tutelle",
          20: "assistant maternel ou assistante maternelle", 21: "sous la garde", 22: "ami ou amie",
          23: "voisin ou voisine"}
_AUTHORIZATIONS = {1: "responsable légal", 2: "à contacter en cas d'urgence", 3: "raccompagnement autorisé",
                   4: "raccompagnement interdit"}
_NO_FAMILY = "la famille n'existe pas dans le fichier"
_NO_PERSON = "la personne n'existe pas dans le fichier"


@dataclass(frozen=True, slots=True)
class FamilyData:
    """What this module reads; `family_of_account` leads from a payer account to its family."""

    organisations: tuple[Organisation, ...]
    families: tuple[Family, ...]
    people: tuple[Person, ...]
    memberships: tuple[Membership, ...]
    relationships: tuple[Relationship, ...]
    quotients: tuple[FamilyQuotient, ...]
    document_types: tuple[DocumentType, ...]
    documents: tuple[SupportingDocument, ...]
    family_of_account: dict[int, int]


def read_families(source: NoethysFile, notes: Notes) -> FamilyData:
    """Everything about households."""
    people = _people(source, notes)
    person_ids = {person.id for person in people}
    family_ids = set(each(source, schema.FAMILIES, notes, lambda row: row.id))
    memberships = _memberships(source, notes, person_ids, family_ids)
    family_of_account = _accounts(source, notes, family_ids)
    families = _families(source, notes, family_of_account, memberships, {person.id: person for person in people})
    attached = {membership.person_id for membership in memberships}
    notes.warn_ids("Personnes rattachées à aucune famille", person_ids - attached)
    types = tuple(each(source, schema.DOCUMENT_TYPES, notes, lambda row: DocumentType(
        row.id, row.text("name"), row.text("scope"), row.text("validity"))))
    return FamilyData(
        organisations=tuple(each(source, schema.ORGANISATIONS, notes, _organisation)),
        families=families,
        people=people,
        memberships=memberships,
        relationships=tuple(each(source, schema.RELATIONSHIPS, notes,
                                 lambda row: _relationship(row, person_ids, family_ids))),
        quotients=_quotients(source, notes, family_ids),
        document_types=types,
        documents=tuple(each(source, schema.DOCUMENTS, notes, lambda row: _document(
            row, {kind.id for kind in types}, person_ids, family_ids))),
        family_of_account=family_of_account,
    )


def family_name(holders: list[tuple[str, str]]) -> str:
    """« DUPONT Marie », « DUPONT Marie et Jean », « DUPONT Marie et MARTIN Paul », « A a, B b et C c »."""
    last_names = {last_name for last_name, _ in holders}
    parts = [f"{last_name} {first_name}".strip() for last_name, first_name in holders]
    if len(last_names) == 1:
        parts[1:] = [first_name or last_name for last_name, first_name in holders[1:]]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} et {parts[-1]}"


def _organisation(row: Row) -> Organisation:
    return Organisation(row.id, row.text("name"), row.text("street"), row.text("postcode"), row.text("town"),
                        row.phone("phone"), row.text("email"), row.text("siret"))


def _people(source: NoethysFile, notes: Notes) -> tuple[Person, ...]:
    declared = dict(each(source, schema.PEOPLE, Notes(), _declared))
    sectors = names(source, schema.SECTORS, notes)
    return tuple(each(source, schema.PEOPLE, notes, lambda row: _person(row, declared, sectors)))


def _declared(row: Row) -> tuple[int, Declared]:
    own = address(row.text("street"), row.text("postcode"), row.text("town"))
    return row.id, Declared(own, row.code("address_of") or None)


def _person(row: Row, declared: Mapping[int, Declared], sectors: Mapping[int, str]) -> Person:
    civility = row.code("civility")
    if civility is not None and civility not in _CIVILITIES:
        row.note("civilité", "code inconnu")
    word, sex = _CIVILITIES.get(civility or 0, ("", ""))
    home = resolve(row.id, declared)
    if home.failure:
        row.note("adresse", home.failure)
    sector = row.linked("sector", sectors, "secteur", "le secteur n'existe pas dans le fichier")
    return Person(
        id=row.id,
        civility=word,
        sex=sex,
        last_name=row.text("last_name"),
        birth_name=row.text("birth_name"),
        first_name=row.text("first_name"),
        birth_day=row.day("birth_day", "date de naissance"),
        birth_postcode=row.text("birth_postcode"),
        birth_town=row.text("birth_town"),
        deceased=row.flag("deceased"),
        address=home.address,
        address_of=home.taken_from,
        sector=sectors.get(sector or 0, ""),
        home_phone=row.phone("home_phone"),
        mobile_phone=row.phone("mobile_phone"),
        work_phone=row.phone("work_phone"),
        email=row.text("email"),
        work_email=row.text("work_email"),
        created_on=row.day("created_on", "date de création"),
        record_state=row.text("record_state"),
    )


def _memberships(source: NoethysFile, notes: Notes, person_ids: Collection[int],
                 family_ids: Collection[int]) -> tuple[Membership, ...]:
    seen: set[tuple[int, int]] = set()

    def make(row: Row) -> Membership:
        person = row.known("person", person_ids, _NO_PERSON)
        family = row.known("family", family_ids, _NO_FAMILY)
        role = _ROLES.get(row.code("role") or 0)
        if role is None:
            raise DropRecordError("rôle inconnu dans la famille")
        if (person, family) in seen:
            raise DropRecordError("la personne est déjà rattachée à cette famille")
        seen.add((person, family))
        return Membership(row.id, person, family, role, row.flag("holder"))

    return tuple(each(source, schema.MEMBERSHIPS, notes, make))


def _accounts(source: NoethysFile, notes: Notes, family_ids: Collection[int]) -> dict[int, int]:
    """Account → family, from the accounts and, failing that, from the families themselves."""
    accounts = dict(each(source, schema.ACCOUNTS, notes,
                         lambda row: (row.id, row.known("family", family_ids, _NO_FAMILY))))
    for family_id, account in each(source, schema.FAMILIES, Notes(), lambda row: (row.id, row.code("account"))):
        if account:
            accounts.setdefault(account, family_id)
    return accounts


def _families(source: NoethysFile, notes: Notes, family_of_account: Mapping[int, int],
              memberships: tuple[Membership, ...], people: Mapping[int, Person]) -> tuple[Family, ...]:
    members: dict[int, list[Membership]] = {}
    for membership in memberships:
        members.setdefault(membership.family_id, []).append(membership)
    accounts: dict[int, list[int]] = {}
    for account, family_id in sorted(family_of_account.items()):
        accounts.setdefault(family_id, []).append(account)
    schemes = names(source, schema.SCHEMES, notes)
    funds = dict(each(source, schema.FUNDS, notes, lambda row: (
        row.id, (row.text("name"), schemes.get(row.code("scheme") or 0, "")))))
    without_holder: set[int] = set()

    def make(row: Row) -> Family:
        own = members.get(row.id, [])
        named = ([member for member in own if member.holder]
                 or [member for member in own if member.role is MemberRole.ADULT] or own)
        if not any(member.holder for member in own):
            without_holder.add(row.id)
        holders = [(people[member.person_id].last_name, people[member.person_id].first_name) for member in named]
        fund = row.linked("fund", funds, "caisse", "la caisse n'existe pas dans le fichier")
        fund_name, scheme = funds.get(fund or 0, ("", ""))
        billing_name, billing_address = _billing(row)
        return Family(
            id=row.id,
            name=(family_name(holders) if holders else "") or f"Famille {row.id}",
            account_ids=tuple(accounts.get(row.id, ())),
            created_on=row.day("created_on", "date de création"),
            fund=fund_name,
            scheme=scheme,
            beneficiary_number=row.text("beneficiary_number"),
            beneficiary_person_id=row.linked("beneficiary", people, "allocataire", _NO_PERSON),
            debtor_person_id=row.linked("debtor", people, "tiers du Trésor", _NO_PERSON),
            accounting_code=row.text("accounting_code"),
            invoices_by_email=bool(row.text("email_invoices")),
            billing_email=_billing_email(row, people),
            billing_name=billing_name,
            billing_address=billing_address,
            record_state=row.text("record_state"),
        )

    found = tuple(each(source, schema.FAMILIES, notes, make))
    notes.warn_ids("Familles sans titulaire, nommées d'après leurs autres membres", without_holder)
    return found


def _billing(row: Row) -> tuple[str, Address | None]:
    """« nom##rue##cp##ville »."""
    text = row.text("billing_address")
    if not text:
        return "", None
    parts = [part.strip() for part in text.split("##")]
    if len(parts) != 4:
        row.note("autre adresse de facturation", "valeur illisible")
        return "", None
    return parts[0], address(parts[1], parts[2], parts[3])


def _billing_email(row: Row, people: Mapping[int, Person]) -> str:
    """« 44;perso; », « 44;travail; » or « ;autre;adresse »; the first one that gives an address."""
    text = row.text("email_invoices")
    if not text:
        return ""
    for asked in text.split("##"):
        number, kind, *rest = [*(part.strip() for part in asked.split(";")), "", ""]
        person = people.get(int(number)) if number.isdecimal() else None
        if kind == "autre" and "@" in rest[0]:
            return rest[0]
        if person is not None and (address_found := person.work_email if kind == "travail" else person.email):
            return address_found
    row.note("adresse de messagerie pour les factures", "aucune adresse à cet endroit dans le fichier")
    return ""


def _relationship(row: Row, person_ids: Collection[int], family_ids: Collection[int]) -> Relationship:
    kind = _KINDS.get(row.code("kind") or 0)
    if kind is None:
        raise DropRecordError("lien de parenté vide ou inconnu")
    authorization = row.code("authorization") or 0
    if authorization and authorization not in _AUTHORIZATIONS:
        row.note("autorisation", "code inconnu")
    return Relationship(
        id=row.id,
        family_id=row.linked("family", family_ids, "famille", _NO_FAMILY),
        subject_id=row.known("subject", person_ids, _NO_PERSON),
        object_id=row.known("object", person_ids, _NO_PERSON),
        kind=kind,
        legal_guardian=row.flag("guardian") or authorization == 1,
        authorization=_AUTHORIZATIONS.get(authorization, ""),
    )


def _quotients(source: NoethysFile, notes: Notes, family_ids: Collection[int]) -> tuple[FamilyQuotient, ...]:
    kinds = names(source, schema.QUOTIENT_KINDS, notes)

    def make(row: Row) -> FamilyQuotient:
        family = row.known("family", family_ids, _NO_FAMILY)
        first_day = row.needed_day("first_day")
        last_day = row.last_day()
        if last_day is not None and last_day < first_day:
            raise DropRecordError("la période finit avant de commencer")
        quotient = row.cents("quotient", "quotient")
        income = row.cents("income", "revenu") or None
        if quotient is None and income is None:
            raise DropRecordError("ni quotient ni revenu")
        if quotient is not None and quotient < 0:
            raise DropRecordError("quotient négatif")
        return FamilyQuotient(row.id, family, kinds.get(row.code("kind") or 0, ""), first_day, last_day, quotient,
                              income)

    return tuple(each(source, schema.QUOTIENTS, notes, make))


def _document(row: Row, type_ids: Collection[int], person_ids: Collection[int],
              family_ids: Collection[int]) -> SupportingDocument:
    person = row.linked("person", person_ids, "personne", _NO_PERSON)
    family = row.linked("family", family_ids, "famille", _NO_FAMILY)
    if person is None and family is None:
        raise DropRecordError("ni personne ni famille")
    return SupportingDocument(
        id=row.id,
        type_id=row.known("type", type_ids, "le type de pièce n'existe pas dans le fichier"),
        person_id=person,
        family_id=family,
        first_day=row.first_day(),
        last_day=row.last_day(),
    )
