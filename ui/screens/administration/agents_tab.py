"""The tab of agents: the list, what each may do, and the form of one; or why there is only one here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from backoffice.agents.overview import AgentView, RoleView
from ui.drafts import Drafting, Task, Typed
from ui.screen import Surroundings
from ui.screens.administration.agents import AgentsPresenter, facts_of, rights_words
from ui.widgets.basics import Panel, button, label
from ui.widgets.columns import SideBySide
from ui.widgets.facts import Facts
from ui.widgets.flow import FlowLayout
from ui.widgets.scrolled import scrolled
from ui.widgets.table.columns import Column, Kind, Mark
from ui.widgets.table.page import ListPane
from ui.widgets.task_panel import TaskSheet

AGENTS: Sequence[Column[AgentView]] = (
    Column("Nom", lambda row: row.name, width=24, strong=True),
    Column("Identifiant", lambda row: row.login, width=18),
    Column("Rôle", lambda row: row.role.label, width=20),
    Column("État", lambda row: "actif" if row.active else "sans accès", Kind.STATE, width=14,
           mark=lambda row: Mark("circle-check", "success") if row.active else Mark("circle-slash", "text_muted")),
)

_SERVER = (
    "Les identifiants sont créés sur le serveur PostgreSQL par votre service informatique. Ici, on dit qui est qui et "
    "ce que chacun peut faire. Retirer l'accès ferme le programme à un agent dès sa prochaine connexion ; demandez "
    "aussi que son identifiant soit fermé sur le serveur."
)
_ONE_USER = (
    "Cette base est un fichier de cet ordinateur. Elle n'a ni mot de passe ni rôles : qui ouvre la session de cet "
    "utilisateur, ou copie le fichier, peut tout lire et tout modifier. Le journal note le nom de l'utilisateur, sans "
    "pouvoir prouver qui était devant l'écran."
)
_SEVERAL = (
    "Pour travailler à plusieurs, chacun avec ses droits, il faut une base partagée PostgreSQL : demandez-la à votre "
    "service informatique. Les agents se gèrent alors sur cette page."
)


class AgentsTab(QStackedWidget):
    """Shows the list, the form, or the page of a base that has only one agent."""

    def __init__(self, around: Surroundings, presenter: AgentsPresenter, drafting: Drafting) -> None:
        super().__init__()
        self._theme = around.theme
        self._presenter = presenter
        self._roles: Sequence[RoleView] = ()
        self._list_page = self._build_list(around)
        self._alone, self._alone_words = self._build_alone()
        self._form_page = self._build_form(drafting)
        for page in (self._list_page, self._alone, self._form_page):
            self.addWidget(page)

    def _build_list(self, around: Surroundings) -> QWidget:
        theme, presenter = self._theme, self._presenter
        self.list: ListPane[AgentView] = ListPane(
            around, "agents", "agents", AGENTS, placeholder="Nom, identifiant, rôle…"
        )
        self.list.say_when_empty("Aucun agent dans cette base.", "Nommer un agent", presenter.appoint)
        self.list.setMinimumHeight(theme.px(220))
        self.card = Facts(theme, "Cet agent")
        self.card.body.addStretch(1)
        self._add = button("N&ommer un agent", presenter.appoint, theme, icon_name="user-plus", shortcut="Ctrl+N")
        self._edit = button("Mo&difier", self._on(presenter.edit), theme, icon_name="pencil", shortcut="F2")
        self._stop = button("Ret&irer l'accès", self._on(presenter.stop), theme, icon_name="circle-slash")
        self._resume = button("&Rendre l'accès", self._on(presenter.resume), theme, icon_name="circle-check")
        bar = FlowLayout(theme.px(8))
        for gesture in (self._add, self._edit, self._stop, self._resume):
            bar.addWidget(gesture)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(label(_SERVER, "secondary", wrap=True))
        column.addLayout(bar)
        column.addWidget(SideBySide(theme, self.list, self.card, (3, 2), fill=True), 1)
        self.list.chosen.connect(self._choose)
        self.list.opened.connect(presenter.edit)
        return self._page(inside)

    def _build_alone(self) -> tuple[QWidget, Callable[[str], None]]:
        panel = Panel(self._theme, "Un seul agent")
        who = label(kind="strong", wrap=True)
        panel.body.addWidget(who)
        for words in (_ONE_USER, _SEVERAL):
            panel.body.addWidget(label(words, wrap=True))
        panel.setMaximumWidth(self._theme.px(820))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel)
        column.addStretch(1)
        return self._page(inside), who.setText

    def _build_form(self, drafting: Drafting) -> QWidget:
        self.form = TaskSheet(self._theme)
        self.form.task_form.follow(drafting)
        self.form.setContentsMargins(0, self._theme.px(12), 0, 0)
        self.rights = Facts(self._theme, "Ce que permet ce rôle")
        self.rights.setMaximumWidth(self._theme.px(820))
        self.form.task_form.below.addWidget(self.rights)
        self.form.form.changed.connect(self._show_rights)
        return self.form

    def _page(self, inside: QWidget) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, self._theme.px(12), 0, 0)
        layout.addWidget(scrolled(inside))
        return page

    # --- what the page asks -----------------------------------------------------------------------------------

    def show_agents(self, agents: Sequence[AgentView], roles: Sequence[RoleView]) -> None:
        before = self.list.table.current_row()
        self._roles = roles
        self.list.set_rows(agents)
        if before is not None:
            position = self.list.table.table_model.position_of(lambda row: row.login == before.login)
            if position is not None:
                self.list.table.choose(position)
        self._choose(self.list.table.current_row())
        if self.currentWidget() is not self._form_page:
            self.setCurrentWidget(self._list_page)

    def show_alone(self, agent: str) -> None:
        self._alone_words(f"{agent}, l'utilisateur de cet ordinateur, travaille seul dans cette base et peut tout y "
                          "faire.")
        self.setCurrentWidget(self._alone)

    def show_task(self, task: Task, values: Typed) -> None:
        self.setCurrentWidget(self._form_page)
        self.form.show_task(task, values)
        self._show_rights()

    def hide_task(self) -> None:
        self.setCurrentWidget(self._list_page)
        self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def search_entry(self) -> QWidget | None:
        return self.list.search if self.currentWidget() is self._list_page else None

    # --- one agent --------------------------------------------------------------------------------------------

    def _choose(self, agent: AgentView | None) -> None:
        self.card.setVisible(agent is not None)
        if agent is not None:
            self.card.show_facts(facts_of(agent))
        may, active = self._presenter.may_edit, agent is not None and agent.active
        self._add.setVisible(may)
        self._edit.setVisible(may and active)
        self._stop.setVisible(may and active)
        self._resume.setVisible(may and agent is not None and not active)

    def _on(self, run: Callable[[AgentView], None]) -> Callable[[], None]:
        def on_agent() -> None:
            agent = self.list.table.current_row()
            if agent is not None:
                run(agent)

        return on_agent

    def _show_rights(self) -> None:
        role = self.form.form.values().get("role", "")
        self.rights.show_facts((("Peut", rights_words(self._roles, role)),))
