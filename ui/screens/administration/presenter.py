"""Decides what each tab of the administration shows; a tab is read when it is opened. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Protocol

from backoffice.catalog.commands import CatalogChanged
from backoffice.catalog.overview import Catalog, CatalogOverview, TownView
from backoffice.kernel.events import Event
from ui.drafting import Drafting
from ui.drafts import Draft, Saved, Task, TaskPage, undoable
from ui.presenting import Desk, Place, read_for
from ui.screens.administration.agents import AgentsPage, AgentsPresenter
from ui.screens.administration.imports import ImportsPage, ImportsPresenter
from ui.screens.administration.town import NO_TOWN, facts_of, town_task
from ui.screens.administration.types import TypesPage, TypesPresenter
from ui.screens.administration.upkeep import UpkeepPage, UpkeepPresenter
from ui.screens.administration.words import WordsPage, WordsPresenter

TABS = ("town", "types", "letters", "imports", "appearance", "agents", "upkeep", "about")
# What an agent may open; the appearance and the « about » page belong to everybody.
_PERMISSIONS = {
    "town": "catalog.edit", "types": "documents.configure", "letters": "letters.configure",
    "imports": "importing.run", "agents": "agents.read",
}


class AdministrationPage(TaskPage, AgentsPage, ImportsPage, TypesPage, UpkeepPage, WordsPage, Protocol):
    """What the presenter asks of its page."""

    def show_tab(self, tab: str) -> None: ...

    def show_town(self, facts: Sequence[tuple[str, str]], *, described: bool) -> None: ...


class AdministrationPresenter:
    """One presenter for each tab that decides something; this one for the others.

    One form at a time: what is typed in a tab waits in `unfinished` while another is shown.
    """

    def __init__(self, page: AdministrationPage, desk: Desk, unfinished: MutableMapping[str, Draft]) -> None:
        self._page = page
        self._desk = desk
        self._unfinished = unfinished
        self.drafting = Drafting(page, desk, unfinished, self._saved, self.load)
        self.types = TypesPresenter(page, desk, self.drafting)
        self.words = WordsPresenter(page, desk, self.drafting)
        self.imports = ImportsPresenter(page, desk)
        self.agents = AgentsPresenter(page, desk)
        self.upkeep = UpkeepPresenter(page, desk)
        self._tab = ""
        self._town: TownView | None = None
        desk.hear(CatalogChanged, self._town_changed)

    def allowed(self) -> tuple[str, ...]:
        """The tabs this agent may open."""
        actor = self._desk.app.actor
        return tuple(tab for tab in TABS if tab not in _PERMISSIONS or actor.may(_PERMISSIONS[tab]))

    def open(self, place: Place) -> None:
        """Show the tab that the place names, else the last one. `type` and `kind` open a form there."""
        self.types.wanted, self.words.wanted = place.parameters.get("type", ""), place.parameters.get("kind", "")
        wanted = place.parameters.get("tab", self._tab)
        tab = wanted if wanted in self.allowed() else self.allowed()[0]
        self._page.show_tab(tab)
        self.open_tab(tab)

    def open_tab(self, tab: str) -> None:
        if tab != self._tab:
            self.drafting.put_away()
        self._tab = tab
        self.load()

    def load(self) -> None:
        reads: Mapping[str, Callable[[], None]] = {
            "town": self._load_town, "types": self.types.load, "letters": self.words.load,
            "imports": self.imports.load, "agents": self.agents.load, "upkeep": self.upkeep.load,
        }
        if self._tab in reads:
            reads[self._tab]()

    # --- the town ---------------------------------------------------------------------------------------------

    def _load_town(self) -> None:
        app = self._desk.app
        read_for(
            self._page,
            self._desk,
            lambda _progress: app.ask(CatalogOverview()),
            self._show_town,
            self._load_town,
            "town",
        )

    def _show_town(self, catalog: Catalog) -> None:
        self._town = catalog.town or NO_TOWN
        self._page.show_town(facts_of(self._town), described=catalog.town is not None)
        task = town_task(self._town)
        typed = self.drafting.task
        if typed is not None and typed.key == task.key:
            self.drafting.noticed(task)
        elif typed is None and self._tab == "town" and task.key in self._unfinished:
            self.drafting.begin(task)

    def edit_town(self) -> None:
        if self._town is not None:  # once it is read
            self.drafting.begin(town_task(self._town))

    def _saved(self, _task: Task, saved: Saved) -> None:
        undoable(self._page, self._desk, saved)
        self.load()

    def _town_changed(self, event: Event) -> None:
        if isinstance(event, CatalogChanged) and event.kind == "town":
            self._load_town()
