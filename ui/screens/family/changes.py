"""« Historique » beside the file: what changed, whose, by whom and when, narrowed to a person or a value. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Protocol

from backoffice.families.kinds import Changed, ChangeGroup
from backoffice.families.queries import ChangeLine, FamilyFile, FamilyHistory, ReadHistory
from backoffice.kernel.periods import french_day, french_long_day
from backoffice.kernel.zone import PARIS
from ui.explanations import on_screen
from ui.presenting import Desk

EVERYTHING = ""
Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """One value: « Adresse · DUPONT Léa », then what it said and what it says."""

    what: str
    words: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What one agent changed at one time: « 17 novembre 2026 à 9 h 12, Cécile Roux »."""

    when: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the panel shows: the two filters (value, words), what is chosen in each, the moments, newest first.

    `nothing` stands where there is no moment; `origin` and `cut` are said at the end.
    """

    people: tuple[Option, ...]
    person: str
    groups: tuple[Option, ...]
    group: str
    moments: tuple[Moment, ...]
    nothing: str
    origin: str
    cut: str = ""


class ChangesPage(Protocol):
    """What is asked of the page."""

    def show_changes(self, shown: Shown) -> None: ...

    def hide_changes(self) -> None: ...


class Changes:
    """The history of one file at a time; the filters stay when it is read again."""

    def __init__(self, page: ChangesPage, desk: Desk, failed: Callable[[Exception], None]) -> None:
        self._page = page
        self._desk = desk
        self._failed = failed
        self._file: FamilyFile | None = None
        self._history: FamilyHistory | None = None
        self._person = EVERYTHING
        self._group = EVERYTHING

    @property
    def is_open(self) -> bool:
        return self._file is not None

    def open(self, file: FamilyFile, person_id: int | None = None, group: ChangeGroup | None = None) -> None:
        """Show what changed, narrowed to somebody or to a kind of values."""
        self._person = EVERYTHING if person_id is None else str(person_id)
        self._group = EVERYTHING if group is None else group.value
        self._history = None
        self.read(file)

    def read(self, file: FamilyFile) -> None:
        """Read it, or read it again: the file has changed."""
        self._file = file
        self._desk.run.read(
            lambda progress: self._desk.app.ask(ReadHistory(file.id), progress=progress),
            self._loaded,
            self._failed,
            "changes",
        )

    def narrow(self, *, person: str | None = None, group: str | None = None) -> None:
        """Another choice in a filter."""
        self._person = self._person if person is None else person
        self._group = self._group if group is None else group
        self._show()

    def close(self) -> None:
        if self.is_open:
            self._file = self._history = None
            self._page.hide_changes()

    def _loaded(self, history: FamilyHistory) -> None:
        if self._file is not None and self._file.id == history.family_id:
            self._history = history
            self._show()

    def _show(self) -> None:
        if self._file is None or self._history is None:
            return
        people = _people(self._file, self._history)
        if all(value != self._person for value, _ in people):
            self._person = EVERYTHING
        person = int(self._person) if self._person else None
        group = ChangeGroup(self._group) if self._group else None
        lines = self._history.about(person, group)
        shown = Shown(
            people=people,
            person=self._person,
            groups=((EVERYTHING, "Toutes les valeurs"), *((kind.value, kind.label) for kind in ChangeGroup)),
            group=self._group,
            moments=moments(lines),
            nothing="" if lines else _nothing(self._history, narrowed=person is not None or group is not None),
            origin=origin_words(self._history),
        )
        cut = f"Seuls les {len(self._history.changes)} derniers changements sont montrés."
        self._page.show_changes(shown if self._history.complete else replace(shown, cut=cut))


def _people(file: FamilyFile, history: FamilyHistory) -> tuple[Option, ...]:
    """Everybody in the file, then those who left it."""
    here = {member.person_id: member.name for member in file.members}
    left = sorted((name, person) for person, name in history.names.items() if person not in here)
    gone = tuple((str(person), f"{name} (plus dans la famille)") for name, person in left)
    return ((EVERYTHING, "Tout le dossier"), *((str(person), name) for person, name in here.items()), *gone)


def _nothing(history: FamilyHistory, *, narrowed: bool) -> str:
    if history.changes and narrowed:
        return "Rien n'a changé pour ce choix."
    since = "depuis que l'historique est tenu" if history.origin is None else "depuis sa création"
    return f"Rien n'a été modifié dans ce dossier {since}."


def origin_words(history: FamilyHistory) -> str:
    """« Dossier créé le 12 mars 2026 à 9 h 30 par Cécile Roux. »"""
    made = history.origin
    if made is None:
        return "La création de ce dossier est antérieure à la tenue de l'historique."
    return f"Dossier créé le {instant_words(made.at)} par {made.agent}."


def instant_words(at: datetime) -> str:
    """« 12 mars 2026 à 9 h 30 », in the town's time."""
    local = at.astimezone(PARIS)
    return f"{french_long_day(local.date())} à {local.hour}\u00a0h\u00a0{local.minute:02d}"


def moments(lines: Sequence[ChangeLine]) -> tuple[Moment, ...]:
    """Changes saved together, told together."""
    return tuple(
        Moment(f"{instant_words(at)}, {agent}", tuple(told(line) for line in own))
        for (at, agent), own in groupby(lines, key=lambda line: (line.at, line.agent))
    )


def told(line: ChangeLine) -> Told:
    """One change in plain French."""
    what = f"{line.what.label} · {line.whose}" if line.whose else line.what.label
    return Told(what, on_screen(_words(line)))


def _words(line: ChangeLine) -> str:
    if line.what is Changed.PLACE and not line.before:
        return f"Entre dans la famille : {line.after.lower()}"
    if line.what is Changed.PLACE and not line.after:
        return f"Sort de la famille (place : {line.before.lower()})"
    if line.valid_from is not None:
        both = f"{line.before or 'rien'} → {line.after or 'rien'}" if line.before else line.after
        return f"À partir du {french_day(line.valid_from)} : {both}"
    if not line.before:
        return f"Ajouté : {line.after}"
    return f"{line.before} → {line.after}" if line.after else f"Retiré : {line.before}"
