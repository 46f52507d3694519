"""A whole list page: search, chips, table or empty state, count, export. Most screens are one of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from ui.dialogs import choose_file_to_write
from ui.presenting import banner_for
from ui.screen import Surroundings
from ui.widgets.basics import Empty, label
from ui.widgets.folding import FoldingRow
from ui.widgets.table.columns import Column
from ui.widgets.table.view import Table

R = TypeVar("R")

_TYPING_PAUSE_MS = 30


class ListPane(QWidget, Generic[R]):
    """Search box, filters and table. `name` is what the list shows, in the plural (« familles »)."""

    chosen = Signal(object)
    opened = Signal(object)

    def __init__(
        self,
        around: Surroundings,
        key: str,
        name: str,
        columns: Sequence[Column[R]],
        *,
        placeholder: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._around = around
        self._name = name
        theme = around.theme
        self.search = QLineEdit()
        self.search.setPlaceholderText(placeholder)
        self.search.setAccessibleName(placeholder)
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(theme.px(420))
        self.count = label(kind="secondary")
        self.filters = QHBoxLayout()
        self.filters.setSpacing(theme.px(8))
        self.search.setMinimumWidth(theme.px(240))
        choices = QWidget()
        aside = QHBoxLayout(choices)
        aside.setContentsMargins(0, 0, 0, 0)
        aside.setSpacing(theme.px(12))
        aside.addLayout(self.filters)
        aside.addStretch(1)
        aside.addWidget(self.count)
        head = FoldingRow(theme, self.search, choices)
        self.table: Table[R] = Table(name, columns, theme)
        self.empty = Empty(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(8))
        layout.addWidget(head)
        layout.addWidget(self._stack, 1)
        # Widths left at one text size would cut the words at another.
        header = self.table.horizontalHeader()
        around.preferences.remember_header(f"{key}/columns-{round(theme.scale * 100)}", header)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._filter)
        self.search.textChanged.connect(lambda _: self._pause.start())
        self.search.returnPressed.connect(self._open_first)
        self.table.chosen.connect(self.chosen)
        self.table.activated_row.connect(self.opened)
        self.table.export_asked.connect(self._export)
        self._haystack: Callable[[R], str] | None = None
        self._nothing: tuple[str, str, Callable[[], object] | None] = ("", "", None)

    def say_when_empty(self, text: str, gesture: str = "", run: Callable[[], object] | None = None) -> None:
        """The sentence and the gesture shown when the list has no row at all."""
        self._nothing = (text, gesture, run)

    def set_rows(self, rows: Sequence[R], haystack: Callable[[R], str] | None = None) -> None:
        self._haystack = haystack
        self.table.set_rows(rows, haystack)
        self._tell()

    def _filter(self) -> None:
        self.table.table_model.set_words(self.search.text())
        if self.table.table_model.rowCount():
            self.table.choose(0)
        self._tell()

    def _tell(self) -> None:
        model = self.table.table_model
        seen, total = model.rowCount(), model.total
        name = self._name if total > 1 else self._name.removesuffix("s")
        self.count.setText(f"{seen} {name}" if seen == total else f"{seen} sur {total} {name}")
        if total == 0:
            text, gesture, run = self._nothing
            self.empty.say(text, gesture, run)
        elif seen == 0:
            self.empty.say(f"Aucun résultat pour « {self.search.text()} ».", "Effacer la recherche", self.search.clear)
        self._stack.setCurrentWidget(self.table if seen else self.empty)

    def _open_first(self) -> None:
        self._pause.stop()
        self._filter()
        row = self.table.current_row()
        if row is not None:
            self.table.setFocus()
            self.opened.emit(row)

    def _export(self) -> None:
        name = f"{self._name}.xlsx"
        path = choose_file_to_write(self, "Exporter ce qui est affiché", name, "Classeur Excel (*.xlsx)")
        if path is not None:
            self.export_to(path)

    def export_to(self, path: Path) -> None:
        """Write what is seen, column by column, to a workbook."""
        from ui.widgets.table.export import write_table

        columns, rows = self.table.table_model.columns, self.table.table_model.rows_seen()
        desk = self._around.desk
        desk.run.write(
            lambda progress: write_table(path, self._name, columns, rows, progress),
            lambda _: desk.tell(f"Exporté : {path.name}", None),
            self._refused,
            "Export",
        )

    def _refused(self, error: Exception) -> None:
        banner = banner_for(error)
        if banner is not None:
            self._around.desk.tell(banner.text, None)
