"""The table of the grid: a frozen column of children, two rows of headers, cells drawn from kept pictures.

Model and view, no widget and no object per cell. Screen readers hear each cell as a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from backoffice.bookings.rules.states import CellState, Gesture
from ui.theme.fonts import font
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme
from ui.widgets.basics import label
from ui.widgets.grid.tiles import Tiles

_LEAST_WIDTH = 30  # logical pixels: below, a month scrolls sideways
_WIDEST = 260
_CENTRE = Qt.AlignmentFlag.AlignCenter.value
_LEFT = (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value
_RIGHT = (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value
_GESTURES = {
    Qt.Key.Key_P: Gesture.PRESENCE, Qt.Key.Key_S: Gesture.SPECIAL, Qt.Key.Key_A: Gesture.ABSENCE,
    Qt.Key.Key_J: Gesture.EXCUSE, Qt.Key.Key_Delete: Gesture.CLEAR, Qt.Key.Key_Backspace: Gesture.CLEAR,
}

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class Cells(Protocol):
    """What the table draws: asked for what is on screen only."""

    def row_count(self) -> int: ...

    def column_count(self) -> int: ...

    def look(self, row: int, column: int) -> tuple[CellState | None, bool, bool]:
        """The state (None: not registered), whether it waits to be saved, whether it is marked for attention."""

    def sentence(self, row: int, column: int) -> str:
        """The cell as it is said aloud."""

    def tip(self, row: int, column: int) -> str: ...

    def child(self, row: int) -> tuple[str, str, str, bool]:
        """Name, age, group, and whether health asks for care."""

    def slot(self, column: int) -> tuple[str, str]:
        """The words of a column and its letters, for a narrow one."""

    def about(self, column: int) -> str:
        """What is expected in a column, in words: places, meals, adults; "" when there is nothing to say."""

    def days(self) -> Sequence[tuple[str, str, int, int, bool]]:
        """Each day: its words, its few signs, its first column, how many columns, whether it is today."""


class GridModel(QAbstractTableModel):
    """The cells as Qt asks for them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.cells: Cells | None = None

    def show_cells(self, cells: Cells) -> None:
        self.beginResetModel()
        self.cells = cells
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's own names, here and below
        return 0 if parent.isValid() or self.cells is None else self.cells.row_count()

    def columnCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802
        return 0 if parent.isValid() or self.cells is None else self.cells.column_count()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.cells is None:
            return None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.cells.sentence(index.row(), index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.cells.tip(index.row(), index.column())
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return self.cells.about(index.column())
        return None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if self.cells is None or role not in {Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole}:
            return None
        tip = role == Qt.ItemDataRole.ToolTipRole
        if orientation is Qt.Orientation.Vertical:
            name, age, group, alert = self.cells.child(section)
            words = [name, age, group, "Allergie ou PAI : voir la fiche de l'enfant" if alert else ""]
            return "\n".join(word for word in words if word) if tip else ", ".join(word for word in words if word)
        label = self.cells.slot(section)[0]
        return "\n".join(word for word in (label, self.cells.about(section)) if word) if tip else label


class GridTable(QTableView):
    """`pointed` tells the current cell; the others what the keyboard or the mouse asks of the chosen cells."""

    pointed = Signal(int, int)
    gestured = Signal(object)
    toggled = Signal()
    scrolled = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.tiles = Tiles(theme)
        self.ratio = 1.0
        self.nowhere = QColor(theme.colour("surface_sunken"))
        self.marked = QPen(QColor(theme.colour("danger")), 2)
        self.children_header, self.days_header = ChildrenHeader(theme, self), DaysHeader(theme, self)
        self.children_header.setDefaultSectionSize(theme.size("row_height", "grid_cell"))
        self._corner = label("Enfant", "small")
        self._corner.setParent(self)
        self._corner.setIndent(theme.px(24))
        self._corner.setAutoFillBackground(True)
        self._corner.setStyleSheet(f"background: {theme.colour('header')}")
        self.setVerticalHeader(self.children_header)
        self.setHorizontalHeader(self.days_header)
        self.grid = GridModel(self)
        self.setModel(self.grid)
        self.setAccessibleName("Grille de réservation")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setShowGrid(False)
        self.setMouseTracking(False)
        self._chosen_tint = QColor(theme.colour("accent"))
        self._chosen_tint.setAlpha(40)
        self._focus = QPen(QColor(theme.colour("focus")), 3)
        self._thin_line = QPen(QColor(theme.colour("gridline")), 1)
        self._day_line = QPen(QColor(theme.colour("border_control")), 1)
        self._pressed: QModelIndex | None = None
        self.horizontalScrollBar().valueChanged.connect(self.scrolled)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def show_cells(self, cells: Cells, *, moved: bool) -> None:
        """Other cells; the current one stays in its place unless the page `moved` elsewhere."""
        row, column = self.currentIndex().row(), self.currentIndex().column()
        down = self.verticalScrollBar().value()
        self.grid.show_cells(cells)
        self.arrange()
        if not self.grid.rowCount() or not self.grid.columnCount():
            return
        if moved:
            row, column = max(0, min(row, self.grid.rowCount() - 1)), max(0, min(column, self.grid.columnCount() - 1))
        index = self.grid.index(max(0, row), max(0, column))
        if not index.isValid():
            index = self.grid.index(0, 0)
        self.setCurrentIndex(index)
        self.verticalScrollBar().setValue(down)

    def repaint_cells(self) -> None:
        """What they look like changed."""
        self.viewport().update()

    def arrange(self) -> None:
        """Columns fill the width, as far as they stay readable."""
        count = self.grid.columnCount()
        if not count:
            return
        room = self.viewport().width() // count
        width = max(self._theme.px(_LEAST_WIDTH), min(self._theme.px(_WIDEST), room))
        self.days_header.setDefaultSectionSize(width)
        self.days_header.updateGeometry()
        self.scrolled.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.arrange()

    def updateGeometries(self) -> None:  # noqa: N802
        super().updateGeometries()
        days = self.days_header.geometry()
        self._corner.setGeometry(self.children_header.x(), days.y(), self.children_header.width(), days.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """All the cells in sight in one go: through a delegate, each would be handed over as an index and an option,
        which costs more than its picture."""
        cells = self.grid.cells
        painter = QPainter(self.viewport())
        if cells is not None and cells.row_count() and cells.column_count():
            self._draw_cells(painter, cells, event.rect())
            self._draw_lines(painter, cells)
            self._draw_choice(painter)
        painter.end()

    def _draw_cells(self, painter: QPainter, cells: Cells, area: QRect) -> None:
        self.ratio = self.devicePixelRatioF()
        width, height = self.columnWidth(0) - 1, self.rowHeight(0) - 1  # sections are all alike; their line is outside
        tile, look, ratio, nowhere = self.tiles.tile, cells.look, self.ratio, self.nowhere
        places = [(column, self.columnViewportPosition(column)) for column in self._between(
            self.columnAt(area.left()), self.columnAt(area.right()), cells.column_count())]
        rows = self._between(self.rowAt(area.top()), self.rowAt(area.bottom()), cells.row_count())
        if not rows or not places:
            return
        marks = []
        for row in rows:
            top = self.rowViewportPosition(row)
            for column, left in places:
                state, pending, marked = look(row, column)
                if state is None:
                    painter.fillRect(left, top, width, height, nowhere)
                else:
                    painter.drawPixmap(left, top, tile(state, width, height, pending=pending, ratio=ratio))
                if marked:
                    marks.append(QRect(left + 1, top + 1, width - 2, height - 2))
        painter.setPen(self.marked)
        painter.drawRects(marks)
        right, bottom = places[-1][1] + width, self.rowViewportPosition(rows[-1]) + height
        painter.setPen(self._thin_line)
        for _, left in places:
            painter.drawLine(left + width, area.top(), left + width, bottom)
        for row in rows:
            low = self.rowViewportPosition(row) + height
            painter.drawLine(area.left(), low, right, low)

    @staticmethod
    def _between(first: int, last: int, count: int) -> range:
        """From one section to another, both in; -1 is beyond the last one."""
        return range(first if first >= 0 else count, (last if last >= 0 else count - 1) + 1)

    def _draw_lines(self, painter: QPainter, cells: Cells) -> None:
        painter.setPen(self._day_line)
        bottom = min(self.viewport().height(), self.children_header.length() - self.children_header.offset())
        for _, _, first, _, _ in cells.days():
            x = self.columnViewportPosition(first)
            if first and 0 <= x < self.viewport().width():
                painter.drawLine(x - 1, 0, x - 1, bottom)

    def _draw_choice(self, painter: QPainter) -> None:
        for part in self._parts():
            if part.width() > 1 or part.height() > 1:
                area = self.visualRect(part.topLeft()).united(self.visualRect(part.bottomRight()))
                painter.fillRect(area, self._chosen_tint)
        current = self.currentIndex()
        if current.isValid() and self.hasFocus():
            painter.setPen(self._focus)
            painter.drawRect(self.visualRect(current).adjusted(1, 1, -2, -2))

    # --- what is chosen ---------------------------------------------------------------------------------------------

    def chosen(self) -> list[tuple[int, int]]:
        """The chosen cells, the one where the choice began first."""
        rows, columns = self.chosen_rows()
        if not rows:
            return []
        current = self.currentIndex()
        if current.row() == rows[0]:  # the other end of the range is where it began
            rows.reverse()
        if current.column() == columns[0]:
            columns.reverse()
        return [(row, column) for row in rows for column in columns]

    def chosen_rows(self) -> tuple[list[int], list[int]]:
        """The rows and the columns of the choice, which is one rectangle."""
        # By ranges: everything chosen is one of them, not thousands of indexes.
        parts = self._parts()
        current = self.currentIndex()
        if not parts:
            return [current.row()] * current.isValid(), [current.column()] * current.isValid()
        return (
            sorted({row for part in parts for row in range(part.top(), part.bottom() + 1)}),
            sorted({column for part in parts for column in range(part.left(), part.right() + 1)}),
        )

    def _parts(self) -> list[QItemSelectionRange]:
        selection = self.selectionModel().selection()
        return [selection.at(place) for place in range(selection.count())]

    def choose_to_end(self) -> None:
        """Extend the choice to the end of the period."""
        current = self.currentIndex()
        if not current.isValid():
            return
        last = self.grid.index(current.row(), self.grid.columnCount() - 1)
        self.selectionModel().setCurrentIndex(last, QItemSelectionModel.SelectionFlag.NoUpdate)
        selection = self.selectionModel().selection()
        selection.select(current, last)
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802
        super().currentChanged(current, previous)
        self.viewport().update()
        self.children_header.viewport().update()
        if current.isValid():
            self.pointed.emit(current.row(), current.column())

    # --- keyboard and mouse -----------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        plain = event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier}
        key = Qt.Key(event.key())
        if plain and key in _GESTURES:
            self.gestured.emit(_GESTURES[key])
        elif plain and key == Qt.Key.Key_Space:
            self.toggled.emit()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Letters are gestures here; names are searched in the field above."""

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mousePressEvent(event)
        extends = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        left = event.button() is Qt.MouseButton.LeftButton
        self._pressed = self.indexAt(event.position().toPoint()) if left and not extends else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        here = self.indexAt(event.position().toPoint())
        if pressed is not None and pressed.isValid() and here.isValid() and here != pressed:
            self.toggled.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self.indexAt(event.position().toPoint()).isValid():
            self.toggled.emit()


class ChildrenHeader(QHeaderView):
    """The frozen column: the name, the age, the group, and a sign where health asks for care."""

    def __init__(self, theme: Theme, table: GridTable) -> None:
        super().__init__(Qt.Orientation.Vertical, table)
        self._theme = theme
        self._table = table
        self._name, self._small = font(theme, "body_strong"), font(theme, "small")
        self._ink, self._quiet = QColor(theme.colour("text")), QColor(theme.colour("text_secondary"))
        self._line, self._here = QColor(theme.colour("gridline")), QColor(theme.colour("selected"))
        self._surface = QColor(theme.colour("surface"))
        size = theme.size("icon", "default")
        self._alert = pixmap("triangle-alert", theme.colour("danger"), size)
        self._alert_size = size
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setFixedWidth(theme.size("width", "grid_first_column"))
        self.setHighlightSections(False)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:  # noqa: N802
        cells = self._table.grid.cells
        if cells is None or section >= cells.row_count():
            return
        name, age, group, alert = cells.child(section)
        here = self._table.currentIndex().row() == section
        painter.fillRect(rect, self._here if here else self._surface)
        painter.setPen(self._line)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        pad, gap = self._theme.px(6), self._theme.px(6)
        left = rect.left() + pad
        if alert:
            painter.drawPixmap(left, rect.center().y() - self._alert_size // 2, self._alert)
        left += self._alert_size + gap // 2
        ink = QColor(self._theme.on_selected("text")) if here else self._ink
        quiet = QColor(self._theme.on_selected("text_secondary")) if here else self._quiet
        painter.setFont(self._small)
        painter.setPen(quiet)
        metrics = painter.fontMetrics()
        right = rect.right() - pad
        aside = " ".join(word for word in (age, metrics.elidedText(group, Qt.TextElideMode.ElideRight,
                                                                  self._theme.px(64))) if word)
        width = metrics.horizontalAdvance(aside)
        painter.drawText(QRect(right - width, rect.top(), width, rect.height()), _RIGHT, aside)
        painter.setFont(self._name)
        painter.setPen(ink)
        room = right - width - gap - left
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(left, rect.top(), room, rect.height()), _LEFT, shown)


class DaysHeader(QHeaderView):
    """Two rows: the days, and under each its slots."""

    def __init__(self, theme: Theme, table: GridTable) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._theme = theme
        self._table = table
        self._day, self._slot = font(theme, "body_strong"), font(theme, "small")
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(theme.px(16))
        self._row = theme.px(23)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(super().sizeHint().width(), self._row * 2)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        cells = self._table.grid.cells
        painter = QPainter(self.viewport())
        theme = self._theme
        painter.fillRect(event.rect(), QColor(theme.colour("header")))
        if cells is None:
            painter.end()
            return
        line = QColor(theme.colour("border"))
        strong = QColor(theme.colour("border_control"))
        today = QColor(theme.colour("selected"))
        for words, short, first, count, is_today in cells.days():
            left = self.sectionViewportPosition(first)
            width = self.sectionSize(first) * count
            if left + width < 0 or left > self.viewport().width():
                continue
            ink = QColor(theme.on_selected("text") if is_today else theme.colour("text"))
            if is_today:
                painter.fillRect(left, 0, width, self._row * 2, today)
            painter.setFont(self._day)
            painter.setPen(ink)
            room, measure = width - theme.px(4), painter.fontMetrics().horizontalAdvance
            fits = next((each for each in (words, words.partition(" · ")[0]) if measure(each) < room), short)
            painter.drawText(QRect(left, 0, width, self._row), _CENTRE, fits)
            painter.setFont(self._slot)
            for column in range(first, first + count):
                self._draw_slot(painter, column, ink, line)
            painter.setPen(strong)
            painter.drawLine(left - 1, 0, left - 1, self._row * 2)
        painter.setPen(line)
        painter.drawLine(0, self._row - 1, self.viewport().width(), self._row - 1)
        painter.drawLine(0, self._row * 2 - 1, self.viewport().width(), self._row * 2 - 1)
        painter.end()

    def _draw_slot(self, painter: QPainter, column: int, ink: QColor, line: QColor) -> None:
        cells = self._table.grid.cells
        if cells is None:
            return
        left, width = self.sectionViewportPosition(column), self.sectionSize(column)
        if left + width < 0 or left > self.viewport().width():
            return
        label, letters = cells.slot(column)
        painter.setPen(ink)
        metrics = painter.fontMetrics()
        fits = metrics.horizontalAdvance(label) < width - self._theme.px(4)
        shown = label if fits else metrics.elidedText(letters, Qt.TextElideMode.ElideRight, width - 2)
        painter.drawText(QRect(left, self._row, width, self._row), _CENTRE, shown)
        painter.setPen(line)
        painter.drawLine(left + width - 1, self._row, left + width - 1, self._row * 2)
