"""A record that moved under what is typed: read again, both sides shown, chosen field by field. No Qt."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from ui.drafts import Draft, Task, TaskPage
from ui.forms import Entry
from ui.merging import Side, field_of, part_of, placed, typing_in_words
from ui.presenting import Action, Banner, Desk, Severity

_LOG = logging.getLogger("backoffice")


class Comparing(ABC):
    """The task on screen, its typing, and what becomes of it when another agent saves the same record.

    `reread` reads the record again, and tells it to `noticed`.
    """

    def __init__(self, page: TaskPage, desk: Desk, reread: Callable[[], None]) -> None:
        self._page = page
        self._desk = desk
        self._reread = reread
        self._task: Task | None = None
        self._draft = Draft({}, {}, 0, "")
        self._saving = False
        self._rereading = False

    @property
    @abstractmethod
    def _today(self) -> date:
        """A day of the school year that « 1/9 » belongs to."""

    @abstractmethod
    def _keep(self, task: Task) -> None:
        """The typing changed: it waits for the next time."""

    def stale(self) -> None:
        """Say that somebody else saved this record."""
        words = "Cette fiche a été modifiée entre-temps. Relisez-la : votre saisie sera gardée."
        self._page.show_notice(Banner(Severity.WARNING, words, (Action("Relire", self._read_again),)))

    def _read_again(self) -> None:
        self._rereading = True
        self._reread()

    def noticed(self, fresh: Task | None) -> None:
        """The record was read again, None: it is gone. What was typed goes over it if that was asked, or if nothing
        was; else say so."""
        asked, self._rereading = self._rereading, False
        if self._task is None or self._saving:
            return
        if fresh is None:
            self._gone(self._task)
        elif asked or (fresh.version != self._draft.version and not self._draft.touched):
            self._renew(fresh)
        elif fresh.version != self._draft.version:
            self.stale()

    def _gone(self, task: Task) -> None:
        if task.version == 0:  # it was never there
            return
        words = "Cette fiche n'existe plus : un autre agent l'a retirée. Votre saisie reste là pour être copiée."
        copied = Action("Copier ma saisie", self._copy)
        self._page.show_notice(Banner(Severity.DANGER, words, (copied,) if self._draft.touched else ()))

    def _copy(self) -> None:
        if self._task is not None:
            self._page.copy(typing_in_words(self._task.fields, self._draft.values))
            self._desk.tell("Saisie copiée : collez-la où elle doit aller.", None)

    def _renew(self, fresh: Task) -> None:
        mine, first = self._draft.touched, next(iter(self._draft.changed), "")
        moved = fresh.version != self._draft.version or bool(self._draft.comparison.differences)
        self._task = fresh
        self._draft = self._draft.over(fresh, self._today) if mine else Draft.of(fresh)
        self._keep(fresh)
        self._page.show_task(fresh, self._draft.values)
        if first:
            self._page.put_keyboard(first)
        if mine and moved:
            self._compare()
            self._ask_by_whom(fresh)
        else:
            words = "La fiche est relue, votre saisie est gardée : vérifiez, puis enregistrez."
            self._page.show_notice(Banner(Severity.INFO, words) if mine else None)

    def _compare(self) -> None:
        """Show both sides; the keyboard goes to the first thing to choose."""
        self._page.show_comparison(self._draft.comparison)
        self._tell_comparison()
        undecided = self._draft.comparison.undecided
        if undecided:
            self._page.put_keyboard_on_choice(undecided[0].key)

    def _tell_comparison(self) -> None:
        comparison = self._draft.comparison
        by = f" {comparison.by}" if comparison.by else ""
        words = " ".join(filter(None, (f"Cette fiche a été modifiée entre-temps{by}.", comparison.news)))
        left = len(comparison.undecided)
        if left:
            rest = "Un choix reste à faire" if left == 1 else f"{left} choix restent à faire"
            self._page.show_notice(Banner(Severity.WARNING, f"{words} {rest}, puis enregistrez."))
        else:
            rest = "Votre saisie est gardée : vérifiez, puis enregistrez."
            self._page.show_notice(Banner(Severity.INFO, f"{words} {rest}"))

    def _ask_by_whom(self, task: Task) -> None:
        app = self._desk.app

        def told(by: str) -> None:
            if self._task is task and by and not self._saving:
                self._draft.comparison = replace(self._draft.comparison, by=by)
                self._tell_comparison()

        def unknown(error: Exception) -> None:
            _LOG.warning("who saved meanwhile is not known: %s", type(error).__name__)  # it is only told if it is

        self._desk.run.read(lambda _progress: task.saved_by(app), told, unknown, "saved by")

    def choose(self, key: str, side: Side) -> None:
        """Give a field to one of both."""
        difference = self._draft.comparison.of(key)
        if self._task is None or self._saving or difference is None:
            return
        self._draft.values = placed(self._draft.values, difference, side)
        self._draft.comparison = self._draft.comparison.decided(key, side)
        self._keep(self._task)
        spec = next(field for field in self._task.fields if field.key == key)
        if spec.entry is Entry.ROWS:
            self._page.show_task(self._task, self._draft.values)
        else:
            self._page.show_value(key, self._draft.values.get(key, ""))
        self._page.show_comparison(self._draft.comparison)
        self._tell_comparison()
        self._page.put_keyboard_on_choice(key)

    def _decided_by_typing(self, key: str) -> None:
        """What is typed over a difference settles it."""
        difference = self._draft.comparison.of(field_of(key))
        if difference is None:
            return
        side = difference.side_of(part_of(self._draft.values, difference.key))
        if side is not difference.chosen:
            self._draft.comparison = self._draft.comparison.decided(difference.key, side)
            self._page.show_comparison(self._draft.comparison)
            self._tell_comparison()

    def take_theirs(self) -> None:
        """The record as it stands; what was typed comes back with one gesture."""
        task, mine = self._task, self._draft
        if task is None or self._saving:
            return
        self._draft = Draft.of(task)
        self._keep(task)
        self._page.show_task(task, self._draft.values)
        self._page.put_keyboard(first_of(task))

        def back() -> None:
            if self._task is task and not self._saving:
                self._draft = mine
                self._keep(task)
                self._page.show_task(task, mine.values)
                self._compare()

        words = "Cette fiche est celle qui est enregistrée, sans votre saisie."
        self._page.show_notice(Banner(Severity.INFO, words, (Action("Reprendre ma saisie", back),)))


def first_of(task: Task) -> str:
    return next((field.key for field in task.fields if not field.locked), "")
