"""How many letters wait for an agent, for the first page: nothing else of this wing is loaded for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from backoffice.kernel.database import Session
from backoffice.letters.kinds import STOPPED
from backoffice.letters.tables import LetterRow


def letters_stopped(session: Session) -> tuple[int, datetime | None]:
    """How many letters did not arrive or are to print, and since when the oldest is written."""
    states = sorted(state.value for state in STOPPED)
    stopped = select(func.count(), func.min(LetterRow.created_at)).where(
        LetterRow.sent_at.is_(None), LetterRow.state.in_(states)
    )
    count, oldest = session.execute(stopped).one()
    return int(count), oldest
