"""Decides what « Voir comme la famille » shows: the list of documents of a family, as its portal says it. No Qt."""

from __future__ import annotations

from typing import Protocol

from backoffice.documents.events import DocumentsChanged, DocumentTypesChanged
from backoffice.documents.family_side import FamilySide, SeeAsFamily
from backoffice.kernel.events import Event
from backoffice.registrations.events import RegistrationsChanged
from ui.presenting import Desk, FaultPage, Place, read_for


class AsFamilyPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_title(self, title: str, detail: str = "") -> None: ...

    def show_side(self, side: FamilySide | None) -> None: ...


class AsFamilyPresenter:
    """Nothing is changed here: the agent reads what the family reads."""

    def __init__(self, page: AsFamilyPage, desk: Desk) -> None:
        self._page, self._desk = page, desk
        self._family_id: int | None = None
        for event in (DocumentsChanged, RegistrationsChanged):
            desk.hear(event, self._changed)
        desk.hear(DocumentTypesChanged, lambda _event: self.load())

    def open(self, place: Place) -> None:
        wanted = place.parameters.get("id", "")
        self._family_id = int(wanted) if wanted.isdecimal() else None
        self._page.show_title("Vu par la famille")
        self._page.show_side(None)
        self.load()

    def load(self) -> None:
        family_id = self._family_id
        if family_id is not None:
            read_for(
                self._page, self._desk,
                lambda progress: self._desk.app.ask(SeeAsFamily(family_id), progress=progress),
                self._show, self.load, "as_family",
            )

    def _show(self, side: FamilySide) -> None:
        self._page.show_title("Vu par la famille", side.family)
        self._page.show_side(side)

    def _changed(self, event: Event) -> None:
        if getattr(event, "family_id", None) == self._family_id:
            self.load()

    def open_family(self) -> None:
        if self._family_id is not None:
            self._desk.go(Place("family", {"id": str(self._family_id), "tab": "documents"}))
