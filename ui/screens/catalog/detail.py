"""The right of the page: what the chosen line says, tab by tab."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTabWidget, QVBoxLayout, QWidget

from backoffice.catalog.overview import ClosureView
from backoffice.tariffs.overview import FigureList, FigureView, TownFigureView
from ui.screen import Surroundings
from ui.screens.catalog.presenter import CatalogPresenter, Detail
from ui.screens.catalog.tariff_widgets import TariffsTab
from ui.screens.catalog.tasks import FIGURES_WARNING
from ui.screens.catalog.words import ChangeLine
from ui.screens.catalog.year import other_years
from ui.theme.tokens import Theme
from ui.widgets.basics import Empty, button, label
from ui.widgets.facts import FactsPane
from ui.widgets.flow import FlowLayout
from ui.widgets.folding import FoldingRow
from ui.widgets.scrolled import LeastHigh, scrolled
from ui.widgets.table.columns import Column, Kind, Mark
from ui.widgets.table.view import Table

CLOSURES: Sequence[Column[ClosureView]] = (
    Column("Du", lambda row: row.first_day, Kind.DATE, width=11, strong=True),
    Column("Au", lambda row: row.last_day, Kind.DATE, width=11),
    Column("Motif", lambda row: row.reason, width=40),
    Column("Vaut pour", lambda row: row.structure_name or "toutes les structures", width=24),
)
HISTORY: Sequence[Column[ChangeLine]] = (
    Column("Quand", lambda row: row.at, Kind.DATE, width=17),
    Column("Qui", lambda row: row.actor, width=14),
    Column("Quoi", lambda row: row.what, width=24, strong=True),
    Column("Détail", lambda row: row.details, width=60),
)
USED: Sequence[Column[FigureView]] = (
    Column("Montant", lambda row: row.kind.label.split()[0].capitalize(), width=11, strong=True,
           tip=lambda row: row.kind.label.capitalize()),
    Column("€ par mois", lambda row: row.monthly, Kind.MONEY, width=11),
    Column("Du", lambda row: row.valid_from, Kind.DATE, width=11),
    Column("Au", lambda row: row.valid_to, Kind.DATE, width=11),
    Column("D'où", lambda row: "commune" if row.by_town else "national", Kind.STATE, width=14,
           mark=lambda row: Mark("pencil", "warning") if row.by_town else Mark("landmark", "text_secondary")),
    Column("Source", lambda row: row.origin, width=30),
)
_LEAST_ROWS = 4  # the header is one: under that, the tab scrolls


def show_others(gesture: QPushButton, hidden: int) -> None:
    """Say how many lines are of other years, on the gesture that shows them."""
    gesture.setText(other_years(hidden))
    gesture.setAccessibleName(gesture.text())
    gesture.setVisible(bool(hidden))


class ClosuresTab(QWidget):
    """The days a structure is closed, those common to all of them included."""

    def __init__(self, theme: Theme, presenter: CatalogPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.table: Table[ClosureView] = Table("Fermetures", CLOSURES, theme)
        self._empty = Empty(theme)
        self._empty.say("Aucune fermeture cette année. Ajoutez les congés et les journées où personne n'est accueilli.",
                        "Ajouter une fermeture", presenter.add_closure)
        self._add = button("A&jouter une fermeture", presenter.add_closure, theme, icon_name="plus")
        self._remove = button("Reti&rer la fermeture", self._remove_chosen, theme, icon_name="trash-2")
        bar = FlowLayout(theme.px(8))
        bar.addWidget(self._add)
        bar.addWidget(self._remove)
        self._others = button("", presenter.show_every_year, theme, kind="link")
        bar.addWidget(self._others)
        self.table.setMinimumHeight(theme.size("row_height", "table") * _LEAST_ROWS)
        inside = LeastHigh()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        column.addWidget(self.table, 1)
        column.addLayout(bar)
        column.addWidget(self._empty, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.px(12), 0, 0)
        layout.addWidget(scrolled(inside, sideways=False))

    def show_closures(self, rows: Sequence[ClosureView], hidden: int, *, may_edit: bool) -> None:
        self.table.set_rows(rows)
        self.table.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        show_others(self._others, hidden)
        self._add.setVisible(bool(rows) and may_edit)
        self._remove.setVisible(bool(rows) and may_edit)

    def _remove_chosen(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self._presenter.remove_closure(row)


class FiguresTab(QWidget):
    """The floors and ceilings that runs use, and those the town entered."""

    def __init__(self, around: Surroundings, presenter: CatalogPresenter) -> None:
        super().__init__()
        theme = around.theme
        self._presenter = presenter
        self._entered: Sequence[TownFigureView] = ()
        self.table: Table[FigureView] = Table("Planchers et plafonds", USED, theme)
        self.table.remember(around.preferences, "figures/columns")
        self.table.chosen.connect(self._follow)
        self._add = button("Sa&isir un montant publié", presenter.add_figure, theme, icon_name="plus")
        self._remove = button("Reti&rer le montant saisi", self._remove_chosen, theme, icon_name="trash-2")
        self._remove.setEnabled(False)
        self._why = label("", "caption", wrap=True)
        bar = FlowLayout(theme.px(8))
        self._others = button("", presenter.show_every_year, theme, kind="link")
        bar.addWidget(self._add)
        bar.addWidget(self._remove)
        bar.addWidget(self._others)
        self.table.setMinimumHeight(theme.size("row_height", "table") * _LEAST_ROWS)
        inside = LeastHigh()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        column.addWidget(self.table, 1)
        column.addLayout(bar)
        column.addWidget(self._why)
        column.addWidget(label(FIGURES_WARNING, "secondary", wrap=True))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.px(12), 0, 0)
        layout.addWidget(scrolled(inside, sideways=False))

    def show_figures(self, figures: FigureList, hidden: int, *, may_price: bool) -> None:
        self._entered = figures.entered
        show_others(self._others, hidden)
        self.table.set_rows(figures.used)
        self._add.setVisible(may_price)
        self._remove.setVisible(may_price)

    def _chosen(self) -> TownFigureView | None:
        row = self.table.current_row()
        if row is None or not row.by_town:
            return None
        return next(
            (one for one in self._entered if one.kind is row.kind and one.monthly == row.monthly), None
        )

    def _follow(self, row: FigureView | None) -> None:
        own = row is not None and row.by_town
        self._remove.setEnabled(own)
        self._why.setText(
            "Ce montant a été saisi par la commune." if own
            else "Ce montant national vient avec le programme : il ne se retire pas."
        )

    def _remove_chosen(self) -> None:
        found = self._chosen()
        if found is not None:
            self._presenter.remove_figure(found)


class HistoryTab(QWidget):
    """Who changed what, latest first."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self.table: Table[ChangeLine] = Table("Historique", HISTORY, around.theme)
        self.table.remember(around.preferences, "catalog/history")
        self._empty = Empty(around.theme)
        self._empty.say("Rien n'a été modifié ici depuis la création ou la reprise des données.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, around.theme.px(12), 0, 0)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._empty, 1)
        self._empty.hide()

    def show_history(self, rows: Sequence[ChangeLine]) -> None:
        self.table.set_rows(rows)
        self.table.setVisible(bool(rows))
        self._empty.setVisible(not rows)


class DetailPane(QWidget):
    """The title of the line chosen, its gestures, its tabs."""

    def __init__(
        self, around: Surroundings, presenter: CatalogPresenter, adopt: Callable[[], None]
    ) -> None:
        super().__init__()
        theme = around.theme
        self._theme = theme
        self._presenter = presenter
        self._detail: Detail | None = None
        self.title = label(kind="group", wrap=True)
        self.trail = label(kind="secondary", wrap=True)
        title = QWidget()
        names = QVBoxLayout(title)
        names.setContentsMargins(0, 0, 0, 0)
        names.setSpacing(0)
        names.addWidget(self.title)
        names.addWidget(self.trail)
        self.edit = button("Modifier", presenter.edit, theme, icon_name="pencil", shortcut="F2")
        self.adopt = button("Adopter un &nouveau tarif…", adopt, theme, kind="primary", icon_name="euro")
        self._gestures = QWidget()
        row = QHBoxLayout(self._gestures)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        row.setAlignment(Qt.AlignmentFlag.AlignLeft)
        row.addWidget(self.edit)
        row.addWidget(self.adopt)
        head = FoldingRow(theme, title, self._gestures)
        self.tariffs = TariffsTab(
            theme, presenter.tariffs, lambda card: presenter.end_tariff(card.view), presenter.show_every_year
        )
        self.facts = FactsPane(theme)
        self.end = button("A&rrêter ou supprimer…", presenter.end, theme, icon_name="circle-slash")
        self.end.setToolTip("Supprimer ce qui n'a jamais servi, ou fixer le dernier jour de ce qui a servi")
        self.facts.facts.body.addWidget(self.end, 0, Qt.AlignmentFlag.AlignLeft)
        self.closures = ClosuresTab(theme, presenter)
        self.figures = FiguresTab(around, presenter)
        self.history = HistoryTab(around)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Onglets")
        self._names = ("tariffs", "facts", "closures", "figures", "history")
        for page, words in (
            (self.tariffs, "Tarifs"), (self.facts, "Fiche"), (self.closures, "Fermetures"),
            (self.figures, "Montants"), (self.history, "Historique"),
        ):
            self.tabs.addTab(page, words)
        self.tabs.currentChanged.connect(self._opened)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(8))
        layout.addWidget(head)
        layout.addWidget(self.tabs, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        roomy = event.size().width() >= self._theme.px(420)
        self.adopt.setText("Adopter un &nouveau tarif…" if roomy else "&Nouveau tarif…")

    def show_detail(self, detail: Detail, tab: str) -> None:
        same = self._detail is not None and self._detail.key == detail.key
        self._detail = detail
        self.title.setText(detail.title)
        self.trail.setText(detail.trail)
        self.end.setVisible(detail.may_end)
        self.edit.setVisible(detail.may_edit)
        self.adopt.setVisible("tariffs" in detail.tabs and detail.may_price)
        self._gestures.setVisible(detail.may_edit or ("tariffs" in detail.tabs and detail.may_price))
        self.facts.show_facts(detail.facts)
        kept = self._names[self.tabs.currentIndex()]
        self.tabs.blockSignals(True)
        for index, name in enumerate(self._names):
            self.tabs.setTabVisible(index, name in detail.tabs)
        wanted = tab or (kept if same or kept in detail.tabs else "")
        if wanted in detail.tabs:
            self.tabs.setCurrentIndex(self._names.index(wanted))
        elif detail.tabs:
            self.tabs.setCurrentIndex(self._names.index(detail.tabs[0]))
        self.tabs.blockSignals(False)
        self._opened(self.tabs.currentIndex())

    @property
    def has_something(self) -> bool:
        return self._detail is not None

    @property
    def may_price(self) -> bool:
        return self._detail is not None and self._detail.may_price

    @property
    def may_edit(self) -> bool:
        return self._presenter.may_edit

    def _opened(self, index: int) -> None:
        if self._names[index] == "history":
            self._presenter.open_history()
