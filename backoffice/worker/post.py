"""The post of the background service: one service holds it at a time, and another takes it some seconds after silence.

A row and the server's clock rather than an advisory lock, which any login of the database could take and keep.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, or_, update

from backoffice.kernel.database import Database
from backoffice.worker.tables import WorkerPostRow

BEAT_SECONDS = 2
_SILENCE = timedelta(seconds=6)
"""Three beats were missed: the holder is dead, or cut from the server. Its successor comes at its next beat."""


class Post:
    """The post as one service sees it."""

    def __init__(self, database: Database, computer: str) -> None:
        self._database = database
        self._computer = computer
        self._me = str(uuid4())

    def hold(self) -> bool:
        """Take the post when it is free, keep it when it is ours; False when another holds it.

        Raises EnvironmentFault.
        """
        taken = update(WorkerPostRow).where(
            or_(
                WorkerPostRow.holder.in_(("", self._me)),
                WorkerPostRow.seen_at < func.clock_timestamp() - _SILENCE,
            )
        ).values(holder=self._me, computer=self._computer, seen_at=func.clock_timestamp())
        return self._changed(taken)

    def leave(self) -> None:
        """Leave it to whoever waits, at once. Raises EnvironmentFault."""
        self._changed(update(WorkerPostRow).where(WorkerPostRow.holder == self._me).values(holder=""))

    def _changed(self, statement: object) -> bool:
        with self._database.write() as session:
            return bool(session.execute(statement).rowcount)  # type: ignore[call-overload]
