"""Saying something to many families at once, in as many statements as for a few; and taking it all back while held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from backoffice.catalog.queries import contacts_of, find_town
from backoffice.families.queries import family_names, mail_addresses
from backoffice.kernel.application import Context
from backoffice.kernel.batches import batches
from backoffice.kernel.bulk import is_shared, remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import EnvironmentFault
from backoffice.letters.events import LettersChanged
from backoffice.letters.kinds import LetterKind, LetterState
from backoffice.letters.rules import Around, Written, said_from, write
from backoffice.letters.saying import HOLD, new_message_id
from backoffice.letters.tables import LetterItemRow, LetterRow
from backoffice.letters.templates import models, template_of

_AT_ONCE = 500
_MEETINGS = 5


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to say, named and told as `saying.say` asks for it."""

    about: str
    about_id: int
    facts: Mapping[str, object]


def written_to(
    session: Session, kind: LetterKind, told: Mapping[int, Sequence[Mapping[str, object]]]
) -> dict[int, Written]:
    """The letter that says these facts, family by family. Raises UserError `catalog.no_town`, ValueError as `say`."""
    model, template = models()[kind], template_of(session, kind)
    usual = model.outcomes[0].code
    town = find_town(session)
    names = family_names(session, told)
    contacts: dict[frozenset[object], str] = {}
    found = {}
    for family_id, facts in told.items():
        services = frozenset(one["service_id"] for one in facts if one.get("service_id"))
        if services not in contacts:
            reached = contacts_of(session, [int(str(each)) for each in services]) if services else ()
            contacts[services] = "\n\n".join("\n".join(lines) for lines in reached or (town.address,))
        around = Around(names[family_id].name, town.name, contacts[services])
        found[family_id] = write(template, model.outcomes, [said_from(one, usual) for one in facts], around)
    return found


def say_to_many(
    context: Context, kind: LetterKind, told: Mapping[int, Sequence[Fact]], hold: timedelta = HOLD
) -> tuple[int, ...]:
    """Put these facts in the letter of this kind that is held for each family; answers the letters.

    All are held until the same moment. Raises as `written_to`.
    """
    found: list[int] = []
    for some in batches(told, _AT_ONCE):
        found += _say(context, kind, {family: told[family] for family in some}, hold)
        context.progress(len(found), len(told), "familles")
    return tuple(found)


def _say(context: Context, kind: LetterKind, told: Mapping[int, Sequence[Fact]], hold: timedelta) -> list[int]:
    session = context.session
    addresses = mail_addresses(session, told)
    until = context.now + hold
    found: dict[int, int] = {}
    for _ in range(_MEETINGS):
        left = {family: facts for family, facts in told.items() if family not in found}
        if not left:
            break
        held = _held(session, kind, left)
        words = _with_what_they_say(session, held, left)
        written = written_to(session, kind, {family: [one.facts for one in facts] for family, facts in words.items()})
        for family_id, letter in held.items():
            letter.to_address, letter.send_after = addresses.get(family_id, ""), until
            letter.subject, letter.body = written[family_id].subject, written[family_id].body
            found[family_id] = letter.id
        session.flush()
        # Another agent may do the same at this moment: what they made is found at the next turn.
        found |= _new(context, kind, {family: each for family, each in written.items() if family not in held},
                      addresses, until)
    else:
        raise EnvironmentFault("database.done_meanwhile")
    session.execute(insert(LetterItemRow), [
        {"letter_id": found[family], "family_id": family, "about": one.about, "about_id": one.about_id,
         "facts": dict(one.facts)}
        for family, facts in told.items() for one in facts
    ])
    context.events.extend(LettersChanged(family) for family in told)
    return list(found.values())


def _held(session: Session, kind: LetterKind, families: Collection[int]) -> dict[int, LetterRow]:
    """The letters that are held for them, locked."""
    rows = session.scalars(
        select(LetterRow)
        .where(LetterRow.family_id.in_(families), LetterRow.kind == kind.value, LetterRow.closed_at.is_(None))
        .order_by(LetterRow.id).with_for_update().execution_options(populate_existing=True)
    )
    return {row.family_id: row for row in rows}


def _with_what_they_say(
    session: Session, held: Mapping[int, LetterRow], told: Mapping[int, Sequence[Fact]]
) -> dict[int, list[Fact]]:
    """What each letter will say: what it said already, but for what is said again."""
    again = {(family, one.about, one.about_id) for family, facts in told.items() for one in facts}
    said: defaultdict[int, list[Fact]] = defaultdict(list)
    replaced = []
    ids = [letter.id for letter in held.values()]
    for row in session.scalars(
        select(LetterItemRow).where(LetterItemRow.letter_id.in_(ids)).order_by(LetterItemRow.id)
    ):
        if (row.family_id, row.about, row.about_id) in again:
            replaced.append(row.id)
        else:
            said[row.family_id].append(Fact(row.about, row.about_id, row.facts))
    remove(session, LetterItemRow, replaced)
    return {family: [*said[family], *facts] for family, facts in told.items()}


def _new(
    context: Context, kind: LetterKind, written: Mapping[int, Written], addresses: Mapping[int, str], until: object
) -> dict[int, int]:
    """Letters made for these families, but for those whom another agent writes to at this moment."""
    if not written:
        return {}
    session = context.session
    add = postgresql.insert if is_shared(session) else sqlite.insert
    made = session.execute(
        add(LetterRow).values([
            {
                "family_id": family, "kind": kind.value, "to_address": addresses.get(family, ""),
                "subject": each.subject, "body": each.body, "message_id": new_message_id(),
                "state": LetterState.HELD.value, "created_at": context.now, "send_after": until, "closed_at": None,
                "tries": 0, "failure": "", "sent_at": None, "version": 1,
            }
            for family, each in written.items()
        ]).on_conflict_do_nothing().returning(LetterRow.family_id, LetterRow.id)
    )
    return {row.family_id: row.id for row in made}


def take_back(context: Context, kind: LetterKind, letter_ids: Collection[int]) -> int:
    """Cancel what is still held of these letters, of this kind; answers how many. Closed or gone, they stay."""
    session, row = context.session, LetterRow
    cancelled: list[int] = []
    for some in batches(sorted(letter_ids), _AT_ONCE):
        held = session.execute(
            select(row.id, row.family_id)
            .where(row.id.in_(some), row.kind == kind.value, row.closed_at.is_(None)).order_by(row.id)
            .with_for_update()
        ).all()
        cancelled += [each.id for each in held]
        context.events.extend(LettersChanged(each.family_id) for each in held)
    for some in batches(cancelled, _AT_ONCE):
        items = session.scalars(select(LetterItemRow.id).where(LetterItemRow.letter_id.in_(some))).all()
        remove(session, LetterItemRow, items)
        session.execute(
            update(row).where(row.id.in_(some))
            .values(state=LetterState.CANCELLED.value, closed_at=context.now, subject="", body="",
                    version=row.version + 1)
            .execution_options(synchronize_session=False)
        )
    return len(cancelled)
