"""Agents: who may work in a shared base, and what each may do. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from backoffice.agents.commands import AgentAppointed, AgentStopped, AppointAgent, StopAgent
from backoffice.agents.overview import AgentView, ListAgents, ListRoles, RoleView
from backoffice.agents.roles import Role
from backoffice.kernel.application import Application, Command
from backoffice.kernel.events import Event
from backoffice.kernel.progress import Progress
from ui.editing import Editing, Task
from ui.forms import Entry, FieldSpec, Reader
from ui.presenting import Action, Banner, Desk, banner_for

Fact = tuple[str, str]


class AgentsPage(Protocol):
    """What the presenter asks of its page."""

    def show_banner(self, banner: Banner | None) -> None: ...

    def show_agents(self, agents: Sequence[AgentView], roles: Sequence[RoleView]) -> None: ...

    def show_alone(self, agent: str) -> None: ...

    def form_values(self) -> Mapping[str, str]: ...


class AgentsPresenter:
    """Lists agents and opens the form of one. `editing` is that of the whole page: one form at a time."""

    def __init__(self, page: AgentsPage, desk: Desk, editing: Editing) -> None:
        self._page = page
        self._desk = desk
        self._editing = editing
        self._agents: Sequence[AgentView] = ()
        self._roles: Sequence[RoleView] = ()
        for kind in (AgentAppointed, AgentStopped):
            desk.hear(kind, self._changed)

    @property
    def may_edit(self) -> bool:
        return self._desk.app.actor.may("agents.edit")

    def load(self) -> None:
        """The embedded base has one agent, its user: nothing is managed there."""
        app = self._desk.app
        if app.database.is_embedded:
            self._page.show_alone(app.actor.name)
            return
        self._desk.run.read(self._read, self._show, self._failed, "agents")

    def _read(self, progress: Progress) -> tuple[tuple[AgentView, ...], tuple[RoleView, ...]]:
        app = self._desk.app
        return app.ask(ListAgents(), progress=progress), app.ask(ListRoles())

    def _show(self, found: tuple[tuple[AgentView, ...], tuple[RoleView, ...]]) -> None:
        self._agents, self._roles = found
        self._page.show_agents(self._agents, self._roles)

    def _changed(self, _event: Event) -> None:
        if not self._desk.app.database.is_embedded:
            self.load()

    def _failed(self, error: Exception) -> None:
        self._page.show_banner(banner_for(error, self.load))

    # --- gestures ---------------------------------------------------------------------------------------------

    def appoint(self) -> None:
        self._open(appointing_task(self._agents, self._roles))

    def edit(self, agent: AgentView) -> None:
        self._open(role_task(agent, self._roles))

    def _open(self, task: Task) -> None:
        if not self.may_edit or not self._roles:
            return
        if self._editing.unsaved:
            self._editing.say_unsaved(self._page.form_values, lambda: self._open(task))
            return
        self._editing.open(replace(task, after=lambda _answer: self.load()))

    def stop(self, agent: AgentView) -> None:
        """Out from the next connection on; « Annuler » lets the agent in again."""
        back = AppointAgent(agent.login, agent.name, agent.role)
        self._send(StopAgent(agent.login, agent.version), f"{agent.name} n'a plus accès, dès sa prochaine connexion.",
                   back)

    def resume(self, agent: AgentView) -> None:
        """A former agent comes back with the role he had."""
        again = AppointAgent(agent.login, agent.name, agent.role, agent.version)
        self._send(again, f"{agent.name} a de nouveau accès : {agent.role.label.lower()}.", StopAgent(agent.login))

    def _send(self, command: Command[Any], told: str, back: Command[Any] | None) -> None:
        undo = None if back is None else Action("Annuler", lambda: self._send(back, "C'est annulé.", None))
        self._desk.run.write(
            lambda progress: self._desk.app.execute(command, progress=progress),
            lambda _: self._desk.tell(told, undo),
            lambda error: self._page.show_banner(banner_for(error)),
            "Enregistrement",
        )


def facts_of(agent: AgentView) -> tuple[Fact, ...]:
    """What is known of an agent, rights included."""
    return (
        ("Nom", agent.name),
        ("Identifiant", agent.login),
        ("Rôle", agent.role.label),
        ("État", "actif" if agent.active else "n'a plus accès ; son nom reste dans le journal"),
        ("Peut", "\n".join(agent.rights) or "rien"),
    )


def rights_words(roles: Sequence[RoleView], key: str) -> str:
    """What a role allows, a right on each line."""
    return next(("\n".join(role.rights) for role in roles if role.key == key), "") or "Rien."


_LOGIN = FieldSpec("login", "&Identifiant", required=True, width=24,
                   hint="Celui que votre service informatique a créé sur le serveur PostgreSQL.")


def _fields(name: str, role: str, roles: Sequence[RoleView]) -> tuple[FieldSpec, ...]:
    return (
        FieldSpec("name", "&Nom", value=name, required=True, placeholder="Prénom Nom",
                  hint="Tel que le journal et les historiques le montrent."),
        FieldSpec("role", "&Rôle", Entry.CHOICE, role, width=28,
                  options=tuple((role.key, role.label) for role in roles)),
    )


def appointing_task(agents: Sequence[AgentView], roles: Sequence[RoleView]) -> Task:
    """A new agent, or a former one under the same login."""
    specs = (_LOGIN, *_fields("", "", roles))
    made: list[str] = []

    def command(reader: Reader) -> AppointAgent | None:
        login, name, role = reader.text("login"), reader.text("name"), reader.text("role")
        known = next((agent for agent in agents if agent.login == login and agent.active), None)
        if known is not None:
            reader.blame("login", f"Cet identifiant est déjà celui de {known.name}.")
        made[:] = [login]
        return None if reader.errors else AppointAgent(login, name, Role(role))

    return Task("Nommer un agent", specs, command, "Agent nommé.", verb="Nommer",
                field_of=_field_of, undo=lambda _app: StopAgent(made[0]))


def role_task(agent: AgentView, roles: Sequence[RoleView]) -> Task:
    """Another name or another role for an agent."""
    specs = _fields(agent.name, agent.role.value, roles)

    def command(reader: Reader) -> AppointAgent | None:
        name, role = reader.text("name"), reader.text("role")
        return None if reader.errors else AppointAgent(agent.login, name, Role(role), agent.version)

    def undo(_app: Application) -> Command[Any]:
        return AppointAgent(agent.login, agent.name, agent.role)

    return Task(f"Modifier l'agent « {agent.name} »", specs, command, "Agent modifié.", field_of=_field_of,
                intro=f"Identifiant : {agent.login}. Un autre rôle vaut dès la prochaine connexion.", undo=undo)


def _field_of(error: Exception) -> str:
    fields = {"agent.name_missing": "name", "agent.too_long": "name", "agent.yourself": "role",
              "agent.last_administrator": "role"}
    return fields.get(getattr(error, "code", ""), "")
