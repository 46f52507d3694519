"""Administration: the town, its documents and mails, data of other programs, agents, the database, the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTabWidget, QWidget

from backoffice.agents.overview import AgentView
from backoffice.documents.types import DocumentTypeLine
from backoffice.importing.reports import ImportView
from backoffice.letters.queries import TemplateView
from backoffice.letters.rules import Written
from ui.drafts import Task, Typed
from ui.presenting import Place
from ui.screen import Screen, Surroundings
from ui.screens.administration.agents_tab import AgentsTab
from ui.screens.administration.imports import Report
from ui.screens.administration.imports_tab import ImportsTab
from ui.screens.administration.presenter import TABS, AdministrationPresenter
from ui.screens.administration.tabs import AboutTab, AppearanceTab, TownTab, UpkeepTab
from ui.screens.administration.types import KEY as TYPES
from ui.screens.administration.types_tab import TypesTab
from ui.screens.administration.upkeep import State
from ui.screens.administration.words import KEY as WORDS
from ui.screens.administration.words_tab import WordsTab
from ui.widgets.task_form import ShowsTask, TaskForm


class TaskHolder(Protocol):
    """A tab where something is typed."""

    @property
    def form_typed(self) -> TaskForm: ...

    def show_task(self, task: Task, values: Typed) -> None: ...

    def hide_task(self) -> None: ...


class AdministrationView(ShowsTask, Screen):
    """A tab for each thing; it is read when it is opened."""

    keys = (
        ("F2", "modifier ce qui est montré"),
        ("Ctrl+N", "onglet Pièces : une nouvelle pièce"),
        ("Ctrl+Espace", "onglet Courriels : insérer un mot remplacé"),
    )

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Administration")
        theme = self.theme
        self.presenter = AdministrationPresenter(self, around.desk, around.preferences.unfinished)
        self.town = TownTab(theme, self.presenter.drafting, self.presenter.edit_town)
        self.types = TypesTab(around, self.presenter.types, self.presenter.drafting)
        self.words = WordsTab(around, self.presenter.words, self.presenter.drafting)
        self.imports = ImportsTab(around, self.presenter.imports)
        self.appearance = AppearanceTab(around, self._dress)
        self.agents = AgentsTab(around)
        self.upkeep = UpkeepTab(around, self.presenter.upkeep)
        self.about = AboutTab(theme)
        self._holder: TaskHolder = self.town
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Onglets de l'administration")
        pages: Sequence[tuple[QWidget, str]] = (
            (self.town, "Commune"), (self.types, "Pièces"), (self.words, "Courriels"),
            (self.imports, "Reprise de données"), (self.appearance, "Apparence"), (self.agents, "Agents"),
            (self.upkeep, "Base et poste"), (self.about, "À propos"),
        )
        allowed = self.presenter.allowed()
        for (page, words), tab in zip(pages, TABS, strict=True):
            index = self.tabs.addTab(page, words)
            self.tabs.setTabVisible(index, tab in allowed)
        self.tabs.currentChanged.connect(lambda index: self.presenter.open_tab(TABS[index]))
        self.body.addWidget(self.tabs, 1)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.town)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(self.presenter.drafting.close)

    def _dress(self) -> None:
        # The window is built again where it was: on this tab.
        self.around.desk.go(Place("administration", {"tab": "appearance"}))
        self.around.restyle()

    # --- what the shell asks ----------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        self.presenter.open(place)
        self.tabs.tabBar().setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        self.presenter.load()

    def search_entry(self) -> QWidget | None:
        shown = self.tabs.currentWidget()
        if shown is self.agents:
            return self.agents.search_entry()
        if shown is self.types:
            return self.types.search_entry()
        return self.imports.report.search_entry() if shown is self.imports else None

    # --- what the presenters ask ------------------------------------------------------------------------------

    def show_tab(self, tab: str) -> None:
        self.tabs.blockSignals(True)
        self.tabs.setCurrentIndex(TABS.index(tab))
        self.tabs.blockSignals(False)

    def show_town(self, facts: Sequence[tuple[str, str]], *, described: bool) -> None:
        self.town.show_town(facts, described=described)

    @property
    def typing(self) -> TaskForm:
        return self._holder.form_typed

    def show_task(self, task: Task, values: Typed) -> None:
        holders: Mapping[str, TaskHolder] = {TYPES: self.types, WORDS: self.words}
        self._holder = holders.get(task.key.partition("/")[0], self.town)
        self._holder.show_task(task, values)

    def hide_task(self) -> None:
        self._holder.hide_task()

    def show_types(self, lines: Sequence[DocumentTypeLine]) -> None:
        self.types.show_types(lines)

    def show_words(self, views: Sequence[TemplateView], shown: TemplateView) -> None:
        self.words.show_words(views, shown)

    def show_preview(self, written: Written | None, note: str) -> None:
        self.words.show_preview(written, note)

    def show_imports(self, rows: Sequence[ImportView]) -> None:
        self.imports.show_imports(rows)

    def show_report(self, report: Report | None) -> None:
        self.imports.report.show_report(report)

    def show_importing(self, words: str) -> None:
        self.imports.show_importing(words)

    def show_agents(self, agents: Sequence[AgentView]) -> None:
        self.agents.show_agents(agents)

    def show_alone(self, agent: str) -> None:
        self.agents.show_alone(agent)

    def show_state(self, state: State) -> None:
        self.upkeep.show_state(state)

    def show_checking(self) -> None:
        self.upkeep.show_checking()
