"""Where a task is typed: beside the list, or in the place of what is read."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.drafting import Drafting
from ui.drafts import Task, Typed
from ui.presenting import Banner
from ui.theme.tokens import Theme
from ui.widgets.basics import Panel, label
from ui.widgets.side import SidePanel
from ui.widgets.task_form import TaskForm

_WIDEST = 820


class TaskPanel(SidePanel):
    """Beside the list. `typed` and `left` tell the fields, `saved` and `closed` the buttons."""

    typed = Signal(str, str)
    left = Signal(str)
    saved = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent)
        self.task_form = TaskForm(theme)
        self.form, self.below = self.task_form.form, self.task_form.below
        self.task_form.typed.connect(self.typed)
        self.task_form.left.connect(self.left)
        self.task_form.saved.connect(self.saved)
        self.task_form.given_up.connect(self.close_panel)
        self.body.addWidget(self.task_form, 1)

    def show_task(self, task: Task, values: Typed) -> None:
        """Show a task with what is typed in it so far."""
        self.show_title(task.title)
        self.task_form.show_task(task, values)

    def show_notice(self, banner: Banner | None) -> None:
        self.task_form.show_notice(banner)

    def show_saving(self, *, saving: bool) -> None:
        self.task_form.show_saving(saving=saving)


def follow(panel: TaskPanel, drafting: Drafting) -> None:
    """Tell everything typed in a panel, and that it is closed, to who decides."""
    form = panel.task_form
    form.typed.connect(drafting.typed)
    form.typed_rows.connect(drafting.typed_rows)
    form.left.connect(drafting.left)
    form.follow_choices(drafting)
    form.saved.connect(drafting.save)
    panel.closed.connect(drafting.close)


class TaskSheet(QWidget):
    """In the place of what is read: a title, and the form on a panel."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.title = label(kind="group", wrap=True)
        self.task_form = TaskForm(theme, "Abandonner")
        self.form = self.task_form.form
        panel = Panel(theme)
        panel.body.addWidget(self.task_form)
        panel.setMaximumWidth(theme.px(_WIDEST))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(12))
        layout.addWidget(self.title)
        layout.addWidget(panel, 1)

    def show_task(self, task: Task, values: Typed) -> None:
        self.title.setText(task.title)
        self.setAccessibleName(task.title)
        self.task_form.show_task(task, values)
