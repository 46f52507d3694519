"""Small pieces of the file of a family: facts with their name, words with an icon, panels side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ui.theme.icons import pixmap
from ui.theme.tokens import Theme
from ui.widgets.basics import label


def said(text: str, kind: str = "") -> QLabel:
    """Words of the file: they wrap, and the mouse can take them to another program."""
    found = label(text, kind, wrap=True)
    found.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return found


class Shortened(QLabel):
    """A text that cannot wrap (an e-mail address): cut at its end when the room is short, whole in its tip."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setToolTip(text)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's own name
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def _words(text: str, kind: str = "") -> QLabel:
    return said(text, kind) if " " in text or kind else Shortened(text)


def with_icon(theme: Theme, name: str, text: str, kind: str = "", colour: str = "") -> QWidget:
    """A line of words behind its icon, in the colour of this token."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(theme.px(8))
    picture = QLabel()
    picture.setPixmap(pixmap(name, theme.colour(colour or "text_secondary"), theme.size("icon", "default")))
    picture.setContentsMargins(0, theme.px(2), 0, 0)
    layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
    layout.addWidget(_words(text, kind), 1)
    return row


def facts(theme: Theme, rows: Iterable[tuple[str, str]], least: int = 96) -> QGridLayout:
    """Names at the left, what is known at the right; what is not known is left out."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme.px(12))
    grid.setVerticalSpacing(theme.px(4))
    grid.setColumnMinimumWidth(0, theme.px(least))
    grid.setColumnStretch(1, 1)
    for row, (name, text) in enumerate((name, text) for name, text in rows if text):
        grid.addWidget(label(name, "secondary"), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_words(text), row, 1)
    return grid


def head(theme: Theme, left: QWidget, right: QWidget | None) -> QHBoxLayout:
    """Something strong at the left, something quiet at the right edge."""
    row = QHBoxLayout()
    row.setSpacing(theme.px(8))
    row.addWidget(left, 1)
    if right is not None:
        row.addWidget(right, 0, Qt.AlignmentFlag.AlignTop)
    return row


class Columns(QWidget):
    """Columns of widgets side by side; the last ones go below the first when the page is narrow.

    `shares`: how much of the width each column takes; `least`: the narrowest a column may be.
    """

    def __init__(self, theme: Theme, columns: Sequence[Sequence[QWidget]], shares: Sequence[int], least: int) -> None:
        super().__init__()
        self._least = theme.px(least)
        self._shares = list(shares)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.px(12))
        self._columns: list[QWidget] = []
        for widgets in columns:
            column = QWidget()
            # A column may be as narrow as its share: its words wrap.
            column.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            layout = QVBoxLayout(column)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(theme.px(12))
            for widget in widgets:
                layout.addWidget(widget)
            layout.addStretch(1)
            self._columns.append(column)
        self._across = 0
        self._arrange(len(self._columns))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        self._arrange(min(max(self.width() // self._least, 1), len(self._columns)))

    def _arrange(self, across: int) -> None:
        if across == self._across:
            return
        self._across = across
        for index, column in enumerate(self._columns):
            self._grid.removeWidget(column)
            self._grid.addWidget(column, index // across, index % across)
            self._grid.setColumnStretch(index, 0)
        for place in range(across):
            self._grid.setColumnStretch(place, self._shares[place] if across > 1 else 1)
