"""Sealing the lines of the journal that wait for it: by the server's own function, or here on an embedded database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Text, cast, func, select, text

from backoffice.kernel.audit import RowChange, SealRow
from backoffice.kernel.chain.digests import BEGINNING, Line, link
from backoffice.kernel.database import Database, Session
from backoffice.kernel.progress import Progress, silent

PROMISED_SECONDS = 60
"""A line is sealed at most this long after its transaction."""

_AT_ONCE_SHARED = 50_000
_AT_ONCE = 2_000  # small enough to let others write between two transactions

_IDLE = text(
    "SELECT a.pid, a.usename, a.datname, a.state_change FROM pg_stat_activity a"
    " WHERE a.backend_xid IS NOT NULL AND a.state LIKE 'idle in transaction%'"
    " AND a.state_change <= clock_timestamp() - make_interval(secs => :seconds) ORDER BY a.xact_start"
)

LINE = (
    RowChange.id, RowChange.at, RowChange.actor, RowChange.moment, RowChange.table_name, RowChange.row_id,
    RowChange.verb, cast(RowChange.before, Text), cast(RowChange.after, Text),
)
"""What `Line` is made of, in its order: the JSON as text, untouched."""


@dataclass(frozen=True, slots=True)
class IdleWriter:
    """A session that began to write and waits: no line of a later transaction is sealed before it ends."""

    pid: int
    login: str
    database: str
    since: datetime


def idle_writers(session: Session) -> list[IdleWriter]:
    """Those who hold the seals back for longer than is promised, in any database of the server: its transactions are
    numbered together. The server shows the work of others to its administrator only."""
    return [IdleWriter(*row) for row in session.execute(_IDLE, {"seconds": PROMISED_SECONDS})]


def seal(database: Database, now: datetime, progress: Progress = silent) -> int:
    """Seal everything that can be; returns how many lines were. Several at once follow one another.

    On the shared database, the right `worker.run` is asked for by the server. Raises EnvironmentFault, Cancelled.
    """
    done = 0
    while (more := _seal_shared(database) if not database.is_embedded else _seal_embedded(database, now)) > 0:
        done += more
        progress(done, done, "Scellement du journal")
    return done


def _seal_shared(database: Database) -> int:
    with database.write() as session:
        return int(session.scalar(text("SELECT seal_journal(:at_most)"), {"at_most": _AT_ONCE_SHARED}) or 0)


def _seal_embedded(database: Database, now: datetime) -> int:
    with database.read() as session:  # most often there is nothing: then nobody waits for a writer
        if not session.execute(_waiting(_last_sealed(session)).limit(1)).first():
            return 0
    with database.write() as session:
        lines = session.execute(_waiting(_last_sealed(session)).limit(_AT_ONCE)).all()
        head = session.execute(select(SealRow.seq, SealRow.chain).order_by(SealRow.seq.desc()).limit(1)).first()
        seq, chain = head or (0, BEGINNING)
        if lines:
            # Straight to the driver: SQLAlchemy would convert the same instant for each line.
            session.connection().exec_driver_sql(
                "INSERT INTO journal_chain (seq, row_id, digest, chain, sealed_at) VALUES (?, ?, ?, ?, ?)",
                list(_seals(lines, seq, chain, f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}")),
            )
        return len(lines)


def _last_sealed(session: Session) -> int:
    return session.scalar(select(func.max(SealRow.row_id))) or 0


def _waiting(after: int) -> Any:
    # One writer at a time: the order of the numbers is the order of the transactions.
    return select(*LINE).where(RowChange.id > after).order_by(RowChange.id)


def _seals(lines: Sequence[Any], seq: int, chain: bytes, sealed_at: str) -> Iterator[tuple[object, ...]]:
    for number, row in enumerate(lines, seq + 1):
        line = Line(*row)
        digest = line.digest
        chain = link(chain, digest)
        yield number, line.id, digest, chain, sealed_at
