"""Names at the left, values at the right: a record that is read."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from ui.theme.tokens import Theme
from ui.widgets.basics import Panel, clear, label
from ui.widgets.scrolled import scrolled


class Facts(Panel):
    """Values wrap and may be copied; an empty one is a dash."""

    def __init__(self, theme: Theme, title: str = "") -> None:
        super().__init__(theme, title)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.px(20))
        self._grid.setVerticalSpacing(theme.px(10))
        self._grid.setColumnStretch(1, 1)
        self.body.addLayout(self._grid)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        clear(self._grid)
        for row, (name, text) in enumerate(facts):
            self._grid.addWidget(label(name, "secondary"), row, 0, Qt.AlignmentFlag.AlignTop)
            value = label(text or "—", wrap=True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(f"{name} : {text}")
            self._grid.addWidget(value, row, 1)


class FactsPane(QWidget):
    """Facts alone in a tab, in room that scrolls."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.facts = Facts(theme)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.facts)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.px(12), 0, 0)
        layout.addWidget(scrolled(inside))

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        self.facts.show_facts(facts)
