"""The list of places at the left: words and icons, or icons alone on a narrow screen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QVBoxLayout, QWidget

from ui.places import PlaceEntry
from ui.theme.icons import icon
from ui.theme.tokens import Theme
from ui.widgets.basics import line, restyle


class Navigation(QFrame):
    """Only places that work and that the agent may open."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, entries: Iterable[PlaceEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "nav")
        self.setAccessibleName("Navigation")
        self._theme = theme
        self._buttons: dict[str, tuple[QPushButton, str]] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.px(8), 0, theme.px(8))
        layout.setSpacing(theme.px(2))
        group = QButtonGroup(self)
        last = 0
        for entry in entries:
            if entry.group != last:
                layout.addSpacing(theme.px(4))
                layout.addWidget(line())
                layout.addSpacing(theme.px(4))
                last = entry.group
            found = QPushButton(entry.title)
            found.setProperty("kind", "nav")
            found.setCheckable(True)
            size = theme.size("icon", "nav_rail")
            found.setIcon(icon(entry.icon, theme.colour("text_secondary"), size))
            found.setIconSize(QSize(size, size))
            found.setAccessibleName(entry.title.replace("&", ""))
            found.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            found.clicked.connect(lambda _=False, name=entry.screen: self.chosen.emit(name))
            group.addButton(found)
            layout.addWidget(found)
            self._buttons[entry.screen] = (found, entry.title)
        layout.addStretch(1)

    def light(self, screen: str) -> None:
        """Show where the agent is."""
        if screen in self._buttons:
            self._buttons[screen][0].setChecked(True)

    def fold(self, *, folded: bool) -> None:
        """Icons alone, with their words as tips."""
        for found, title in self._buttons.values():
            words = title.replace("&", "")
            found.setText("" if folded else title)
            found.setToolTip(words if folded else "")
            found.setProperty("folded", folded)
            restyle(found)
        width = self._theme.size("width", "nav_rail" if folded else "nav_open")
        self.setFixedWidth(width)
