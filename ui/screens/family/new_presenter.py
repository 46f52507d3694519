"""Decides what the form of a new family shows: people already known, the name proposed, where to go next. No Qt."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Protocol

from ui.drafting import Drafting
from ui.drafts import Draft, Saved, Task, TaskPage
from ui.presenting import Action, Desk, Place
from ui.screens.family.creating import ADULTS, NewFamily, known_key
from ui.screens.family.likeness import Likely, Lookout
from ui.screens.family.presenter import QUESTIONS, Tab, ask_link

_NAMES = {f"{which}.{name}" for which in ADULTS for name in ("last_name", "first_name", "birth_date")}


class NewFamilyPage(TaskPage, Protocol):
    """What the presenter asks of the form."""

    def show_likely(self, which: str, found: Sequence[Likely]) -> None: ...

    def show_known(self, which: str, words: str) -> None:
        """Somebody already recorded takes the place of what is typed; no words: the fields come back."""

    def propose_name(self, name: str) -> None: ...


class NewFamilyPresenter:
    """One form; what was typed waits in `unfinished` until the family is created."""

    def __init__(self, page: NewFamilyPage, desk: Desk, unfinished: MutableMapping[str, Draft]) -> None:
        self._page = page
        self._desk = desk
        elsewhere = ask_link(desk, lambda: self.drafting.values, *(f"{which}." for which in ADULTS))
        self.drafting = Drafting(page, desk, unfinished, self._saved, lambda: None, QUESTIONS, elsewhere)
        self._lookout = Lookout(desk, page.show_likely)

    def open(self) -> None:
        """Show the form as it was left."""
        self.drafting.begin(NewFamily())
        for which in ADULTS:
            self._page.show_known(which, self.drafting.values.get(f"{which}.words", ""))
            self._look(which)
        self._propose()

    def typed(self, key: str, text: str) -> None:
        self.drafting.typed(key, text)
        if key in _NAMES:
            self._propose()

    def left(self, key: str) -> None:
        self.drafting.left(key)
        if key in _NAMES:
            self._look(key.partition(".")[0])

    def take(self, which: str, found: Likely) -> None:
        """This adult is somebody already recorded."""
        self._know(which, str(found.person_id), " · ".join(part for part in (found.name, found.details) if part))

    def give_back(self, which: str) -> None:
        """This adult is somebody else after all: what was typed comes back."""
        self._know(which, "", "")
        self._look(which)

    def _know(self, which: str, person_id: str, words: str) -> None:
        self.drafting.typed(known_key(which), person_id)
        self.drafting.typed(f"{which}.words", words)
        self._page.show_likely(which, ())
        self._page.show_known(which, words)
        self._propose()

    def _look(self, which: str) -> None:
        if not self.drafting.values.get(known_key(which)):
            self._lookout.look(f"{which}.", self.drafting.values, self._desk.app.clock.today(), 0)

    def _propose(self) -> None:
        task = self.drafting.task
        if isinstance(task, NewFamily):
            self._page.propose_name(task.proposed_name(self.drafting.values))

    def _saved(self, _task: Task, saved: Saved) -> None:
        family = {"id": str(saved.result), "tab": Tab.CHILDREN.value}
        add = Action("Ajouter un enfant", lambda: self._desk.go(Place("family", {**family, "task": "add:child"})))
        self._desk.tell(saved.told, add)
        self._desk.go(Place("family", family))
