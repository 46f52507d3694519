"""« Mon travail »: the first page. Its table is there at once, its figures when they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout

from backoffice.billing.months import MonthFigures
from backoffice.kernel.money import NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE, Money, euros
from ui.presenting import Place
from ui.screen import Screen, Surroundings
from ui.screens.home.presenter import HomePresenter, LastBilling, WorkLine, counted
from ui.screens.home.table import WorkTable
from ui.theme.tokens import Theme
from ui.widgets.basics import Empty, Panel, button, clear, label, line
from ui.widgets.spark import Bar, Spark

_SIDE_BY_SIDE = 1.5  # text size from which the panels go under each other


class HomeView(Screen):
    """A table by deadline, the last billing and the next."""

    follows_structure = follows_year = True

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Mon travail")
        theme = self.theme
        self.table = WorkTable(theme)
        self.empty = Empty(theme)
        self.empty.say("Rien ne vous attend. Les mois à facturer, les familles à compléter et les oublis de pointage "
                       "apparaîtront ici.")
        self.empty.hide()
        self.last = _LastPanel(theme, self._show_invoices)
        self.following = _NextPanel(theme, self._prepare)
        direction = QBoxLayout.Direction.LeftToRight
        if theme.scale >= _SIDE_BY_SIDE:
            direction = QBoxLayout.Direction.TopToBottom
        self._panels = QBoxLayout(direction)
        self._panels.setSpacing(theme.px(12))
        for panel in (self.last, self.following):
            panel.hide()
            self._panels.addWidget(panel, 1)
        page = self._page = QFrame()
        page.setProperty("kind", "page")
        whole = QVBoxLayout(page)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(theme.px(12))
        whole.addWidget(self.table)
        whole.addWidget(self.empty)
        whole.addLayout(self._panels)
        whole.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(page)
        self.body.addWidget(self._scroll, 1)
        self._last: LastBilling | None = None
        self._next: MonthFigures | None = None
        self.presenter = HomePresenter(self, around.desk)
        self.table.started.connect(self.presenter.start)
        self.table.chosen.connect(self._keep_in_sight)

    # --- what the shell asks ----------------------------------------------------------------------------------

    def open(self, place: Place) -> None:  # noqa: ARG002 - every visit counts again
        self.table.setFocus()
        self.presenter.load()

    def refresh(self) -> None:
        self.presenter.load()

    # --- what the presenter asks ------------------------------------------------------------------------------

    def is_seen(self) -> bool:
        return self.isVisible()

    def show_work(self, lines: Sequence[WorkLine]) -> None:
        self.table.show_lines(lines)
        self.table.setVisible(bool(lines))
        self.empty.setVisible(not lines)

    def show_billing(self, last: LastBilling | None, following: MonthFigures | None) -> None:
        self._last, self._next = last, following
        self.last.setVisible(last is not None)
        if last is not None:
            self.last.show_last(last)
        self.following.setVisible(following is not None)
        if following is not None:
            self.following.show_next(following)

    def _prepare(self) -> None:
        if self._next is not None:
            self.presenter.prepare_billing(self._next)

    def _show_invoices(self) -> None:
        if self._last is not None:
            self.presenter.show_invoices(self._last)

    def _keep_in_sight(self, _line: WorkLine | None) -> None:
        cell = self.table.visualRect(self.table.currentIndex())
        at = self.table.viewport().mapTo(self._page, QPoint(0, cell.center().y()))
        self._scroll.ensureVisible(0, at.y(), 0, cell.height())


class _Figures(Panel):
    """A panel of one large figure and lines « word … amount »."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__(theme, title)
        self._theme = theme
        top = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(0)
        self.figure = label(kind="figure")
        self.under = label(kind="secondary", wrap=True)
        words.addWidget(self.figure)
        words.addWidget(self.under)
        self.beside = QHBoxLayout()
        top.addLayout(words, 1)
        top.addLayout(self.beside)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme.px(6))
        self.body.addLayout(top)
        self.body.addLayout(self._lines)

    def add_button(self, gesture: QPushButton) -> None:
        """The panel's gesture, at its foot."""
        row = QHBoxLayout()
        row.addWidget(gesture)
        row.addStretch(1)
        self.body.addStretch(1)
        self.body.addLayout(row)

    def show_lines(self, lines: Sequence[tuple[str, str]]) -> None:
        clear(self._lines)
        for words, amount in lines:
            row = QHBoxLayout()
            row.addWidget(label(words))
            row.addStretch(1)
            row.addWidget(label(amount, "strong"))
            self._lines.addWidget(line())
            self._lines.addLayout(row)


class _LastPanel(_Figures):
    def __init__(self, theme: Theme, show_invoices: Callable[[], object]) -> None:
        super().__init__(theme, "Dernière facturation")
        self.spark = Spark(theme, "Facturé, mois par mois")
        self.beside.addWidget(self.spark, 0, Qt.AlignmentFlag.AlignTop)
        self.add_button(button("&Voir les factures", show_invoices, theme, icon_name="file-text"))

    def show_last(self, last: LastBilling) -> None:
        billed = last.billed
        self.figure.setText(on_screen(billed.total))
        self.under.setText(last.sentence)
        lines = [("Règlements connus", on_screen(billed.paid)), ("Reste dû", on_screen(billed.still_due))]
        carried = [("Reporté sous le seuil", on_screen(billed.carried_total))] if billed.carried_total else []
        self.show_lines(lines + carried)
        self.spark.show_bars(
            [Bar(month.total.cents, f"{month.month.in_french} : {euros(month.total)}") for month in last.months]
        )


class _NextPanel(_Figures):
    def __init__(self, theme: Theme, prepare: Callable[[], object]) -> None:
        super().__init__(theme, "Prochaine facturation")
        self.add_button(button("Prépar&er la facturation", prepare, theme, icon_name="receipt"))

    def show_next(self, month: MonthFigures) -> None:
        self.figure.setText(month.month.in_french.capitalize())
        waiting = [counted(month.open_units, "présence") + " à facturer"] if month.open_units else []
        if month.open_lines:
            waiting.append(f"{counted(month.open_lines, 'ligne')} de la reprise")
        self.under.setText(", ".join(waiting))
        done = [("Déjà facturé", on_screen(month.invoiced_total))] if month.invoice_count else []
        carried = [("Reporté sous le seuil", on_screen(month.carried_total))] if month.carried_total else []
        self.show_lines(done + carried)


def on_screen(amount: Money) -> str:
    """« 37 128,25 € » with a space between thousands that is wide enough on screen."""
    return euros(amount).replace(NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE)
