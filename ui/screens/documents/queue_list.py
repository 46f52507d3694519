"""The queue at the left: two lines a piece, the time left at the right edge, headers by urgency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from backoffice.documents.delays import Urgency
from backoffice.documents.queue import QueueLine
from ui.screens.documents.rows import Group, QueueRow, grouped, spoken_left, time_left, whose
from ui.theme.fonts import font
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme

_MARKS = {
    Urgency.LATE: ("triangle-alert", "danger"),
    Urgency.SOON: ("clock", "warning"),
    Urgency.FRESH: ("clock", "text_secondary"),
}
_ROW = Qt.ItemDataRole.UserRole
_ARROWS_PAUSE_MS = 180
_Index = QModelIndex | QPersistentModelIndex


class _Rows(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[QueueRow] = []

    def reset(self, rows: Sequence[QueueRow]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def place_of(self, document_id: int | None) -> int:
        return next((place for place, row in enumerate(self.rows)
                     if isinstance(row, QueueLine) and row.document_id == document_id), -1)

    def drop(self, document_id: int) -> None:
        """A line goes, and the header that has none left."""
        place = self.place_of(document_id)
        if place < 0:
            return
        head = next(above for above in range(place, -1, -1) if isinstance(self.rows[above], Group))
        group = self.rows[head]
        if isinstance(group, Group) and group.count > 1:
            self._remove(place, place)
            self.rows[head] = Group(group.urgency, group.count - 1)
            index = self.index(head, 0)
            self.dataChanged.emit(index, index)
        else:
            self._remove(head, place)

    def _remove(self, first: int, last: int) -> None:
        self.beginRemoveRows(QModelIndex(), first, last)
        del self.rows[first:last + 1]
        self.endRemoveRows()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's own
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else 1

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self.rows[index.row()], Group):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == _ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{row.urgency.label} : {row.count}" if isinstance(row, Group) else f"{row.type}, {whose(row)}"
        if isinstance(row, QueueLine):
            if role == Qt.ItemDataRole.AccessibleTextRole:
                said = [row.type, whose(row), spoken_left(row.left)]
                said += ["bloque une ouverture"] if row.blocks_opening else []
                said += [f"examinée par {row.holder}"] if row.holder else []
                return ", ".join(said)
            if role == Qt.ItemDataRole.ToolTipRole:
                held = f"\nExaminée par {row.holder}" if row.holder else ""
                block = "\nBloque une ouverture" if row.blocks_opening else ""
                return f"{row.type}\n{whose(row)} · {row.origin.label}{block}{held}"
        return None


class _Painted(QStyledItemDelegate):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._strong = font(theme)
        self._strong.setWeight(QFont.Weight.DemiBold)
        self._small = font(theme)
        self._small.setPixelSize(theme.type("small").px)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:  # noqa: N802
        return QSize(self._theme.px(200), self._theme.size("row_height", "queue_item"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.data(_ROW)
        rect = QRect(option.rect)
        painter.save()
        if isinstance(row, Group):
            self._paint_group(painter, rect, row)
        else:
            self._paint_line(painter, rect, row, chosen=bool(option.state & QStyle.StateFlag.State_Selected))
        painter.setPen(QColor(self._theme.colour("gridline")))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.restore()

    def _paint_group(self, painter: QPainter, rect: QRect, group: Group) -> None:
        theme = self._theme
        painter.fillRect(rect, QColor(theme.colour("header")))
        painter.setFont(self._small)
        painter.setPen(QColor(theme.colour("text_secondary")))
        inside = rect.adjusted(theme.px(12), 0, -theme.px(12), 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, group.urgency.label)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, str(group.count))

    def _paint_line(self, painter: QPainter, rect: QRect, row: QueueLine, *, chosen: bool) -> None:
        theme = self._theme
        colour = theme.on_selected if chosen else theme.colour
        if chosen:
            painter.fillRect(rect, QColor(theme.colour("selected")))
            painter.fillRect(QRect(rect.x(), rect.y(), theme.line("selection_bar"), rect.height()),
                             QColor(theme.colour("accent")))
        inside = rect.adjusted(theme.px(12), theme.px(7), -theme.px(12), -theme.px(7))
        half = inside.height() // 2
        first, second = QRect(inside), QRect(inside)
        first.setHeight(half)
        second.setTop(inside.top() + half)
        painter.setFont(self._strong)
        painter.setPen(QColor(colour("text")))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        elide = Qt.TextElideMode.ElideRight
        painter.drawText(first, left, painter.fontMetrics().elidedText(row.type, elide, first.width()))
        painter.setFont(self._small)
        edge = self._paint_marks(painter, second, row, chosen=chosen)
        second.setRight(edge - theme.px(8))
        painter.setPen(QColor(colour("text_secondary")))
        painter.drawText(second, left, painter.fontMetrics().elidedText(whose(row), elide, second.width()))

    def _paint_marks(self, painter: QPainter, place: QRect, row: QueueLine, *, chosen: bool) -> int:
        """The time left, then the signs before it; answers where they begin."""
        theme = self._theme
        colour = theme.on_selected if chosen else theme.colour
        size = theme.size("icon", "inline")
        name, token = _MARKS[row.urgency]
        words = time_left(row.left)
        painter.setPen(QColor(colour(token)))
        width = painter.fontMetrics().horizontalAdvance(words)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        x = place.right() - width - size - theme.px(4)
        y = place.center().y() - size // 2
        painter.drawPixmap(x, y, pixmap(name, colour(token), size))
        for sign in (*(("lock",) if row.blocks_opening else ()), *(("user",) if row.holder else ())):
            x -= size + theme.px(6)
            painter.drawPixmap(x, y, pixmap(sign, colour("text_secondary"), size))
        return x


class QueueList(QTableView):
    """`picked`: a piece to look at, by the mouse or once the arrows rest on it."""

    picked = Signal(object)  # QueueLine

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._model = _Rows()
        self.setModel(self._model)
        self._painted = _Painted(theme)
        self.setItemDelegate(self._painted)
        self.setAccessibleName("File des pièces")
        self.setShowGrid(False)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setDefaultSectionSize(theme.size("row_height", "queue_item"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setMinimumWidth(theme.px(180))
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_ARROWS_PAUSE_MS)
        self._rest.timeout.connect(self._pick)
        self._setting = False
        self.selectionModel().currentRowChanged.connect(self._moved)
        self.clicked.connect(lambda _index: self._pick())

    def show_lines(self, lines: Sequence[QueueLine]) -> None:
        self._setting = True
        self._model.reset(list(grouped(lines)))
        for place, row in enumerate(self._model.rows):
            if isinstance(row, Group):
                self.verticalHeader().resizeSection(place, self._theme.size("row_height", "table_group"))
        self._setting = False

    def drop(self, document_id: int) -> None:
        self._setting = True
        self._model.drop(document_id)
        self._setting = False

    def show_current(self, document_id: int | None) -> None:
        place = self._model.place_of(document_id)
        self._rest.stop()
        self._setting = True
        if place < 0:
            self.clearSelection()
        else:
            self.selectRow(place)
            self.scrollTo(self._model.index(max(place - 1, 0), 0))
            self.scrollTo(self._model.index(place, 0))
        self._setting = False

    def current_line(self) -> QueueLine | None:
        row = self.currentIndex().data(_ROW) if self.currentIndex().isValid() else None
        return row if isinstance(row, QueueLine) else None

    @property
    def count(self) -> int:
        return sum(isinstance(row, QueueLine) for row in self._model.rows)

    def _moved(self, *_: object) -> None:
        if not self._setting:
            self._rest.start()

    def _pick(self) -> None:
        self._rest.stop()
        line = self.current_line()
        if line is not None and not self._setting:
            self.picked.emit(line)
