"""The tab of agents: the list, what each may do, and the form of one; or why there is only one here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from backoffice.agents.overview import AgentView
from ui.screen import Surroundings
from ui.screens.administration.agents import facts_of, posts_of
from ui.widgets.basics import Panel, label
from ui.widgets.columns import SideBySide
from ui.widgets.facts import Facts
from ui.widgets.scrolled import scrolled
from ui.widgets.table.columns import Column, Kind, Mark
from ui.widgets.table.page import ListPane

AGENTS: Sequence[Column[AgentView]] = (
    Column("Nom", lambda row: row.name, width=24, strong=True),
    Column("Identifiant", lambda row: row.login, width=18),
    Column("Rôles", lambda row: ", ".join(posts_of(row)) or "aucun", width=32),
    Column("État", lambda row: "actif" if row.active else "sans accès", Kind.STATE, width=14,
           mark=lambda row: Mark("circle-check", "success") if row.active else Mark("circle-slash", "text_muted")),
)

_SERVER = (
    "Chaque agent a son identifiant sur le serveur PostgreSQL, et un ou plusieurs rôles, pour toute la commune ou pour "
    "un service. C'est l'administrateur du serveur qui nomme un agent, change ses rôles ou lui retire l'accès, avec "
    "les commandes « backoffice admin » : la base refuse elle-même ce qui n'est pas donné ici."
)
_ONE_USER = (
    "Cette base est un fichier de cet ordinateur. Elle n'a ni mot de passe ni rôles : qui ouvre la session de cet "
    "utilisateur, ou copie le fichier, peut tout lire et tout modifier. Le journal note le nom de l'utilisateur, sans "
    "pouvoir prouver qui était devant l'écran."
)
_SEVERAL = (
    "Pour travailler à plusieurs, chacun avec ses droits, il faut une base partagée PostgreSQL : demandez-la à votre "
    "service informatique. Cette page montre alors qui peut quoi."
)


class AgentsTab(QStackedWidget):
    """Shows the list with what each agent may do, or the page of a base that has only one agent."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._theme = around.theme
        self._list_page = self._build_list(around)
        self._alone, self._alone_words = self._build_alone()
        for page in (self._list_page, self._alone):
            self.addWidget(page)

    def _build_list(self, around: Surroundings) -> QWidget:
        theme = self._theme
        self.list: ListPane[AgentView] = ListPane(
            around, "agents", "agents", AGENTS, placeholder="Nom, identifiant, rôle…"
        )
        self.list.say_when_empty("Aucun agent dans cette base : demandez-les à son administrateur.")
        self.list.setMinimumHeight(theme.px(220))
        self.card = Facts(theme, "Cet agent")
        self.card.body.addStretch(1)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addWidget(label(_SERVER, "secondary", wrap=True))
        column.addWidget(SideBySide(theme, self.list, self.card, (3, 2), fill=True), 1)
        self.list.chosen.connect(self._choose)
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

    def _page(self, inside: QWidget) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, self._theme.px(12), 0, 0)
        layout.addWidget(scrolled(inside))
        return page

    # --- what the page asks -----------------------------------------------------------------------------------

    def show_agents(self, agents: Sequence[AgentView]) -> None:
        before = self.list.table.current_row()
        self.list.set_rows(agents)
        if before is not None:
            position = self.list.table.table_model.position_of(lambda row: row.login == before.login)
            if position is not None:
                self.list.table.choose(position)
        self._choose(self.list.table.current_row())
        self.setCurrentWidget(self._list_page)

    def show_alone(self, agent: str) -> None:
        self._alone_words(f"{agent}, l'utilisateur de cet ordinateur, travaille seul dans cette base et peut tout y "
                          "faire.")
        self.setCurrentWidget(self._alone)

    def search_entry(self) -> QWidget | None:
        return self.list.search if self.currentWidget() is self._list_page else None

    # --- one agent --------------------------------------------------------------------------------------------

    def _choose(self, agent: AgentView | None) -> None:
        self.card.setVisible(agent is not None)
        if agent is not None:
            self.card.show_facts(facts_of(agent))
