"""What the background service leaves of itself: who holds its post, and how its tasks fare. No personal data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.kernel.schema import Base


class WorkerTaskRow(Base):
    """A task: its last try, its last success, how many tries failed since, and the sentence of the last failure."""

    __tablename__ = "worker_tasks"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    began_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    failures: Mapped[int]
    error: Mapped[str] = mapped_column(String(500))


class WorkerPostRow(Base):
    """The post that one service holds at a time, and when it last said so: after some seconds of silence it is free."""

    __tablename__ = "worker_post"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(String(36))
    computer: Mapped[str] = mapped_column(String(120))
    seen_at: Mapped[datetime | None]
