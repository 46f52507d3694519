"""Contracts of crèches."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.contracts.kinds import ContractKind, ContractState
from backoffice.kernel.schema import Base, DocumentType, Versioned, one_of


class ContractRow(Versioned, Base):
    """What a family and a crèche agreed on: the hours of each day of the week and how they are smoothed.

    `slot_id` is the slot whose hours are reserved; `pattern` and `smoothing` are values of `contracts/rules`;
    `replaces_id` the contract that it amends.
    """

    __tablename__ = "contracts"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="period"),
        one_of("kind", ContractKind),
        one_of("state", ContractState),
        Index("ix_contracts_child", "child_id", "first_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("families.id"), index=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10))
    first_day: Mapped[date]
    last_day: Mapped[date]
    pattern: Mapped[dict[str, Any]] = mapped_column(DocumentType)
    smoothing: Mapped[dict[str, Any]] = mapped_column(DocumentType)
    leave_days: Mapped[int]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("contracts.id"), index=True)
    note: Mapped[str] = mapped_column(String(400))
