"""Where people live: the source lets a person borrow the address of another, who may borrow it too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backoffice.importing.noethys.source import Address


@dataclass(frozen=True, slots=True)
class Declared:
    """What the file says of one person: own address if any, and whose address to use instead if any."""

    own: Address | None
    borrowed_from: int | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The address to use, the person it was taken from (None: own), and why the reference failed, in French."""

    address: Address | None
    taken_from: int | None
    failure: str = ""


def address(street: str, postcode: str, town: str) -> Address | None:
    """None when nothing is written."""
    return Address(street, postcode, town) if street or postcode or town else None


def resolve(person_id: int, declared: Mapping[int, Declared]) -> Resolved:
    """Follows the references to the end. A loop, or a person that does not exist, gives back the own address."""
    seen = {person_id}
    current = person_id
    while (following := declared[current].borrowed_from) is not None:
        if following in seen:
            return Resolved(declared[person_id].own, None, "renvoi d'adresse en boucle")
        if following not in declared:
            return Resolved(declared[person_id].own, None, "renvoi vers l'adresse d'une personne qui n'existe pas")
        seen.add(following)
        current = following
    if current == person_id:
        return Resolved(declared[person_id].own, None)
    return Resolved(declared[current].own, current)
