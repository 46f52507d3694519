"""Room that scrolls when what is inside is larger than what there is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QWidget


def scrolled(inside: QWidget, name: str = "", *, sideways: bool = True) -> QScrollArea:
    """An area on the ground of what surrounds it; not `sideways`: what is inside folds to the width.

    A `name` makes it a stop of the keyboard, for words without any control that would bring them in sight.
    """
    area = QScrollArea()
    area.setAccessibleName(name)
    area.setFocusPolicy(Qt.FocusPolicy.StrongFocus if name else Qt.FocusPolicy.NoFocus)
    area.setWidgetResizable(True)
    if not sideways:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    for ground in (area.viewport(), inside):
        ground.setAutoFillBackground(False)  # setWidget fills it with a colour of its own
    return area


class LeastHigh(QWidget):
    """The inside of an area that holds a list: it scrolls when it must, not when the list would like to be higher."""

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's own name
        layout: QLayout | None = self.layout()
        return -1 if layout is None else layout.minimumHeightForWidth(width)
