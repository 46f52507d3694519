"""Room that scrolls when what is inside is larger than what there is."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer
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


def bring_to_sight(widget: QWidget) -> None:
    """Scroll to a widget, once the page has made room for what is said around it; an area may be in another."""
    area: QWidget | None = widget.parentWidget()
    while area is not None:
        if isinstance(area, QScrollArea):
            QTimer.singleShot(0, widget, partial(area.ensureWidgetVisible, widget))
        area = area.parentWidget()


class LeastHigh(QWidget):
    """The inside of an area that holds a list: it scrolls when it must, not when the list would like to be higher."""

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's own name
        layout: QLayout | None = self.layout()
        return -1 if layout is None else layout.minimumHeightForWidth(width)
