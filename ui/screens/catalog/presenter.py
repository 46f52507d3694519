"""Decides what the page of services and tariffs shows: one line of the tree at a time. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from backoffice.billing.services import NumberedServices
from backoffice.catalog.commands import CatalogChanged
from backoffice.catalog.editing import RemoveClosure
from backoffice.catalog.kinds import OfferKind
from backoffice.catalog.overview import (
    Catalog,
    CatalogChange,
    CatalogHistory,
    CatalogOverview,
    ClosureView,
    SlotView,
)
from backoffice.importing.takeover import DataImported
from backoffice.kernel.application import Command
from backoffice.kernel.events import Event
from backoffice.kernel.progress import Progress
from backoffice.tariffs.commands import TariffAdopted
from backoffice.tariffs.editing import EnterTownFigure, RemoveTownFigure, TariffChanged, TownFiguresChanged
from backoffice.tariffs.overview import FigureList, ListFigures, TariffsInForce, TariffView, TownFigureView
from ui.drafting import Drafting
from ui.drafts import Draft, Saved, Task, TaskPage, undoable
from ui.presenting import Action, Desk, Place, read_for, write_for
from ui.screens.catalog.adopting import NewTariff
from ui.screens.catalog.ending import WHY_NOT_REMOVED, Ending, OfferEnd
from ui.screens.catalog.sheets import Fact, Sheet, facts_of, id_of, record_of, trail_of
from ui.screens.catalog.tariffs import TariffsPage, TariffsPresenter
from ui.screens.catalog.tasks import LastDay, SheetTask, closure_task, figure_task, reopening, task_key
from ui.screens.catalog.tree import Node, NodeKind, in_words, inside, nodes_of, walk
from ui.screens.catalog.words import ChangeLine, change_line
from ui.screens.catalog.year import YearFilter

TABS: Mapping[NodeKind, tuple[str, ...]] = {
    NodeKind.SERVICE: ("facts", "history"),
    NodeKind.ACTIVITY: ("facts", "history"),
    NodeKind.SLOT: ("tariffs", "facts", "history"),
    NodeKind.STRUCTURE: ("facts", "closures", "history"),
    NodeKind.FIGURES: ("figures",),
}


@dataclass(frozen=True, slots=True)
class Detail:
    """What stands at the right of the tree: a title, where it is, its tabs, its facts, and what may be done."""

    key: str
    title: str
    trail: str
    tabs: tuple[str, ...]
    facts: tuple[Fact, ...] = ()
    may_edit: bool = False
    may_end: bool = False
    may_price: bool = False


@dataclass(frozen=True)
class Loaded:
    """The whole catalog, and the lines of the tree: those of the active structure."""

    catalog: Catalog
    in_force: Mapping[int, TariffView]
    numbered: frozenset[int]
    nodes: tuple[Node, ...] = field(default_factory=tuple)


class CatalogPage(TaskPage, TariffsPage, Protocol):
    """What the presenter asks of its page."""

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_tree(self, nodes: Sequence[Node], chosen: str) -> None: ...

    def show_detail(self, detail: Detail | None, tab: str) -> None: ...

    def show_closures(self, rows: Sequence[ClosureView], hidden: int) -> None: ...

    def show_history(self, rows: Sequence[ChangeLine]) -> None: ...

    def show_figures(self, figures: FigureList, hidden: int) -> None: ...


class CatalogPresenter:
    """Reads the catalog, shows the line chosen, and opens the form of what is created or edited.

    What was typed and not saved waits in `unfinished` until its line is chosen again.
    """

    def __init__(self, page: CatalogPage, desk: Desk, unfinished: MutableMapping[str, Draft]) -> None:
        self._page = page
        self._desk = desk
        self._unfinished = unfinished
        self.drafting = Drafting(page, desk, unfinished, self._saved, self.load, day=desk.context.day)
        self.years = YearFilter(desk.context)
        self.tariffs = TariffsPresenter(page, desk, self.drafting, unfinished, self.years)
        self._ending = Ending(page, desk, self.drafting.begin, self._removed)
        self._loaded: Loaded | None = None
        self._chosen = ""
        self._place: Place | None = None
        self._wanted = ""
        for kind in (CatalogChanged, TariffAdopted, TariffChanged, TownFiguresChanged, DataImported):
            desk.hear(kind, self._changed)
        desk.context.listen(self._follow)

    # --- reading ----------------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        """Show what the place names: `slot`, `service`, `activity` or `structure` by id, `figures`; `tab`; `do`."""
        self._place = place
        self.load()

    def load(self) -> None:
        read_for(self._page, self._desk, self._read, self._show, self.load, "catalog")

    def _read(self, _progress: Progress) -> Loaded:
        app, context = self._desk.app, self._desk.context
        catalog = app.ask(CatalogOverview())
        in_force = {view.slot_id: view for view in app.ask(TariffsInForce(context.day()))}
        nodes = nodes_of(inside(catalog, context.structure_id), in_force, context.day())
        # What it locks is only asked of whoever edits services, who sees the invoices too.
        numbered = app.ask(NumberedServices()) if app.actor.may("billing.read") else frozenset()
        return Loaded(catalog, in_force, numbered, nodes)

    def _changed(self, _event: Event) -> None:
        self.load()

    def _follow(self) -> None:
        """Another structure, or another year: what is typed stays, the rest begins again."""
        self.years.wide = False
        self.tariffs.simulator.follow_year()
        if self.drafting.task is not None and not self.drafting.changed:
            self.drafting.leave()
        self.tariffs.follow()
        self.load()

    def show_every_year(self) -> None:
        """Show the dates of the other years too, until another year is chosen."""
        self.years.wide = True
        self._show_chosen("")

    def _show(self, loaded: Loaded) -> None:
        self._loaded = loaded
        context = self._desk.context
        shown = inside(loaded.catalog, context.structure_id)
        self._page.show_title("Services et tarifs", in_words(shown, loaded.in_force, context.day()))
        place, self._place = self._place, None
        asked, self._wanted = (_key_of(place) if place is not None else "") or self._wanted, ""
        if asked:
            self.drafting.put_away()
            self._chosen = asked
        if self._chosen not in {node.key for node in walk(loaded.nodes)} and not self.drafting.changed:
            if asked in {node.key for node in walk(nodes_of(loaded.catalog, loaded.in_force, context.day()))}:
                # What was asked for, or just made, is in another structure: show it.
                self._place, self._wanted = place, asked
                context.choose_structure(None)
                return
            self._chosen = _first_line(loaded.nodes)
        self._page.show_tree(loaded.nodes, self._chosen)
        if self.drafting.task is not None:
            self._follow_record(self.drafting.task, loaded)
            return
        self._show_chosen(place.parameters.get("tab", "") if place is not None else "")
        if place is not None:
            self._do(place.parameters.get("do", ""))

    def _do(self, what: str) -> None:
        gestures: Mapping[str, Callable[[], None]] = {
            "edit": self.edit, "end": self.end, "tariff": self.tariffs.adopt, "close": self.add_closure,
            "new": partial(self.create, NodeKind.SERVICE), "figure": self.add_figure,
        }
        if what in gestures:
            gestures[what]()

    # --- one line ---------------------------------------------------------------------------------------------

    def choose(self, key: str) -> None:
        """The keyboard went to another line of the tree."""
        if key == self._chosen or self._loaded is None:
            return
        self.drafting.put_away()
        self._chosen = key
        self._show_chosen("")

    def _show_chosen(self, tab: str) -> None:
        node = self._node()
        if node is None or self._loaded is None:
            self._page.show_detail(None, "")
            return
        record = record_of(self._loaded.catalog, node.kind, node.id)
        actor = self._desk.app.actor
        everywhere = node.kind is NodeKind.STRUCTURE and not node.id
        self._page.show_detail(
            Detail(
                key=node.key,
                title=node.title,
                trail="Valent pour toutes" if everywhere else trail_of(self._loaded.catalog, record) or node.note,
                tabs=("closures", "history") if everywhere else TABS.get(node.kind, ()),
                facts=tuple(facts_of(record)),
                may_edit=record is not None and actor.may("catalog.edit"),
                may_end=node.kind.value in set(OfferKind) and actor.may("catalog.edit"),
                may_price=actor.may("tariffs.edit"),
            ),
            tab,
        )
        if isinstance(record, SlotView):
            self.tariffs.load(record.slot.id, record.slot.label, record.slot.unit)
        elif node.kind is NodeKind.STRUCTURE:
            closures = _closures_of(node, self._loaded.catalog)
            self._page.show_closures(*self.years.kept(closures, lambda view: (view.first_day, view.last_day)))
        elif node.kind is NodeKind.FIGURES:
            self._load_figures()
        self._take_up(node.key)

    def _take_up(self, line: str) -> None:
        """What was left unfinished on this line comes back."""
        prefix = task_key(line, "")
        what = next((key.removeprefix(prefix) for key in self._unfinished if key.startswith(prefix)), "")
        gestures = {"edit": self.edit, "tariff": self.tariffs.adopt, "close": self.add_closure,
                    "figure": self.add_figure, "last day": self._take_up_last_day}
        if what in gestures:
            gestures[what]()
        elif what:
            self.tariffs.once_known(partial(self._take_up_end, int(what.removeprefix("end "))))

    def _take_up_last_day(self) -> None:
        node = self._node()
        if node is not None and self._loaded is not None and self.may_edit:
            record = record_of(self._loaded.catalog, node.kind, node.id)
            self.drafting.begin(OfferEnd(OfferKind(node.kind.value), record, WHY_NOT_REMOVED))

    def _take_up_end(self, tariff_id: int) -> None:
        view = self.tariffs.named(tariff_id)
        if view is not None:
            self.end_tariff(view)

    def _load_figures(self) -> None:
        app = self._desk.app
        read_for(self._page, self._desk, lambda _progress: app.ask(ListFigures()), self._show_figures,
                 self._load_figures, "figures")

    def _show_figures(self, figures: FigureList) -> None:
        used, hidden = self.years.kept(figures.used, lambda view: (view.valid_from, view.valid_to))
        self._page.show_figures(replace(figures, used=tuple(used)), hidden)

    def open_history(self) -> None:
        """Read the journal of the line chosen, when its tab is opened."""
        subject = "structure all" if self._chosen == "structure 0" else self._chosen
        app = self._desk.app
        read_for(self._page, self._desk, lambda _progress: app.ask(CatalogHistory(subject)), self._show_history,
                 self.open_history, "history")

    def _show_history(self, changes: Sequence[CatalogChange]) -> None:
        self._page.show_history([change_line(change) for change in changes])

    def _node(self) -> Node | None:
        nodes = walk(self._loaded.nodes) if self._loaded is not None else ()
        return next((node for node in nodes if node.key == self._chosen), None)

    # --- editing ----------------------------------------------------------------------------------------------

    def creations(self) -> tuple[tuple[str, Callable[[], None]], ...]:
        """What may be added from here: words and gesture, the nearest first."""
        if self._loaded is None or not self.may_edit:
            return ()
        return (
            *self._creations_here(self._loaded),
            ("Un &service", partial(self.create, NodeKind.SERVICE)),
            ("Une s&tructure", partial(self.create, NodeKind.STRUCTURE)),
        )

    def _creations_here(self, loaded: Loaded) -> list[tuple[str, Callable[[], None]]]:
        node = self._node()
        if node is None:
            return []
        found: list[tuple[str, Callable[[], None]]] = []
        record = record_of(loaded.catalog, node.kind, node.id)
        activity = record.slot.activity_id if node.kind is NodeKind.SLOT else node.id
        if node.kind in {NodeKind.SLOT, NodeKind.ACTIVITY}:
            found.append(("Un &créneau dans cette activité", partial(self.create, NodeKind.SLOT, activity)))
            owner = record_of(loaded.catalog, NodeKind.ACTIVITY, activity)
            found.append(("Une &activité dans ce service", partial(self.create, NodeKind.ACTIVITY, owner.service_id)))
        if node.kind is NodeKind.SERVICE:
            found.append(("Une &activité dans ce service", partial(self.create, NodeKind.ACTIVITY, node.id)))
        if node.kind is NodeKind.STRUCTURE:
            found.append(("Une &fermeture", self.add_closure))
        if node.kind is NodeKind.FIGURES and self._desk.app.actor.may("tariffs.edit"):
            found.append(("Un &montant publié par la CAF", self.add_figure))
        return found

    def create(self, kind: NodeKind, parent: int = 0) -> None:
        if self._loaded is not None:
            self._open(Sheet(kind, self._loaded.catalog, parent=parent))

    def edit(self) -> None:
        """F2: the form of the line chosen."""
        node = self._node()
        if node is None or self._loaded is None or not self.may_edit:
            return
        record = record_of(self._loaded.catalog, node.kind, node.id)
        if record is not None:
            self._open(Sheet(node.kind, self._loaded.catalog, record, numbered=self._loaded.numbered))

    def end(self) -> None:
        """Remove the line chosen if it was never used, after a question; else give it a last day."""
        node = self._node()
        if node is None or self._loaded is None or node.kind.value not in set(OfferKind) or not self.may_edit:
            return
        record = record_of(self._loaded.catalog, node.kind, node.id)
        self._ending.begin(OfferKind(node.kind.value), record)

    def _removed(self, above: str) -> None:
        self._chosen = above
        self.load()

    def _open(self, sheet: Sheet) -> None:
        self.drafting.begin(SheetTask(sheet))

    def end_tariff(self, view: TariffView) -> None:
        self.drafting.begin(LastDay(view))

    @property
    def may_edit(self) -> bool:
        return self._desk.app.actor.may("catalog.edit")

    def _saved(self, task: Task, saved: Saved) -> None:
        undoable(self._page, self._desk, saved)
        if isinstance(task, SheetTask) and task.sheet.record is None:
            self._wanted = f"{task.sheet.kind.value} {saved.result}"
        self.load()

    # --- the record moved under the typing ----------------------------------------------------------------------

    def _follow_record(self, task: Task, loaded: Loaded) -> None:
        if isinstance(task, SheetTask) and task.sheet.record is not None:
            sheet = task.sheet
            record = record_of(loaded.catalog, sheet.kind, id_of(sheet.record))
            fresh = replace(sheet, catalog=loaded.catalog, record=record, numbered=loaded.numbered)
            self.drafting.noticed(SheetTask(fresh) if record is not None else None)
        elif isinstance(task, OfferEnd):
            record = record_of(loaded.catalog, NodeKind(task.kind.value), id_of(task.record))
            self.drafting.noticed(OfferEnd(task.kind, record, task.intro) if record is not None else None)
        elif isinstance(task, LastDay):
            self.tariffs.load_again(partial(self._follow_tariff, task.view.id))
        elif isinstance(task, NewTariff):
            self.tariffs.load_again(self.tariffs.notice)

    def _follow_tariff(self, tariff_id: int) -> None:
        view = self.tariffs.named(tariff_id)
        self.drafting.noticed(LastDay(view) if view is not None else None)

    # --- closures and figures ---------------------------------------------------------------------------------

    def add_closure(self) -> None:
        node = self._node()
        if node is not None and node.kind is NodeKind.STRUCTURE:
            self.drafting.begin(closure_task(node.id or None, node.title))

    def remove_closure(self, view: ClosureView) -> None:
        self._remove(RemoveClosure(view.id), "Fermeture retirée.", reopening(view))

    def add_figure(self) -> None:
        self.drafting.begin(figure_task())

    def remove_figure(self, view: TownFigureView) -> None:
        back = EnterTownFigure(view.kind, view.monthly, view.valid_from, view.valid_to, view.source)
        self._remove(RemoveTownFigure(view.id), "Montant retiré.", back)

    def _remove(self, command: Command[Any], told: str, back: Command[Any]) -> None:
        def run(wanted: Command[Any], words: str, undo: Action | None) -> None:
            app = self._desk.app
            write_for(self._page, self._desk, lambda _progress: app.execute(wanted),
                      lambda _: self._desk.tell(words, undo))

        run(command, told, Action("Annuler", partial(run, back, "C'est annulé.", None)))


def _closures_of(node: Node, catalog: Catalog) -> list[ClosureView]:
    """Those of the structure, and those of all of them."""
    wanted = {node.id or None, None}
    return [view for view in catalog.closures if view.structure_id in wanted]


def _key_of(place: Place) -> str:
    if "figures" in place.parameters:
        return "figures 0"
    kinds = ("slot", "activity", "service", "structure")
    return next((f"{kind} {place.parameters[kind]}" for kind in kinds if kind in place.parameters), "")


def _first_line(nodes: Sequence[Node]) -> str:
    """The first slot: its tariffs are what is most often looked at."""
    found = {node.kind: node.key for node in reversed(list(walk(nodes)))}
    return found.get(NodeKind.SLOT) or found.get(NodeKind.SERVICE) or ""
