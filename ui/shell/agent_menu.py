"""Who works, at the right of the top bar, and what they may do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton

from ui.theme.icons import icon
from ui.theme.tokens import Theme

if TYPE_CHECKING:
    from backoffice.kernel.application import Application

LOCK_KEY = "Ctrl+L"


class AgentMenu(QToolButton):
    """Signals what is asked; the program answers. `show_agent` says who, and what this database allows."""

    password_asked = Signal()
    lock_asked = Signal()
    agent_asked = Signal()
    database_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        size = theme.size("icon", "nav")
        self.setIcon(icon("user", theme.colour("text"), size))
        self.setIconSize(QSize(size, size))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._menu = QMenu(self)
        self.setMenu(self._menu)

    def show_agent(self, app: Application) -> None:
        self.setText(app.actor.name)
        self.setAccessibleName(f"Agent : {app.actor.name}")
        self._menu.clear()
        if not app.database.is_embedded and app.database.asks_password:
            self._add("Changer mon &mot de passe…", self.password_asked)
            self._add("&Verrouiller", self.lock_asked, LOCK_KEY)
            self._add("Changer d'&agent…", self.agent_asked)
            self._menu.addSeparator()
        self._add("Changer de &base…", self.database_asked)

    def _add(self, words: str, signal: SignalInstance, key: str = "") -> None:
        action = QAction(words, self._menu)
        if key:
            # Shown only: the window has the key, whether the menu was ever opened or not.
            action.setText(f"{words}\t{QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)}")
        action.triggered.connect(lambda _on: signal.emit())
        self._menu.addAction(action)
