"""Who is behind a connection to the shared database."""

from __future__ import annotations

from sqlalchemy import select, text

from backoffice.agents.tables import AgentRow, AgentScopeRow
from backoffice.kernel.access.rights import rights
from backoffice.kernel.actor import Actor
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError


def actor_of_session(session: Session) -> Actor:
    """The agent whose login opened this connection: the server says who it is, not the program.

    Raises UserError `agent.unknown` when no active agent has this login.
    """
    login = str(session.scalar(text("SELECT session_user")))
    row = session.scalar(select(AgentRow).where(AgentRow.login == login, AgentRow.active))
    if row is None:
        raise UserError("agent.unknown", login=login)
    held = session.scalars(select(AgentScopeRow.permission).where(AgentScopeRow.login == login).distinct())
    return Actor(row.login, row.name, frozenset(held))


def places_held(session: Session, login: str, permission: str) -> tuple[tuple[int | None, int | None], ...]:
    """Where an agent holds a permission: pairs (service, structure or none); no service means the whole town."""
    rows = session.execute(
        select(AgentScopeRow.service_id, AgentScopeRow.structure_id)
        .where(AgentScopeRow.login == login, AgentScopeRow.permission == permission)
        .distinct()
    )
    return tuple(sorted(((row.service_id, row.structure_id) for row in rows), key=str))


def worker_of_session(session: Session) -> Actor:
    """The background service whose login opened this connection. Raises UserError `worker.not_a_worker`."""
    login = str(session.scalar(text("SELECT session_user")))
    held = frozenset(session.scalars(select(AgentScopeRow.permission).where(AgentScopeRow.login == login)))
    worker = rights().worker
    if not worker.permissions <= held:
        raise UserError("worker.not_a_worker", login=login)
    return Actor(login, worker.label, held)
