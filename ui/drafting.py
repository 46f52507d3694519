"""One thing typed at a time: errors by field as it goes, unfinished typing kept, saving and its refusals. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace
from datetime import date
from functools import partial

from backoffice.kernel.errors import InvalidFields, NeedsConfirmation, UserError
from backoffice.kernel.messages import sentence
from ui.comparing import Comparing, first_of
from ui.drafts import NOTHING, Draft, Saved, Task, TaskPage, Typed
from ui.forms import tidied
from ui.presenting import Action, Banner, Desk, Question, Severity, banner_for


class Drafting(Comparing):
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
        super().__init__(page, desk, reread)
        self._unfinished = unfinished
        self._tell_saved = saved
        self._questions = questions or {}
        self._instead = instead or {}
        self._day = day or desk.app.clock.today

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
            self._page.put_keyboard(first_of(self._task))
            return True
        if self._task is not None and (self.changed or self._saving):
            words = f"Enregistrez ou abandonnez d'abord cette saisie : « {self._task.title} »."
            self._page.show_notice(Banner(Severity.WARNING, words))
            return False
        kept = self._unfinished.get(task.key)
        self._task = task
        self._draft = kept or Draft.of(task)
        if kept is not None and task.version != kept.version:
            self._renew(task)
            return True
        self._page.show_task(task, self._draft.values)
        self._page.put_keyboard(first_of(task))
        if kept is None:
            self._page.show_notice(None)
        elif kept.comparison.differences:
            self._compare()
        else:
            self._page.show_notice(Banner(Severity.INFO, "Votre saisie est là, pas encore enregistrée."))
        return True

    def typed(self, key: str, text: str) -> None:
        """Called at each change of a field."""
        if self._task is None:
            return
        self._draft.values[key] = text
        self._decided_by_typing(key)
        self._keep(self._task)

    def typed_rows(self, key: str, values: Typed) -> None:
        """Called at each change of the rows of a field, with all of them: « brackets/0/price »…"""
        if self._task is None:
            return
        for other in [other for other in self._draft.values if other.startswith(f"{key}/")]:
            del self._draft.values[other]
        self._draft.values |= values
        self._page.show_error(key, "")
        self._decided_by_typing(key)
        self._keep(self._task)

    def become(self, task: Task) -> None:
        """What was chosen asks for other fields: `task` has them, with what was typed of those that stay."""
        if self._task is None:
            return
        self._task = task
        self._draft = replace(self._draft, values=dict(task.start), title=task.title)
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

    # --- saving -------------------------------------------------------------------------------------------------

    def save(self, confirmed: frozenset[str] = NOTHING) -> None:
        """Ctrl+S: tidy, judge everything, ask if it cannot be taken back, then send."""
        task = self._task
        if task is None or self._saving:
            return
        if self._draft.comparison.undecided:
            self._compare()
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
            self._read_again()
        elif isinstance(error, UserError) and (key := task.field_of(error)):
            self._blame(task, {key: sentence(error)})
        else:
            self._page.show_notice(banner_for(error, lambda: self.save(confirmed)))

    def _tell_not_saved(self, task: Task, error: Exception) -> None:
        """The agent is elsewhere already: what was typed waits there."""
        banner = banner_for(error)
        if banner is not None:
            self._desk.tell(f"« {task.title} » n'est pas enregistré, votre saisie est gardée. {banner.text}", None)
