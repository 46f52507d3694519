"""Whom a document of a type can be about, in a family."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.documents.kinds import Owner
from backoffice.families.queries import FamilyFile

THE_FAMILY = 0


def people_for(file: FamilyFile, owner: Owner) -> Sequence[tuple[int, str]]:
    """(person, name) of each; `THE_FAMILY` without a name when it is about the family itself."""
    if owner is Owner.FAMILY:
        return [(THE_FAMILY, "")]
    members = file.children if owner is Owner.CHILD else file.adults
    return [(member.person_id, member.name) for member in members]
