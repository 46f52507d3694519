"""Services et tarifs: the tree at the left, what the chosen line says at the right, forms in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QSplitter, QStackedWidget, QWidget

from backoffice.catalog.overview import ClosureView
from backoffice.tariffs.overview import FigureList
from ui.drafts import Task, Typed
from ui.forms import FieldSpec
from ui.presenting import Place
from ui.screen import Screen, Surroundings
from ui.screens.catalog.adopting import NewTariff
from ui.screens.catalog.detail import DetailPane
from ui.screens.catalog.presenter import CatalogPresenter, Detail
from ui.screens.catalog.simulator import Simulation
from ui.screens.catalog.tariff_widgets import TariffEditor
from ui.screens.catalog.tariffs import TariffCard
from ui.screens.catalog.tree import Node, NodeKind
from ui.screens.catalog.tree_view import CatalogTree
from ui.screens.catalog.words import ChangeLine
from ui.widgets.basics import Empty, button
from ui.widgets.task_form import ShowsTask, TaskForm
from ui.widgets.task_panel import TaskSheet

_ROOM_FOR_BOTH = 1000
_WIDEST_TREE = 480  # at first: large text leaves more to what is read


class CatalogView(ShowsTask, Screen):
    """List and detail; a form or the tariff editor takes the place of the detail while something is typed."""

    follows_structure = follows_year = True

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Services et tarifs")
        theme = self.theme
        self.presenter = CatalogPresenter(self, around.desk, around.preferences.unfinished)
        self.tree = CatalogTree(theme)
        self.detail = DetailPane(around, self.presenter, self.presenter.tariffs.adopt)
        self.form = TaskSheet(theme)
        self.form.task_form.follow(self.presenter.drafting)
        self.editor = TariffEditor(theme, self.presenter.tariffs)
        self._follow_tariff(self.editor.task_form)
        self._typing = self.form.task_form
        self.nothing = Empty(theme)
        self.right = QStackedWidget()
        for page in (self.nothing, self.detail, self.form, self.editor):
            self.right.addWidget(page)
        for page in (self.detail, self.form, self.editor):
            page.setContentsMargins(theme.px(12), 0, 0, 0)
        self.tree.setContentsMargins(0, 0, theme.px(12), 0)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.tree)
        splitter.addWidget(self.right)
        splitter.setChildrenCollapsible(False)
        splitter.setStretchFactor(0, 0)
        splitter.setStretchFactor(1, 1)
        tree = min(theme.px(380), _WIDEST_TREE)
        splitter.setSizes([tree, 1290 - tree])
        around.preferences.remember_splitter("catalog/splitter", splitter)
        self.add = button("Ajouter", self._show_creations, theme, icon_name="plus", shortcut="Ctrl+N")
        self.gestures.addWidget(self.add)
        self.body.addWidget(splitter, 1)
        self.tree.chosen.connect(self.presenter.choose)
        self.tree.opened.connect(lambda: self.detail.tabs.currentWidget().setFocus(Qt.FocusReason.TabFocusReason))
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.right)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(self.presenter.drafting.close)

    def _follow_tariff(self, typing: TaskForm) -> None:
        """A tariff is tried at each keystroke."""
        tariffs, drafting = self.presenter.tariffs, self.presenter.drafting
        typing.typed.connect(tariffs.typed)
        typing.typed_rows.connect(tariffs.typed_rows)
        typing.left.connect(drafting.left)
        typing.follow_choices(drafting)
        typing.saved.connect(drafting.save)
        typing.given_up.connect(drafting.close)

    # --- what the shell asks ----------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        self.tree.tree.setFocus(Qt.FocusReason.OtherFocusReason)
        self.presenter.open(place)

    def refresh(self) -> None:
        self.presenter.load()

    def search_entry(self) -> QWidget:
        return self.tree.search

    # --- what the presenter asks ------------------------------------------------------------------------------

    def show_tree(self, nodes: Sequence[Node], chosen: str) -> None:
        self.tree.show_nodes(nodes, chosen)

    def show_detail(self, detail: Detail | None, tab: str) -> None:
        if detail is None:
            self.nothing.say(
                "Aucun service dans cette base. Créez le premier, ou reprenez les données d'un autre logiciel "
                "depuis Administration.",
                "Créer un service",
                lambda: self.presenter.create(NodeKind.SERVICE),
            )
            self.right.setCurrentWidget(self.nothing)
            return
        self.detail.show_detail(detail, tab)
        self.right.setCurrentWidget(self.detail)

    def show_closures(self, rows: Sequence[ClosureView], hidden: int) -> None:
        self.detail.closures.show_closures(rows, hidden, may_edit=self.detail.may_edit)

    def show_history(self, rows: Sequence[ChangeLine]) -> None:
        self.detail.history.show_history(rows)

    def show_figures(self, figures: FigureList, hidden: int) -> None:
        self.detail.figures.show_figures(figures, hidden, may_price=self.detail.may_price)

    @property
    def typing(self) -> TaskForm:
        return self._typing

    def show_task(self, task: Task, values: Typed) -> None:
        """A form: over the tree where there is no room for both."""
        page = self.editor if isinstance(task, NewTariff) else self.form
        self._typing = page.task_form
        self.tree.setVisible(self.width() >= self.theme.px(_ROOM_FOR_BOTH))
        self.right.setCurrentWidget(page)
        page.show_task(task, values)

    def hide_task(self) -> None:
        self._back_to_detail()
        self.presenter.tariffs.closed()

    def _back_to_detail(self) -> None:
        self.tree.show()
        self.right.setCurrentWidget(self.detail if self.detail.has_something else self.nothing)
        self.tree.tree.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- tariffs ----------------------------------------------------------------------------------------------

    def show_tariffs(self, cards: Sequence[TariffCard], hidden: int) -> None:
        self.detail.tariffs.show_cards(cards, hidden, may_price=self.detail.may_price)

    def show_preview(self, lines: Sequence[str]) -> None:
        self.editor.show_preview(lines)

    def show_simulator(self, specs: Sequence[FieldSpec]) -> None:
        for panel in (self.detail.tariffs.simulator, self.editor.simulator):
            panel.show_fields(specs)

    def show_simulator_errors(self, errors: Mapping[str, str]) -> None:
        for panel in (self.detail.tariffs.simulator, self.editor.simulator):
            panel.show_errors(errors)

    def show_simulation(self, simulation: Simulation) -> None:
        for panel in (self.detail.tariffs.simulator, self.editor.simulator):
            panel.show_result(simulation)

    # --- adding -----------------------------------------------------------------------------------------------

    def _show_creations(self) -> None:
        menu = QMenu(self.add)
        for words, run in self.presenter.creations():
            action = QAction(words, menu)
            action.triggered.connect(lambda _=False, run=run: run())
            menu.addAction(action)
        if menu.isEmpty():
            return
        menu.setActiveAction(menu.actions()[0])
        menu.popup(self.add.mapToGlobal(self.add.rect().bottomLeft()))
