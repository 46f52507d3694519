"""One model for every list: rows are loaded once, cells are written when they are painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont, QIcon

from ui.theme.fonts import font
from ui.theme.icons import icon
from ui.theme.tokens import Theme
from ui.widgets.table.columns import Column, Mark, Order, copied

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class TableModel(QAbstractTableModel, Generic[R]):
    """Rows of one frozen class through the columns given."""

    def __init__(self, columns: Sequence[Column[R]], theme: Theme) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self._rows: Sequence[R] = ()
        self._order = Order()
        self._seen: list[int] = []
        self._words = ""
        self._sorted_by: int = -1
        self._descending = False
        self._haystack: Callable[[R], str] = self._words_of
        self.set_theme(theme)

    @property
    def columns(self) -> Sequence[Column[R]]:
        return self._columns

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._strong: QFont = font(theme, "body_strong")
        if self._seen:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._seen) - 1, len(self._columns) - 1))

    # --- rows -------------------------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[R], haystack: Callable[[R], str] | None = None) -> None:
        """Show other rows. `haystack` gives a row's folded text when the rows carry one; else the cells are used."""
        self.beginResetModel()
        self._rows = rows
        self._order.load(rows, haystack or self._words_of)
        self._arrange()
        self.endResetModel()

    def row(self, position: int) -> R:
        """The row shown at a line of the table."""
        return self._rows[self._seen[position]]

    def rows_seen(self) -> list[R]:
        """What is seen, in its order: what copy and export take."""
        return [self._rows[position] for position in self._seen]

    @property
    def total(self) -> int:
        return len(self._rows)

    def position_of(self, wanted: Callable[[R], bool]) -> int | None:
        """The line of the first row seen that is wanted."""
        return next((line for line, position in enumerate(self._seen) if wanted(self._rows[position])), None)

    def set_words(self, words: str) -> None:
        """Keep only the rows that hold these words, wherever they are."""
        self._words = words
        self.beginResetModel()
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted_by = column
        self._descending = order == Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = [self._seen[index.row()] for index in before]
        self._arrange()
        lines = {position: line for line, position in enumerate(self._seen)}
        after = [self.index(lines[position], index.column()) for position, index in zip(kept, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _arrange(self) -> None:
        column = self._columns[self._sorted_by] if self._sorted_by >= 0 else None
        self._seen = self._order.seen(self._words, column, self._sorted_by, descending=self._descending)

    def _words_of(self, row: R) -> str:
        from backoffice.kernel.text import folded

        return folded(" ".join(copied(column.value(row)) for column in self._columns))

    # --- Qt ---------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._seen)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        column = self._columns[index.column()]
        row = self._rows[self._seen[index.row()]]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return column.text(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.to_the_right else _LEFT
        if role == Qt.ItemDataRole.FontRole and column.strong:
            return self._strong
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip(row) if column.tip else column.text(row)
        if role == Qt.ItemDataRole.DecorationRole and column.mark:
            mark = column.mark(row)
            return self._icon(mark) if mark else None
        return None

    def _icon(self, mark: Mark) -> QIcon:
        theme = self._theme
        selected = theme.on_selected(mark.token)
        return icon(mark.icon, theme.colour(mark.token), theme.size("icon", "default"), selected=selected)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.to_the_right else _LEFT
        return None
