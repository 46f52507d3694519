"""The Tab key follows what is read, even after widgets came and went."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLayout, QScrollArea, QWidget


def follow_reading_order(root: QWidget) -> None:
    """Give Tab the order of the layouts of `root`. Qt keeps the order in which widgets were made."""
    before: QWidget | None = None
    for widget in _entries(root):
        if before is not None:
            QWidget.setTabOrder(before, widget)
        before = widget


def _entries(widget: QWidget) -> Iterator[QWidget]:
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None:
        yield widget
    inside = widget.widget() if isinstance(widget, QScrollArea) else None
    if inside is not None:
        yield from _entries(inside)
    layout = widget.layout()
    if layout is not None:
        yield from _of_layout(layout)


def _of_layout(layout: QLayout) -> Iterator[QWidget]:
    positions = list(range(layout.count()))
    if isinstance(layout, QGridLayout):
        positions.sort(key=lambda index: layout.getItemPosition(index)[:2])  # type: ignore[index]
    for index in positions:
        item = layout.itemAt(index)
        widget, inner = (item.widget(), item.layout()) if item is not None else (None, None)
        if widget is not None:
            yield from _entries(widget)
        elif inner is not None:
            yield from _of_layout(inner)
