"""Counts side by side: words at the left, a bar, the count at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from ui.theme.tokens import Theme
from ui.widgets.basics import clear, label


@dataclass(frozen=True, slots=True)
class CountBar:
    """One line: `count` gives its length, `told` is read at its end. `token`: a colour of the theme."""

    words: str
    count: int
    told: str
    token: str = "accent"  # noqa: S105 - a colour


class Bars(QWidget):
    """The longest fills the room. The words and counts are text: a screen reader reads them, nothing is in the bar
    alone."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.px(12))
        self._grid.setVerticalSpacing(theme.px(6))
        self._grid.setColumnStretch(0, 3)
        self._grid.setColumnStretch(1, 2)

    def show_bars(self, bars: Sequence[CountBar]) -> None:
        clear(self._grid)
        longest = max((bar.count for bar in bars), default=0)
        for row, bar in enumerate(bars):
            self._grid.addWidget(label(bar.words, wrap=True), row, 0)
            self._grid.addWidget(_Bar(self._theme, bar.count / longest if longest else 0, bar.token), row, 1)
            self._grid.addWidget(label(bar.told, "strong"), row, 2)


class _Bar(QWidget):
    def __init__(self, theme: Theme, share: float, token: str) -> None:
        super().__init__()
        self._theme, self._share, self._token = theme, share, token
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's own name
        return QSize(self._theme.px(80), self._theme.px(12))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        width = max(round(self.width() * self._share), self._theme.line("selection_bar")) if self._share else 0
        painter.fillRect(self.rect(), QColor(self._theme.colour("gauge_track")))
        painter.fillRect(QRect(0, 0, width, self.height()), QColor(self._theme.colour(self._token)))
