"""What the seals show: each line that was altered, removed or slipped in, by its name.

Nothing of the server's own functions is believed: digests and chain are made again here, line by line, in one snapshot
and without holding the table in memory. What no verification can see from inside is a chain remade as a whole by
whoever owns the server or the file: an anchor kept elsewhere tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select, text

from backoffice.kernel.access.journal import as_json
from backoffice.kernel.access.rights import rights
from backoffice.kernel.audit import AuditRow, RowChange, SealRow
from backoffice.kernel.chain.anchors import Anchor
from backoffice.kernel.chain.digests import BEGINNING, Line, link
from backoffice.kernel.chain.reading import refuse_partial_view
from backoffice.kernel.chain.sealing import LINE, PROMISED_SECONDS
from backoffice.kernel.clock import french_moment
from backoffice.kernel.database import Database, Session
from backoffice.kernel.errors import BackofficeError
from backoffice.kernel.progress import Progress, silent
from backoffice.kernel.schema import Base

_AT_ONCE = 2_000


class JournalFault(BackofficeError):
    """Something that is not as it was sealed. A value, told and not raised; ids and logins only."""


Tell = Callable[[JournalFault], None]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at: lines sealed, lines that wait for their seal, and how many faults were told."""

    sealed: int
    waiting: int
    faults: int


def verify(
    database: Database, now: datetime, tell: Tell, anchor: Anchor | None = None, progress: Progress = silent
) -> Verified:
    """Tell everything that is wrong. `now` counts on an embedded database; a server has its own clock.

    Raises PermissionDenied to a login that does not see the whole journal, EnvironmentFault, Cancelled.
    """
    with database.read() as session:
        refuse_partial_view(session)
        if not database.is_embedded:
            session.execute(text("SET LOCAL TIME ZONE 'UTC'"))  # as the triggers write instants
            now = session.scalar(select(func.now())) or now
        look = _Look(session, tell, shared=not database.is_embedded)
        sealed, last = look.at_seals(progress)
        waiting = look.at_waiting(last, now)
        look.at_commands()
        if anchor is not None:
            look.at_anchor(anchor)
    return Verified(sealed, waiting, look.faults)


class _Chain:
    """The seals in their order: each follows the one before, and none is missing."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self._tell = tell
        self._expected = 1
        # What the next seal may follow: after one that was altered, what it says and what it should have said.
        self._heads: tuple[bytes, ...] = (BEGINNING,)
        self.digest_is_wrong = False
        """Whether the last seal carries another digest than the one it was made with: its line is not to blame."""

    def follow(self, seq: int, row_id: int, digest: bytes, told: bytes, line: Line | None) -> None:
        self.digest_is_wrong = False
        if seq != self._expected:
            self._tell("journal.seals_removed", first=str(self._expected), last=str(seq - 1))
            self._heads = ()
        made = [link(head, digest) for head in self._heads]
        if made and told not in made:
            self._tell("journal.seal_altered", seq=str(seq), line=str(row_id))
            self.digest_is_wrong = line is not None and told in [link(head, line.digest) for head in self._heads]
            self._heads = (told, *made)
        else:
            self._heads = (told,)
        self._expected = seq + 1


class _Look:
    """One verification: each look tells what it finds, and counts it."""

    def __init__(self, session: Session, tell: Tell, *, shared: bool) -> None:
        self._session = session
        self._told = tell
        self._shared = shared  # there each line carries its digest from its birth
        self.faults = 0

    def at_seals(self, progress: Progress) -> tuple[int, tuple[int, int]]:
        """Every seal with its line; returns how many, and the place of the last sealed line."""
        total = self._session.scalar(select(func.count()).select_from(SealRow)) or 0
        statement = (
            select(SealRow.seq, SealRow.row_id, SealRow.digest, SealRow.chain, RowChange.digest, *LINE)
            .outerjoin(RowChange, RowChange.id == SealRow.row_id)
            .order_by(SealRow.seq)
        )
        done, last, chain = 0, (0, 0), _Chain(self._tell)
        for row in self._streamed(statement):
            seq, row_id, digest, told, kept = row[:5]
            line = Line(*row[5:]) if row[5] is not None else None
            chain.follow(seq, row_id, digest, told, line)
            if line is None:
                self._tell("journal.line_removed", line=str(row_id), seq=str(seq))
            else:
                if not chain.digest_is_wrong:
                    self._compare(line, digest, kept)
                if line.place <= last:
                    self._tell("journal.line_inserted", **_named(line))
                last = max(last, line.place)
            done += 1
            if not done % _AT_ONCE:
                progress(done, total, "Vérification du journal")
        return done, last

    def _compare(self, line: Line, digest: bytes, kept: bytes | None) -> None:
        """A line, the digest it was sealed with, and the one it carries."""
        made = line.digest
        if made == digest and kept == (digest if self._shared else None):
            return
        code = "journal.line_rehashed" if made == kept else "journal.line_altered"
        self._tell(code, **_named(line))

    def at_waiting(self, last: tuple[int, int], now: datetime) -> int:
        """The lines without a seal; returns how many wait for theirs. One older than the seals was slipped in."""
        statement = (
            select(RowChange.digest, *LINE)
            .where(~exists().where(SealRow.row_id == RowChange.id))
            .order_by(RowChange.moment, RowChange.id)
        )
        limit = now - timedelta(seconds=PROMISED_SECONDS)
        waiting, late, first = 0, 0, 0
        for kept, *values in self._streamed(statement):
            line = Line(*values)
            if line.place <= last:
                self._tell("journal.line_inserted", **_named(line))
                continue
            waiting += 1
            if kept != (line.digest if self._shared else None):
                self._tell("journal.line_altered", **_named(line))
            if line.at < limit:
                late += 1
                first = first or line.id
        if late:
            self._tell("journal.lines_late", count=late, line=str(first), seconds=PROMISED_SECONDS)
        return waiting

    def at_commands(self) -> None:
        """The journal of commands is followed by the journal of rows, like any table: both must say the same."""
        name = AuditRow.__tablename__
        table = Base.metadata.tables[name]
        row = "to_jsonb(a)" if self._shared else as_json("a", rights().tables[name], table)
        differs = "IS DISTINCT FROM" if self._shared else "IS NOT"
        followed = f"j.table_name = '{name}' AND j.verb = 'I'"
        altered = (
            f"SELECT j.row_id, j.id, a.id FROM row_journal j LEFT JOIN {name} a ON a.id = j.row_id"
            f" WHERE {followed} AND (a.id IS NULL OR {row} {differs} j.after) ORDER BY j.id"
        )
        for command, line, found in self._streamed(text(altered)):
            code = "journal.command_removed" if found is None else "journal.command_altered"
            self._tell(code, command=str(command), line=str(line))
        alone = (
            f"SELECT a.id FROM {name} a WHERE NOT EXISTS"
            f" (SELECT 1 FROM row_journal j WHERE {followed} AND j.row_id = a.id) ORDER BY a.id"
        )
        for (command,) in self._streamed(text(alone)):
            self._tell("journal.command_alone", command=str(command))

    def at_anchor(self, anchor: Anchor) -> None:
        """The seal that was kept elsewhere is still this one."""
        told = self._session.scalar(select(SealRow.chain).where(SealRow.seq == anchor.seq))
        if told != anchor.chain:
            code = "journal.shorter_than_anchor" if told is None else "journal.anchor_differs"
            self._tell(code, seq=str(anchor.seq), database=anchor.database, day=french_moment(anchor.sealed_at))

    def _streamed(self, statement: Any) -> Iterator[Any]:
        return iter(self._session.execute(statement, execution_options={"yield_per": _AT_ONCE}))

    def _tell(self, code: str, **params: object) -> None:
        self.faults += 1
        self._told(JournalFault(code, **params))


def _named(line: Line) -> dict[str, object]:
    """How a sentence names a line: its number, which row of which table, whose, when."""
    return {
        "line": str(line.id), "table": line.table_name, "row": str(line.row_id), "actor": line.actor,
        "day": french_moment(line.at),
    }
