"""Who works, at the right of the top bar, and what they may do about it."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton

from ui.theme.icons import icon
from ui.theme.tokens import Theme

if TYPE_CHECKING:
    from backoffice.kernel.application import Application

LOCK_KEY = "Ctrl+L"
_WIDEST_NAME = 150  # logical pixels


class Gesture(Enum):
    """What is asked about who works here, and where."""

    PASSWORD = auto()
    LOCK = auto()
    OTHER_AGENT = auto()
    DATABASE = auto()


class AgentMenu(QToolButton):
    """Signals what is asked; the program answers. Offers what the database of `app` allows."""

    asked = Signal(Gesture)

    def __init__(self, theme: Theme, app: Application) -> None:
        super().__init__()
        size = theme.size("icon", "nav")
        self.setIcon(icon("user", theme.colour("text"), size))
        self.setIconSize(QSize(size, size))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        name = app.actor.name
        self.setText(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, theme.px(_WIDEST_NAME)))
        self.setToolTip(name)
        self.setAccessibleName(f"Agent : {app.actor.name}")
        if app.database.asks_password:
            self._add("Changer mon &mot de passe…", Gesture.PASSWORD)
            self._add("&Verrouiller", Gesture.LOCK, LOCK_KEY)
            self._add("Changer d'&agent…", Gesture.OTHER_AGENT)
            self._menu.addSeparator()
        self._add("Changer de &base…", Gesture.DATABASE)

    def fold(self, *, folded: bool) -> None:
        """In a narrow bar, the figure alone: its name is told by its tip."""
        style = Qt.ToolButtonStyle
        self.setToolButtonStyle(style.ToolButtonIconOnly if folded else style.ToolButtonTextBesideIcon)

    def _add(self, words: str, gesture: Gesture, key: str = "") -> None:
        action = QAction(words, self._menu)
        if key:
            # Shown only: the window has the key, whether the menu was ever opened or not.
            action.setText(f"{words}\t{QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)}")
        action.triggered.connect(lambda _on: self.asked.emit(gesture))
        self._menu.addAction(action)
