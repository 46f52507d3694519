"""Under the form beside the day: everything that was clocked, the first touch first, and the gesture that removes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.screens.attendance.clocking import HistoryWords
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme
from ui.widgets.basics import button, clear, label
from ui.widgets.scrolled import LeastHigh, scrolled
from ui.widgets.task_panel import TaskPanel

_HIGHEST = 240  # logical pixels: more is scrolled, and the form stays in sight
_INDENT = 20


class RowPanel(TaskPanel):
    """A form, what was clocked under it, and what takes an absence away."""

    removal_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._theme = theme
        inside = LeastHigh()
        self._lines = QVBoxLayout(inside)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(theme.px(8))
        self._history = QWidget()
        self._history.setAccessibleName("Ce qui a été pointé")
        column = QVBoxLayout(self._history)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        column.addWidget(label("Ce qui a été pointé", "strong"))
        area = scrolled(inside, sideways=False)
        area.setMaximumHeight(theme.px(_HIGHEST))
        column.addWidget(area)
        self._removal = button("Retirer", self.removal_asked.emit, theme, kind="link", icon_name="trash-2")
        self.below.addWidget(self._history)
        self.below.addWidget(self._removal, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_history(())
        self.show_removal("")

    def show_history(self, lines: Sequence[HistoryWords]) -> None:
        clear(self._lines)
        for line in lines:
            self._lines.addWidget(_Line(self._theme, line))
        self._lines.addStretch(1)
        self._history.setVisible(bool(lines))

    def show_removal(self, words: str) -> None:
        self._removal.setText(words)
        self._removal.setAccessibleName(words)
        self._removal.setVisible(bool(words))


class _Line(QWidget):
    """What counts has a check; what was replaced, a bent arrow under it leads to what replaced it."""

    def __init__(self, theme: Theme, line: HistoryWords) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(_INDENT) if line.under else 0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        shape = QLabel()
        name, token = ("check", "success") if line.stands else ("circle-slash", "text_secondary")
        shape.setPixmap(pixmap(name, theme.colour(token), theme.size("icon", "default")))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(line.what, "strong" if line.stands else "secondary", wrap=True))
        words.addWidget(label(line.who, "small", wrap=True))
        row.addWidget(shape, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
