"""A form with its title, its verb and its way out: what stands where a record is created or edited."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.editing import Editing, Task
from ui.theme.tokens import Theme
from ui.widgets.basics import Panel, button, label
from ui.widgets.columns import scrolled
from ui.widgets.form import Form
from ui.widgets.reading_order import follow_reading_order


class FormPanel(QWidget):
    """Shows a task of `editing`. Ctrl+S saves; the page that holds it gives Esc to `editing.close`.

    `below` receives what helps to decide, under the form.
    """

    def __init__(self, theme: Theme, editing: Editing) -> None:
        super().__init__()
        self._theme = theme
        self._editing = editing
        self.title = label(kind="group", wrap=True)
        self._intro = label(kind="secondary", wrap=True)
        self.form = Form(theme)
        self.form.changed.connect(editing.typed)
        self.form.rearranged.connect(lambda: follow_reading_order(self))
        self.verb = button("Enregistrer", self.save, theme, kind="primary", shortcut="Ctrl+S")
        cancel = button("Abandonner", editing.close, theme)
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(8))
        foot.addWidget(self.verb)
        foot.addWidget(cancel)
        foot.addStretch(1)
        panel = Panel(theme)
        panel.body.setSpacing(theme.px(12))
        panel.body.addWidget(self._intro)
        panel.body.addWidget(self.form)
        panel.body.addLayout(foot)
        panel.setMaximumWidth(theme.px(820))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel)
        self.below = QVBoxLayout()
        self.below.setContentsMargins(0, theme.px(12), 0, 0)
        column.addLayout(self.below)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(12))
        layout.addWidget(self.title)
        layout.addWidget(scrolled(inside), 1)

    def show_task(self, task: Task) -> None:
        self.title.setText(task.title)
        self.setAccessibleName(task.title)
        self._intro.setText(task.intro)
        self._intro.setVisible(bool(task.intro))
        self.verb.setText(task.verb)
        self.form.show_fields(task.specs)
        self.form.focus_first()

    def show_errors(self, errors: Mapping[str, str]) -> None:
        self.form.show_errors(errors)

    def values(self) -> dict[str, str]:
        return self.form.values()

    def save(self) -> None:
        self._editing.save(self.form.values())
