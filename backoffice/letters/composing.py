"""Writing a held letter from what it has to say."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from backoffice.catalog.queries import contacts_of, find_town
from backoffice.families.queries import family_names
from backoffice.kernel.database import Session
from backoffice.letters.kinds import LetterKind
from backoffice.letters.rules import Around, said_from, write
from backoffice.letters.tables import LetterItemRow, LetterRow
from backoffice.letters.templates import models, template_of


def compose(session: Session, letter: LetterRow) -> bool:
    """Write its subject and body anew; False when there is nothing to say, and it is then empty."""
    session.flush()
    model = models()[LetterKind(letter.kind)]
    usual = model.outcomes[0].code
    facts = session.scalars(
        select(LetterItemRow.facts).where(LetterItemRow.letter_id == letter.id).order_by(LetterItemRow.id)
    ).all()
    if not facts:
        letter.subject = letter.body = ""
        return False
    services = [one["service_id"] for one in facts if one.get("service_id")]
    written = write(
        template_of(session, model.kind), model.outcomes, [said_from(one, usual) for one in facts],
        around(session, letter.family_id, services),
    )
    letter.subject, letter.body = written.subject, written.body
    session.flush()
    return True


def around(session: Session, family_id: int, service_ids: Collection[int]) -> Around:
    """What every letter to this family says of it and of the town. Raises UserError `catalog.no_town`."""
    town = find_town(session)
    name = family_names(session, [family_id])[family_id].name
    contacts = contacts_of(session, service_ids) if service_ids else ()
    return Around(name, town.name, "\n\n".join("\n".join(lines) for lines in contacts or (town.address,)))
