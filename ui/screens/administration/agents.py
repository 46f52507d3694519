"""Agents: who may work in a shared base, where, and what each may do. No Qt.

They are only shown: the administrator of the server makes and stops them (`backoffice admin`), because a right that the
window could give would be a right that an agent could take.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from backoffice.agents.overview import AgentView, ListAgents
from ui.presenting import Desk, FaultPage, read_for

Fact = tuple[str, str]


class AgentsPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_agents(self, agents: Sequence[AgentView]) -> None: ...

    def show_alone(self, agent: str) -> None: ...


class AgentsPresenter:
    """Lists the agents of a shared base, or says that an embedded one has only its user."""

    def __init__(self, page: AgentsPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk

    def load(self) -> None:
        app = self._desk.app
        if app.database.is_embedded:
            self._page.show_alone(app.actor.name)
            return
        read_for(
            self._page,
            self._desk,
            lambda progress: app.ask(ListAgents(), progress=progress),
            self._page.show_agents,
            self.load,
            "agents",
        )


def facts_of(agent: AgentView) -> tuple[Fact, ...]:
    """What is known of an agent, rights included."""
    return (
        ("Nom", agent.name),
        ("Identifiant", agent.login),
        ("Rôles", "\n".join(posts_of(agent)) or "aucun"),
        ("État", "actif" if agent.active else "n'a plus accès ; son nom reste dans le journal"),
        ("Peut", "\n".join(agent.rights) or "rien"),
    )


def posts_of(agent: AgentView) -> tuple[str, ...]:
    """Each role with its place: « Secrétariat (Multi-accueil) »."""
    return tuple(f"{post.role.label} ({post.place})" for post in agent.posts)
