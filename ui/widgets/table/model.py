"""One model for every list: rows are loaded once, cells are written when they are painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from backoffice.kernel.text import folded
from ui.presenting import Runner
from ui.widgets.table.columns import Column, copied
from ui.widgets.table.order import Order, Ranking, rank

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LOOKED_FOR = 20  # lines: each costs a look at all of them, but in C; more are cheaper found in one pass
_RANKED_AT_ONCE = 5_000  # rows: more of them are ranked in a job, a frame of the window being too short


class TableModel(QAbstractTableModel, Generic[R]):
    """Rows of one frozen class through the columns given.

    With a `run`, many rows are ranked away from the window: they are shown, or change places, once they are.
    `rows_coming` and `rows_shown` surround the moment when other rows take the place of those seen.
    """

    rows_coming = Signal()
    rows_shown = Signal()

    def __init__(self, columns: Sequence[Column[R]], run: Runner | None = None) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self._run = run
        self._topic = f"ranking {id(self)}"
        self._order = Order()
        self._coming = self._order
        self._seen: Sequence[int] = ()
        self._words = ""
        self._sorted_by: int = -1
        self._descending = False

    @property
    def columns(self) -> Sequence[Column[R]]:
        return self._columns

    # --- rows -------------------------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[R], haystack: Callable[[R], str] | None = None) -> None:
        """Show other rows. `haystack` gives a row's folded text when the rows carry one; else the cells are used."""
        self._coming = Order(rows, haystack or self._words_of)
        self._settle()

    def row(self, position: int) -> R:
        """The row shown at a line of the table."""
        row: R = self._order.rows[self._seen[position]]
        return row

    def rows_seen(self) -> list[R]:
        """What is seen, in its order: what copy, export and print take."""
        return [self._order.rows[position] for position in self._seen]

    @property
    def total(self) -> int:
        return len(self._order.rows)

    def position_of(self, wanted: Callable[[R], bool]) -> int | None:
        """The line of the first row seen that is wanted."""
        return next((line for line, row in enumerate(self.rows_seen()) if wanted(row)), None)

    def set_words(self, words: str) -> None:
        """Keep only the rows that hold these words, wherever they are."""
        self._words = words
        self.beginResetModel()
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        wanted = column, order == Qt.SortOrder.DescendingOrder
        if wanted != (self._sorted_by, self._descending):  # Qt asks twice
            self._sorted_by, self._descending = wanted
            self._settle()

    # --- order ------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Show the rows that come in the order that is asked, once they are ranked."""
        order, index = self._coming, self._sorted_by
        if order.knows(index):
            self._show()
            return
        column = self._columns[index]
        if self._run is None or len(order.rows) <= _RANKED_AT_ONCE:
            self._ranked(order, index, rank(order.rows, column))
            return
        self._run.read(
            lambda _progress: rank(order.rows, column), partial(self._ranked, order, index), _break, self._topic
        )

    def _ranked(self, order: Order, index: int, ranking: Ranking) -> None:
        order.keep(index, ranking)
        if order is self._coming and index == self._sorted_by:
            self._show()

    def _show(self) -> None:
        if self._coming is self._order:
            self._change_places()
            return
        self.rows_coming.emit()
        self.beginResetModel()
        self._order = self._coming
        self._arrange()
        self.endResetModel()
        self.rows_shown.emit()

    def _change_places(self) -> None:
        """The same rows in another order: what is chosen stays chosen."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = [self._seen[index.row()] for index in before]
        self._arrange()
        wanted = set(kept)
        if len(wanted) <= _LOOKED_FOR:
            lines = {position: self._seen.index(position) for position in wanted}
        else:
            lines = {position: line for line, position in enumerate(self._seen) if position in wanted}
        after = [self.index(lines[position], index.column()) for position, index in zip(kept, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _arrange(self) -> None:
        self._seen = self._order.seen(self._words, self._sorted_by, descending=self._descending)

    def _words_of(self, row: R) -> str:
        return folded(" ".join(copied(column.value(row)) for column in self._columns))

    # --- Qt ---------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._seen)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What is read or said of a cell; how it looks is the delegate's affair."""
        if not index.isValid():
            return None
        column = self._columns[index.column()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return column.text(self.row(index.row()))
        if role == Qt.ItemDataRole.ToolTipRole:
            row = self.row(index.row())
            return column.tip(row) if column.tip else column.text(row)
        return None

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


def _break(error: Exception) -> None:
    """A column that cannot be ranked is a slip of ours, in a job as on the window's thread."""
    raise error
