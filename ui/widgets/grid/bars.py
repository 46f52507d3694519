"""What is expected under each column of the grid: places taken, meals, adults."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from ui.theme.fonts import font
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme
from ui.widgets.grid.bar import Bar
from ui.widgets.grid.table import GridTable

_CENTRE = Qt.AlignmentFlag.AlignCenter.value
_LEFT = (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value


class GridBars(QWidget):
    """Under the table, column by column: places, meals, adults."""

    def __init__(
        self, theme: Theme, table: GridTable, titles: Sequence[tuple[str, str]],
        cell: Callable[[int, int], Bar], parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._table, self._titles, self._cell = theme, table, titles, cell
        self._row = theme.px(24)
        self.setFixedHeight(self._row * len(titles))
        self.setAccessibleName("Effectifs de chaque créneau")
        table.scrolled.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        theme, table = self._theme, self._table
        painter.fillRect(self.rect(), QColor(theme.colour("header")))
        head = table.children_header.width()
        painter.setFont(font(theme, "small"))
        line = QColor(theme.colour("border"))
        for number, (icon_name, words) in enumerate(self._titles):
            top = self._row * number
            size = theme.size("icon", "default")
            painter.drawPixmap(theme.px(6), top + (self._row - size) // 2,
                               pixmap(icon_name, theme.colour("text_secondary"), size))
            painter.setPen(QColor(theme.colour("text")))
            painter.drawText(QRect(theme.px(28), top, head - theme.px(28), self._row), _LEFT, words)
            painter.setPen(line)
            painter.drawLine(0, top, self.width(), top)
        cells = table.grid.cells
        if cells is not None:
            painter.setClipRect(head, 0, table.viewport().width(), self.height())
            for column in range(cells.column_count()):
                left = head + table.columnViewportPosition(column)
                width = table.columnWidth(column)
                if left + width < head or left > self.width():
                    continue
                for number in range(len(self._titles)):
                    self._draw(painter, QRect(left, self._row * number, width - 1, self._row), column, number)
        painter.end()

    def event(self, event: QEvent) -> bool:
        """The words of a column, under the mouse."""
        cells = self._table.grid.cells
        if isinstance(event, QHelpEvent) and cells is not None:
            column = self._table.columnAt(event.pos().x() - self._table.children_header.width())
            words = f"{cells.slot(column)[0]}\n{cells.about(column)}" if column >= 0 else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def _draw(self, painter: QPainter, place: QRect, column: int, row: int) -> None:
        words, short, ink, fill, part = self._cell(column, row)
        if not words:
            return
        theme = self._theme
        if short and painter.fontMetrics().horizontalAdvance(words) > place.width():
            words = short
        if fill:
            painter.fillRect(place.adjusted(0, 1, 0, -1), QColor(theme.colour(fill)))
        if part is not None:
            bar = QRect(place.left() + 1, place.bottom() - theme.px(3), place.width() - 2, theme.px(3))
            painter.fillRect(bar, QColor(theme.colour("gauge_track")))
            painter.fillRect(QRect(bar.left(), bar.top(), round(bar.width() * min(1.0, part)), bar.height()),
                             QColor(theme.colour("gauge")))
        painter.setPen(QColor(theme.colour(ink)))
        painter.drawText(place, _CENTRE, words)
