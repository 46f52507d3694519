"""The documents that wait for an answer: the queue, the chips that narrow it, and one piece with what to compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import and_, select

from backoffice.documents.delays import Urgency, Waiting, promised
from backoffice.documents.kinds import Blocks, DocumentState, Feed, Origin, Owner, Sensitivity
from backoffice.documents.rules import period_of_validity
from backoffice.documents.tables import DocumentFileRow, DocumentRow, DocumentTakeRow
from backoffice.documents.types import DocumentTypeLine, document_types
from backoffice.families.queries import child_names, family_names, members_of, person_details, quotients_during
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Period
from backoffice.kernel.zone import PARIS
from backoffice.registrations.queries import registered_in


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A piece that waits. `left`: until the promise is broken, negative beyond; `holder`: who else has it now."""

    document_id: int
    version: int
    family_id: int
    family: str
    person: str
    type_id: int
    type: str
    received_at: datetime
    left: timedelta
    urgency: Urgency
    blocks_opening: bool
    origin: Origin
    holder: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Everything that waits, the most pressing first. Chips are counted over all of it."""

    lines: tuple[QueueLine, ...]
    by_urgency: Mapping[Urgency, int] = field(default_factory=dict)
    by_type: Mapping[str, int] = field(default_factory=dict)
    blocking: int = 0


@dataclass(frozen=True)
class ListQueue(Query[Queue]):
    """« Pièces à examiner ». The clock is that of the promise made to families.

    `structure_id`: only what concerns the children registered there (`NO_STRUCTURE`: to activities without one), and
    their families.
    """

    structure_id: int | None = None


@read(ListQueue, permission="documents.read")
def list_queue(query: ListQueue, reading: Reading) -> Queue:
    session = reading.session
    row, take = DocumentRow, DocumentTakeRow
    now = reading.now
    held = and_(take.document_id == row.id, take.until > now, take.login != reading.actor.login)
    columns = (row.id, row.version, row.family_id, row.person_id, row.type_id, row.received_at, row.origin)
    found = session.execute(
        select(*columns, take.login).outerjoin(take, held)
        .where(row.decided_at.is_(None)).order_by(row.received_at, row.id)
    ).all()
    types = {each.id: each for each in document_types(session)}
    if query.structure_id is not None:
        registered = registered_in(session, query.structure_id, reading.today)
        families_there = {family_id for family_id, _ in registered}
        children = {child_id for _, child_id in registered}
        found = [
            each for each in found
            if (each.person_id in children if types[each.type_id].owner is Owner.CHILD
                else each.family_id in families_there)
        ]
    families = family_names(session, {each.family_id for each in found})
    people = child_names(session, {each.person_id for each in found if each.person_id is not None})
    waiting, delay = Waiting(now, promised()), promised()
    blocking = {type_id for type_id, each in types.items() if _blocks(each)}
    lines = []
    for each in found:
        waited = waiting.since(each.received_at)
        person = people[each.person_id].name if each.person_id in people else ""
        lines.append(QueueLine(
            each.id, each.version, each.family_id, families[each.family_id].name, person, each.type_id,
            types[each.type_id].name, each.received_at, delay.left(waited), delay.urgency(waited),
            each.type_id in blocking, Origin(each.origin), each.login or "",
        ))  # fmt: skip
    return Queue(
        tuple(lines),
        Counter(line.urgency for line in lines),
        Counter(line.type for line in lines),
        sum(line.blocks_opening for line in lines),
    )


def _blocks(kind: DocumentTypeLine) -> bool:
    return any(asked.is_mandatory and asked.blocks is not Blocks.NOTHING for asked in kind.requirements)


# --- one piece -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PieceFile:
    """A file of a piece. `rotation`: quarter turns it was given. A quarantined one is never opened."""

    id: int
    name: str
    media_type: str
    size: int
    pages: int
    flags: tuple[str, ...]
    rotation: int
    is_quarantined: bool
    sha256: str


@dataclass(frozen=True, slots=True)
class Sending:
    """One sending of the same thing, kept to compare: « Format : jpg, Taille : 602ko, Transmis le 12/12/2023 »."""

    document_id: int
    type: str
    received_at: datetime
    state: DocumentState
    comment: str
    period: Period | None
    files: tuple[PieceFile, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece under the eyes of who decides, with what to compare it to.

    `period`: the days it will cover unless the agent says otherwise. `quotient`: the one declared, for documents that
    feed it. `sent_before`: other sendings of the same, latest first; `accepted_before`: the last accepted of them.
    `known_from`: another document of this family has the same file. `can_open`: what is about health asks for more.
    """

    document_id: int
    version: int
    state: DocumentState
    family_id: int
    family: str
    person_id: int | None
    person: str
    birth_date: date | None
    address: tuple[str, ...]
    origin: Origin
    received_at: datetime
    kind: DocumentTypeLine
    period: Period
    quotient: Decimal | None
    quotient_from: date | None
    files: tuple[PieceFile, ...]
    sent_before: tuple[Sending, ...]
    known_from: str
    can_open: bool
    members: tuple[tuple[int, str, Owner], ...]

    @property
    def accepted_before(self) -> Sending | None:
        return next((one for one in self.sent_before if one.state is DocumentState.ACCEPTED), None)


@dataclass(frozen=True)
class ReadPiece(Query[Piece]):
    """One piece, whole."""

    document_id: int


@read(ReadPiece, permission="documents.read")
def read_piece(query: ReadPiece, reading: Reading) -> Piece:
    """Raises UserError `documents.gone`."""
    session = reading.session
    row = session.get(DocumentRow, query.document_id)
    if row is None:
        raise UserError("documents.gone")
    types = {each.id: each for each in document_types(session)}
    kind = types[row.type_id]
    same = [each.id for each in types.values() if each.id == row.type_id or (
        kind.values.group and each.values.group == kind.values.group and each.owner is kind.owner
    )]
    whom = DocumentRow.person_id == row.person_id if row.person_id is not None else (
        DocumentRow.person_id.is_(None) & (DocumentRow.family_id == row.family_id)
    )
    others = session.scalars(
        select(DocumentRow).where(whom, DocumentRow.type_id.in_(same), DocumentRow.id != row.id)
        .order_by(DocumentRow.received_at.desc(), DocumentRow.id.desc())
    ).all()
    files = _files(session, [row.id, *(other.id for other in others)])
    members = members_of(session, [row.family_id])
    about = row.person_id or next((m.person_id for m in members if m.role.value == "adult"), None)
    person = person_details(session, about) if about is not None else None
    quotient = None
    if kind.values.feeds is Feed.QUOTIENT:
        held = quotients_during(session, [row.family_id], Period(reading.today, reading.today))
        quotient = next(iter(held.get(row.family_id, ())), None)
    received_on = row.received_at.astimezone(PARIS).date()
    sensitive = kind.values.sensitivity is Sensitivity.HEALTH
    return Piece(
        document_id=row.id, version=row.version, state=DocumentState(row.state), family_id=row.family_id,
        family=family_names(session, [row.family_id])[row.family_id].name, person_id=row.person_id,
        person=next((m.name for m in members if m.person_id == row.person_id), ""),
        birth_date=person.birth_date if person and row.person_id else None,
        address=person.address if person else (), origin=Origin(row.origin), received_at=row.received_at, kind=kind,
        period=period_of_validity(kind.values.validity, kind.values.validity_years, received_on),
        quotient=quotient.value if quotient else None, quotient_from=quotient.period.start if quotient else None,
        files=files.get(row.id, ()),
        sent_before=tuple(
            Sending(
                other.id, types[other.type_id].name, other.received_at, DocumentState(other.state), other.comment,
                Period(other.valid_from, other.valid_to) if other.valid_from else None, files.get(other.id, ()),
            )
            for other in others
        ),
        known_from=_known_from(session, row, files.get(row.id, ()), types),
        can_open=not sensitive or reading.actor.may("health.read"),
        members=tuple((m.person_id, m.name, _OWNERS[m.role.value]) for m in members if m.role.value in _OWNERS),
    )


_OWNERS = {"child": Owner.CHILD, "adult": Owner.ADULT}


def _files(session: Session, document_ids: list[int]) -> dict[int, tuple[PieceFile, ...]]:
    found: dict[int, list[PieceFile]] = {}
    statement = select(DocumentFileRow).where(DocumentFileRow.document_id.in_(document_ids))
    for row in session.scalars(statement.order_by(DocumentFileRow.position)):
        found.setdefault(row.document_id, []).append(PieceFile(
            row.id, row.name, row.media_type, row.size, row.pages, tuple(row.flags), row.rotation,
            row.is_quarantined, row.sha256,
        ))
    return {document_id: tuple(files) for document_id, files in found.items()}


def _known_from(
    session: Session, row: DocumentRow, files: tuple[PieceFile, ...], types: Mapping[int, DocumentTypeLine]
) -> str:
    """« Photo récente » when the same file was already sent as that by the same family, for another document."""
    digests = [file.sha256 for file in files]
    if not digests:
        return ""
    twin = session.scalars(
        select(DocumentRow.type_id).join(DocumentFileRow, DocumentFileRow.document_id == DocumentRow.id)
        .where(DocumentFileRow.family_id == row.family_id, DocumentFileRow.sha256.in_(digests),
               DocumentRow.id != row.id)
        .order_by(DocumentRow.id.desc()).limit(1)
    ).first()
    return types[twin].name if twin is not None else ""
