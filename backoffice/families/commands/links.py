"""Families known to other services of a shared database: knowing that somebody is, asking, and being answered.

Policies hide those families. Here an agent learns one bit about one exact person, and every look is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from backoffice.families.events import LinksChanged
from backoffice.families.rules import (
    LINK_REASON_LENGTH,
    PersonValues,
    full_name,
    person_problems,
    refuse,
    tidy_person,
)
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.bulk import is_shared
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.text import words_of

_KNOWN = text("SELECT known_elsewhere(:wanted, :born)")
_ASK = text("SELECT ask_link(:wanted, :born, :shown, :service, :structure, :reason)")
_DECIDE = text("SELECT decide_link(:request, :accepted)")
_UNDO = text("SELECT undo_link(:request)")


@dataclass(frozen=True)
class KnownElsewhere(Command[bool]):
    """Whether somebody of exactly these names and birth date is known to a service whose families one does not see.

    A command: each use is counted in the journal. Always no on an embedded database.
    """

    last_name: str
    first_name: str
    birth_date: date


@use_case(KnownElsewhere, permission="families.link", action="link.looked")
def known_elsewhere(command: KnownElsewhere, context: Context) -> bool:
    person = PersonValues(command.last_name, command.first_name, birth_date=command.birth_date)
    return _is_known(context.session, person)


def ask_if_elsewhere(context: Context, people: Iterable[PersonValues]) -> None:
    """Asks `person.known_elsewhere` when one of these new people is known to another service.

    Not asked of who may not request a link, nor for somebody whose birth date is not known.
    """
    if "person.known_elsewhere" in context.confirmed or not context.actor.may("families.link"):
        return
    if any(_is_known(context.session, person) for person in people):
        context.confirm("person.known_elsewhere")


@dataclass(frozen=True)
class AskLink(Command[int]):
    """Ask that the families of such a person be known to one's own service; answers how many are asked for.

    `service_id` and `structure_id`: one of the places of `ListLinks`.
    """

    last_name: str
    first_name: str
    birth_date: date | None
    service_id: int | None
    structure_id: int | None
    reason: str


@use_case(AskLink, permission="families.link", action="link.asked")
def ask_link(command: AskLink, context: Context) -> int:
    """Raises InvalidFields, UserError `link.nobody`, `link.embedded`."""
    _refuse_embedded(context.session)
    person = PersonValues(command.last_name, command.first_name, birth_date=command.birth_date)
    reason = " ".join(command.reason.split())
    problems = person_problems(person, context.today)
    if person.birth_date is None:
        problems["birth_date"] = UserError("link.birth_date_missing")
    if command.service_id is None:
        problems["place"] = UserError("link.place_missing")
    if not reason:
        problems["reason"] = UserError("link.reason_missing")
    elif len(reason) > LINK_REASON_LENGTH:
        problems["reason"] = UserError("link.reason_too_long", length=LINK_REASON_LENGTH)
    refuse(problems)
    tidy = tidy_person(person)
    count = int(context.session.scalar(_ASK, {
        "wanted": _wanted(tidy),
        "born": tidy.birth_date,
        "shown": full_name("", tidy.last_name, tidy.first_name),
        "service": command.service_id,
        "structure": command.structure_id,
        "reason": reason,
    }) or 0)
    if not count:
        raise UserError("link.nobody")
    context.record("links", count=count)
    context.events.append(LinksChanged())
    return count


@dataclass(frozen=True)
class DecideLink(Command[None]):
    """Accept or refuse that a service know a family. `UndoLink` takes it back."""

    request_id: int
    accepted: bool


@use_case(DecideLink, permission="families.edit", action="link.decided")
def decide_link(command: DecideLink, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile` (somebody decided first), `link.embedded`."""
    _refuse_embedded(context.session)
    context.session.execute(_DECIDE, {"request": command.request_id, "accepted": command.accepted})
    context.record(f"link {command.request_id}", accepted=command.accepted)
    context.events.append(LinksChanged())


@dataclass(frozen=True)
class UndoLink(Command[None]):
    """Take a decision back: a refused request waits again, a link is cut (by who links families in the whole town)."""

    request_id: int


@use_case(UndoLink, permission="families.edit", action="link.undone")
def undo_link(command: UndoLink, context: Context) -> None:
    """Raises UserError `record.changed_meanwhile`, `link.family_comes`, `link.embedded`."""
    _refuse_embedded(context.session)
    context.session.execute(_UNDO, {"request": command.request_id})
    context.record(f"link {command.request_id}")
    context.events.append(LinksChanged())


def _is_known(session: Session, person: PersonValues) -> bool:
    if person.birth_date is None or not is_shared(session):
        return False
    return bool(session.scalar(_KNOWN, {"wanted": _wanted(person), "born": person.birth_date}))


def _wanted(person: PersonValues) -> str:
    """The names as the database compares them: folded, hyphens and apostrophes read as spaces."""
    return " ".join(words_of(f"{person.last_name} {person.first_name}"))


def _refuse_embedded(session: Session) -> None:
    if not is_shared(session):
        raise UserError("link.embedded")
