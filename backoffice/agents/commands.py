"""Adding agents to a shared database and giving them a role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from backoffice.agents.queries import has_agents
from backoffice.agents.roles import Role
from backoffice.agents.tables import AgentRow
from backoffice.kernel.application import Command, Context, use_case
from backoffice.kernel.audit import AuditRow, details_as_text
from backoffice.kernel.database import Session
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event


@dataclass(frozen=True, slots=True)
class AgentAppointed(Event):
    """An agent came, or has another role."""

    login: str


def found_administrator(session: Session, now: datetime) -> str | None:
    """Make the login that prepares a new shared database its first administrator; None when agents exist.

    No actor has a right before this: it comes from the set-up, not through the door, and writes its own journal line.
    """
    if has_agents(session):
        return None
    login = str(session.scalar(text("SELECT session_user")))
    session.add(AgentRow(login=login, name=login, role=Role.ADMINISTRATOR.value, active=True))
    details = details_as_text({"role": Role.ADMINISTRATOR.value})
    session.add(
        AuditRow(at=now, actor=login, action="agent.founded", subject=f"agent {login}", details=details, op_id=None)
    )
    return login


@dataclass(frozen=True)
class AppointAgent(Command[None]):
    """Give a login of the shared database a role, or change it. The login itself is made on the server."""

    login: str
    name: str
    role: Role


@use_case(AppointAgent, permission="agents.edit", action="agent.appointed")
def appoint_agent(command: AppointAgent, context: Context) -> None:
    login, name = command.login.strip(), command.name.strip()
    if not login or not name:
        raise UserError("agent.name_missing")
    row = context.session.scalar(select(AgentRow).where(AgentRow.login == login))
    if row is None:
        row = AgentRow(login=login, name=name, active=True)
        context.session.add(row)
    row.name, row.role, row.active = name, command.role.value, True
    context.record(f"agent {login}", role=command.role.value)
    context.events.append(AgentAppointed(login))
