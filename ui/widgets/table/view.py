"""The table an agent works in: keyboard first, copy to a spreadsheet, columns as they left them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from ui.theme.tokens import Theme
from ui.widgets.table.columns import Column, copied
from ui.widgets.table.delegate import RowDelegate
from ui.widgets.table.model import Index, TableModel

R = TypeVar("R")

_WIDEST = 60


class Table(QTableView, Generic[R]):
    """`activated_row` is Enter or a double click; `chosen` is the row under the keyboard, or None."""

    activated_row = Signal(object)
    chosen = Signal(object)
    export_asked = Signal()

    def __init__(self, name: str, columns: Sequence[Column[R]], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.table_model: TableModel[R] = TableModel(columns, theme)
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
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.doubleClicked.connect(self._activate)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self.table_model.set_theme(theme)
        self.row_delegate.set_theme(theme)
        size = theme.size("icon", "default")
        self.setIconSize(QSize(size, size))
        self.verticalHeader().setDefaultSectionSize(theme.size("row_height", "table"))
        letter = QFontMetrics(self.font()).averageCharWidth()
        for index, column in enumerate(self.table_model.columns):
            self.setColumnWidth(index, letter * min(column.width, _WIDEST) + theme.px(24))

    def set_rows(self, rows: Sequence[R], haystack: Callable[[R], str] | None = None) -> None:
        """Show other rows, keeping the line under the keyboard when it is still there."""
        line = self.currentIndex().row()
        self.table_model.set_rows(rows, haystack)
        if self.table_model.rowCount():
            self.choose(min(max(line, 0), self.table_model.rowCount() - 1))
        else:
            self.chosen.emit(None)

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
        for text, run in (("Copier avec les en-têtes", self.copy), ("Exporter ce qui est affiché…", self._ask_export)):
            action = QAction(text, menu)
            action.triggered.connect(run)
            menu.addAction(action)
        menu.exec(event.globalPos())

    def copy(self) -> None:
        """The selected rows with their headers, as a spreadsheet pastes them."""
        rows = self.selected_rows() or self.table_model.rows_seen()
        header = self.horizontalHeader()
        order = sorted(range(len(self.table_model.columns)), key=header.visualIndex)
        columns = [self.table_model.columns[index] for index in order if not header.isSectionHidden(index)]
        lines = ["\t".join(column.title for column in columns)]
        lines += ["\t".join(copied(column.value(row)) for column in columns) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _ask_export(self) -> None:
        self.export_asked.emit()

    def _activate(self, index: QModelIndex) -> None:
        if index.isValid():
            self.activated_row.emit(self.table_model.row(index.row()))

    def _choose_columns(self) -> None:
        menu = QMenu(self)
        header = self.horizontalHeader()
        for index, column in enumerate(self.table_model.columns):
            action = QAction(column.title, menu, checkable=True, checked=not header.isSectionHidden(index))
            action.toggled.connect(lambda seen, index=index: header.setSectionHidden(index, not seen))
            menu.addAction(action)
        menu.exec(header.mapToGlobal(header.rect().bottomLeft()))
