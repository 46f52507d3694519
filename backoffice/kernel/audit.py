"""The journal: a line for each command, written by the door, and a line for each row that changed, written by triggers.

Both are only ever added to. On the shared database they belong to an owner of their own; on an embedded one they are
kept by the same triggers, and the file's owner could remove them: only the chain would tell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.kernel.schema import Base, DocumentType


class AuditRow(Base):
    """Who did what, when, on what. `details` is JSON without names: ids, numbers, counts."""

    __tablename__ = "audit_journal"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(120))
    details: Mapped[str] = mapped_column(Text)
    op_id: Mapped[str | None] = mapped_column(String(36), unique=True)


class RowChange(Base):
    """A row before and after: columns by name, with the values the database holds (cents, hundredths, ISO dates).

    `verb` is I, U or D. `moment` names the transaction on the shared database (0 on an embedded one), so that what
    was committed since a given moment can be asked for exactly. `digest` closes the line (shared database only:
    elsewhere it is computed when the line is sealed). Secret columns hold keyed digests.
    """

    __tablename__ = "row_journal"
    __table_args__ = (Index("ix_row_journal_row", "table_name", "row_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    moment: Mapped[int] = mapped_column(index=True)
    table_name: Mapped[str] = mapped_column(String(63))
    row_id: Mapped[int]
    verb: Mapped[str] = mapped_column(String(1))
    before: Mapped[dict[str, Any] | None] = mapped_column(DocumentType)
    after: Mapped[dict[str, Any] | None] = mapped_column(DocumentType)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)


class SealRow(Base):
    """One sealed line of `row_journal`: its digest, chained to the one before. `seq` has no holes."""

    __tablename__ = "journal_chain"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    row_id: Mapped[int] = mapped_column(unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    chain: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]


class JournalKeyRow(Base):
    """The key of the digests of secret values, ready for HMAC: the key mixed with its inner and outer pads."""

    __tablename__ = "journal_keys"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    inner_pad: Mapped[bytes] = mapped_column(LargeBinary)
    outer_pad: Mapped[bytes] = mapped_column(LargeBinary)


class ActingRow(Base):
    """Who acts on an embedded database, for its triggers: the door writes it first in each transaction."""

    __tablename__ = "acting"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


def details_as_text(details: Mapping[str, object]) -> str:
    """The details of a journal line, in a form that is the same for the same facts."""
    return json.dumps(details, ensure_ascii=False, sort_keys=True, default=str)
