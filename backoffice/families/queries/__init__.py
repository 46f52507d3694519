"""Reads of families: the list of people, the file of one family, what other wings ask of many at a time."""

from backoffice.families.queries.file import (
    FamilyFile,
    Home,
    IncomeLine,
    Member,
    Payer,
    QuotientLine,
    ReadFamily,
)
from backoffice.families.queries.finding import FoundFamily, FoundPerson, find_families, find_people
from backoffice.families.queries.history import ChangeLine, FamilyHistory, Origin, ReadHistory
from backoffice.families.queries.many import (
    ChildName,
    FamilyName,
    HeldIncome,
    HeldQuotient,
    NamedPayer,
    child_names,
    family_names,
    holders_by_family,
    incomes_during,
    is_member,
    payers_on,
    quotients_during,
)
from backoffice.families.queries.people import ListPeople, PersonListRow, SimilarPeople, SimilarPerson, look_alikes
from backoffice.families.rules import full_name, postal_address

__all__ = [
    "ChangeLine",
    "ChildName",
    "FamilyFile",
    "FamilyHistory",
    "FamilyName",
    "FoundFamily",
    "FoundPerson",
    "HeldIncome",
    "HeldQuotient",
    "Home",
    "IncomeLine",
    "ListPeople",
    "Member",
    "NamedPayer",
    "Origin",
    "Payer",
    "PersonListRow",
    "QuotientLine",
    "ReadFamily",
    "ReadHistory",
    "SimilarPeople",
    "SimilarPerson",
    "child_names",
    "family_names",
    "find_families",
    "find_people",
    "full_name",
    "holders_by_family",
    "incomes_during",
    "is_member",
    "look_alikes",
    "payers_on",
    "postal_address",
    "quotients_during",
]
