"""The table an agent works in: keyboard first, copy to a spreadsheet, columns as they left them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from ui.preferences import Preferences
from ui.presenting import Runner
from ui.theme.tokens import Theme
from ui.widgets.table.arrangement import Arrangement, Placed, read_back, written
from ui.widgets.table.columns import Column, copied
from ui.widgets.table.delegate import RowDelegate
from ui.widgets.table.header import TableHeader
from ui.widgets.table.model import Index, TableModel

R = TypeVar("R")

_WIDEST = 60


class Table(QTableView, Generic[R]):
    """`activated_row` is Enter or a double click; `chosen` is the row under the keyboard, or None.

    `arranged`: columns moved, grew, came or went, or another one sorts. With a `run`, long lists are sorted in a job.
    `prints` and `exports` are what the menu offers to do with what is seen, once they are given.
    """

    activated_row = Signal(object)
    chosen = Signal(object)
    arranged = Signal()

    def __init__(
        self, name: str, columns: Sequence[Column[R]], theme: Theme, parent: QWidget | None = None, *,
        run: Runner | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._theme = theme
        self._line = -1
        self._then: Callable[[], None] | None = None
        self._forced: dict[str, bool] = {}
        self.prints: Callable[[], None] | None = None
        self.exports: Callable[[], None] | None = None
        self._arranging = False
        self.table_model: TableModel[R] = TableModel(columns, run)
        self.setModel(self.table_model)
        self.row_delegate = RowDelegate(theme, self)
        self.setItemDelegate(self.row_delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self._header = TableHeader(theme, self)
        self.setHorizontalHeader(self._header)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self._set_up_headers()
        self.doubleClicked.connect(self._activate)
        self.table_model.rows_coming.connect(self._note_line)
        self.table_model.rows_shown.connect(self._rows_shown)

    def _set_up_headers(self) -> None:
        rows, header = self.verticalHeader(), self._header
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self._theme.size("row_height", "table"))
        header.setSectionsMovable(True)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        for index, width in enumerate(self._first_widths()):
            self.setColumnWidth(index, width)
        for signal in (header.sectionResized, header.sectionMoved, header.sortIndicatorChanged):
            signal.connect(self._tell_arranged)

    def _first_widths(self) -> list[int]:
        """Room for what a column usually says, and for its title beside the sign of the order."""
        letter = QFontMetrics(self.font()).averageCharWidth()
        around = self._theme.px(24)
        return [
            max(letter * min(column.width, _WIDEST) + around, self._header.room_of(column.title))
            for column in self.table_model.columns
        ]

    # --- rows -------------------------------------------------------------------------------------------------

    def set_rows(
        self, rows: Sequence[R], haystack: Callable[[R], str] | None = None, then: Callable[[], None] | None = None
    ) -> None:
        """Show other rows, keeping the line under the keyboard when there is one; `then` is called once they are."""
        self._then = then
        self.table_model.set_rows(rows, haystack)

    def _note_line(self) -> None:
        self._line = self.currentIndex().row()

    def _rows_shown(self) -> None:
        if self.table_model.rowCount():
            self.choose(min(max(self._line, 0), self.table_model.rowCount() - 1))
        else:
            self.chosen.emit(None)
        then, self._then = self._then, None
        if then is not None:
            then()

    def choose(self, line: int) -> None:
        """Put the keyboard on a line."""
        index = self.table_model.index(line, 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(index, flags)
        self.scrollTo(index)

    def choose_rows(self, wanted: Callable[[R], bool]) -> bool:
        """Choose every line that is wanted, the keyboard on the first; False, and nothing changes, without any."""
        model, chosen = self.table_model, QItemSelection()
        last = len(model.columns) - 1
        lines = [line for line, row in enumerate(model.rows_seen()) if wanted(row)]
        for line in lines:
            chosen.select(model.index(line, 0), model.index(line, last))
        if lines:
            current = model.index(lines[0], 0)
            self.selectionModel().setCurrentIndex(current, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(current)
        return bool(lines)

    def current_row(self) -> R | None:
        index = self.currentIndex()
        return self.table_model.row(index.row()) if index.isValid() else None

    def selected_rows(self) -> list[R]:
        # By ranges: « select all » on thousands of lines makes one of them, not thousands of indexes.
        selection = self.selectionModel().selection()
        ranges = [selection.at(position) for position in range(selection.count())]
        lines = sorted({line for part in ranges for line in range(part.top(), part.bottom() + 1)})
        return [self.table_model.row(line) for line in lines]

    # --- keyboard and menus -----------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's own name
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._activate(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802
        super().currentChanged(current, previous)
        self.chosen.emit(self.table_model.row(current.row()) if current.isValid() else None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        menu = QMenu(self)
        for text, run in (
            ("Copier avec les en-têtes", self.copy),
            ("Exporter ce qui est affiché…", self.exports),
            ("Imprimer ce qui est affiché…", self.prints),
        ):
            if run is not None:
                menu.addAction(text, run)
        self._offer_columns(menu.addMenu("Colonnes"))
        menu.exec(event.globalPos())

    def copy(self) -> None:
        """The selected rows with their headers, as a spreadsheet pastes them."""
        rows = self.selected_rows() or self.table_model.rows_seen()
        columns = self.columns_seen()
        lines = ["\t".join(column.title for column in columns)]
        lines += ["\t".join(copied(column.value(row)) for column in columns) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _activate(self, index: QModelIndex) -> None:
        if index.isValid():
            self.activated_row.emit(self.table_model.row(index.row()))

    # --- columns ----------------------------------------------------------------------------------------------

    def columns_seen(self) -> list[Column[R]]:
        """From left to right; what has no title is a gesture, not something to read."""
        header, columns = self.horizontalHeader(), self.table_model.columns
        seen = [columns[index] for index in self._order() if not header.isSectionHidden(index)]
        return [column for column in seen if column.title]

    def force_column(self, title: str, *, seen: bool) -> None:
        """Show or hide a column because of what the page shows; what the agent chose for the others stays."""
        self._forced[title] = seen
        self.setColumnHidden(self._index_of(title), not seen)

    def arrangement(self) -> Arrangement:
        """How the table stands. What the page forces is not the agent's choice: it counts as seen."""
        header, columns, scale = self.horizontalHeader(), self.table_model.columns, self._theme.scale
        placed = tuple(
            Placed(
                columns[index].title,
                round(header.sectionSize(index) / scale),
                columns[index].title in self._forced or not header.isSectionHidden(index),
            )
            for index in self._order()
        )
        sorting = header.sortIndicatorSection()
        descending = header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
        return Arrangement(placed, columns[sorting].title, descending) if sorting >= 0 else Arrangement(placed)

    def first_arrangement(self) -> Arrangement:
        """As the program gives it."""
        columns, scale = self.table_model.columns, self._theme.scale
        widths = zip(columns, self._first_widths(), strict=True)
        return Arrangement(tuple(Placed(column.title, round(width / scale)) for column, width in widths))

    def arrange(self, wanted: Arrangement) -> None:
        """Put the columns and the order as they were."""
        self._arranging = True
        header, first = self.horizontalHeader(), self._first_widths()
        wanted = wanted.completed([column.title for column in self.table_model.columns])
        for place, placed in enumerate(wanted.columns):
            index = self._index_of(placed.title)
            header.moveSection(header.visualIndex(index), place)
            header.setSectionHidden(index, not self._forced.get(placed.title, placed.seen))
            if not header.isSectionHidden(index):
                header.resizeSection(index, round(placed.width * self._theme.scale) or first[index])
        last = next((index for index in reversed(self._order()) if not header.isSectionHidden(index)), None)
        if last is not None:  # it was as wide as there was room: where there is less, the table would scroll sideways
            header.resizeSection(last, min(header.sectionSize(last), first[last]))
        order = Qt.SortOrder.DescendingOrder if wanted.descending else Qt.SortOrder.AscendingOrder
        self.sortByColumn(self._index_of(wanted.sorted_by) if wanted.sorted_by else -1, order)
        self._arranging = False
        self._tell_arranged()

    def remember(self, preferences: Preferences, key: str) -> None:
        """Put the table as this agent left it, and keep how it becomes."""
        left = read_back(preferences.text(key))
        if left is not None:
            self.arrange(left)
        self.arranged.connect(lambda: preferences.keep(key, written(self.arrangement())))

    def _tell_arranged(self, *_: object) -> None:
        if not self._arranging:
            self.arranged.emit()

    def _order(self) -> list[int]:
        return sorted(range(len(self.table_model.columns)), key=self.horizontalHeader().visualIndex)

    def _index_of(self, title: str) -> int:
        return next(index for index, column in enumerate(self.table_model.columns) if column.title == title)

    def _choose_columns(self) -> None:
        menu, header = QMenu(self), self.horizontalHeader()
        self._offer_columns(menu)
        menu.exec(header.mapToGlobal(header.rect().bottomLeft()))

    def _offer_columns(self, menu: QMenu) -> None:
        for index, column in enumerate(self.table_model.columns):
            if column.title and column.title not in self._forced:
                seen = not self.horizontalHeader().isSectionHidden(index)
                action = QAction(column.title, menu, checkable=True, checked=seen)
                action.toggled.connect(partial(self._show_column, index))
                menu.addAction(action)

    def _show_column(self, index: int, seen: bool) -> None:
        self.setColumnHidden(index, not seen)
        if seen and not self.columnWidth(index):
            self.setColumnWidth(index, self._first_widths()[index])
        self._tell_arranged()
