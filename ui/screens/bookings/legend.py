"""The twelve states of the families' legend, always in sight: a click keeps the children who show one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QPushButton, QWidget

from backoffice.bookings.rules.states import LEGEND, CellState
from ui.theme.tokens import Theme
from ui.widgets.flow import FlowLayout
from ui.widgets.grid.tiles import Tiles


class Legend(QWidget):
    """`chosen` hears the state that was clicked, None when it is let go."""

    def __init__(self, theme: Theme, chosen: Callable[[CellState | None], None]) -> None:
        super().__init__()
        self._chosen = chosen
        self._buttons: dict[CellState, QPushButton] = {}
        tiles = Tiles(theme)
        width, height = theme.px(34), theme.px(18)
        row = FlowLayout(theme.px(4), self)
        for state in LEGEND:
            found = QPushButton(state.label)
            found.setProperty("kind", "legend")
            found.setCheckable(True)
            found.setIcon(QIcon(tiles.tile(state, width, height, pending=False, ratio=2.0)))
            found.setIconSize(QSize(width, height))
            found.setAccessibleName(f"Légende : {state.label}")
            found.setToolTip(f"{state.label} : ne garder que les enfants qui l'ont")
            found.clicked.connect(lambda checked, state=state: self._click(state, checked))
            self._buttons[state] = found
            row.addWidget(found)

    def button(self, state: CellState) -> QPushButton:
        return self._buttons[state]

    def show_chosen(self, state: CellState | None) -> None:
        for each, found in self._buttons.items():
            found.setChecked(each is state)

    def _click(self, state: CellState, checked: bool) -> None:
        self._chosen(state if checked else None)
