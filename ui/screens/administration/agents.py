"""Agents: who may work in a shared base, and what each may do. No Qt."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any, Protocol

from backoffice.agents.commands import AgentAppointed, AgentStopped, AppointAgent, StopAgent
from backoffice.agents.overview import AgentView, ListAgents, ListRoles, RoleView
from backoffice.agents.roles import Role
from backoffice.kernel.application import Command
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.progress import Progress
from ui.command_task import CommandTask
from ui.drafts import Draft, Drafting
from ui.forms import Entry, FieldSpec, Reader
from ui.presenting import Action, Desk, FaultPage, read_for, write_for

Fact = tuple[str, str]
_KEY = "agent/"  # begins the name of the unfinished typing about one
_NEW = _KEY  # nobody's login is empty


class AgentsPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_agents(self, agents: Sequence[AgentView], roles: Sequence[RoleView]) -> None: ...

    def show_alone(self, agent: str) -> None: ...


class AgentsPresenter:
    """Lists agents and opens the form of one. `drafting` is that of the whole page: one form at a time."""

    def __init__(
        self, page: AgentsPage, desk: Desk, drafting: Drafting, unfinished: MutableMapping[str, Draft]
    ) -> None:
        self._page = page
        self._desk = desk
        self._drafting = drafting
        self._unfinished = unfinished
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
        read_for(self._page, self._desk, self._read, self._show, self.load, "agents")

    def _read(self, progress: Progress) -> tuple[tuple[AgentView, ...], tuple[RoleView, ...]]:
        app = self._desk.app
        return app.ask(ListAgents(), progress=progress), app.ask(ListRoles())

    def _show(self, found: tuple[tuple[AgentView, ...], tuple[RoleView, ...]]) -> None:
        self._agents, self._roles = found
        self._page.show_agents(self._agents, self._roles)
        typed = self._drafting.task
        if typed is None:
            self._take_up()
        elif typed.key.startswith(_KEY):
            self._drafting.noticed(self._task_of(typed.key))

    def _take_up(self) -> None:
        """What was left unfinished here comes back."""
        key = next((key for key in self._unfinished if key.startswith(_KEY)), "")
        task = self._task_of(key) if self.may_edit else None
        if task is not None:
            self._drafting.begin(task)

    def _task_of(self, key: str) -> CommandTask | None:
        if key == _NEW:
            return appointing_task(self._agents, self._roles)
        agent = next((agent for agent in self._agents if _key_of(agent) == key), None)
        return None if agent is None else role_task(agent, self._roles)

    def _changed(self, _event: Event) -> None:
        if not self._desk.app.database.is_embedded:
            self.load()

    # --- gestures ---------------------------------------------------------------------------------------------

    def appoint(self) -> None:
        self._open(appointing_task(self._agents, self._roles))

    def edit(self, agent: AgentView) -> None:
        self._open(role_task(agent, self._roles))

    def _open(self, task: CommandTask) -> None:
        if self.may_edit and self._roles:
            self._drafting.begin(task)

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
        app = self._desk.app
        write_for(self._page, self._desk, lambda progress: app.execute(command, progress=progress),
                  lambda _: self._desk.tell(told, undo))


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


def appointing_task(agents: Sequence[AgentView], roles: Sequence[RoleView]) -> CommandTask:
    """A new agent, or a former one under the same login."""
    specs = (_LOGIN, *_fields("", "", roles))

    def command(reader: Reader) -> AppointAgent | None:
        login, name, role = reader.text("login"), reader.text("name"), reader.text("role")
        known = next((agent for agent in agents if agent.login == login and agent.active), None)
        if known is not None:
            reader.blame("login", f"Cet identifiant est déjà celui de {known.name}.")
        return None if reader.errors else AppointAgent(login, name, Role(role))

    return CommandTask(_NEW, "Nommer un agent", specs, command, "Agent nommé.", save_words="Nommer",
                       beside=_field_of, undo=lambda _app, made, _answer: StopAgent(made.login))


def _key_of(agent: AgentView) -> str:
    return f"{_KEY}{agent.login}"


def role_task(agent: AgentView, roles: Sequence[RoleView]) -> CommandTask:
    """Another name or another role for an agent."""
    specs = _fields(agent.name, agent.role.value, roles)

    def command(reader: Reader) -> AppointAgent | None:
        name, role = reader.text("name"), reader.text("role")
        return None if reader.errors else AppointAgent(agent.login, name, Role(role), agent.version)

    return CommandTask(
        _key_of(agent), f"Modifier l'agent « {agent.name} »", specs, command, "Agent modifié.", version=agent.version,
        intro=f"Identifiant : {agent.login}. Un autre rôle vaut dès la prochaine connexion.", beside=_field_of,
        undo=lambda *_: AppointAgent(agent.login, agent.name, agent.role),
    )


def _field_of(error: UserError) -> str:
    fields = {"agent.name_missing": "name", "agent.too_long": "name", "agent.yourself": "role",
              "agent.last_administrator": "role"}
    return fields.get(error.code, "")
