"""Something to type and save: its form, what must be said about it, and its two buttons.

Ctrl+S saves, Enter in a field too.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.drafting import Drafting
from ui.drafts import Task, Typed
from ui.forms import filled
from ui.merging import SAME, Comparison
from ui.presenting import Banner
from ui.theme.tokens import Theme
from ui.widgets.basics import BannerBar, Panel, button, label
from ui.widgets.columns import SideBySide
from ui.widgets.comparison import ComparisonBox
from ui.widgets.form import Form
from ui.widgets.reading_order import follow_reading_order
from ui.widgets.scrolled import scrolled

_ROOM_TO_COMPARE = 150


class TaskForm(QWidget):
    """The notice above, the fields in room that scrolls, the buttons in sight: what `ui.drafts.TaskPage` asks of them.

    `typed`, `typed_rows` and `left` tell the fields, `chosen` and `all_theirs` whose values it takes when another agent
    saved them meanwhile, `saved` and `given_up` the buttons. `beside` stands by the fields
    (under them on a narrow page), `below` receives what helps to decide and must stay in sight.
    """

    typed = Signal(str, str)
    typed_rows = Signal(str, object)
    left = Signal(str)
    chosen = Signal(str, object)
    all_theirs = Signal()
    saved = Signal()
    given_up = Signal()

    def __init__(self, theme: Theme, give_up_words: str = "Annuler", beside: QWidget | None = None) -> None:
        super().__init__()
        self.notice = BannerBar(theme)
        self._intro = label(kind="secondary", wrap=True)
        self.form = Form(theme)
        self.comparison = ComparisonBox(theme)
        self._held = ""
        self.comparison.chosen.connect(self.chosen)
        self.comparison.all_theirs.connect(self.all_theirs)
        self.form.typed.connect(self.typed)
        self.form.typed_rows.connect(self.typed_rows)
        self.form.left.connect(self.left)
        self.below = QVBoxLayout()
        self.below.setSpacing(theme.px(12))
        fields = QWidget()
        room = QVBoxLayout(fields)
        room.setContentsMargins(0, 0, theme.px(8), 0)
        room.setSpacing(theme.px(12))
        room.addWidget(self.comparison)
        room.addWidget(self._intro)
        room.addWidget(self.form)
        room.addStretch(1)
        for part in (self.form, self.comparison):
            part.rearranged.connect(lambda: follow_reading_order(self))
        self._save = button("&Enregistrer", self.saved.emit, theme, kind="primary", shortcut="Ctrl+S")
        for part in (self.form, self.comparison):
            part.entered.connect(self._save.click)
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(8))
        foot.addWidget(self._save)
        foot.addWidget(button(give_up_words, self.given_up.emit, theme))
        foot.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(12))
        layout.addWidget(self.notice)
        self._area = scrolled(fields if beside is None else _panel_beside(theme, fields, beside))
        self._room_to_compare = theme.px(_ROOM_TO_COMPARE)
        layout.addWidget(self._area, 1)
        layout.addLayout(self.below)
        layout.addLayout(foot)

    def follow(self, drafting: Drafting) -> None:
        """Tell everything to who decides."""
        self.typed.connect(drafting.typed)
        self.typed_rows.connect(drafting.typed_rows)
        self.left.connect(drafting.left)
        self.follow_choices(drafting)
        self.saved.connect(drafting.save)
        self.given_up.connect(drafting.close)

    def follow_choices(self, drafting: Drafting) -> None:
        self.chosen.connect(drafting.choose)
        self.all_theirs.connect(drafting.take_theirs)

    def show_task(self, task: Task, values: Typed) -> None:
        """Show a task with what is typed in it so far."""
        held = self.form.held()
        self._intro.setText(task.intro)
        self._intro.setVisible(bool(task.intro))
        self._save.setText(task.save_words)
        self.notice.show_banner(None)
        self.show_comparison(SAME)
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

    def show_comparison(self, comparison: Comparison) -> None:
        self.comparison.show_comparison(comparison)
        self._area.setMinimumHeight(self._room_to_compare if comparison.differences else 0)

    def put_keyboard_on_choice(self, key: str) -> None:
        self.comparison.take_keyboard(key)

    def copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)

    def show_saving(self, *, saving: bool) -> None:
        """Nothing is typed while it is saved; refused, the keyboard comes back to its field."""
        held, self._held = self._held, self.form.held() if saving else ""
        self._save.setEnabled(not saving)
        self.form.setEnabled(not saving)
        self.comparison.setEnabled(not saving)
        if held and not saving:
            self.form.focus_on(held)


class ShowsTask:
    """What `ui.drafts.TaskPage` asks of a page, and the page leaves to the form it shows."""

    @property
    def typing(self) -> TaskForm:
        """The form on screen."""
        raise NotImplementedError

    def show_value(self, key: str, text: str) -> None:
        self.typing.show_value(key, text)

    def show_error(self, key: str, text: str) -> None:
        self.typing.show_error(key, text)

    def show_notice(self, banner: Banner | None) -> None:
        self.typing.show_notice(banner)

    def put_keyboard(self, key: str) -> None:
        self.typing.put_keyboard(key)

    def show_comparison(self, comparison: Comparison) -> None:
        self.typing.show_comparison(comparison)

    def put_keyboard_on_choice(self, key: str) -> None:
        self.typing.put_keyboard_on_choice(key)

    def copy(self, text: str) -> None:
        self.typing.copy(text)

    def show_saving(self, *, saving: bool) -> None:
        self.typing.show_saving(saving=saving)


def _panel_beside(theme: Theme, fields: QWidget, beside: QWidget) -> QWidget:
    panel = Panel(theme)
    panel.body.addWidget(fields)
    return SideBySide(theme, panel, beside)
