"""The agents of a shared database, as the administrator sees them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select

from backoffice.agents.roles import Role
from backoffice.agents.tables import AgentGrantRow, AgentRow
from backoffice.catalog.queries import place_names
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.permissions import PERMISSIONS
from backoffice.kernel.text import folded


@dataclass(frozen=True, slots=True)
class PostView:
    """A role, and where: the names are empty for the whole town."""

    role: Role
    service: str
    structure: str

    @property
    def place(self) -> str:
        return " — ".join(name for name in (self.service, self.structure) if name) or "Toute la commune"


@dataclass(frozen=True, slots=True)
class AgentView:
    """An agent and what they were given. An inactive one stays: the journal names them."""

    id: int
    login: str
    name: str
    posts: tuple[PostView, ...]
    active: bool

    @property
    def rights(self) -> tuple[str, ...]:
        """What the roles allow somewhere, in French."""
        held = frozenset[str]().union(*(post.role.permissions for post in self.posts))
        return tuple(label for name, label in PERMISSIONS.items() if name in held)


@dataclass(frozen=True)
class ListAgents(Query[tuple[AgentView, ...]]):
    """All agents, active ones first, by name. Empty on an embedded database: its only agent is its user."""


@read(ListAgents, permission="agents.read")
def list_agents(_query: ListAgents, reading: Reading) -> tuple[AgentView, ...]:
    return agents_of(reading.session)


def agents_of(session: Session) -> tuple[AgentView, ...]:
    """The same for the administrator of the server, who is no agent."""
    services, structures = place_names(session)
    posts: dict[int, list[PostView]] = defaultdict(list)
    for grant in session.scalars(select(AgentGrantRow).order_by(AgentGrantRow.id)):
        place = services.get(grant.service_id or 0, ""), structures.get(grant.structure_id or 0, "")
        posts[grant.agent_id].append(PostView(Role(grant.role), *place))
    found = [
        AgentView(row.id, row.login, row.name, tuple(posts[row.id]), row.active)
        for row in session.scalars(select(AgentRow))
    ]
    return tuple(sorted(found, key=lambda agent: (not agent.active, folded(agent.name), agent.login)))


def agent_names(session: Session) -> dict[str, str]:
    """The name of each login."""
    return {row.login: row.name for row in session.execute(select(AgentRow.login, AgentRow.name))}
