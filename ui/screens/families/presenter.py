"""Decides what the list of families shows. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from backoffice.families.commands import FamilyChanged, FamilyCreated
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import ListPeople, PersonListRow
from backoffice.home.work import WorkFamilies, WorkFamily, WorkKey
from backoffice.importing.takeover import DataImported
from backoffice.kernel.events import Event
from ui.presenting import Desk, FaultPage, Place, read_for


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the list is cut down to some families: the words of its chip, and where their file opens."""

    words: str
    tab: str


REASONS: Mapping[WorkKey, Reason] = {
    WorkKey.WITHOUT_PAYER: Reason("Sans payeur", "adultes"),
    WorkKey.WITHOUT_QUOTIENT: Reason("Sans quotient", "quotient"),
    WorkKey.ENDING_QUOTIENTS: Reason("Quotient qui se termine", "quotient"),
}


_ROLES = {MemberRole.ADULT: "responsables", MemberRole.CHILD: "enfants", MemberRole.CONTACT: "entourage"}


class FamiliesPage(FaultPage, Protocol):
    """What the presenter asks of its page."""

    def show_people(self, rows: Sequence[PersonListRow]) -> None: ...

    def show_role(self, role: MemberRole | None) -> None: ...

    def show_reason(self, reason: Reason | None, why: Mapping[int, str]) -> None:
        """The chip that says why only some families are there, and the reason of each; None: everybody."""

    def say_nothing(self, text: str, gesture: str) -> None:
        """The sentence of an empty list; its gesture calls `everybody` under a reason, `create` otherwise."""


class FamiliesPresenter:
    """Everybody who is in a family; a filter by role; the families behind a line of work; Enter opens the family."""

    def __init__(self, page: FamiliesPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk
        self._people: Sequence[PersonListRow] = ()
        self._role: MemberRole | None = None
        self._key: WorkKey | None = None
        self._why: Mapping[int, str] | None = None
        for kind in (FamilyCreated, FamilyChanged, DataImported):
            desk.hear(kind, self._changed)
        desk.context.listen(self._follow)

    @property
    def may_create(self) -> bool:
        return self._desk.app.actor.may("families.edit")

    def open(self, place: Place) -> None:
        """`filter` names a line of work (« without_payer »…): only its families are shown."""
        self._keep_reason(_key_of(place.parameters.get("filter", "")))
        self.load()

    def _keep_reason(self, key: WorkKey | None) -> None:
        self._key, self._why = key, None
        self._page.show_reason(self._reason, {})

    def load(self) -> None:
        read_for(
            self._page,
            self._desk,
            lambda progress: self._desk.app.ask(ListPeople(), progress=progress),
            self._loaded,
            self.load,
            "people",
        )
        self._load_reasons()

    def _load_reasons(self) -> None:
        key, context = self._key, self._desk.context
        if key is not None:
            query = WorkFamilies(key, context.structure_id, context.other_year)
            read_for(
                self._page,
                self._desk,
                lambda progress: self._desk.app.ask(query, progress=progress),
                partial(self._reasons_read, key),
                self._load_reasons,
                "reasons",
            )

    def keep_role(self, role: MemberRole | None) -> None:
        """Show only the people of this role; None shows everybody."""
        self._role = role
        self._show()

    # --- views ------------------------------------------------------------------------------------------------

    def filters(self) -> Mapping[str, str]:
        """`role`, `reason` (a line of work)."""
        found = {"role": self._role.value if self._role else "", "reason": self._key.value if self._key else ""}
        return {name: value for name, value in found.items() if value}

    def apply_filters(self, wanted: Mapping[str, str]) -> None:
        role, reason = wanted.get("role", ""), wanted.get("reason", "")
        self._role = MemberRole(role) if role in set(MemberRole) else None
        self._page.show_role(self._role)
        key = _key_of(reason)
        if key is self._key:
            self._show()
        else:
            self._keep_reason(key)
            self.load()

    def filters_in_words(self) -> Sequence[str]:
        words = [_ROLES[self._role]] if self._role else []
        return [*words, self._reason.words.lower()] if self._reason else words

    # --- gestures ---------------------------------------------------------------------------------------------

    def everybody(self) -> None:
        """Take the reason away: the whole list comes back."""
        self._desk.go(Place("families"))

    def open_family(self, row: PersonListRow) -> None:
        """The file, where the reason is mended; else on this person."""
        where = {"tab": self._reason.tab} if self._reason else {"person": str(row.person_id)}
        self._desk.go(Place("family", {"id": str(row.family_id), **where}))

    def create(self) -> None:
        self._desk.go(Place("family", {"id": "new"}))

    @property
    def _reason(self) -> Reason | None:
        return REASONS[self._key] if self._key is not None else None

    def _nothing(self) -> tuple[str, str]:
        if self._key is not None:
            return "Plus aucune famille dans ce cas : c'est réglé.", "Voir toutes les familles"
        words = "Aucune famille dans cette base. Créez la première, ou reprenez les données d'un autre logiciel depuis "
        return f"{words}Administration.", "Créer une famille" if self.may_create else ""

    def _changed(self, _event: Event) -> None:
        self.load()

    def _follow(self) -> None:
        """Everybody is in the list, wherever their children go: only the work behind a reason is of a structure."""
        if self._key is not None:
            self.load()

    def _loaded(self, people: Sequence[PersonListRow]) -> None:
        self._people = people
        self._show()

    def _reasons_read(self, key: WorkKey, families: Sequence[WorkFamily]) -> None:
        if key is not self._key:
            return  # given up meanwhile
        self._why = {family.family_id: family.detail for family in families}
        self._page.show_reason(self._reason, self._why)
        self._show()

    def _show(self) -> None:
        kept: Sequence[PersonListRow] = self._people
        if self._key is not None:
            if self._why is None:
                return  # the families concerned are still being read
            kept = [row for row in kept if row.family_id in self._why]
        if self._role is not None and kept:
            kept = [row for row in kept if row.role is self._role]
            self._page.say_nothing("Personne à cette place dans les familles de cette liste.", "")
        else:
            self._page.say_nothing(*self._nothing())
        self._page.show_people(kept)


def _key_of(name: str) -> WorkKey | None:
    """The line of work of this name, when it can cut the list down."""
    return WorkKey(name) if name in set(WorkKey) and WorkKey(name) in REASONS else None
