"""One form being filled: opened, checked, saved in the write lane, its refusals shown beside the field. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from backoffice.kernel.application import Application, Command
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.messages import sentence
from ui.forms import FieldSpec, Reader
from ui.presenting import Action, Banner, Desk, Severity, banner_for


def _nowhere(_error: Exception) -> str:
    return ""


@dataclass(frozen=True)
class Task:
    """Something to type and save. `done` is told once saved; `undo` gives, from the door, the command that takes it
    back (None when it cannot be any more); `after` hears what the command answered."""

    title: str
    specs: Sequence[FieldSpec]
    command: Callable[[Reader], Command[Any] | None]
    done: str
    intro: str = ""
    verb: str = "Enregistrer"
    field_of: Callable[[Exception], str] = _nowhere
    undo: Callable[[Application], Command[Any] | None] | None = None
    after: Callable[[Any], None] | None = None


class EditingPage(Protocol):
    """What a page with a form offers."""

    def show_banner(self, banner: Banner | None) -> None: ...

    def show_form(self, task: Task) -> None: ...

    def show_errors(self, errors: Mapping[str, str]) -> None: ...

    def close_form(self) -> None: ...


class Editing:
    """At most one form at a time."""

    def __init__(self, page: EditingPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk
        self._task: Task | None = None
        self._touched = False
        self._saving = False

    @property
    def is_open(self) -> bool:
        return self._task is not None

    @property
    def unsaved(self) -> bool:
        """Whether something typed would be lost."""
        return self._task is not None and self._touched

    def open(self, task: Task) -> None:
        self._task = task
        self._touched = False
        self._page.show_banner(None)
        self._page.show_form(task)

    def typed(self) -> None:
        self._touched = True

    def close(self) -> None:
        """Leave the form as if nothing had been typed."""
        if self._task is not None:
            self._task = None
            self._touched = False
            self._page.show_banner(None)
            self._page.close_form()

    def save(self, values: Mapping[str, str]) -> None:
        task = self._task
        if task is None or self._saving:
            return
        reader = Reader(task.specs, values, self._desk.context.day())
        command = task.command(reader)
        self._page.show_errors(reader.errors)
        if command is None or reader.errors:
            return
        self._saving = True
        self._desk.run.write(
            lambda progress: self._desk.app.execute(command, progress=progress),
            partial(self._saved, task),
            partial(self._refused, task, values),
            "Enregistrement",
        )

    def say_unsaved(self, values: Callable[[], Mapping[str, str]], leave: Callable[[], None]) -> None:
        """Tell, at the top of the page, that something typed would be lost, and offer both ways out."""
        def abandon() -> None:
            self.close()
            leave()

        actions = (
            Action("Enregistrer", lambda: self.save(values())),
            Action("Abandonner la saisie", abandon),
        )
        self._page.show_banner(Banner(Severity.WARNING, "Une saisie n'est pas enregistrée.", actions))

    def _saved(self, task: Task, answer: Any) -> None:
        self._saving = False
        self.close()
        undo = task.undo
        self._desk.tell(task.done, Action("Annuler", partial(self._take_back, undo)) if undo is not None else None)
        if task.after is not None:
            task.after(answer)

    def _refused(self, task: Task, values: Mapping[str, str], error: Exception) -> None:
        self._saving = False
        errors = refusals(error, task)
        if errors:
            self._page.show_errors(errors)
        else:
            self._page.show_banner(banner_for(error, lambda: self.save(values)))

    def _take_back(self, undo: Callable[[Application], Command[Any] | None]) -> None:
        def work(_progress: object) -> bool:
            command = undo(self._desk.app)
            if command is not None:
                self._desk.app.execute(command)
            return command is not None

        self._desk.run.write(
            work,
            lambda done: self._desk.tell("C'est annulé." if done else "Il n'y a plus rien à annuler.", None),
            lambda error: self._page.show_banner(banner_for(error)),
            "Annulation",
        )


def refusals(error: Exception, task: Task) -> dict[str, str]:
    """What a refusal says beside fields; empty when it belongs at the top of the page."""
    if isinstance(error, InvalidFields):
        return {name: sentence(inner) for name, inner in error.fields.items()}
    key = task.field_of(error)
    return {key: sentence(error)} if key and isinstance(error, UserError) else {}
