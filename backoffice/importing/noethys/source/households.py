"""Families, people and what ties them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backoffice.importing.noethys.source.base import Record


class MemberRole(StrEnum):
    """What a person is in a family file."""

    ADULT = "adult"
    CHILD = "child"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True, repr=False)
class Organisation(Record):
    """The body that runs the services (one per file)."""

    id: int
    name: str
    street: str
    postcode: str
    town: str
    phone: str
    email: str
    siret: str


@dataclass(frozen=True, slots=True, repr=False)
class Address(Record):
    """A place of residence; a part may be empty, never all three."""

    street: str
    postcode: str
    town: str


@dataclass(frozen=True, slots=True, repr=False)
class Person(Record):
    """An adult, a child or a body, known by the service.

    `civility` is the French word (« Madame », « Garçon », « Association »…) or "". `sex` is "M", "F" or "".
    `address` is already resolved; `address_of` is the person it was taken from, when it is not this one.
    `record_state` is the source's: "" in use, « archive », « efface »…
    """

    id: int
    civility: str
    sex: str
    last_name: str
    birth_name: str
    first_name: str
    birth_day: date | None
    birth_postcode: str
    birth_town: str
    deceased: bool
    address: Address | None
    address_of: int | None
    sector: str
    home_phone: str
    mobile_phone: str
    work_phone: str
    email: str
    work_email: str
    created_on: date | None
    record_state: str


@dataclass(frozen=True, slots=True, repr=False)
class Family(Record):
    """A family file and its account.

    The source gives families no name: `name` is made from the holders (« DUPONT Marie et Jean »), else from the
    adults, else from everyone in the file, else « Famille 12 ». `account_ids` are the payer accounts that lead
    to this family. `debtor_person_id` is the third party declared to the Treasury. `billing_name` and
    `billing_address` are set when invoices go elsewhere than to the holders' home. `billing_email` is the address
    that asked for invoices by e-mail.
    """

    id: int
    name: str
    account_ids: tuple[int, ...]
    created_on: date | None
    fund: str
    scheme: str
    beneficiary_number: str
    beneficiary_person_id: int | None
    debtor_person_id: int | None
    accounting_code: str
    invoices_by_email: bool
    billing_email: str
    billing_name: str
    billing_address: Address | None
    record_state: str


@dataclass(frozen=True, slots=True, repr=False)
class Membership(Record):
    """A person in a family; one at most for the two. `holder`: titulaire of the file (receives the invoices)."""

    id: int
    person_id: int
    family_id: int
    role: MemberRole
    holder: bool


@dataclass(frozen=True, slots=True, repr=False)
class Relationship(Record):
    """`subject_id` is the `kind` of `object_id` (« père ou mère », « oncle ou tante »…).

    `authorization`: "", « responsable légal », « à contacter en cas d'urgence », « raccompagnement autorisé » or
    « raccompagnement interdit ».
    """

    id: int
    family_id: int | None
    subject_id: int
    object_id: int
    kind: str
    legal_guardian: bool
    authorization: str


@dataclass(frozen=True, slots=True, repr=False)
class FamilyQuotient(Record):
    """The quotient of a family over a period, both days inside.

    `income_cents` is the yearly income; the source writes 0 for « not asked », read here as None.
    """

    id: int
    family_id: int
    kind: str
    first_day: date
    last_day: date | None
    quotient_cents: int | None
    income_cents: int | None


@dataclass(frozen=True, slots=True, repr=False)
class DocumentType(Record):
    """A supporting document asked for. `scope`: « famille » or « individu ». `validity` as in the source."""

    id: int
    name: str
    scope: str
    validity: str


@dataclass(frozen=True, slots=True, repr=False)
class SupportingDocument(Record):
    """A document that was handed in (its dates only, the source keeps the scan elsewhere)."""

    id: int
    type_id: int
    person_id: int | None
    family_id: int | None
    first_day: date | None
    last_day: date | None
