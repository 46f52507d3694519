"""Decides what the list of families shows. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from backoffice.families.commands import FamilyCreated
from backoffice.families.events import FamilyChanged
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import ListPeople, PersonListRow
from backoffice.kernel.events import Event
from ui.presenting import Banner, Desk, Place, banner_for


class FamiliesPage(Protocol):
    """What the presenter asks of its page."""

    def show_banner(self, banner: Banner | None) -> None: ...

    def show_people(self, rows: Sequence[PersonListRow]) -> None: ...


class FamiliesPresenter:
    """Everybody who is in a family; a filter by role; Enter opens the family."""

    def __init__(self, page: FamiliesPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk
        self._people: Sequence[PersonListRow] = ()
        self._role: MemberRole | None = None
        for kind in (FamilyCreated, FamilyChanged):
            desk.hear(kind, self._changed)

    def load(self) -> None:
        self._desk.run.read(
            lambda progress: self._desk.app.ask(ListPeople(), progress=progress), self._loaded, self._failed, "people"
        )

    def keep_role(self, role: MemberRole | None) -> None:
        """Show only the people of this role; None shows everybody."""
        self._role = role
        self._show()

    def open(self, row: PersonListRow) -> None:
        self._desk.go(Place("family", {"id": str(row.family_id)}))

    def create(self) -> None:
        self._desk.go(Place("family", {"id": "new"}))

    def _changed(self, _event: Event) -> None:
        self.load()

    def _loaded(self, people: Sequence[PersonListRow]) -> None:
        self._people = people
        self._page.show_banner(None)
        self._show()

    def _show(self) -> None:
        kept = [row for row in self._people if row.role is self._role] if self._role else self._people
        self._page.show_people(kept)

    def _failed(self, error: Exception) -> None:
        self._page.show_banner(banner_for(error, self.load))
