"""The sorting basket: what waits in it, tying an arrival to a family, discarding what is no document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from backoffice.documents.adding import AddDocument, add_document
from backoffice.documents.arrivals.events import ArrivalsChanged
from backoffice.documents.kinds import ArrivalState, Origin
from backoffice.documents.safety.rules import QUARANTINE
from backoffice.documents.safety.verdict import JudgedFile, NewFile, Verdict
from backoffice.documents.tables import ArrivalFileRow, ArrivalRow
from backoffice.families.queries import families_of_addresses, family_names
from backoffice.kernel.application import Command, Context, Query, Reading, read, use_case
from backoffice.kernel.bulk import remove
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError

_MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class ArrivalFile:
    """A file of an arrival. `refusal`: the code of why it was not let in; it can then be tied to nobody."""

    id: int
    name: str
    media_type: str
    pages: int
    flags: tuple[str, ...]
    refusal: str
    size: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """The only family with an adult who has the sender's address. An address proves nothing: an agent says yes."""

    family_id: int
    family: str


@dataclass(frozen=True, slots=True)
class ArrivalView:
    """What waits to be sorted. `known_in`: how many families have the sender's address."""

    id: int
    channel: Origin
    received_at: datetime
    sender: str
    subject: str
    body: str
    files: tuple[ArrivalFile, ...]
    proposal: Proposal | None
    known_in: int


@dataclass(frozen=True)
class ListArrivals(Query[tuple[ArrivalView, ...]]):
    """What waits to be sorted, the oldest first."""


@read(ListArrivals, permission="documents.sort")
def list_arrivals(_query: ListArrivals, reading: Reading) -> tuple[ArrivalView, ...]:
    session = reading.session
    rows = session.scalars(
        select(ArrivalRow).where(ArrivalRow.state == ArrivalState.TO_SORT.value).order_by(ArrivalRow.id)
        .limit(_MOST_LISTED)
    ).all()
    files = _files(session, [row.id for row in rows])
    families = families_of_addresses(session, [row.sender for row in rows])
    names = family_names(session, {found[0] for found in families.values()})
    views = []
    for row in rows:
        known = families.get(row.sender.lower(), ())
        only = Proposal(known[0], names[known[0]].name) if len(known) == 1 and known[0] in names else None
        views.append(ArrivalView(
            row.id, Origin(row.channel), row.received_at, row.sender, row.subject, row.body, files.get(row.id, ()),
            only, len(known),
        ))
    return tuple(views)


def _files(session: Session, arrival_ids: Collection[int]) -> dict[int, tuple[ArrivalFile, ...]]:
    """Everything of their files but the bytes."""
    rows = session.execute(
        select(
            ArrivalFileRow.arrival_id, ArrivalFileRow.id, ArrivalFileRow.name, ArrivalFileRow.media_type,
            ArrivalFileRow.pages, ArrivalFileRow.flags, ArrivalFileRow.refusal, func.length(ArrivalFileRow.content),
        )
        .where(ArrivalFileRow.arrival_id.in_(arrival_ids))
        .order_by(ArrivalFileRow.arrival_id, ArrivalFileRow.position)
    )
    found: dict[int, list[ArrivalFile]] = defaultdict(list)
    for arrival, number, name, kind, pages, flags, refusal, size in rows:
        found[arrival].append(ArrivalFile(number, name, kind, pages, tuple(flags), refusal, size))
    return {arrival: tuple(files) for arrival, files in found.items()}


@dataclass(frozen=True)
class OpenArrivalFile(Command[NewFile]):
    """Look at a file before it is tied to a family: it may be anything, so that the journal keeps who looked."""

    file_id: int


@use_case(OpenArrivalFile, permission="documents.sort", action="documents.arrival_opened")
def open_arrival_file(command: OpenArrivalFile, context: Context) -> NewFile:
    """Raises UserError `arrival.gone`, `arrival.file_refused`, `documents.quarantined`."""
    row = context.session.get(ArrivalFileRow, command.file_id)
    if row is None:
        raise UserError("arrival.gone")
    if row.refusal:
        raise UserError("arrival.file_refused", name=row.name)
    if QUARANTINE in row.flags:
        raise UserError("documents.quarantined")
    context.record(f"arrival {row.arrival_id}", file=row.id)
    return NewFile(row.name, row.content)


@dataclass(frozen=True)
class SortArrival(Command[int]):
    """Tie what arrived to a family: its files become one document to review; answers its id.

    `file_ids`: which files; all those that were let in when empty. When some are left, what arrived stays in the basket
    with them: a mail may hold several documents.
    """

    arrival_id: int
    family_id: int
    person_id: int | None
    type_code: str
    file_ids: tuple[int, ...] = ()


@use_case(SortArrival, permission="documents.sort", action="documents.arrival_sorted")
def sort_arrival(command: SortArrival, context: Context) -> int:
    """Raises UserError `arrival.gone`, `arrival.no_file`, and what `AddDocument` raises."""
    session = context.session
    row = _waiting(context, command.arrival_id)
    let_in = session.scalars(
        select(ArrivalFileRow).where(ArrivalFileRow.arrival_id == row.id, ArrivalFileRow.refusal == "")
        .order_by(ArrivalFileRow.position)
    ).all()
    chosen = [file for file in let_in if not command.file_ids or file.id in command.file_ids]
    if not chosen or len(chosen) < len(set(command.file_ids)):
        raise UserError("arrival.no_file")
    document = add_document(
        AddDocument(
            command.family_id, command.person_id, command.type_code, Origin(row.channel),
            tuple(_judged(file) for file in chosen), row.received_at,
        ),
        context,
    )
    remove(session, ArrivalFileRow, [file.id for file in chosen])
    if len(chosen) == len(let_in):
        row.state = ArrivalState.SORTED.value
    context.record(f"arrival {row.id}", document=document, files=len(chosen))
    return document


def _judged(file: ArrivalFileRow) -> JudgedFile:
    """As it was judged when it arrived."""
    verdict = Verdict(
        accepted=True, media_type=file.media_type, pages=file.pages, flags=tuple(file.flags), code="", sentence="",
        content=None,
    )
    return JudgedFile(NewFile(file.name, file.content), verdict)


@dataclass(frozen=True)
class DiscardArrival(Command[None]):
    """« Écarter »: no document of a family. `RestoreArrival` undoes it."""

    arrival_id: int


@use_case(DiscardArrival, permission="documents.sort", action="documents.arrival_discarded")
def discard_arrival(command: DiscardArrival, context: Context) -> None:
    """Raises UserError `arrival.gone`."""
    _waiting(context, command.arrival_id).state = ArrivalState.DISCARDED.value


@dataclass(frozen=True)
class RestoreArrival(Command[None]):
    """Put back in the basket what was discarded."""

    arrival_id: int


@use_case(RestoreArrival, permission="documents.sort", action="documents.arrival_restored")
def restore_arrival(command: RestoreArrival, context: Context) -> None:
    """Raises UserError `arrival.gone`."""
    _waiting(context, command.arrival_id, ArrivalState.DISCARDED).state = ArrivalState.TO_SORT.value


def _waiting(context: Context, arrival_id: int, state: ArrivalState = ArrivalState.TO_SORT) -> ArrivalRow:
    """An arrival in this state, locked: two agents never sort the same one."""
    row = context.session.scalars(
        select(ArrivalRow).where(ArrivalRow.id == arrival_id).with_for_update()
    ).one_or_none()
    if row is None or row.state != state:
        raise UserError("arrival.gone")
    context.record(f"arrival {arrival_id}")
    context.events.append(ArrivalsChanged())
    return row
