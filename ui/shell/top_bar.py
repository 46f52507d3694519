"""The bar above every page: back, forward, search, where and when one works, who works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from ui.preferences import SYSTEM
from ui.shell.agent_menu import AgentMenu
from ui.shell.context_bar import ContextBar
from ui.theme.icons import icon
from ui.theme.tokens import Theme, ThemeName

if TYPE_CHECKING:
    from backoffice.kernel.application import Application

_ROOM_FOR_A_NAME = 640  # logical pixels of bar


class TopBar(QFrame):
    """Signals what the agent asks; the main window answers."""

    back = Signal()
    forward = Signal()
    navigation_toggled = Signal()
    theme_chosen = Signal(str)
    scale_chosen = Signal(float)

    def __init__(self, theme: Theme, search: QLineEdit, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "topbar")
        self.setMinimumHeight(theme.size("bar_height", "top"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.px(8), theme.px(4), theme.px(12), theme.px(4))
        layout.setSpacing(theme.px(8))
        layout.addWidget(self._tool(theme, "menu", "Réduire ou ouvrir la navigation", self.navigation_toggled))
        self.back_button = self._tool(theme, "arrow-left", "Page précédente (Alt+←)", self.back)
        self.forward_button = self._tool(theme, "arrow-right", "Page suivante (Alt+→)", self.forward)
        layout.addWidget(self.back_button)
        layout.addWidget(self.forward_button)
        self._theme = theme
        self._search = search
        search.setMaximumWidth(theme.px(420))
        layout.addWidget(search, 1)
        layout.addStretch(1)
        self.context = ContextBar(theme)
        layout.addWidget(self.context)
        layout.addWidget(self._appearance(theme))
        self._layout = layout
        self.agent: AgentMenu | None = None

    def show_agent(self, app: Application) -> AgentMenu:
        """Who works, once the town is open."""
        self.agent = AgentMenu(self._theme, app)
        self._layout.addWidget(self.agent)
        return self.agent

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        self._make_room()
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # there is more to say inside
            self._make_room()
        return super().event(event)

    def _make_room(self) -> None:
        """In a narrow bar, or with large text, the search leaves room for where and when one works."""
        search, layout = self._search, self.layout()
        if layout is None:
            return
        if self.agent is not None:
            self.agent.fold(folded=self.width() < self._theme.px(_ROOM_FOR_A_NAME))
        others = layout.minimumSize().width() - search.minimumWidth()
        wished = min(self._theme.px(280), self.width() * 3 // 10, self.width() - others)
        search.setMinimumWidth(max(wished, search.minimumSizeHint().width()))

    def show_history(self, *, can_go_back: bool, can_go_forward: bool) -> None:
        self.back_button.setEnabled(can_go_back)
        self.forward_button.setEnabled(can_go_forward)

    def _tool(self, theme: Theme, name: str, words: str, signal: SignalInstance) -> QToolButton:
        found = QToolButton()
        size = theme.size("icon", "nav")
        found.setIcon(icon(name, theme.colour("text"), size, theme.colour("border_control")))
        found.setIconSize(QSize(size, size))
        found.setToolTip(words)
        found.setAccessibleName(words)
        found.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        found.clicked.connect(lambda: signal.emit())  # noqa: PLW0108 - drops the « checked » of clicked
        return found

    def _appearance(self, theme: Theme) -> QToolButton:
        found = QToolButton()
        size = theme.size("icon", "nav")
        found.setIcon(icon("contrast", theme.colour("text"), size))
        found.setIconSize(QSize(size, size))
        found.setToolTip("Apparence : thème et taille du texte")
        found.setAccessibleName("Apparence")
        found.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        found.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(found)
        for words, value in (("Comme le système", SYSTEM), *((name.label, name.value) for name in ThemeName)):
            action = QAction(words, menu)
            action.triggered.connect(lambda _=False, value=value: self.theme_chosen.emit(value))
            menu.addAction(action)
        menu.addSeparator()
        for percent in (100, 125, 150, 175, 200):
            action = QAction(f"Texte à {percent} %", menu)
            action.triggered.connect(lambda _=False, percent=percent: self.scale_chosen.emit(percent / 100))
            menu.addAction(action)
        found.setMenu(menu)
        return found
