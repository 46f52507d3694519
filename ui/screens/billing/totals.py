"""The figures above the preview: what is to bill, what is carried over, the month beside the one before."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from backoffice.billing.months import MonthFigures
from backoffice.kernel.money import Money, euros
from backoffice.kernel.periods import Month
from ui.explanations import on_screen
from ui.screens.billing.preview import Preview
from ui.screens.billing.words import plural
from ui.theme.tokens import Theme
from ui.widgets.basics import Panel, label
from ui.widgets.flow import FlowLayout
from ui.widgets.spark import Bar, Spark

_MONTHS_DRAWN = 6


class TotalsPanel(Panel):
    """Cells that go to the next line when the page is narrow."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        self._theme = theme
        self.setAccessibleName("Totaux de l'aperçu")
        flow = FlowLayout(theme.px(32))
        self.body.addLayout(flow)
        self._total = _Cell(theme, "À facturer", figure=True)
        self._carried = _Cell(theme, "Reporté")
        self._current = _Cell(theme, "Prestations du mois")
        self._before = _Cell(theme, "Mois d'avant")
        self._difference = _Cell(theme, "Écart")
        self._moves = QWidget()
        grid = QGridLayout(self._moves)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(24))
        grid.setVerticalSpacing(0)
        self._reasons = []
        for row, words in enumerate(("Nouvelles familles", "Familles parties", "Les deux mois")):
            amount = label(kind="small")
            grid.addWidget(label(words, "small"), row, 0)
            grid.addWidget(amount, row, 1)
            self._reasons.append(amount)
        self._spark = Spark(theme, "Six derniers mois")
        for cell in (self._total, self._carried, self._current, self._before, self._difference, self._moves,
                     self._spark):
            flow.addWidget(cell)

    def show_preview(self, preview: Preview | None, months: Sequence[MonthFigures]) -> None:
        """Show the figures of a preview, or dashes while there is none."""
        if preview is None:
            for cell in (self._total, self._carried, self._current, self._before, self._difference):
                cell.tell("–", "")
            for amount in self._reasons:
                amount.setText("–")
            return
        totals, month = preview.totals, preview.plan.month
        before = month.plus(-1)
        self._total.tell(_spoken(totals.total), plural(totals.invoices, "facture", "factures"))
        self._carried.tell(_spoken(totals.carried_total), plural(totals.carried, "montant", "montants"))
        self._current.name(f"Prestations {month.of_in_french}")
        self._current.tell(_spoken(totals.current), "facturées ou à facturer")
        self._before.name(_capital(before.in_french))
        self._before.tell(_spoken(totals.before), "")
        self._difference.tell(_signed(totals.difference) if totals.before else "–", totals.percent)
        for amount, money in zip(self._reasons, (totals.arrived, totals.gone, totals.stayed), strict=True):
            amount.setText(_signed(money) if totals.before else "–")
        self._moves.setVisible(bool(totals.before))
        self._spark.show_bars(_bars(months, month, totals.total))


class _Cell(QWidget):
    """A name, an amount, a word under it."""

    def __init__(self, theme: Theme, name: str, *, figure: bool = False) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._name = label(name, "small")
        self._amount = label("–", "figure" if figure else "group")
        self._under = label(kind="small")
        # One base line for all the cells, whatever the size of their figure.
        self._amount.setMinimumHeight(theme.type("figure").line + theme.px(4))
        self._amount.setAlignment(Qt.AlignmentFlag.AlignBottom)
        self._under.setMinimumHeight(theme.type("small").line)
        if not figure:
            self._amount.setContentsMargins(0, 0, 0, theme.px(4))
        for line in (self._name, self._amount, self._under):
            layout.addWidget(line)

    def name(self, words: str) -> None:
        self._name.setText(words)

    def tell(self, amount: str, under: str) -> None:
        self._amount.setText(amount)
        self._under.setText(under)
        self.setAccessibleName(f"{self._name.text()} : {amount} {under}")


def _bars(months: Sequence[MonthFigures], month: Month, to_bill: Money) -> list[Bar]:
    """The month of the preview and the five before: what was invoiced, and for this one what is to come."""
    known = {figures.month: figures.total for figures in months}
    drawn = [month.plus(-back) for back in range(_MONTHS_DRAWN - 1, -1, -1)]
    found = []
    for one in drawn:
        amount = known.get(one, Money(0)) + (to_bill if one == month else Money(0))
        found.append(Bar(amount.cents, f"{one.in_french} : {_spoken(amount)}"))
    return found


def _spoken(amount: Money) -> str:
    return on_screen(euros(amount))


def _signed(amount: Money) -> str:
    return f"+{_spoken(amount)}" if amount.cents > 0 else _spoken(amount)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
