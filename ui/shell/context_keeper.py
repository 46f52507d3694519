"""Fills the two choices of the top bar, and tells the context what the agent picks."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.catalog.commands import CatalogChanged
from backoffice.catalog.kinds import NO_STRUCTURE
from backoffice.home.choices import ListWorkPlaces, WorkPlaces
from backoffice.importing.takeover import DataImported
from backoffice.kernel.events import Event
from backoffice.kernel.periods import SchoolYear
from ui.context import EVERY_STRUCTURE, OUTSIDE
from ui.presenting import Desk, banner_for
from ui.shell.context_bar import ContextBar, Entry


class ContextKeeper:
    """Reads the structures and the years away from the window, again when the catalog changes."""

    def __init__(self, bar: ContextBar, desk: Desk) -> None:
        self._bar = bar
        self._desk = desk
        self._context = desk.context
        self._places: WorkPlaces | None = None
        bar.structure.picked.connect(self._structure_picked)
        bar.year.picked.connect(self._year_picked)
        self._context.listen(self._show)
        for kind in (CatalogChanged, DataImported):
            desk.hear(kind, self._changed)

    def load(self) -> None:
        if self._desk.app.actor.may("catalog.read"):
            self._desk.run.read(
                lambda progress: self._desk.app.ask(ListWorkPlaces(), progress=progress), self._read, self._failed,
                "places",
            )  # fmt: skip

    def _changed(self, _event: Event) -> None:
        self.load()

    def _read(self, places: WorkPlaces) -> None:
        self._places = places
        self._context.check(places)
        self._show()

    def _failed(self, error: Exception) -> None:
        banner = banner_for(error)
        if banner is not None:
            self._desk.tell(banner.text, None)

    def _show(self) -> None:
        if self._places is None:
            return
        context = self._context
        chosen = context.structure_id
        structures = structure_entries(self._places)
        self._bar.structure.show_entries(structures, chosen, away=chosen is not None)
        years = year_entries(self._places, context.year)
        self._bar.year.show_entries(years, context.year.start_year, away=context.other_year is not None)

    def _structure_picked(self, structure_id: int | None) -> None:
        entries = structure_entries(self._places) if self._places is not None else ()
        name = next((entry.words for entry in entries if entry.value == structure_id), "")
        self._context.choose_structure(structure_id, name if structure_id is not None else "")

    def _year_picked(self, start_year: int) -> None:
        self._context.choose_year(SchoolYear(start_year))


def structure_entries(places: WorkPlaces) -> Sequence[Entry]:
    """All of them first; a town with one structure has nothing to choose, one without any has nothing to show."""
    own = [Entry(structure.id, structure.name) for structure in places.structures]
    if not own:
        return ()
    if len(own) == 1 and not places.outside:
        return own
    outside = [Entry(NO_STRUCTURE, OUTSIDE)] if places.outside else []
    return [Entry(None, EVERY_STRUCTURE, "Toutes"), *own, *outside]


def year_entries(places: WorkPlaces, chosen: SchoolYear) -> Sequence[Entry]:
    """The latest first, the one chosen long ago included."""
    years = sorted({*places.years, chosen}, reverse=True)
    return [Entry(year.start_year, str(year)) for year in years]
