"""What was taken over from other programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.kernel.schema import Base


class ImportRow(Base):
    """One file taken over, known by its content: the same file again changes nothing and gives the same report."""

    __tablename__ = "imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    file_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    report: Mapped[dict[str, Any]] = mapped_column(JSON)
