"""How a cell is painted: the same margins as its header, and one line under each row."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ui.theme.tokens import Theme
from ui.widgets.table.model import Index

_STYLE_MARGIN = 3  # what the style itself leaves beside the text of a cell


class RowDelegate(QStyledItemDelegate):
    """Cells of every table. The selected background goes from edge to edge, the text keeps its margins."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.margin = max(theme.px(8) - _STYLE_MARGIN, 0)
        # Made once: painting a page of cells creates no object that can be kept.
        self._line = QPen(QColor(theme.colour("gridline")), 1)
        self._selected = QColor(theme.colour("selected"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.paint_ground(painter, option)
        inner = QStyleOptionViewItem(option)
        inner.rect = option.rect.adjusted(self.margin, 0, -self.margin, -1)
        super().paint(painter, inner, index)

    def paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        """The background of a selected cell, and the line under the row."""
        rect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._selected)
        painter.setPen(self._line)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
