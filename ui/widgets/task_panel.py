"""A task typed beside the list: its form, what must be said about it, and its two buttons. Ctrl+S saves."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ui.drafts import Task, Typed
from ui.presenting import Banner
from ui.theme.tokens import Theme
from ui.widgets.basics import BannerBar, button
from ui.widgets.form import Form
from ui.widgets.side import SidePanel


class TaskPanel(SidePanel):
    """`typed` and `left` tell the fields, `saved` and `closed` the buttons.

    `below`, always in sight, receives what helps to decide.
    """

    typed = Signal(str, str)
    left = Signal(str)
    saved = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent)
        self.notice = BannerBar(theme)
        self.form = Form(theme)
        self.form.typed.connect(self.typed)
        self.form.left.connect(self.left)
        self.below = QVBoxLayout()
        self.below.setSpacing(theme.px(12))
        inside = QWidget()
        room = QVBoxLayout(inside)
        room.setContentsMargins(0, 0, theme.px(8), 0)
        room.setSpacing(theme.px(16))
        room.addWidget(self.form)
        room.addStretch(1)
        self.body.addWidget(self.notice)
        self.body.addWidget(scrolled(inside), 1)
        self._save = button("&Enregistrer", self.saved.emit, theme, kind="primary", shortcut="Ctrl+S")
        self.body.addLayout(self.below)
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(8))
        foot.addWidget(self._save)
        foot.addWidget(button("Annuler", self.close_panel, theme))
        foot.addStretch(1)
        self.body.addLayout(foot)

    def show_task(self, task: Task, values: Typed) -> None:
        """Show a task with what is typed in it so far."""
        held = self.form.held()
        self.show_title(task.title)
        self._save.setText(task.save_words)
        self.notice.show_banner(None)
        self.form.show_fields([replace(field, value=values.get(field.key, "")) for field in task.fields])
        self.show_saving(saving=False)
        if held:  # the same form read again: the keyboard stays where it was
            self.form.focus_on(held)

    def show_notice(self, banner: Banner | None) -> None:
        self.notice.show_banner(banner)

    def show_saving(self, *, saving: bool) -> None:
        self._save.setEnabled(not saving)
        self.form.setEnabled(not saving)


def scrolled(inside: QWidget, name: str = "") -> QScrollArea:
    """Room that scrolls when what is inside is taller, on the ground of what surrounds it.

    A `name` makes it a stop of the keyboard, for words without any control that would bring them in sight.
    """
    area = QScrollArea()
    area.setAccessibleName(name)
    area.setFocusPolicy(Qt.FocusPolicy.StrongFocus if name else Qt.FocusPolicy.NoFocus)
    area.setWidgetResizable(True)
    area.setWidget(inside)
    inside.setAutoFillBackground(False)
    area.viewport().setAutoFillBackground(False)
    return area
