"""The middle column: the piece itself, and what the family will read of the decision."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.presenting import Runner
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme
from ui.widgets.basics import label, line
from ui.widgets.preview.pages import Renderer
from ui.widgets.preview.view import Preview
from ui.widgets.scrolled import scrolled

_LINES = 4
_FOLDED_LINES = 2


class Evidence(QFrame):
    """The mail stays under the piece whatever is decided, always as high: the page does not move while one types."""

    def __init__(self, theme: Theme, runner: Runner, make_renderer: Callable[[], Renderer]) -> None:
        super().__init__()
        self.setProperty("kind", "panel")
        self.setAccessibleName("Pièce")
        self.preview = Preview(theme, runner, make_renderer)
        self.letter = QWidget()
        self._note = label(kind="caption")
        self._said = label(wrap=True)
        inside = QWidget()
        words = QVBoxLayout(inside)
        words.setContentsMargins(0, 0, 0, 0)
        words.addWidget(self._said)
        words.addStretch(1)
        self._area = scrolled(inside, "Ce que la famille lira", sideways=False)
        self._theme = theme
        self.fold(folded=False)
        icon = QLabel()
        icon.setPixmap(pixmap("mail", theme.colour("text"), theme.size("icon", "default")))
        head = QHBoxLayout()
        head.setSpacing(theme.px(8))
        head.addWidget(icon)
        head.addWidget(label("Ce que la famille lira", "strong"))
        head.addWidget(self._note)
        head.addStretch(1)
        strip = QVBoxLayout(self.letter)
        strip.setContentsMargins(theme.px(12), theme.px(4), theme.px(12), theme.px(8))
        strip.setSpacing(theme.px(4))
        strip.addLayout(head)
        strip.addWidget(self._area)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.px(4), theme.px(4), theme.px(4), 0)
        layout.setSpacing(0)
        layout.addWidget(self.preview, 1)
        layout.addWidget(line())
        layout.addWidget(self.letter)
        self.setMinimumWidth(theme.px(270))

    def fold(self, *, folded: bool, seen: bool = True) -> None:
        """Fewer lines on a short page; none while they are not `seen`."""
        lines = _FOLDED_LINES if folded else _LINES
        self._area.setFixedHeight(self._said.fontMetrics().lineSpacing() * lines + self._theme.px(4))
        self._note.setVisible(not folded)
        self.letter.setVisible(seen)

    def show_letter(self, said: str, note: str) -> None:
        self._said.setText(said)
        self._note.setText(note)
        self._area.setAccessibleDescription(said)
