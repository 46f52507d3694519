"""The journal of rows for tests: sealing it, spoiling it as its owner could, and reading what the seals show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import select, text

from backoffice.kernel.audit import RowChange
from backoffice.kernel.chain import sealing, verifying
from backoffice.kernel.chain.anchors import Anchor
from backoffice.kernel.chain.digests import Line
from backoffice.kernel.chain.verifying import JournalFault, Verified
from backoffice.kernel.database import Session
from backoffice.kernel.messages import sentence, sentences
from tests.support.shared import by_administrator
from tests.support.towns import SmallTown

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_KEPT = ("row_journal", "journal_chain", "audit_journal")


def seal(town: SmallTown) -> int:
    """Seal what waits, by who may."""
    with by_administrator(town.database) as database:
        return sealing.seal(database, town.now)


def verify(
    town: SmallTown, anchor: Anchor | None = None, now: datetime = LONG_AGO
) -> tuple[Verified, list[JournalFault]]:
    """What the seals show; each fault has its sentence. `now`: for an embedded database; long ago, nothing is late."""
    told: list[JournalFault] = []
    with by_administrator(town.database) as database:
        seen = verifying.verify(database, now, told.append, anchor)
    assert seen.faults == len(told)
    assert all(fault.code in sentences() and sentence(fault) for fault in told)
    return seen, told


def faults(town: SmallTown, anchor: Anchor | None = None) -> list[str]:
    """The codes of what is wrong, in the order in which it is told."""
    return [fault.code.removeprefix("journal.") for fault in verify(town, anchor)[1]]


def named(fault: JournalFault) -> str:
    """The line, the seal or the command that a fault names."""
    return str(next(fault.params[name] for name in ("line", "seq", "first", "command") if name in fault.params))


def tamper(town: SmallTown, *statements: str, **parameters: object) -> None:
    """Change the journal as the owner of the server or of the file could: its triggers put out of the way, and back."""
    with by_administrator(town.database) as database, database.write() as session:
        found = _without_triggers(session) if database.is_embedded else ()
        if not database.is_embedded:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            assert session.execute(text(statement), parameters).rowcount, statement  # type: ignore[attr-defined]
        for trigger in found:
            session.connection().exec_driver_sql(trigger)


def _without_triggers(session: Session) -> Iterable[str]:
    names = ", ".join(f"'{table}'" for table in _KEPT)
    triggers = f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({names})"
    kept = session.execute(text(triggers)).all()
    for name, _ in kept:
        session.execute(text(f"DROP TRIGGER {name}"))
    return [str(sql) for _, sql in kept]


def rehash(town: SmallTown, line_id: int) -> None:
    """Give a line the digest of what it says now."""
    with by_administrator(town.database) as database:
        with database.read() as session:
            values = session.execute(select(*sealing.LINE).where(RowChange.id == line_id)).one()
        digest = Line(*values).digest
    tamper(town, "UPDATE row_journal SET digest = :digest WHERE id = :id", digest=digest, id=line_id)
