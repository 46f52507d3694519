"""How much waits, for the first page: nothing else of this wing is loaded for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from backoffice.documents.kinds import ArrivalState
from backoffice.documents.tables import ArrivalRow, DocumentRow
from backoffice.kernel.database import Session


def documents_waiting(session: Session) -> tuple[int, datetime | None]:
    """How many documents wait for an answer, and since when the oldest does."""
    waiting = DocumentRow.decided_at.is_(None)
    count, oldest = session.execute(
        select(func.count(), func.min(DocumentRow.received_at)).where(waiting)
    ).one()
    return int(count), oldest


def arrivals_waiting(session: Session) -> tuple[int, datetime | None]:
    """How much of what arrived is tied to no family yet, and since when the oldest is there."""
    waiting = ArrivalRow.state == ArrivalState.TO_SORT
    count, oldest = session.execute(select(func.count(), func.min(ArrivalRow.received_at)).where(waiting)).one()
    return int(count), oldest
