"""Saying something to a family, and taking it back while its letter is held.

Both are part of the transaction of what they tell: a decision that fails says nothing. One letter of a kind is held for
a family at a time; it is written again at each change, so that what is previewed is what leaves.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from backoffice.families.queries import mail_addresses
from backoffice.kernel.application import Context
from backoffice.kernel.bulk import is_shared, remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import EnvironmentFault
from backoffice.letters.composing import compose
from backoffice.letters.events import LettersChanged
from backoffice.letters.kinds import LetterKind, LetterState
from backoffice.letters.rules import LetterFile, said_from
from backoffice.letters.tables import LetterFileRow, LetterItemRow, LetterRow
from backoffice.letters.templates import models

HOLD = timedelta(seconds=60)
_MEETINGS = 5


def say(
    context: Context, family_id: int, kind: str, about: str, about_id: int, facts: Mapping[str, object],
    hold: timedelta = HOLD, file: LetterFile | None = None,
) -> None:
    """Put one thing in the letter of this kind that is held for the family, and hold it anew for `hold`.

    `kind` is one of `LetterKind`; `about` and `about_id` name the fact (« document », its id): said twice, it replaces
    what was said. `facts`: `document`, the name families read; `outcome`, where the kind has several (`accepted`,
    `rejected`); and, where there are any, `person`, `reason`, `comment`, in French, `until`, a day as ISO text, and
    `service_id`, whom the family may ask (the town when no document names one).
    `file` leaves with the letter. Raises ValueError for another kind, fact or outcome: a bug of the caller.
    """
    model = models()[LetterKind(kind)]
    said = said_from(facts, model.outcomes[0].code)
    if said.outcome not in {outcome.code for outcome in model.outcomes}:
        raise ValueError(f"{kind} does not tell {said.outcome}")
    letter = _held_letter(context, family_id, model.kind, hold)
    session = context.session
    said_before = select(LetterItemRow.id).where(
        LetterItemRow.letter_id == letter.id, LetterItemRow.about == about, LetterItemRow.about_id == about_id
    )
    remove(session, LetterItemRow, session.scalars(said_before).all())
    _remove_file(session, letter.id, about, about_id)
    session.add(LetterItemRow(
        letter_id=letter.id, family_id=family_id, about=about, about_id=about_id, facts=dict(facts)
    ))
    if file is not None:
        session.add(LetterFileRow(
            letter_id=letter.id, family_id=family_id, about=about, about_id=about_id, name=file.name,
            media_type=file.media_type, content=file.content,
        ))
    letter.send_after = context.now + hold
    compose(session, letter)
    context.events.append(LettersChanged(family_id))


def unsay(context: Context, about: str, about_id: int) -> bool:
    """Take back what was said of a fact; a letter that says nothing more is cancelled.

    False: its letter is closed or has left, nothing changes. True as well when nothing was said.
    """
    session = context.session
    found = session.execute(
        select(LetterItemRow.id, LetterItemRow.letter_id)
        .where(LetterItemRow.about == about, LetterItemRow.about_id == about_id)
        .order_by(LetterItemRow.id.desc())
    ).first()
    if found is None:
        return True
    letter = _locked(session, found.letter_id)
    if letter is None or letter.closed_at is not None:
        return False
    remove(session, LetterItemRow, [found.id])
    _remove_file(session, letter.id, about, about_id)
    if not compose(session, letter):
        letter.state = LetterState.CANCELLED
        letter.closed_at = context.now
    session.flush()
    context.events.append(LettersChanged(letter.family_id))
    return True


def _remove_file(session: Session, letter_id: int, about: str, about_id: int) -> None:
    row = LetterFileRow
    of_it = select(row.id).where(row.letter_id == letter_id, row.about == about, row.about_id == about_id)
    remove(session, row, session.scalars(of_it).all())


def _held_letter(context: Context, family_id: int, kind: LetterKind, hold: timedelta) -> LetterRow:
    """The one that is held, locked: two agents who decide at once write in the same one."""
    session = context.session
    address = mail_addresses(session, [family_id]).get(family_id, "")
    insert = postgresql.insert if is_shared(session) else sqlite.insert
    for _ in range(_MEETINGS):
        held = session.scalar(
            select(LetterRow)
            .where(LetterRow.family_id == family_id, LetterRow.kind == kind, LetterRow.closed_at.is_(None))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if held is not None:
            held.to_address = address
            return held
        # Another agent may do the same at this moment: one of the two letters is made, and both find it.
        session.execute(insert(LetterRow).values(
            family_id=family_id, kind=kind, to_address=address, subject="", body="", message_id=new_message_id(),
            state=LetterState.HELD, created_at=context.now, send_after=context.now + hold, tries=0, failure="",
            version=1,
        ).on_conflict_do_nothing())
    raise EnvironmentFault("database.done_meanwhile")


def _locked(session: Session, letter_id: int) -> LetterRow | None:
    return session.scalar(
        select(LetterRow).where(LetterRow.id == letter_id).with_for_update()
        .execution_options(populate_existing=True)
    )


def new_message_id() -> str:
    """What makes a letter sent twice one for whoever receives it; the sender puts its domain."""
    return secrets.token_hex(16)
