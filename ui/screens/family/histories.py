"""« Quotient & ressources » : every value the family ever had, newest first, with its source and its days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from backoffice.families.kinds import ChangeGroup
from backoffice.families.queries import FamilyFile, IncomeLine, QuotientLine
from ui.screens.family.marks import period_mark
from ui.screens.family.presenter import FamilyPresenter
from ui.screens.family.words import state_words
from ui.theme.tokens import Theme
from ui.widgets.basics import Empty, Panel, button
from ui.widgets.flow import FlowLayout
from ui.widgets.scrolled import scrolled
from ui.widgets.table.columns import Column, Kind
from ui.widgets.table.view import Table

L = TypeVar("L", QuotientLine, IncomeLine)
_ROOM_FOR_TWO = 1000
_LEAST_ROWS = 5


class ValuesTab(QWidget):
    """Both histories; `task` names what Ctrl+N adds, by the list that has the keyboard."""

    def __init__(self, theme: Theme, presenter: FamilyPresenter) -> None:
        super().__init__()
        self._theme = theme
        self._today = date.min
        self.quotients: HistoryPanel[QuotientLine] = HistoryPanel(
            theme, presenter, "Quotients familiaux", "quotient", self._quotient_columns(),
            "Aucun quotient : un tarif au quotient ne peut pas être calculé.", "Ajouter un quotient",
        )
        self.incomes: HistoryPanel[IncomeLine] = HistoryPanel(
            theme, presenter, "Ressources annuelles", "income", self._income_columns(),
            "Aucune ressource connue. Elles servent au tarif horaire de la crèche.", "Ajouter des ressources",
        )
        inside = QWidget()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(inside))
        if presenter.aside.trial.allowed:
            attempt = button("Essa&yer un tarif", presenter.aside.try_tariff, theme, icon_name="calculator")
            attempt.setToolTip("Ce que cette famille paierait un jour, et pourquoi")
            self.quotients.foot.addWidget(attempt)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, inside)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.px(12))
        self._layout.addWidget(self.quotients, 1)
        self._layout.addWidget(self.incomes, 1)

    @property
    def task(self) -> str:
        return "income" if self.incomes.table.hasFocus() else "quotient"

    def current(self) -> QuotientLine | IncomeLine | None:
        """The line that F2 corrects."""
        if self.incomes.table.hasFocus():
            return self.incomes.table.current_row()
        return self.quotients.table.current_row()

    def show_file(self, file: FamilyFile, today: date) -> None:
        self._today = today
        self.quotients.show_lines(file.quotients)
        self.incomes.show_lines(file.incomes)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        wide = event.size().width() >= self._theme.px(_ROOM_FOR_TWO)
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._layout.direction() != direction:
            self._layout.setDirection(direction)

    def _quotient_columns(self) -> Sequence[Column[QuotientLine]]:
        return (
            Column("Quotient", lambda line: line.value.quantize(Decimal("0.01")), Kind.NUMBER, width=9, strong=True),
            Column("Du", lambda line: line.period.start, Kind.DATE, width=11),
            Column("Au", lambda line: line.period.end, Kind.DATE, width=11),
            Column("État", self._state, Kind.STATE, width=12, mark=lambda line: period_mark(self._state(line))),
            Column("Source", lambda line: line.source, width=24),
        )

    def _income_columns(self) -> Sequence[Column[IncomeLine]]:
        return (
            Column("Par an, €", lambda line: line.annual, Kind.MONEY, width=11, strong=True),
            Column("À charge", lambda line: line.dependent_children, Kind.NUMBER, width=8),
            Column("AEEH", lambda line: line.disabled_children or None, Kind.NUMBER, width=5),
            Column("Du", lambda line: line.period.start, Kind.DATE, width=11),
            Column("Au", lambda line: line.period.end, Kind.DATE, width=11),
            Column("État", self._state, Kind.STATE, width=12, mark=lambda line: period_mark(self._state(line))),
            Column("Source", lambda line: line.source, width=20),
        )

    def _state(self, line: QuotientLine | IncomeLine) -> str:
        return state_words(line.period, self._today)


class HistoryPanel(Panel, Generic[L]):
    """One history: its lines, what adds, corrects and removes one. `foot`: the gestures under it."""

    def __init__(
        self,
        theme: Theme,
        presenter: FamilyPresenter,
        title: str,
        task: str,
        columns: Sequence[Column[L]],
        nothing: str,
        add: str,
    ) -> None:
        super().__init__(theme, title)
        self._nothing, self._add, self._task = nothing, add, task
        self._presenter = presenter
        self.table: Table[L] = Table(title, columns, theme)
        self.table.setMinimumHeight(theme.size("row_height", "table") * _LEAST_ROWS)
        self.empty = Empty(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        self.body.addWidget(self._stack, 1)
        self.foot = FlowLayout(theme.px(8))
        self._on_line = [
            button("Corriger", self._with_line(presenter.correct), theme, icon_name="pencil"),
            button("Supprimer", self._with_line(presenter.delete), theme, icon_name="trash-2"),
        ]
        self._on_line[0].setToolTip("Corriger la ligne choisie (F2)")
        tell = partial(presenter.aside.show_changes, group=ChangeGroup.VALUES)
        history = button("Historique", tell, theme, kind="link")
        history.setAccessibleName(f"Historique, {title.lower()} : qui a saisi quoi")
        self.add_gesture(history)
        if presenter.may_edit:
            self.add_gesture(button(add, partial(presenter.begin, task), theme, kind="link", icon_name="plus"))
            for gesture in self._on_line:
                self.foot.addWidget(gesture)
        self.body.addLayout(self.foot)
        self.table.activated_row.connect(presenter.correct)

    def show_lines(self, lines: Sequence[L]) -> None:
        self.table.set_rows(lines)
        self._stack.setCurrentWidget(self.table if lines else self.empty)
        for gesture in self._on_line:
            gesture.setVisible(bool(lines) and self._presenter.may_edit)
        if not lines:
            begin = partial(self._presenter.begin, self._task)
            self.empty.say(self._nothing, self._add if self._presenter.may_edit else "", begin)

    def _with_line(self, run: Callable[[L], None]) -> Callable[[], None]:
        def on_line() -> None:
            line = self.table.current_row()
            if line is not None:
                run(line)

        return on_line
