"""« Dérogation » : a missing document does not block until a day, then blocks again by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, or_, select

from backoffice.agents.overview import agent_names
from backoffice.documents.events import DocumentsChanged
from backoffice.documents.kinds import Owner
from backoffice.documents.tables import DocumentTypeRow, WaiverRow
from backoffice.families.commands import hold_family
from backoffice.families.queries import is_member, members_of
from backoffice.kernel.application import Command, Context, Query, Reading, read, use_case
from backoffice.kernel.errors import InvalidFields, UserError

WAIVER_REASON_LENGTH = 240
LONGEST_WAIVER = timedelta(days=366)


@dataclass(frozen=True)
class GiveWaiver(Command[int]):
    """Let a family go without a document until a day, that day included; answers the waiver.

    `person_id`: whom the document is about, none for one of the family. Given again, it replaces the one in force.
    """

    family_id: int
    person_id: int | None
    type_id: int
    until: date
    reason: str


@use_case(GiveWaiver, permission="documents.waive", action="documents.waived")
def give_waiver(command: GiveWaiver, context: Context) -> int:
    """Raises InvalidFields, UserError `family.unknown`, `documents.type_unknown`."""
    session = context.session
    hold_family(session, command.family_id)
    asked = session.get(DocumentTypeRow, command.type_id)
    if asked is None:
        raise UserError("documents.type_unknown")
    reason = " ".join(command.reason.split())
    problems = {}
    if not context.today <= command.until:
        problems["until"] = UserError("documents.waiver_until_past")
    elif command.until - context.today > LONGEST_WAIVER:
        problems["until"] = UserError("documents.waiver_too_long", days=LONGEST_WAIVER.days)
    if not reason:
        problems["reason"] = UserError("documents.waiver_reason_missing")
    elif len(reason) > WAIVER_REASON_LENGTH:
        problems["reason"] = UserError("documents.waiver_reason_too_long", length=WAIVER_REASON_LENGTH)
    for_family = asked.owner == Owner.FAMILY
    if for_family == (command.person_id is not None) or (
        command.person_id is not None and not is_member(session, command.family_id, command.person_id)
    ):
        problems["person"] = UserError("documents.waiver_person")
    if problems:
        raise InvalidFields(problems)
    for row in session.scalars(_in_force(command.family_id, context.today).where(
        WaiverRow.type_id == command.type_id, WaiverRow.person_id.is_not_distinct_from(command.person_id)
    )):
        row.ended_at = context.now
    waiver = WaiverRow(
        family_id=command.family_id, person_id=command.person_id, type_id=command.type_id, until=command.until,
        reason=reason, given_by=context.actor.login, given_at=context.now, ended_at=None,
    )
    session.add(waiver)
    session.flush()
    context.record(f"waiver {waiver.id}", type=command.type_id)
    context.events.append(DocumentsChanged(command.family_id))
    return waiver.id


@dataclass(frozen=True)
class EndWaiver(Command[None]):
    """Take a waiver back before its day; giving it again undoes it."""

    waiver_id: int


@use_case(EndWaiver, permission="documents.waive", action="documents.waiver_ended")
def end_waiver(command: EndWaiver, context: Context) -> None:
    """Raises UserError `documents.waiver_ended`."""
    row = context.session.get(WaiverRow, command.waiver_id, with_for_update=True)
    if row is None or row.ended_at is not None:
        raise UserError("documents.waiver_ended")
    row.ended_at = context.now
    context.record(f"waiver {row.id}")
    context.events.append(DocumentsChanged(row.family_id))


@dataclass(frozen=True, slots=True)
class WaiverLine:
    """A waiver as the file shows it: who gave it, when and why stay after it is over."""

    id: int
    type_id: int
    name: str
    person_id: int | None
    person: str
    until: date
    reason: str
    agent: str
    given_at: datetime
    in_force: bool


@dataclass(frozen=True)
class ListWaivers(Query[tuple[WaiverLine, ...]]):
    """The waivers of a family and of its people, newest first."""

    family_id: int


@read(ListWaivers, permission="documents.read")
def list_waivers(query: ListWaivers, reading: Reading) -> tuple[WaiverLine, ...]:
    session, row = reading.session, WaiverRow
    people = {member.person_id: member.name for member in members_of(session, [query.family_id])}
    statement = (
        select(row, DocumentTypeRow.name)
        .join(DocumentTypeRow, DocumentTypeRow.id == row.type_id)
        .where(or_(row.family_id == query.family_id, row.person_id.in_(people)))
        .order_by(row.given_at.desc(), row.id.desc())
    )
    found = session.execute(statement).all()
    agents = agent_names(session)
    return tuple(
        WaiverLine(
            waiver.id, waiver.type_id, name, waiver.person_id, people.get(waiver.person_id or 0, ""), waiver.until,
            waiver.reason, agents.get(waiver.given_by, waiver.given_by), waiver.given_at,
            waiver.ended_at is None and waiver.until >= reading.today,
        )
        for waiver, name in found
    )


def _in_force(family_id: int, today: date) -> Select[WaiverRow]:
    row = WaiverRow
    return select(row).where(row.family_id == family_id, row.ended_at.is_(None), row.until >= today)
