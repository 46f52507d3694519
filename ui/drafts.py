"""What is typed and saved: a task, its unfinished typing, the page that shows it, what undoes it. No Qt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from backoffice.kernel.application import Application, Command
from backoffice.kernel.errors import UserError
from backoffice.kernel.progress import Progress
from ui.forms import FieldSpec, values_of
from ui.merging import SAME, Comparison, Typed, merged
from ui.presenting import Action, Banner, Desk, FaultPage, Question, write_for

__all__ = ["NOTHING", "Draft", "Saved", "Task", "TaskPage", "Typed", "undoable"]

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
    """One thing to type and save. `key` names its unfinished typing; `version` is that of the record read, 0 if none:
    a number, or for a history all that it held.

    `today`, wherever it is given, is a day of the school year that « 1/9 » belongs to (see `Drafting`).
    The values of its fields are what stands now: what an agent types is kept apart, in a `Draft`.
    """

    key: str
    title: str
    fields: Sequence[FieldSpec]
    version: Hashable = 0
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

    def news(self, since: Hashable) -> str:  # noqa: ARG002 - for who has some
        """What was saved since that version and stands in no field, in a sentence."""
        return ""

    def saved_by(self, app: Application) -> str:  # noqa: ARG002 - for who knows
        """« par Claire Martin le 17/11/2026 à 9 h 12 »: the last change of this record, read on the thread of a job.
        Empty when it is not known."""
        return ""


@dataclass
class Draft:
    """Typing not saved yet. `base` is what stood before it in `fields`, `version` that of the record then.

    `comparison`: the record moved under it, and that is what is chosen.
    """

    values: dict[str, str]
    base: Typed
    version: Hashable
    title: str
    fields: Sequence[FieldSpec] = ()
    comparison: Comparison = SAME

    @classmethod
    def of(cls, task: Task) -> Draft:
        return cls(dict(task.start), task.start, task.version, task.title, task.fields)

    def over(self, fresh: Task, today: date) -> Draft:
        """What is typed, put over the record as it stands now."""
        values, comparison = merged(
            (self.fields, self.base), self.values, (fresh.fields, fresh.start), today, self.comparison
        )
        comparison = replace(comparison, news=fresh.news(self.version))
        return Draft(values, fresh.start, fresh.version, fresh.title, fresh.fields, comparison)

    @property
    def changed(self) -> dict[str, str]:
        return {key: text for key, text in self.values.items() if text != self.base.get(key, "")}

    @property
    def touched(self) -> bool:
        """Whether something would be lost; a row taken away counts, and what was typed before another's value."""
        gone = not self.base.keys() <= self.values.keys()
        return bool(self.changed) or gone or bool(self.comparison.differences)


class TaskPage(Protocol):
    """What shows a task: a panel beside the list, or a whole page."""

    def show_task(self, task: Task, values: Typed) -> None: ...

    def show_value(self, key: str, text: str) -> None: ...

    def show_error(self, key: str, text: str) -> None: ...

    def show_notice(self, banner: Banner | None) -> None: ...

    def put_keyboard(self, key: str) -> None: ...

    def show_comparison(self, comparison: Comparison) -> None:
        """What was typed beside what was saved meanwhile; nothing when they agree."""

    def put_keyboard_on_choice(self, key: str) -> None: ...

    def copy(self, text: str) -> None:
        """To be pasted elsewhere."""

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
