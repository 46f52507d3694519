"""Something to type and save: its form, what must be said about it, and its two buttons.

Ctrl+S saves, Enter in a field too.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.drafts import Drafting, Task, Typed
from ui.forms import filled
from ui.presenting import Banner
from ui.theme.tokens import Theme
from ui.widgets.basics import BannerBar, Panel, button, label
from ui.widgets.columns import SideBySide
from ui.widgets.form import Form
from ui.widgets.reading_order import follow_reading_order
from ui.widgets.scrolled import scrolled


class TaskForm(QWidget):
    """The notice above, the fields in room that scrolls, the buttons in sight: what `ui.drafts.TaskPage` asks of them.

    `typed`, `typed_rows` and `left` tell the fields, `saved` and `given_up` the buttons. `beside` stands by the fields
    (under them on a narrow page), `below` receives what helps to decide and must stay in sight.
    """

    typed = Signal(str, str)
    typed_rows = Signal(str, object)
    left = Signal(str)
    saved = Signal()
    given_up = Signal()

    def __init__(self, theme: Theme, give_up_words: str = "Annuler", beside: QWidget | None = None) -> None:
        super().__init__()
        self.notice = BannerBar(theme)
        self._intro = label(kind="secondary", wrap=True)
        self.form = Form(theme)
        self._held = ""
        self.form.typed.connect(self.typed)
        self.form.typed_rows.connect(self.typed_rows)
        self.form.left.connect(self.left)
        self.below = QVBoxLayout()
        self.below.setSpacing(theme.px(12))
        fields = QWidget()
        room = QVBoxLayout(fields)
        room.setContentsMargins(0, 0, theme.px(8), 0)
        room.setSpacing(theme.px(12))
        room.addWidget(self._intro)
        room.addWidget(self.form)
        room.addStretch(1)
        self.form.rearranged.connect(lambda: follow_reading_order(self))
        self._save = button("&Enregistrer", self.saved.emit, theme, kind="primary", shortcut="Ctrl+S")
        self.form.entered.connect(self._save.click)
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(8))
        foot.addWidget(self._save)
        foot.addWidget(button(give_up_words, self.given_up.emit, theme))
        foot.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(12))
        layout.addWidget(self.notice)
        layout.addWidget(scrolled(fields if beside is None else _panel_beside(theme, fields, beside)), 1)
        layout.addLayout(self.below)
        layout.addLayout(foot)

    def follow(self, drafting: Drafting) -> None:
        """Tell everything to who decides."""
        self.typed.connect(drafting.typed)
        self.typed_rows.connect(drafting.typed_rows)
        self.left.connect(drafting.left)
        self.saved.connect(drafting.save)
        self.given_up.connect(drafting.close)

    def show_task(self, task: Task, values: Typed) -> None:
        """Show a task with what is typed in it so far."""
        held = self.form.held()
        self._intro.setText(task.intro)
        self._intro.setVisible(bool(task.intro))
        self._save.setText(task.save_words)
        self.notice.show_banner(None)
        self.form.show_fields(filled(task.fields, values))
        self._held = ""
        self.show_saving(saving=False)
        if held:  # the same form read again: the keyboard stays where it was
            self.form.focus_on(held)

    def show_value(self, key: str, text: str) -> None:
        self.form.set_value(key, text)

    def show_error(self, key: str, text: str) -> None:
        self.form.show_error(key, text)

    def show_notice(self, banner: Banner | None) -> None:
        self.notice.show_banner(banner)

    def put_keyboard(self, key: str) -> None:
        self.form.focus_on(key)

    def show_saving(self, *, saving: bool) -> None:
        """Nothing is typed while it is saved; refused, the keyboard comes back to its field."""
        held, self._held = self._held, self.form.held() if saving else ""
        self._save.setEnabled(not saving)
        self.form.setEnabled(not saving)
        if held and not saving:
            self.form.focus_on(held)


def _panel_beside(theme: Theme, fields: QWidget, beside: QWidget) -> QWidget:
    panel = Panel(theme)
    panel.body.addWidget(fields)
    return SideBySide(theme, panel, beside)
