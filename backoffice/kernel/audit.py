"""The journal: one line for each change, written in the transaction that makes the change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.kernel.schema import Base


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


def details_as_text(details: Mapping[str, object]) -> str:
    """The details of a journal line, in a form that is the same for the same facts."""
    return json.dumps(details, ensure_ascii=False, sort_keys=True, default=str)
