"""What waits for the base and what was not accepted, above the day: an icon, words, and what can be done."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.presenting import Action
from ui.screens.attendance.waiting import Strip
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme
from ui.widgets.basics import button, clear, label, restyle
from ui.widgets.flow import FlowLayout


class WaitingStrip(QFrame):
    """Hidden while nothing waits; it has no « Fermer », for what it says stays true."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "banner")
        self._waiting = _Line(theme, "hourglass", "info")
        self._refused = _Line(theme, "triangle-alert", "warning")
        self._buttons = QWidget()
        self._actions = FlowLayout(theme.px(8), self._buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(12), theme.px(8), theme.px(12), theme.px(8))
        column.setSpacing(theme.px(8))
        for widget in (self._waiting, self._refused, self._buttons):
            column.addWidget(widget)
        self.hide()

    def show_strip(self, strip: Strip) -> None:
        self._waiting.say(strip.waiting)
        self._refused.say(strip.refused)
        held = self._buttons.isAncestorOf(QApplication.focusWidget() or self)
        clear(self._actions)
        for action in strip.actions:
            self._actions.addWidget(self._button(action))
        self._buttons.setVisible(bool(strip.actions))
        self.setAccessibleName(f"{strip.waiting} {strip.refused}".strip())
        self.setProperty("state", "warning" if strip.refused else "info")
        restyle(self)
        self.setVisible(bool(strip.waiting or strip.refused))
        if held and strip.actions:
            self._take_keyboard()

    def _button(self, action: Action) -> QWidget:
        return button(action.label, partial(action.run), self._theme)

    def _take_keyboard(self) -> None:
        """The next one not accepted is answered with the same keys."""
        item = self._actions.itemAt(0)
        first = item.widget() if item is not None else None
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)


class _Line(QWidget):
    def __init__(self, theme: Theme, icon_name: str, colour: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(12))
        shape = QLabel()
        shape.setPixmap(pixmap(icon_name, theme.colour(colour), theme.size("icon", "nav")))
        self._words = label(kind="strong", wrap=True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(shape, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)

    def say(self, text: str) -> None:
        self._words.setText(text)
        self.setVisible(bool(text))
