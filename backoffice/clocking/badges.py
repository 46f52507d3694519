"""Cards that name a child to a reader: a drawn word, which says nothing of the child."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from backoffice.clocking.tables import BadgeRow
from backoffice.families.queries import child_names
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.batches import batches
from backoffice.kernel.database import Session
from backoffice.kernel.text import folded

# A reader types as a keyboard does: only letters that stand in the same place on French and English ones.
_LETTERS = "BCDEFGHJKLNPRSTUVXY"
CODE_LENGTH = 16  # about 68 bits


@dataclass(frozen=True, slots=True)
class Card:
    """A card to print: whose it is, and what its QR code says."""

    child_id: int
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class CardSheet:
    """The cards of a structure, in the order of printing."""

    place: str
    day: date
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class MakeCards(Command[tuple[Card, ...]]):
    """The cards of these children, by name; whoever had none gets one. `renew`: those they had open nothing more."""

    child_ids: tuple[int, ...]
    renew: bool = False


@use_case(MakeCards, permission="attendance.edit", action="kiosk.cards_made")
def make_cards(command: MakeCards, context: Context) -> tuple[Card, ...]:
    session = context.session
    names = child_names(session, command.child_ids)
    held = _rows(session, names)
    if command.renew:
        for row in held.values():
            row.revoked_at = context.now
        held = {}
        session.flush()  # one card of a child is good at a time
    codes = {child: row.code for child, row in held.items()}
    new = {child: drawn_code() for child in names if child not in codes}
    session.add_all(BadgeRow(person_id=child, code=code, made_at=context.now) for child, code in new.items())
    codes |= new
    context.record(f"{len(new)} cards", printed=len(codes), renewed=command.renew)
    cards = [Card(child, name.name, codes[child]) for child, name in names.items()]
    return tuple(sorted(cards, key=lambda card: (folded(card.name), card.child_id)))


def drawn_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(CODE_LENGTH))


def badge_codes(session: Session, child_ids: Collection[int]) -> dict[str, int]:
    """The child of each card in use."""
    return {row.code: child for child, row in _rows(session, child_ids).items()}


def _rows(session: Session, child_ids: Collection[int]) -> dict[int, BadgeRow]:
    found: dict[int, BadgeRow] = {}
    for some in batches(sorted(child_ids)):
        statement = select(BadgeRow).where(BadgeRow.person_id.in_(some), BadgeRow.revoked_at.is_(None))
        found.update((row.person_id, row) for row in session.scalars(statement))
    return found
