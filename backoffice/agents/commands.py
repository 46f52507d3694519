"""Adding agents to a shared database, giving them a role, stopping them. Nobody is deleted: the journal names them."""

from __future__ import annotations

from collections.abc import Sequence
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

_LONGEST_LOGIN, _LONGEST_NAME = 63, 120  # of a PostgreSQL role; of a name


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


@dataclass(frozen=True, slots=True)
class AgentStopped(Event):
    """An agent may not come in any more."""

    login: str


@dataclass(frozen=True)
class AppointAgent(Command[None]):
    """Give a login of the shared database a role, change it, or let a former agent in again.

    The login itself is made on the server. `version`: the one that was read; None when nothing was.
    """

    login: str
    name: str
    role: Role
    version: int | None = None


@use_case(AppointAgent, permission="agents.edit", action="agent.appointed")
def appoint_agent(command: AppointAgent, context: Context) -> None:
    """Raises UserError `agent.name_missing`, `agent.too_long`, `record.changed_meanwhile`, `agent.yourself`,
    `agent.last_administrator`."""
    login, name = command.login.strip(), command.name.strip()
    if not login or not name:
        raise UserError("agent.name_missing")
    if len(login) > _LONGEST_LOGIN or len(name) > _LONGEST_NAME:
        raise UserError("agent.too_long", login=_LONGEST_LOGIN, name=_LONGEST_NAME)
    administrators = _hold_administrators(context.session)
    row = context.session.scalar(select(AgentRow).where(AgentRow.login == login))
    _refuse_stale(row, command.version)
    if row is None:
        row = AgentRow(login=login, name=name, active=True)
        context.session.add(row)
    elif row.role != command.role.value:
        _refuse_alone(context, row, administrators)
    row.name, row.role, row.active = name, command.role.value, True
    context.record(f"agent {login}", role=command.role.value)
    context.events.append(AgentAppointed(login))


@dataclass(frozen=True)
class StopAgent(Command[None]):
    """Keep an agent out from his next connection on. `AppointAgent` undoes it; closing the login is the server's."""

    login: str
    version: int | None = None


@use_case(StopAgent, permission="agents.edit", action="agent.stopped")
def stop_agent(command: StopAgent, context: Context) -> None:
    """Raises UserError `agent.not_here`, `record.changed_meanwhile`, `agent.yourself`, `agent.last_administrator`."""
    administrators = _hold_administrators(context.session)
    row = context.session.scalar(select(AgentRow).where(AgentRow.login == command.login))
    _refuse_stale(row, command.version)
    if row is None:
        raise UserError("agent.not_here", login=command.login)
    _refuse_alone(context, row, administrators)
    row.active = False
    context.record(f"agent {row.login}")
    context.events.append(AgentStopped(row.login))


def _hold_administrators(session: Session) -> Sequence[AgentRow]:
    """The active ones, kept until the transaction ends: two of them never stop each other at once."""
    active = select(AgentRow).where(AgentRow.role == Role.ADMINISTRATOR.value, AgentRow.active).order_by(AgentRow.id)
    return session.scalars(active.with_for_update()).all()


def _refuse_stale(row: AgentRow | None, version: int | None) -> None:
    if version is not None and (row is None or row.version != version):
        raise UserError("record.changed_meanwhile")


def _refuse_alone(context: Context, row: AgentRow, administrators: Sequence[AgentRow]) -> None:
    """Nobody takes their own rights away, and somebody always manages the agents."""
    if row.login == context.actor.login:
        raise UserError("agent.yourself")
    if row in administrators and len(administrators) == 1:
        raise UserError("agent.last_administrator")
