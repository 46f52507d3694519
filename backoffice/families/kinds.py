"""The closed lists of the families wing, and the place that a role gives."""

from dataclasses import dataclass
from enum import StrEnum


class MemberRole(StrEnum):
    """A person's place in a family, in the words of the portal: parent, enfant, personne autorisée."""

    ADULT = "adult"
    CHILD = "child"
    CONTACT = "contact"

    @property
    def label(self) -> str:
        return {"adult": "Responsable", "child": "Enfant", "contact": "Entourage"}[self.value]


class LinkState(StrEnum):
    """What became of a request to know a family of another service: all that who asked is ever told."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        return {"asked": "Demandé", "accepted": "Accepté", "refused": "Refusé"}[self.value]


@dataclass(frozen=True, slots=True)
class Place:
    """A person's place in a family."""

    role: MemberRole
    is_holder: bool


class ChangeGroup(StrEnum):
    """What the history of a file can be narrowed to."""

    RECORD = "record"
    IDENTITY = "identity"
    REACH = "reach"
    PLACE = "place"
    PAYERS = "payers"
    VALUES = "values"

    @property
    def label(self) -> str:
        return _GROUPS[self]


_GROUPS = {
    ChangeGroup.RECORD: "Dossier",
    ChangeGroup.IDENTITY: "Identité",
    ChangeGroup.REACH: "Adresse et coordonnées",
    ChangeGroup.PLACE: "Place dans la famille",
    ChangeGroup.PAYERS: "Payeurs",
    ChangeGroup.VALUES: "Quotient et ressources",
}


class Changed(StrEnum):
    """A value of the file that a history tells, gathered as an agent speaks of it."""

    FAMILY_NAME = "family_name"
    BILLING_EMAIL = "billing_email"
    CAF_NUMBER = "caf_number"
    TITLE = "title"
    LAST_NAME = "last_name"
    FIRST_NAME = "first_name"
    BIRTH_NAME = "birth_name"
    BIRTH_DATE = "birth_date"
    SEX = "sex"
    ADDRESS = "address"
    MOBILE = "mobile"
    PHONE = "phone"
    EMAIL = "email"
    PLACE = "place"
    PAYERS = "payers"
    QUOTIENT = "quotient"
    INCOME = "income"

    @property
    def label(self) -> str:
        return _CHANGED[self][0]

    @property
    def group(self) -> ChangeGroup:
        return _CHANGED[self][1]


_CHANGED = {
    Changed.FAMILY_NAME: ("Nom du dossier", ChangeGroup.RECORD),
    Changed.BILLING_EMAIL: ("Courriel pour les factures", ChangeGroup.RECORD),
    Changed.CAF_NUMBER: ("Numéro d'allocataire", ChangeGroup.RECORD),
    Changed.TITLE: ("Civilité", ChangeGroup.IDENTITY),
    Changed.LAST_NAME: ("Nom", ChangeGroup.IDENTITY),
    Changed.FIRST_NAME: ("Prénom", ChangeGroup.IDENTITY),
    Changed.BIRTH_NAME: ("Nom de naissance", ChangeGroup.IDENTITY),
    Changed.BIRTH_DATE: ("Date de naissance", ChangeGroup.IDENTITY),
    Changed.SEX: ("Sexe", ChangeGroup.IDENTITY),
    Changed.ADDRESS: ("Adresse", ChangeGroup.REACH),
    Changed.MOBILE: ("Mobile", ChangeGroup.REACH),
    Changed.PHONE: ("Téléphone", ChangeGroup.REACH),
    Changed.EMAIL: ("Courriel", ChangeGroup.REACH),
    Changed.PLACE: ("Place dans la famille", ChangeGroup.PLACE),
    Changed.PAYERS: ("Nommés sur les factures", ChangeGroup.PAYERS),
    Changed.QUOTIENT: ("Quotient familial", ChangeGroup.VALUES),
    Changed.INCOME: ("Ressources annuelles", ChangeGroup.VALUES),
}
