"""A page that shows a task, for presenters tried without a window."""

from __future__ import annotations

from ui.drafts import Task, Typed
from ui.merging import SAME, Comparison
from ui.presenting import Banner


class TaskShown:
    """The last form shown: what stands in it, its errors, its notice."""

    def __init__(self) -> None:
        self.task: Task | None = None
        self.values: dict[str, str] = {}
        self.errors: dict[str, str] = {}
        self.notice: Banner | None = None
        self.keyboard = ""
        self.comparison = SAME
        self.copied = ""

    def typing(self) -> bool:
        """Whether a form stands there."""
        return self.task is not None

    def show_task(self, task: Task, values: Typed) -> None:
        self.task, self.values, self.errors, self.comparison = task, dict(values), {}, SAME

    def show_value(self, key: str, text: str) -> None:
        self.values[key] = text

    def show_error(self, key: str, text: str) -> None:
        for gone in [one for one in self.errors if one == key or one.startswith(f"{key}/")]:  # its rows with it
            del self.errors[gone]
        if text:
            self.errors[key] = text

    def show_notice(self, banner: Banner | None) -> None:
        self.notice = banner

    def put_keyboard(self, key: str) -> None:
        self.keyboard = key

    def show_comparison(self, comparison: Comparison) -> None:
        self.comparison = comparison

    def put_keyboard_on_choice(self, key: str) -> None:
        self.keyboard = f"choice of {key}"

    def copy(self, text: str) -> None:
        self.copied = text

    def show_saving(self, *, saving: bool) -> None: ...

    def hide_task(self) -> None:
        self.task = None

    def press(self, words: str) -> None:
        """Press a button of the notice."""
        assert self.notice is not None
        next(action for action in self.notice.actions if action.label == words).run()
