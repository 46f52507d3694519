"""The side panel: what a line holds, beside the list that stays visible; Esc closes it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.theme.tokens import Theme
from ui.widgets.basics import button, label, line
from ui.widgets.scrolled import LeastHigh, scrolled

_LEAST_BESIDE = 520  # of the list, in logical pixels: narrower, the panel goes over it


class SidePanel(QFrame):
    """A title, a button that closes, and `body`. `closed` is told when the agent closes it."""

    closed = Signal()

    def __init__(self, theme: Theme, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "panel")
        margin = theme.px(12)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(margin, theme.px(8), theme.px(8), theme.px(8))
        self._title = label(title, "group", wrap=True)
        head.addWidget(self._title, 1)
        head.addWidget(
            button("Fermer", self.close_panel, theme, kind="link", icon_name="x"), 0, Qt.AlignmentFlag.AlignTop
        )
        content = LeastHigh()
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(theme.px(12))
        layout.addLayout(head)
        layout.addWidget(line())
        layout.addWidget(scrolled(content, sideways=False), 1)  # at 200 % text it can be higher than the window
        self.setAccessibleName(title)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.close_panel)

    def show_title(self, title: str) -> None:
        self._title.setText(title)
        self.setAccessibleName(title)

    def close_panel(self) -> None:
        self.closed.emit()


class Beside(QWidget):
    """A page's main part and its side panel (or a stack of them).

    On a narrow page or at 200 % text the panel takes all the room.
    `covered` tells when the panel hides the main part, and when it shows again.
    """

    covered = Signal(bool)

    def __init__(self, theme: Theme, main: QWidget, panel: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._main = main
        self._panel = panel
        self._width = theme.size("width", "side_panel")
        self._least = theme.px(_LEAST_BESIDE)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(12))
        layout.addWidget(main, 1)
        layout.addWidget(panel)
        self._open = False
        self._covered = False
        panel.hide()

    @property
    def is_open(self) -> bool:
        return self._open

    def open_panel(self) -> None:
        self._open = True
        self._arrange()

    def close_panel(self) -> None:
        self._open = False
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        beside = self.width() - self._width >= self._least
        if beside:
            self._panel.setFixedWidth(self._width)
        else:
            self._panel.setMinimumWidth(0)
            self._panel.setMaximumWidth(self.maximumWidth())
        was_covered = self._covered
        self._covered = self._open and not beside
        self._main.setVisible(not self._covered)
        self._panel.setVisible(self._open)
        if self._covered != was_covered:
            self.covered.emit(self._covered)
