"""Who is behind a connection to the shared database."""

from __future__ import annotations

from sqlalchemy import func, select, text

from backoffice.agents.roles import PERMISSIONS_OF, Role
from backoffice.agents.tables import AgentRow
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
    return Actor(row.login, row.name, PERMISSIONS_OF[Role(row.role)])


def has_agents(session: Session) -> bool:
    return bool(session.scalar(select(func.count(AgentRow.id))))
