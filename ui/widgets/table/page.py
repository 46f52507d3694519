"""A whole list page: search, views, chips, table or empty state, count, print, export. Most pages are one of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from backoffice.kernel.filestore import safe_name
from backoffice.kernel.money import NO_BREAK_SPACE
from ui.dialogs import choose_file_to_write
from ui.presenting import Place, banner_for
from ui.screen import Surroundings
from ui.widgets.basics import Empty, label
from ui.widgets.folding import FoldingRow
from ui.widgets.table.arrangement import Arrangement
from ui.widgets.table.columns import Column, shown
from ui.widgets.table.printing import print_table
from ui.widgets.table.view import Table
from ui.widgets.table.views import NoFilters, SavedView, Shelf, TableFilters, ViewsPresenter
from ui.widgets.table.views_bar import NameBar, print_button, views_button, views_menu

R = TypeVar("R")

_TYPING_PAUSE_MS = 20
_LONGEST_LABEL = 22  # characters of a view's name on its button


class ListPane(QWidget, Generic[R]):
    """Search box, views, filters and table. `name` is what the list shows, in the plural (« familles »); `title` heads
    it on paper.

    `filters` is whoever knows what the page cuts the list down by: views and printed lists ask it. `views`: those that
    come with the program; None for a small list beside something else, which has none and is printed by its menu.
    """

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
        title: str = "",
        filters: TableFilters | None = None,
        views: Sequence[SavedView] | None = None,
    ) -> None:
        super().__init__()
        self._around = around
        self._name = name
        self._title = title or name.capitalize()
        self._page_filters: TableFilters = filters or NoFilters()
        theme = around.theme
        self.search = QLineEdit()
        self.search.setPlaceholderText(placeholder)
        self.search.setAccessibleName(placeholder)
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(theme.px(200))
        self.search.setMaximumWidth(theme.px(420))
        self.table: Table[R] = Table(name, columns, theme, run=around.desk.run)
        self.views = ViewsPresenter(self, around.desk, Shelf(around.preferences, key, views or ()))
        self._views_button = views_button(theme, self.show_views)
        self._print_button = print_button(theme, self.print_)
        for gesture in (self._views_button, self._print_button):
            gesture.setVisible(views is not None)
        self._naming = NameBar(theme)
        self._naming.named.connect(self.views.name)
        self._naming.given_up.connect(self.hide_name)
        self.count = label(kind="secondary")
        self.filters = QHBoxLayout()
        self.filters.setSpacing(theme.px(8))
        self.empty = Empty(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(8))
        layout.addWidget(self._head())
        layout.addWidget(self._naming)
        layout.addWidget(self._stack, 1)
        self.table.remember(around.preferences, f"{key}/columns")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._filter)
        self._then: Callable[[], None] | None = None
        self._visited = False
        self._nothing: tuple[str, str, Callable[[], object] | None] = ("", "", None)
        self._listen()

    def _head(self) -> FoldingRow:
        theme = self._around.theme
        finding, choices = QWidget(), QWidget()
        found = QHBoxLayout(finding)
        found.setContentsMargins(0, 0, 0, 0)
        found.setSpacing(theme.px(8))
        found.addWidget(self.search, 1)
        found.addWidget(self._views_button)
        found.addWidget(self._print_button)
        found.addStretch(0)
        aside = QHBoxLayout(choices)
        aside.setContentsMargins(0, 0, 0, 0)
        aside.setSpacing(theme.px(12))
        aside.addLayout(self.filters)
        aside.addStretch(1)
        aside.addWidget(self.count)
        return FoldingRow(theme, finding, choices)

    def _listen(self) -> None:
        self.search.textChanged.connect(lambda _: self._pause.start())
        self.search.returnPressed.connect(self._open_first)
        self.table.chosen.connect(self.chosen)
        self.table.activated_row.connect(self.opened)
        self.table.exports, self.table.prints = self._export, self.print_
        self.table.arranged.connect(self.views.follow)

    # --- rows -------------------------------------------------------------------------------------------------

    def say_when_empty(self, text: str, gesture: str = "", run: Callable[[], object] | None = None) -> None:
        """The sentence and the gesture shown when the list has no row at all."""
        self._nothing = (text, gesture, run)

    def set_rows(
        self, rows: Sequence[R], haystack: Callable[[R], str] | None = None, then: Callable[[], None] | None = None
    ) -> None:
        """Show other rows; `then` is called once they are, which takes a moment for many rows that are sorted."""
        self._then = then
        self.table.set_rows(rows, haystack, self._rows_shown)

    def _rows_shown(self) -> None:
        self._tell()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _filter(self) -> None:
        self._pause.stop()
        self.table.table_model.set_words(self.search.text())
        if self.table.table_model.rowCount():
            self.table.choose(0)
        self._tell()

    def _tell(self) -> None:
        model = self.table.table_model
        seen, total = model.rowCount(), model.total
        name = self._name if total > 1 else self._name.removesuffix("s")
        count = shown(total) if seen == total else f"{shown(seen)} sur {shown(total)}"
        self.count.setText(f"{count}{NO_BREAK_SPACE}{name}")
        if total == 0:
            text, gesture, run = self._nothing
            self.empty.say(text, gesture, run)
        elif seen == 0:
            self.empty.say(f"Aucun résultat pour « {self.search.text()} ».", "Effacer la recherche", self.search.clear)
        self._turn_to(self.table if seen else self.empty)
        self.views.follow()

    def _turn_to(self, part: QWidget) -> None:
        """Show the lines, or the sentence; the keyboard stays in the list."""
        before = self.table if self._stack.currentWidget() is self.table else self.empty
        held: QWidget | None = self.focusWidget()
        inside = held is not None and held.hasFocus() and (held is before or before.isAncestorOf(held))
        self._stack.setCurrentWidget(part)
        if inside and before is not part:
            self.take_keyboard()

    def take_keyboard(self) -> None:
        """On the lines, or on what is said when there is none."""
        if self._stack.currentWidget() is self.table:
            self.table.setFocus()
        else:
            self.empty.take_keyboard()

    def _open_first(self) -> None:
        self._filter()
        row = self.table.current_row()
        if row is not None:
            self.take_keyboard()
            self.opened.emit(row)

    # --- views ------------------------------------------------------------------------------------------------

    def open_at(self, place: Place) -> None:
        """The first time the page is opened for itself, it shows the view that the agent wants then."""
        first, self._visited = not self._visited, True
        if first and not place.parameters:
            self.views.open()

    def show_views(self) -> None:
        """The menu of the views, its first line under the keyboard."""
        menu = views_menu(self.views, self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.setActiveAction(menu.actions()[0])
        menu.popup(self._views_button.mapToGlobal(self._views_button.rect().bottomLeft()))

    def view_now(self, name: str) -> SavedView:
        filters = dict(self._page_filters.filters())
        return SavedView(name, filters, self.search.text().strip(), self.table.arrangement())

    def show_view(self, view: SavedView) -> None:
        self.table.arrange(self._columns_of(view))
        self.search.setText(view.words)
        self._filter()
        self._page_filters.apply_filters(view.filters)

    def shows(self, view: SavedView) -> bool:
        now = self.view_now(view.name)
        same_rows = (now.filters, now.words) == (dict(view.filters), view.words)
        return same_rows and self.table.arrangement().looks_like(self._columns_of(view))

    def _columns_of(self, view: SavedView) -> Arrangement:
        if view.columns is not None:
            return view.columns.completed([column.title for column in self.table.table_model.columns])
        return replace(self.table.first_arrangement(), sorted_by=view.sorted_by)

    def show_current(self, name: str) -> None:
        short = name if len(name) <= _LONGEST_LABEL else f"{name[:_LONGEST_LABEL - 1].rstrip()}…"
        self._views_button.setText(f"Vue : {short}".replace("&", "&&") if name else "Vues")
        self._views_button.setAccessibleName(f"Vues, affichée : {name}" if name else "Vues")

    def ask_name(self, title: str, name: str) -> None:
        self._naming.ask(title, name)

    def show_name_error(self, text: str) -> None:
        self._naming.show_error(text)

    def hide_name(self) -> None:
        self._naming.hide()
        self.take_keyboard()

    # --- print and export -------------------------------------------------------------------------------------

    def print_(self) -> None:
        """Ctrl+P: what is seen, as a PDF to read, print or save."""
        said = list(self._page_filters.filters_in_words())
        if words := self.search.text().strip():
            said.append(f"recherche « {words} »")
        print_table(self._around, self.table, self._title, self._name, said)

    def _export(self) -> None:
        name = safe_name(self._title, ".xlsx")
        path = choose_file_to_write(self, "Exporter ce qui est affiché", name, "Classeur Excel (*.xlsx)")
        if path is not None:
            self.export_to(path)

    def export_to(self, path: Path) -> None:
        """Write what is seen, column by column, to a workbook."""
        from ui.widgets.table.export import write_table

        columns, rows = self.table.columns_seen(), self.table.table_model.rows_seen()
        desk = self._around.desk
        desk.run.hand_over(
            lambda progress: write_table(path, self._title, columns, rows, progress),
            lambda _: desk.tell(f"Exporté : {path.name}", None),
            self._refused,
            "Export",
        )

    def _refused(self, error: Exception) -> None:
        banner = banner_for(error)
        if banner is not None:
            self._around.desk.tell(banner.text, None)
