"""Typing that is never lost: errors by field as it goes, unfinished typing kept, a record that moved, undo. No Qt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Protocol, TypeAlias

from backoffice.kernel.application import Application, Command
from backoffice.kernel.errors import InvalidFields, NeedsConfirmation, UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.progress import Progress
from ui.forms import FieldSpec, tidied, values_of
from ui.presenting import Action, Banner, Desk, FaultPage, Question, Severity, banner_for, write_for

Typed: TypeAlias = Mapping[str, str]
"""What stands in each field, by its key."""

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving did, in words, and what undoes it, in order (`asked`: what was already agreed to).

    `result`: the answer of the command.
    """

    told: str
    undo: Command[Any] | tuple[Command[Any], ...] | None = None
    result: object = None
    asked: frozenset[str] = NOTHING


class Task(ABC):
    """One thing to type and save. `key` names its unfinished typing; `version` is that of the record read, 0 if none.

    `today`, wherever it is given, is a day of the school year that « 1/9 » belongs to (see `Drafting`).
    The values of its fields are what stands now: what an agent types is kept apart, in a `Draft`.
    """

    key: str
    title: str
    fields: Sequence[FieldSpec]
    version: int = 0
    intro: str = ""
    save_words: str = "&Enregistrer"

    @property
    def start(self) -> Typed:
        return values_of(self.fields)

    @abstractmethod
    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        """A sentence for each field that is wrong; « brackets/0/price » is in a row of « brackets »."""

    def question(self, values: Typed, today: date) -> Question | None:  # noqa: ARG002 - for who has one
        """What is asked before saving what cannot be taken back."""
        return None

    def field_of(self, error: UserError) -> str:  # noqa: ARG002
        """The field beside which a refusal is said; empty: above them all."""
        return ""

    @abstractmethod
    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        """Runs on the thread of a job. Raises what the command raises."""


@dataclass
class Draft:
    """Typing not saved yet. `base` is what stood before it, `version` that of the record then."""

    values: dict[str, str]
    base: Typed
    version: int
    title: str

    @classmethod
    def of(cls, task: Task) -> Draft:
        return cls(dict(task.start), task.start, task.version, task.title)

    @property
    def changed(self) -> dict[str, str]:
        return {key: text for key, text in self.values.items() if text != self.base.get(key, "")}

    def over(self, fresh: Typed) -> dict[str, str]:
        """What is typed, put over what stands now; rows that changed, came or went are taken whole."""
        moved = self.changed.keys() | self.base.keys() - self.values.keys()
        rows = {_rows_of(key) for key in moved if "/" in key}
        kept = {key: text for key, text in fresh.items() if _rows_of(key) not in rows}
        mine = {key: text for key, text in self.values.items() if key in moved or _rows_of(key) in rows}
        return {**kept, **mine}

    @property
    def touched(self) -> bool:
        """Whether something would be lost; a row taken away counts."""
        return bool(self.changed) or not self.base.keys() <= self.values.keys()


class TaskPage(Protocol):
    """What shows a task: a panel beside the list, or a whole page."""

    def show_task(self, task: Task, values: Typed) -> None: ...

    def show_value(self, key: str, text: str) -> None: ...

    def show_error(self, key: str, text: str) -> None: ...

    def show_notice(self, banner: Banner | None) -> None: ...

    def put_keyboard(self, key: str) -> None: ...

    def show_saving(self, *, saving: bool) -> None: ...

    def hide_task(self) -> None: ...


def undoable(page: FaultPage, desk: Desk, saved: Saved) -> None:
    """Say what was done, with « Annuler » when it can be undone; `page` says what keeps it from being so."""
    if saved.undo is None:
        desk.tell(saved.told, None)
        return
    commands = saved.undo if isinstance(saved.undo, tuple) else (saved.undo,)

    def work(progress: Progress) -> None:
        for command in commands:
            desk.app.execute(command, confirmed=saved.asked, progress=progress)

    def undo() -> None:
        write_for(page, desk, work, lambda _: desk.tell("C'est annulé : tout est comme avant.", None), "Annulation")

    desk.tell(saved.told, Action("Annuler", undo))


class Drafting:
    """One task at a time.

    `unfinished` outlives the page; `saved` hears what was done; `reread` reads the record again, and tells it to
    `noticed`; `questions` gives the title and the verb of what a command may ask, by code; `instead`, for some, a
    better gesture than the verb: both are then offered above the form. `day` tells in which school year « 1/9 » is:
    that of today, unless the page follows the one the agent works in.
    """

    def __init__(
        self,
        page: TaskPage,
        desk: Desk,
        unfinished: MutableMapping[str, Draft],
        saved: Callable[[Task, Saved], None],
        reread: Callable[[], None],
        questions: Mapping[str, tuple[str, str]] | None = None,
        instead: Mapping[str, Action] | None = None,
        day: Callable[[], date] | None = None,
    ) -> None:
        self._page = page
        self._desk = desk
        self._unfinished = unfinished
        self._tell_saved = saved
        self._reread = reread
        self._questions = questions or {}
        self._instead = instead or {}
        self._day = day or desk.app.clock.today
        self._task: Task | None = None
        self._draft = Draft({}, {}, 0, "")
        self._saving = False
        self._rereading = False

    @property
    def task(self) -> Task | None:
        return self._task

    @property
    def values(self) -> Typed:
        return self._draft.values

    @property
    def changed(self) -> bool:
        """Whether something would be lost."""
        return self._task is not None and self._draft.touched

    # --- opening and typing -------------------------------------------------------------------------------------

    def begin(self, task: Task) -> bool:
        """Show a task, with what was typed in it before. False when another holds unsaved typing."""
        if self._task is not None and self._task.key == task.key:
            self._page.put_keyboard(_first(self._task))
            return True
        if self._task is not None and (self.changed or self._saving):
            words = f"Enregistrez ou abandonnez d'abord cette saisie : « {self._task.title} »."
            self._page.show_notice(Banner(Severity.WARNING, words))
            return False
        kept = self._unfinished.get(task.key)
        self._task = task
        self._draft = kept or Draft.of(task)
        self._page.show_task(task, self._draft.values)
        self._page.put_keyboard(_first(task))
        if kept is None:
            self._page.show_notice(None)
        elif task.version != kept.version:
            self.stale()
        else:
            self._page.show_notice(Banner(Severity.INFO, "Votre saisie est là, pas encore enregistrée."))
        return True

    def typed(self, key: str, text: str) -> None:
        """Called at each change of a field."""
        if self._task is None:
            return
        self._draft.values[key] = text
        self._keep(self._task)

    def typed_rows(self, key: str, values: Typed) -> None:
        """Called at each change of the rows of a field, with all of them: « brackets/0/price »…"""
        if self._task is None:
            return
        for other in [other for other in self._draft.values if other.startswith(f"{key}/")]:
            del self._draft.values[other]
        self._draft.values |= values
        self._page.show_error(key, "")
        self._keep(self._task)

    def become(self, task: Task) -> None:
        """What was chosen asks for other fields: `task` has them, with what was typed of those that stay."""
        if self._task is None:
            return
        self._task = task
        self._draft = Draft(dict(task.start), self._draft.base, self._draft.version, task.title)
        self._keep(task)
        self._page.show_task(task, self._draft.values)

    def _keep(self, task: Task) -> None:
        """Typing waits for the next time, unless it came back to what stood there."""
        if self._draft.touched:
            self._unfinished[task.key] = self._draft
        else:
            self._unfinished.pop(task.key, None)

    def left(self, key: str) -> None:
        """The keyboard leaves a field: tidy it and judge it. An empty field is only judged when saving."""
        if self._task is None or self._saving:
            return
        self._tidy(self._task, key)
        problem = self._task.problems(self._draft.values, self._today).get(key, "")
        self._page.show_error(key, problem if self._draft.values.get(key) else "")

    def close(self) -> None:
        """Esc: asks only when something would be lost."""
        if self._task is None or self._saving:
            return
        if not self.changed:
            self.drop()
            return
        words = f"« {self._task.title} » : ce que vous avez tapé n'est pas enregistré."
        question = Question("Abandonner cette saisie ?", words, "Abandonner", "Continuer la saisie", dangerous=True)
        self._desk.ask(question, self.drop)

    def drop(self) -> None:
        """Forget what was typed."""
        if self._task is not None:
            self._unfinished.pop(self._task.key, None)
        self.leave()

    def leave(self) -> None:
        """Put the task away; what was typed waits for the next time."""
        self._task = None
        self._draft = Draft({}, {}, 0, "")
        self._saving = False
        self._page.hide_task()

    def put_away(self) -> None:
        """Leave what is being typed: it waits, and that is said."""
        if self._task is not None:
            if self.changed:
                self._desk.tell(f"« {self._task.title} » : votre saisie est gardée.", None)
            self.leave()

    # --- the record moved under the typing ---------------------------------------------------------------------

    def stale(self) -> None:
        """Say that somebody else saved this record."""
        words = "Cette fiche a été modifiée entre-temps. Relisez-la : votre saisie sera gardée."
        self._page.show_notice(Banner(Severity.WARNING, words, (Action("Relire", self._read_again),)))

    def _read_again(self) -> None:
        self._rereading = True
        self._reread()

    def noticed(self, fresh: Task | None) -> None:
        """The record was read again: what was typed goes over it if that was asked, or if nothing was; else say so."""
        asked, self._rereading = self._rereading, False
        if self._task is None or self._saving or fresh is None:
            return
        if asked or (fresh.version != self._draft.version and not self.changed):
            self._renew(fresh)
        elif fresh.version != self._draft.version:
            self.stale()

    def _renew(self, fresh: Task) -> None:
        mine, first = self._draft.touched, next(iter(self._draft.changed), "")
        self._task = fresh
        self._draft = Draft(self._draft.over(fresh.start), fresh.start, fresh.version, fresh.title)
        if mine:
            self._unfinished[fresh.key] = self._draft
        self._page.show_task(fresh, self._draft.values)
        if first:
            self._page.put_keyboard(first)
        words = "La fiche est relue, votre saisie est gardée : vérifiez, puis enregistrez."
        self._page.show_notice(Banner(Severity.INFO, words) if mine else None)

    # --- saving -------------------------------------------------------------------------------------------------

    def save(self, confirmed: frozenset[str] = NOTHING) -> None:
        """Ctrl+S: tidy, judge everything, ask if it cannot be taken back, then send."""
        task = self._task
        if task is None or self._saving:
            return
        for field in task.fields:
            self._tidy(task, field.key)
        problems = task.problems(self._draft.values, self._today)
        self._blame(task, problems)
        if problems:
            return
        question = None if confirmed else task.question(self._draft.values, self._today)
        if question is not None:
            self._desk.ask(question, partial(self._send, task, confirmed))
        else:
            self._send(task, confirmed)

    def _send(self, task: Task, confirmed: frozenset[str]) -> None:
        values, today, app = dict(self._draft.values), self._today, self._desk.app
        self._saving = True
        self._page.show_saving(saving=True)
        self._desk.run.write(
            lambda progress: task.save(app, values, today, confirmed, progress),
            partial(self._done, task),
            partial(self._failed, task, confirmed),
            "Enregistrement",
        )

    @property
    def _today(self) -> date:
        return self._day()

    def _tidy(self, task: Task, key: str) -> None:
        entry = next((field.entry for field in task.fields if field.key == key), None)
        before = self._draft.values.get(key, "")
        if entry is None or not before:
            return
        text = tidied(entry, before, self._today)
        if text != before:
            self.typed(key, text)
            self._page.show_value(key, text)

    def _blame(self, task: Task, problems: Mapping[str, str]) -> None:
        keys = [field.key for field in task.fields]
        for key in keys:
            self._page.show_error(key, problems.get(key, ""))
        for key in (key for key in problems if key not in keys):
            self._page.show_error(key, problems[key])  # in a row
        first = next((found for key in keys for found in problems if found.partition("/")[0] == key), "")
        if first:
            self._page.put_keyboard(first)
        elsewhere = [text for key, text in problems.items() if key.partition("/")[0] not in keys]
        self._page.show_notice(Banner(Severity.DANGER, elsewhere[0]) if elsewhere else None)

    def _done(self, task: Task, saved: Saved) -> None:
        self._unfinished.pop(task.key, None)
        if self._task is task:
            self.leave()
        self._tell_saved(task, saved)

    def _failed(self, task: Task, confirmed: frozenset[str], error: Exception) -> None:
        if self._task is not task:
            self._tell_not_saved(task, error)
            return
        self._saving = False
        self._page.show_saving(saving=False)
        if isinstance(error, InvalidFields):
            self._blame(task, {key: sentence(problem) for key, problem in error.fields.items()})
        elif isinstance(error, NeedsConfirmation):
            title, verb = self._questions.get(error.code, ("Enregistrer quand même ?", "Enregistrer"))
            agree = partial(self.save, confirmed | {error.code})
            if error.code in self._instead:
                actions = (self._instead[error.code], Action(verb, agree))
                self._page.show_notice(Banner(Severity.WARNING, sentence(error), actions))
            else:
                self._desk.ask(Question(title, sentence(error), verb, "Revenir à la saisie"), agree)
        elif isinstance(error, UserError) and error.code == "record.changed_meanwhile":
            self.stale()
        elif isinstance(error, UserError) and (key := task.field_of(error)):
            self._blame(task, {key: sentence(error)})
        else:
            self._page.show_notice(banner_for(error, lambda: self.save(confirmed)))

    def _tell_not_saved(self, task: Task, error: Exception) -> None:
        """The agent is elsewhere already: what was typed waits there."""
        banner = banner_for(error)
        if banner is not None:
            self._desk.tell(f"« {task.title} » n'est pas enregistré, votre saisie est gardée. {banner.text}", None)


def _rows_of(key: str) -> str:
    """« brackets » for « brackets/0/price »; nothing for a field that has no rows."""
    field, inside, _ = key.partition("/")
    return field if inside else ""


def _first(task: Task) -> str:
    return next((field.key for field in task.fields if not field.locked), "")
