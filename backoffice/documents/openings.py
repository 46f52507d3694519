"""Who opened the sensitive documents of a family."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from backoffice.agents.overview import agent_names
from backoffice.documents.tables import DocumentOpeningRow
from backoffice.kernel.application import Query, Reading, read


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody opened a document. `agent`: a name, or the login of one who is no longer known."""

    at: datetime
    agent: str
    document_id: int


@dataclass(frozen=True)
class ListOpenings(Query[tuple[Opening, ...]]):
    """« Qui a ouvert les pièces sensibles » of a family, the last first; documents that were purged are still told."""

    family_id: int


@read(ListOpenings, permission="documents.audit")
def list_openings(query: ListOpenings, reading: Reading) -> tuple[Opening, ...]:
    row = DocumentOpeningRow
    statement = select(row).where(row.family_id == query.family_id).order_by(row.at.desc(), row.id.desc())
    names = agent_names(reading.session)
    return tuple(
        Opening(found.at, names.get(found.actor, found.actor), found.document_id)
        for found in reading.session.scalars(statement)
    )
