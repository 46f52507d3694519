"""Agents of the town on a shared database, and what each may do where."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.kernel.schema import Base, Versioned, partial_index


class AgentRow(Versioned, Base):
    """One agent, by the login of the database. Agents who left stay, inactive: the journal names them."""

    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(63), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    active: Mapped[bool] = mapped_column(Boolean)


class AgentGrantRow(Base):
    """A role given to an agent: on the whole town (no service), on a service, or on a structure of a service."""

    __tablename__ = "agent_grants"
    __table_args__ = (
        Index("uq_agent_grants_structure", "agent_id", "role", "service_id", "structure_id", unique=True),
        partial_index("uq_agent_grants_service", "agent_id", "role", "service_id", where="structure_id IS NULL",
                      unique=True),
        partial_index("uq_agent_grants_town", "agent_id", "role", where="service_id IS NULL", unique=True),
        CheckConstraint("structure_id IS NULL OR service_id IS NOT NULL", name="place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    role: Mapped[str] = mapped_column(String(40))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"), index=True)
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structures.id"), index=True)


class AgentScopeRow(Base):
    """What the policies read: each permission of an active agent, and where. Made from the grants, never by hand."""

    __tablename__ = "agent_scopes"
    __table_args__ = (Index("ix_agent_scopes_login_permission", "login", "permission", "service_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(63))
    permission: Mapped[str] = mapped_column(String(40))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"), index=True)
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structures.id"), index=True)
