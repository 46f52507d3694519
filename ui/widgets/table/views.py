"""« Vues »: states of a table that an agent names, finds again, replaces, renames, deletes. No Qt."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from backoffice.kernel.text import folded
from ui.presenting import Action, Desk
from ui.widgets.table.arrangement import Arrangement

LONGEST_NAME = 60


class TableFilters(Protocol):
    """What a page cuts its list down by, beside the words typed in the search."""

    def filters(self) -> Mapping[str, str]:
        """What is chosen now; nothing for what is not."""

    def apply_filters(self, wanted: Mapping[str, str]) -> None:
        """Choose again what `filters` told; what is unknown by now is left aside."""

    def filters_in_words(self) -> Sequence[str]:
        """« Enfants », « octobre 2026 »: what a printed list says above its lines."""


class NoFilters:
    """A table with nothing but its search."""

    def filters(self) -> Mapping[str, str]:
        return {}

    def apply_filters(self, wanted: Mapping[str, str]) -> None: ...

    def filters_in_words(self) -> Sequence[str]:
        return ()


@dataclass(frozen=True, slots=True)
class SavedView:
    """A state of a table. `columns` None: as the program gives them, sorted by `sorted_by` if there is one."""

    name: str
    filters: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    columns: Arrangement | None = None
    sorted_by: str = ""

    def as_data(self) -> dict[str, Any]:
        columns = self.columns.as_data() if self.columns is not None else None
        return {"name": self.name, "filters": dict(self.filters), "words": self.words, "columns": columns}

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> SavedView:
        """Raises KeyError, TypeError, AttributeError or ValueError when it is not one."""
        columns = Arrangement.of_data(data["columns"]) if data["columns"] is not None else None
        filters = {str(key): str(value) for key, value in data["filters"].items()}
        return cls(str(data["name"]), filters, str(data["words"]), columns)


EVERYTHING = SavedView("Tout afficher")
"""Every table comes with it: no filter, the columns as the program gives them."""


class Keeper(Protocol):
    """Where an agent's choices are kept (`ui.preferences.Preferences`)."""

    def text(self, key: str, default: str = "") -> str: ...

    def keep(self, key: str, value: str) -> None: ...


class Shelf:
    """The views of one table: those that come with the program, then the agent's own by name."""

    def __init__(self, keeper: Keeper, key: str, given: Sequence[SavedView] = ()) -> None:
        self._keeper = keeper
        self._key = f"{key}/views"
        self._opening_key = f"{key}/opening-view"
        self.given = (EVERYTHING, *given)
        self.own = _read(keeper.text(self._key))

    def named(self, name: str) -> SavedView | None:
        return next((view for view in (*self.given, *self.own) if view.name == name), None)

    def is_own(self, name: str) -> bool:
        return any(view.name == name for view in self.own)

    def put(self, view: SavedView) -> None:
        """Keep a view, in the place of the one of this name if there is one."""
        self._keep([*(one for one in self.own if one.name != view.name), view])

    def remove(self, name: str) -> None:
        if self.opening == name:
            self.opening = ""
        self._keep([view for view in self.own if view.name != name])

    def rename(self, name: str, new: str) -> None:
        opening = self.opening
        self._keep([replace(view, name=new) if view.name == name else view for view in self.own])
        if opening == name:
            self.opening = new

    @property
    def opening(self) -> str:
        """The name of the view shown when the page opens; empty: as it was left."""
        name = self._keeper.text(self._opening_key)
        return name if self.named(name) is not None else ""

    @opening.setter
    def opening(self, name: str) -> None:
        self._keeper.keep(self._opening_key, name)

    def problem(self, name: str, *, renaming: str = "") -> str:
        """Why a view cannot be called so; nothing when it can."""
        if not name:
            return "Donnez un nom à cette vue."
        if len(name) > LONGEST_NAME:
            return f"Raccourcissez ce nom : {LONGEST_NAME} caractères au plus."
        taken = {folded(view.name) for view in (*self.given, *self.own) if view.name != renaming}
        if folded(name) in taken:
            return f"« {name} » existe déjà : choisissez un autre nom, ou remplacez-la depuis le menu Vues."
        return ""

    def _keep(self, views: Sequence[SavedView]) -> None:
        self.own = sorted(views, key=lambda view: folded(view.name))
        self._keeper.keep(self._key, json.dumps([view.as_data() for view in self.own], ensure_ascii=False))


def _read(text: str) -> list[SavedView]:
    """What was kept; a file that another hand spoilt gives no view rather than no window."""
    try:
        return [SavedView.of_data(data) for data in json.loads(text or "[]")]
    except (AttributeError, KeyError, TypeError, ValueError):
        return []


class ViewsPage(Protocol):
    """The table and what surrounds it."""

    def view_now(self, name: str) -> SavedView:
        """What is shown now, called so."""

    def show_view(self, view: SavedView) -> None: ...

    def shows(self, view: SavedView) -> bool:
        """Whether what is shown is this view, widths apart."""

    def show_current(self, name: str) -> None:
        """Say, on the button, the view that is shown; nothing when none is."""

    def ask_name(self, title: str, name: str) -> None: ...

    def show_name_error(self, text: str) -> None: ...

    def hide_name(self) -> None: ...


class ViewsPresenter:
    """The view chosen last is the one that is replaced, renamed, deleted, or shown at the opening."""

    def __init__(self, page: ViewsPage, desk: Desk, shelf: Shelf) -> None:
        self._page = page
        self._desk = desk
        self.shelf = shelf
        self._chosen = ""
        self._renaming = ""

    @property
    def chosen(self) -> SavedView | None:
        return self.shelf.named(self._chosen) if self._chosen else None

    @property
    def changed(self) -> bool:
        """Whether what is shown is no longer the view chosen."""
        view = self.chosen
        return view is not None and not self._page.shows(view)

    def choose(self, name: str) -> None:
        """Show a view."""
        view = self.shelf.named(name)
        if view is not None:
            self._chosen = name
            self._page.show_view(view)
            self.follow()

    def follow(self) -> None:
        """What is shown changed: the button names the view as long as it is one."""
        self._page.show_current(self._chosen if self._chosen and not self.changed else "")

    def open(self) -> bool:
        """The page opens: show the view that the agent wants then. False when there is none."""
        if not self.shelf.opening:
            return False
        self.choose(self.shelf.opening)
        return True

    # --- naming -----------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Ask how to call what is shown."""
        self._renaming = ""
        self._page.ask_name("Nom de la vue", "")

    def begin_renaming(self) -> None:
        if self.shelf.is_own(self._chosen):
            self._renaming = self._chosen
            self._page.ask_name(f"Nouveau nom de « {self._chosen} »", self._chosen)

    def name(self, text: str) -> None:
        """Keep what is shown under this name, or rename."""
        name = " ".join(text.split())
        problem = self.shelf.problem(name, renaming=self._renaming)
        if problem:
            self._page.show_name_error(problem)
            return
        if self._renaming:
            self.shelf.rename(self._renaming, name)
            told = f"Vue renommée : « {name} »."
        else:
            self.shelf.put(self._page.view_now(name))
            told = f"Vue « {name} » enregistrée : elle est dans le menu Vues."
        self._chosen = name
        self._page.hide_name()
        self._desk.tell(told, None)
        self.follow()

    # --- the view chosen --------------------------------------------------------------------------------------

    def replace(self) -> None:
        """Put what is shown in the place of the view chosen."""
        before = self.chosen
        if before is None or not self.shelf.is_own(before.name):
            return
        self._put(self._page.view_now(before.name), f"Vue « {before.name} » remplacée.", Action(
            "Annuler", lambda: self._put(before, f"La vue « {before.name} » est comme avant.", None)
        ))

    def delete(self) -> None:
        gone = self.chosen
        if gone is None or not self.shelf.is_own(gone.name):
            return
        opened = self.shelf.opening == gone.name
        self.shelf.remove(gone.name)
        self._chosen = ""

        def put_back() -> None:
            self._chosen = gone.name
            self._put(gone, f"La vue « {gone.name} » est revenue.", None)
            if opened:
                self.shelf.opening = gone.name

        self._desk.tell(f"Vue « {gone.name} » supprimée.", Action("Annuler", put_back))
        self.follow()

    def open_on(self, *, wanted: bool) -> None:
        """Show the view chosen each time the page opens, or leave the page as it was left."""
        if self._chosen:
            self.shelf.opening = self._chosen if wanted else ""
            told = f"Cette page s'ouvrira sur « {self._chosen} »." if wanted else "Cette page s'ouvrira sans vue."
            self._desk.tell(told, None)

    def _put(self, view: SavedView, told: str, undo: Action | None) -> None:
        self.shelf.put(view)
        self._desk.tell(told, undo)
        self.follow()
