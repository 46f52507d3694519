"""« Structure active » and « Année scolaire » in the top bar: where the agent works, one key away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QShortcut,
    QWheelEvent,
)
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from ui.theme.fonts import font
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme

_LEAST_LETTERS = 9  # of a value that is cut: « Pirouette… »
_MARGIN, _GAP, _BEFORE_CHEVRON = 8, 6, 4
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_MODIFIERS = ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)


@dataclass(frozen=True, slots=True)
class Entry:
    """One value that can be chosen: `words`, or `short` behind the name of the choice."""

    value: int | None
    words: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """« Année scolaire 2026-2027 », cut to the room there is: first the name goes, then the value is elided."""

    theme: Theme
    name: str
    entry: Entry

    @property
    def whole(self) -> int:
        """The width of the name and its value."""
        return self._width("small", self.name) + self.theme.px(_GAP) + self._width("body_strong", self._short)

    @property
    def least(self) -> int:
        """The width of what is always said."""
        return min(self._width("body_strong", self.entry.words), self.theme.px(8) * _LEAST_LETTERS)

    def paint(self, painter: QPainter, room: QRect, colour: str) -> None:
        """Draw in this room."""
        value, words = QRect(room), self.entry.words
        if room.width() >= self.whole:
            painter.setFont(font(self.theme, "small"))
            painter.setPen(QColor(self.theme.colour("text_secondary")))
            painter.drawText(room, _LEFT, self.name)
            value.setLeft(room.left() + self._width("small", self.name) + self.theme.px(_GAP))
            words = self._short
        elif self.entry.short and room.width() < self._width("body_strong", words):
            words = self.entry.short
        painter.setFont(font(self.theme, "body_strong"))
        painter.setPen(QColor(self.theme.colour(colour)))
        said = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, value.width() + 1)
        painter.drawText(value, _LEFT, said)

    @property
    def _short(self) -> str:
        return self.entry.short or self.entry.words

    def _width(self, step: str, words: str) -> int:
        return QFontMetrics(font(self.theme, step)).horizontalAdvance(words)


class Said(QWidget):
    """A value that leaves no choice: words, and nothing to press."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._words: Words | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_words(self, words: Words) -> None:
        self._words = words
        self.setAccessibleName(f"{words.name} : {words.entry.words}")
        self.setToolTip(self.accessibleName())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's own name
        return self._size(self._words.whole if self._words else 0)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self._size(self._words.least if self._words else 0)

    def _size(self, words: int) -> QSize:
        return QSize(words + 2 * self._theme.px(_MARGIN), self._theme.size("control", "button"))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        if self._words is not None:
            painter = QPainter(self)
            margin = self._theme.px(_MARGIN)
            self._words.paint(painter, self.rect().adjusted(margin, 0, -margin, 0), "text")
            painter.end()


class Selector(QComboBox):
    """A flat choice. `away` from its usual value, it stands out; nothing changes before its list is open."""

    picked = Signal(object)

    def __init__(self, theme: Theme, shortcut: str) -> None:
        super().__init__()
        self._theme = theme
        self._keys = QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        self._entries: Sequence[Entry] = ()
        self._words: Words | None = None
        self._away = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMaxVisibleItems(20)
        self.activated.connect(lambda place: self.picked.emit(self._entries[place].value))
        QShortcut(QKeySequence(shortcut), self).activated.connect(self.open)

    def show_entries(self, name: str, entries: Sequence[Entry], place: int, *, away: bool) -> None:
        self._entries, self._away = entries, away
        self._words = Words(self._theme, name, entries[place])
        self.clear()
        for entry in entries:
            self.addItem(entry.words)
        self.setCurrentIndex(place)
        self.setAccessibleName(name)
        self.setToolTip(f"{name}\u00a0: {entries[place].words} ({self._keys})")
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + self._theme.px(32))
        self.updateGeometry()
        self.update()

    def open(self) -> None:
        """The list, under the keyboard."""
        if self.isVisible():
            self.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.showPopup()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's own name
        if event.key() in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape}:
            super().keyPressEvent(event)
        elif event.modifiers() & _MODIFIERS or not (event.text() or event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Up}):
            event.ignore()  # a key of the window
        else:
            self.showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        event.ignore()

    # --- shape ------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802
        return self._size(self._words.whole if self._words else 0)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self._size(self._words.least if self._words else 0)

    def _size(self, words: int) -> QSize:
        chevron = self._theme.size("icon", "default") + self._theme.px(_BEFORE_CHEVRON)
        return QSize(words + chevron + 2 * self._theme.px(_MARGIN), self._theme.size("control", "button"))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        theme, margin = self._theme, self._theme.px(_MARGIN)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_frame(painter)
        room = self.rect().adjusted(margin, 0, -margin, 0)
        size = theme.size("icon", "default")
        chevron = QRect(room.right() + 1 - size, (self.height() - size) // 2, size, size)
        painter.drawPixmap(chevron, pixmap("chevron-down", theme.colour("text_secondary"), size))
        room.setRight(chevron.left() - theme.px(_BEFORE_CHEVRON) - 1)
        if self._words is not None:
            self._words.paint(painter, room, "accent" if self._away else "text")
        painter.end()

    def _paint_frame(self, painter: QPainter) -> None:
        theme = self._theme
        ground = "accent_soft" if self._away else "hover" if self.underMouse() else "nav"
        border = "focus" if self.hasFocus() else "accent" if self._away else ground
        painter.setBrush(QColor(theme.colour(ground)))
        painter.setPen(QPen(QColor(theme.colour(border)), 2 if self.hasFocus() else 1))
        radius = theme.line("control")
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), radius, radius)


class _Place(QWidget):
    """One of the two: a choice, or words when there is a single value; nothing without any."""

    picked = Signal(object)

    def __init__(self, theme: Theme, name: str, shortcut: str) -> None:
        super().__init__()
        self._theme = theme
        self._name = name
        self.selector = Selector(theme, shortcut)
        self.said = Said(theme)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.selector, self.said):
            widget.hide()
            layout.addWidget(widget)
        self.selector.picked.connect(self.picked)

    def show_entries(self, entries: Sequence[Entry], chosen: int | None, *, away: bool) -> None:
        place = next((i for i, entry in enumerate(entries) if entry.value == chosen), 0)
        if len(entries) > 1:
            self.selector.show_entries(self._name, entries, place, away=away)
        elif entries:
            self.said.show_words(Words(self._theme, self._name, entries[0]))
        self.selector.setVisible(len(entries) > 1)
        self.said.setVisible(len(entries) == 1)


class ContextBar(QWidget):
    """The two choices, empty until `ContextKeeper` has read what there is to choose."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.structure = _Place(theme, "Structure active", "Ctrl+Shift+S")
        self.year = _Place(theme, "Année scolaire", "Ctrl+Shift+A")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(4))
        layout.addWidget(self.structure)
        layout.addWidget(self.year)
