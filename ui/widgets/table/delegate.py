"""How a cell is painted: the same margins as its header, one line under each row."""

from __future__ import annotations

from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ui.theme.fonts import font
from ui.theme.icons import icon
from ui.theme.tokens import Theme
from ui.widgets.table.columns import Column, Mark
from ui.widgets.table.model import Index

# As numbers: Qt's flags are objects, made again at each question.
_SELECTED = QStyle.StateFlag.State_Selected.value
_HELD = QStyle.StateFlag.State_HasFocus.value
_LEFT = (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value
_RIGHT = (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value
_TOO_LONG = "…"


class Look(NamedTuple):
    """How words are written, on a row and on a selected row."""

    font: QFont
    metrics: QFontMetrics
    pen: QPen
    selected_pen: QPen


class RowDelegate(QStyledItemDelegate):
    """Cells of every table. The selected background goes from edge to edge, the text keeps its margins.

    The style sheet would draw a cell in a tenth of a millisecond, a page of them in twenty: here a cell is a line, a
    text, and nothing made that can be kept.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._pad = theme.px(8)
        self._icon_size = theme.size("icon", "default")
        self._gap = theme.px(4)
        self._icons: dict[tuple[Mark, bool], QIcon] = {}
        self._line = QPen(QColor(theme.colour("gridline")), 1)
        self._focus = QPen(QColor(theme.colour("focus")), 2)
        self._selected = QColor(theme.colour("selected"))
        self._plain = self.make_look("body")
        self._strong = self.make_look("body_strong")

    def make_look(self, step: str, colour: str = "text") -> Look:
        """The look of a step of the type scale, in a colour of the theme."""
        written = font(self.theme, step)
        pen, selected = QPen(QColor(self.theme.colour(colour))), QPen(QColor(self.theme.on_selected(colour)))
        return Look(written, QFontMetrics(written), pen, selected)

    def look_of(self, column: Column[Any], row: Any) -> Look:  # noqa: ARG002 - some tables look at the row
        return self._strong if column.strong else self._plain

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        selected = self.paint_ground(painter, option)
        model: Any = index.model()
        column, row = model.columns[index.column()], model.row(index.row())
        room = option.rect.adjusted(self._pad, 0, -self._pad, -1)
        mark = column.mark(row) if column.mark is not None else None
        if mark is not None:
            self._paint_mark(painter, room, mark, selected=selected)
            room.setLeft(room.left() + self._icon_size + self._gap)
        text = column.text(row)
        if text:
            look = self.look_of(column, row)
            painter.setFont(look.font)
            painter.setPen(look.selected_pen if selected else look.pen)
            shown = fitted(text, look.metrics, room.width(), whole=column.is_whole)
            painter.drawText(room, _RIGHT if column.to_the_right else _LEFT, shown)

    def paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> bool:
        """The background of a selected cell, the line under the row, and where the keyboard is when it left these.

        Answers whether the cell is selected.
        """
        rect = option.rect
        state: int = option.state.value
        selected = bool(state & _SELECTED)
        if selected:
            painter.fillRect(rect, self._selected)
        painter.setPen(self._line)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if state & _HELD and not selected:
            painter.setPen(self._focus)
            painter.drawRect(rect.adjusted(1, 1, -1, -2))
        return selected

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002, N802 - Qt's own name
        """The room of the whole text: what a double click on the edge of a header gives."""
        model: Any = index.model()
        column, row = model.columns[index.column()], model.row(index.row())
        marked = column.mark is not None and column.mark(row) is not None
        beside = self._icon_size + self._gap if marked else 0
        metrics = self.look_of(column, row).metrics
        width = metrics.horizontalAdvance(column.text(row)) + beside + 2 * self._pad + 1
        return QSize(width, self.theme.size("row_height", "table"))

    def _paint_mark(self, painter: QPainter, room: QRect, mark: Mark, *, selected: bool) -> None:
        found = self._icons.get((mark, selected))
        if found is None:
            colour = self.theme.on_selected(mark.token) if selected else self.theme.colour(mark.token)
            found = self._icons[mark, selected] = icon(mark.icon, colour, self._icon_size)
        top = room.top() + (room.height() - self._icon_size) // 2
        found.paint(painter, QRect(room.left(), top, self._icon_size, self._icon_size))


def fitted(text: str, metrics: QFontMetrics, width: int, *, whole: bool) -> str:
    """The text, or its beginning; of a number or a day (`whole`) nothing rather than a piece."""
    if not whole:
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
    return text if metrics.horizontalAdvance(text) <= width else _TOO_LONG
