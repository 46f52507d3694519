"""What is typed and saved by one command: most of the forms. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from backoffice.kernel.application import Application, Command
from backoffice.kernel.errors import UserError
from backoffice.kernel.progress import Progress
from ui.drafts import Saved, Task, Typed
from ui.forms import FieldSpec, Reader

Made = Command[Any] | None


def _nowhere(_error: UserError) -> str:
    return ""


def _never(_app: Application, _command: Any, _answer: Any) -> Made:
    return None


@dataclass(eq=False)
class CommandTask(Task):
    """`command` is made from what was typed; it blames what is wrong, and is then None.

    `undo` finds the command that takes it back, from the command and its answer, in the job that just saved: whoever
    changes the record in between is not overwritten. `beside` names the field that a refusal is about.
    """

    key: str
    title: str
    fields: Sequence[FieldSpec]
    command: Callable[[Reader], Made]
    told: str
    version: int = 0
    intro: str = ""
    save_words: str = "&Enregistrer"
    beside: Callable[[UserError], str] = _nowhere
    undo: Callable[[Application, Any, Any], Made] = _never

    def problems(self, values: Typed, today: date) -> Mapping[str, str]:
        reader = Reader(self.fields, values, today)
        self.command(reader)
        return reader.errors

    def field_of(self, error: UserError) -> str:
        return self.beside(error)

    def save(
        self, app: Application, values: Typed, today: date, confirmed: frozenset[str], progress: Progress
    ) -> Saved:
        command = self.command(Reader(self.fields, values, today))
        if command is None:
            raise ValueError("saved without looking at its problems")
        answer = app.execute(command, confirmed=confirmed, progress=progress)
        return Saved(self.told, self.undo(app, command, answer), answer)
