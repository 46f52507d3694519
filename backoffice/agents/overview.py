"""The agents of a shared database, as the administrator sees them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from backoffice.agents.roles import PERMISSIONS_OF, Role
from backoffice.agents.tables import AgentRow
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.permissions import PERMISSIONS
from backoffice.kernel.text import folded


@dataclass(frozen=True, slots=True)
class AgentView:
    """An agent and the role that says what they may do. An inactive one stays: the journal names them."""

    id: int
    version: int
    login: str
    name: str
    role: Role
    active: bool

    @property
    def rights(self) -> tuple[str, ...]:
        """What the role allows, in French."""
        return _rights(self.role)


@dataclass(frozen=True)
class ListAgents(Query[tuple[AgentView, ...]]):
    """All agents, active ones first, by name. Empty on an embedded database: its only agent is its user."""


@read(ListAgents, permission="agents.read")
def list_agents(_query: ListAgents, reading: Reading) -> tuple[AgentView, ...]:
    found = [
        AgentView(row.id, row.version, row.login, row.name, Role(row.role), row.active)
        for row in reading.session.scalars(select(AgentRow))
    ]
    return tuple(sorted(found, key=lambda agent: (not agent.active, folded(agent.name), agent.login)))


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role that an agent may be given; `rights` in French."""

    key: str
    label: str
    rights: tuple[str, ...]


@dataclass(frozen=True)
class ListRoles(Query[tuple[RoleView, ...]]):
    """The roles of this base, the widest first."""


@read(ListRoles, permission="agents.read")
def list_roles(_query: ListRoles, _reading: Reading) -> tuple[RoleView, ...]:
    return tuple(RoleView(role.value, role.label, _rights(role)) for role in Role)


def _rights(role: Role) -> tuple[str, ...]:
    return tuple(label for name, label in PERMISSIONS.items() if name in PERMISSIONS_OF[role])


def agent_names(session: Session) -> dict[str, str]:
    """The name of each login."""
    return {row.login: row.name for row in session.execute(select(AgentRow.login, AgentRow.name))}
