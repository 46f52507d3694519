"""What other agents committed since a moment: one cheap question, asked every two seconds by an open window.

The journal of rows answers it on both engines. On the shared database a moment is a snapshot of the server, so that a
long transaction that ends late is never missed; on an embedded one writers follow one another: a line number is enough.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, text

from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.audit import AuditRow, RowChange
from backoffice.kernel.database import Session


@dataclass(frozen=True, slots=True)
class Changes:
    """The tables that changed, and the moment to ask from next time.

    The journal of commands is none of them: every change writes in it.
    """

    moment: str
    tables: frozenset[str]


@dataclass(frozen=True)
class WhatChanged(Query[Changes]):
    """`since`: the moment of the last answer; empty to begin, and then nothing has changed yet."""

    since: str = ""


@read(WhatChanged, permission="catalog.read", early=True)
def what_changed(query: WhatChanged, reading: Reading) -> Changes:
    session = reading.session
    if session.get_bind().dialect.name == "postgresql":
        moment, tables = session.execute(
            text("SELECT snapshot, tables FROM changed_since(:since)"), {"since": query.since}
        ).one()
        return Changes(moment, frozenset(tables))
    return _changed_in_file(session, query.since)


def _changed_in_file(session: Session, since: str) -> Changes:
    last = session.scalar(select(func.max(RowChange.id))) or 0
    if not since or last == int(since):
        return Changes(str(last), frozenset())
    names = session.scalars(select(RowChange.table_name).where(RowChange.id > int(since)).distinct())
    return Changes(str(last), frozenset(names) - {AuditRow.__tablename__})
