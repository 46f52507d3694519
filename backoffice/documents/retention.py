"""What is kept no longer than its type says: seen before it goes, then gone with its files.

A rejected document is over the day it was decided, a validated one after its last day, and one that holds for good when
a later one of the same type replaced it. What waits for its decision is never over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, text
from sqlalchemy.orm import aliased

from backoffice.documents.events import DocumentsChanged
from backoffice.documents.kinds import DocumentState
from backoffice.documents.tables import (
    DocumentContentRow,
    DocumentFileRow,
    DocumentRow,
    DocumentTakeRow,
    DocumentTypeRow,
)
from backoffice.kernel.application import Command, Context, Query, Reading, read, use_case
from backoffice.kernel.batches import batches
from backoffice.kernel.bulk import is_shared
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.zone import PARIS

_PURGE = text("SELECT purge_documents(CAST(:ids AS bigint[]))")


@dataclass(frozen=True, slots=True)
class PurgeLine:
    """What goes of one type. `size`: bytes of its files; `first_day`, `last_day`: when the oldest and newest came."""

    type_id: int
    code: str
    name: str
    retention_days: int
    documents: int
    files: int
    size: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class PlanPurge(Query[tuple[PurgeLine, ...]]):
    """What a purge would take today, by type; nothing goes."""


@read(PlanPurge, permission="documents.configure")
def plan_purge(_query: PlanPurge, reading: Reading) -> tuple[PurgeLine, ...]:
    return _plan(reading.session, reading.today)


@dataclass(frozen=True)
class PurgeDocuments(Command[tuple[PurgeLine, ...]]):
    """Let go what is kept no longer, files included; answers what went. It cannot be undone.

    `planned`: what was shown. Asks `documents.purge`.
    """

    planned: tuple[PurgeLine, ...]


@use_case(PurgeDocuments, permission="documents.configure", action="documents.purged")
def purge_documents(command: PurgeDocuments, context: Context) -> tuple[PurgeLine, ...]:
    """Raises UserError `documents.purge_changed` when it is no longer what was shown."""
    session = context.session
    plan = _plan(session, context.today)
    if plan != command.planned:
        raise UserError("documents.purge_changed")
    documents, files = sum(line.documents for line in plan), sum(line.files for line in plan)
    if not documents:
        return plan
    context.confirm("documents.purge", documents=documents, files=files)
    rows = session.execute(select(DocumentRow.id, DocumentRow.family_id).where(_over(session, context.today))).all()
    for some in batches(sorted(row.id for row in rows)):
        _remove(session, some)
    context.record("documents", documents=documents, files=files, types={line.code: line.documents for line in plan})
    context.events.extend(DocumentsChanged(family_id) for family_id in sorted({row.family_id for row in rows}))
    return plan


def _plan(session: Session, today: date) -> tuple[PurgeLine, ...]:
    document, file, kind = DocumentRow, DocumentFileRow, DocumentTypeRow
    over = _over(session, today)
    held = (
        select(file.document_id, func.count().label("files"), func.sum(file.size).label("size"))
        .join(document, document.id == file.document_id).where(over).group_by(file.document_id).subquery()
    )
    statement = (
        select(
            kind.id, kind.code, kind.name, kind.retention_days, func.count(), func.sum(held.c.files),
            func.sum(held.c.size), func.min(document.received_at), func.max(document.received_at),
        )
        .join(document, document.type_id == kind.id).outerjoin(held, held.c.document_id == document.id)
        .where(over).group_by(kind.id).order_by(kind.position, kind.id)
    )
    return tuple(
        PurgeLine(
            type_id, code, name, days, documents, int(files or 0), int(size or 0), _day(first), _day(last)
        )
        for type_id, code, name, days, documents, files, size, first, last in session.execute(statement)
    )


def _over(session: Session, today: date) -> ColumnElement[bool]:
    """The documents kept long enough on a day: one condition for each retention of the types there are."""
    kept: dict[int, list[int]] = defaultdict(list)
    for type_id, days in session.execute(select(DocumentTypeRow.id, DocumentTypeRow.retention_days)):
        kept[days].append(type_id)
    return or_(False, *_over_by_type(kept, today))


def _over_by_type(kept: dict[int, list[int]], today: date) -> Iterator[ColumnElement[bool]]:
    document, later = DocumentRow, aliased(DocumentRow)
    for days, types in kept.items():
        last = today - timedelta(days=days)
        moment = datetime.combine(last, time(), PARIS).astimezone(UTC)
        replaced = exists().where(
            later.type_id == document.type_id, later.family_id == document.family_id,
            later.person_id.is_not_distinct_from(document.person_id), later.state == DocumentState.ACCEPTED,
            or_(later.received_at > document.received_at,
                and_(later.received_at == document.received_at, later.id > document.id)),
            later.decided_at < moment,
        )
        yield and_(
            document.type_id.in_(types), document.decided_at < moment,
            or_(
                document.state == DocumentState.REJECTED,
                and_(document.state == DocumentState.ACCEPTED, document.valid_to < last),
                and_(document.state == DocumentState.ACCEPTED, document.valid_to.is_(None), replaced),
            ),
        )


def _remove(session: Session, ids: Sequence[int]) -> None:
    """On the shared database no agent removes a document: the function does, and looks at the retention again."""
    if is_shared(session):
        session.execute(_PURGE, {"ids": list(ids)})
        return
    files = select(DocumentFileRow.id).where(DocumentFileRow.document_id.in_(ids)).scalar_subquery()
    for statement in (
        delete(DocumentContentRow).where(DocumentContentRow.file_id.in_(files)),
        delete(DocumentFileRow).where(DocumentFileRow.document_id.in_(ids)),
        delete(DocumentTakeRow).where(DocumentTakeRow.document_id.in_(ids)),
        delete(DocumentRow).where(DocumentRow.id.in_(ids)),
    ):
        session.execute(statement.execution_options(synchronize_session=False))


def _day(moment: datetime) -> date:
    return moment.astimezone(PARIS).date()
