"""Rows that fold in two when they are too narrow for what they hold: long titles, 200 % text."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from backoffice.kernel.money import NO_BREAK_SPACE
from ui.theme.icons import icon
from ui.theme.tokens import Theme
from ui.widgets.basics import label


class FoldingRow(QWidget):
    """`first` at the left and `rest` at the right edge; `rest` goes below when both do not fit."""

    def __init__(self, theme: Theme, first: QWidget, rest: QWidget) -> None:
        super().__init__()
        self._first = first
        self._rest = rest
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.px(12))
        self._grid.setVerticalSpacing(theme.px(8))
        self._folded: bool | None = None
        self._arrange(folded=False)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        self._fold_if_needed()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # words changed inside
            self._fold_if_needed()
        return super().event(event)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's own name
        """As narrow as its widest part: it can always fold."""
        inside = super().minimumSizeHint()
        parts = (self._first, self._rest)
        widest = max(max(part.minimumSizeHint().width(), part.minimumWidth()) for part in parts)
        return QSize(widest, inside.height())

    def _fold_if_needed(self) -> None:
        gap = self._grid.horizontalSpacing()
        needed = _wanted(self._first) + gap + _wanted(self._rest)
        self._arrange(folded=needed > self.width())

    def _arrange(self, *, folded: bool) -> None:
        if folded == self._folded:
            return
        self._folded = folded
        for part in (self._first, self._rest):
            self._grid.removeWidget(part)
        self._grid.addWidget(self._first, 0, 0)
        self._grid.addWidget(self._rest, int(folded), int(not folded))
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 0)


class PageHeader(QWidget):
    """A title, what it says beside, gestures at the right edge; too narrow, the title has a line of its own, then what
    it says too."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self.title = label(title, "title")
        self._first: QWidget = self.title
        self.detail = label(kind="secondary")
        self._beside = theme.px(3)
        holder = QWidget()
        self.gestures = QHBoxLayout(holder)
        self.gestures.setContentsMargins(0, 0, 0, 0)
        self.gestures.setSpacing(theme.px(8))
        self._holder = holder
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.px(12))
        self._grid.setVerticalSpacing(theme.px(4))
        self._grid.setColumnStretch(2, 1)
        self._grid.addWidget(holder, 0, 3, Qt.AlignmentFlag.AlignRight)
        self._lines = 0
        self._arrange(1)

    def put_first(self, tabs: QWidget) -> None:
        """Tabs in the place of the title, which one of them says."""
        self._grid.removeWidget(self.title)
        self.title.hide()
        self._first = tabs
        lines, self._lines = self._lines, 0
        self._arrange(lines)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        self._fold_if_needed()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # words changed inside
            self._fold_if_needed()
        return super().event(event)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's own name
        inside = super().minimumSizeHint()
        return QSize(self._holder.minimumSizeHint().width(), inside.height())

    def _fold_if_needed(self) -> None:
        gap = self._grid.horizontalSpacing()
        below = _natural(self.detail) + 2 * gap + self._holder.sizeHint().width()
        first = _natural(self.title) if self._first is self.title else self._first.sizeHint().width()
        whole = first + gap + below
        self._arrange(1 if whole <= self.width() else 2 if below <= self.width() else 3)

    def _arrange(self, lines: int) -> None:
        if lines == self._lines:
            return
        self._lines = lines
        folded = lines > 1
        for part in (self._first, self.detail, self._holder):
            self._grid.removeWidget(part)
        self.title.setWordWrap(folded)
        self.detail.setWordWrap(folded)
        below = folded or self._first is not self.title
        self.detail.setContentsMargins(0, 0, 0, 0 if below else self._beside)  # on the base line of the title
        if folded:
            self._grid.addWidget(self._first, 0, 0, 1, 4)
            self._grid.addWidget(self.detail, 1, 0, 1, 3 if lines == 2 else 4)
            self._grid.addWidget(self._holder, lines - 1, 3, Qt.AlignmentFlag.AlignRight)
        else:
            self._grid.addWidget(self._first, 0, 0)
            low = Qt.AlignmentFlag.AlignBottom if self._first is self.title else Qt.AlignmentFlag.AlignVCenter
            self._grid.addWidget(self.detail, 0, 1, low)
            self._grid.addWidget(self._holder, 0, 3, Qt.AlignmentFlag.AlignRight)


def _wanted(part: QWidget) -> int:
    """The width a layout gives it: a search box has a least width larger than its hint."""
    return max(part.sizeHint().width(), part.minimumWidth())


def _natural(words: QLabel) -> int:
    """The width of these words on one line, wrapped or not."""
    return words.fontMetrics().horizontalAdvance(words.text())


class Foldaway(QPushButton):
    """« Filtres : octobre 2026 »: on a page too short for all it holds, shows and hides a part of it.

    Where there is room the part is always seen, and the button is not.
    """

    def __init__(self, theme: Theme, words: str, *parts: QWidget) -> None:
        super().__init__(words)
        self._words = words
        self._parts = parts
        size = theme.size("icon", "default")
        self._icons = [icon(name, theme.colour("text"), size) for name in ("chevron-down", "chevron-up")]
        self.setIconSize(QSize(size, size))
        self.setCheckable(True)
        self.setAutoDefault(True)
        self.toggled.connect(self._show_part)
        self.say("")
        self.fold(short=False)

    def say(self, words: str) -> None:
        """What the part holds, in a few words, for who does not see it."""
        text = f"{self._words}{NO_BREAK_SPACE}: {words}" if words else self._words
        self.setText(text.replace("&", "&&"))
        self.setAccessibleName(text)

    def fold(self, *, short: bool) -> None:
        """The page became short, or long enough."""
        self.setVisible(short)
        self._show_part(self.isChecked())

    def _show_part(self, wanted: bool) -> None:
        self.setIcon(self._icons[int(wanted)])
        for part in self._parts:
            part.setVisible(wanted or self.isHidden())
