"""« Suivi des pièces » : chips choose what is missing, what ends soon, the rentrée, or the delays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QComboBox, QLabel, QPushButton, QStackedWidget, QWidget

from backoffice.documents.figures import ReviewReport
from backoffice.documents.kinds import ObligationState
from backoffice.documents.outstanding import OutstandingLine
from backoffice.documents.reminding import ReminderPlan
from backoffice.documents.rollover import RollOver, ToSendAgain
from backoffice.kernel.periods import Month, SchoolYear
from backoffice.kernel.zone import PARIS
from ui.presenting import Place
from ui.screen import Screen, Surroundings
from ui.screens.follow_up.figures_pane import FiguresPane
from ui.screens.follow_up.presenter import DAYS, FollowUpPresenter, View
from ui.screens.follow_up.reminder_panel import ReminderPanel
from ui.screens.follow_up.words import (
    blocks_in_words,
    counted,
    state_in_words,
    to_know,
    to_know_whole,
)
from ui.widgets.bars import Bars, CountBar
from ui.widgets.basics import Panel, button, chip
from ui.widgets.columns import SideBySide
from ui.widgets.flow import FlowLayout
from ui.widgets.scrolled import scrolled
from ui.widgets.side import Beside
from ui.widgets.table.columns import Column, Kind, Mark, shown
from ui.widgets.table.page import ListPane
from ui.widgets.table.views import SavedView

_LEAST_ROWS = 7

_MARKS: Mapping[ObligationState, Mark] = {
    ObligationState.MISSING: Mark("circle-alert", "danger"),
    ObligationState.REJECTED: Mark("square-x", "danger"),
    ObligationState.EXPIRED: Mark("history", "warning"),
    ObligationState.VALIDATED: Mark("clock", "warning"),
    ObligationState.SENT: Mark("inbox", "info"),
    ObligationState.WAIVED: Mark("hourglass", "warning"),
}

LINES: Sequence[Column[OutstandingLine]] = (
    Column("Famille", lambda row: row.family, width=16, strong=True, key=lambda row: row.sort_name),
    Column("Pour", lambda row: row.person or "La famille", width=18, tip=lambda row: row.person),
    Column("Pièce", lambda row: row.document, width=27, tip=lambda row: row.document),
    Column("État", state_in_words, Kind.STATE, width=12, mark=lambda row: _MARKS.get(row.state)),
    Column("Quand", lambda row: row.when, width=17, key=lambda row: row.day),
    Column("Bloque", lambda row: blocks_in_words(row.blocks), width=11),
    Column("Relancée le", lambda row: row.reminded_at.astimezone(PARIS).date() if row.reminded_at else None, Kind.DATE,
           width=11),
    Column("À savoir", to_know, width=22, tip=to_know_whole),
)
AGAIN: Sequence[Column[ToSendAgain]] = (
    Column("Famille", lambda row: row.family, width=18, strong=True),
    Column("À renvoyer", lambda row: len(row.documents), Kind.NUMBER, width=10),
    Column("Pièces qui n'ont plus cours", lambda row: ", ".join(row.documents), width=30,
           tip=lambda row: "\n".join(row.documents)),
    Column("Déjà manquantes", lambda row: ", ".join(row.missing), width=20, tip=lambda row: "\n".join(row.missing)),
)
VIEWS = (SavedView("Bientôt expirées, d'abord les plus proches", {"view": View.ENDING.value}, sorted_by="Quand"),)


class FollowUpView(Screen):
    """Chips, the view they choose, and beside the list what a reminder will say."""

    keys = (
        ("Alt+L", "Relancer les lignes choisies (toutes au départ)"),
        ("Ctrl+A", "Choisir toutes les lignes"),
        ("Ctrl+Entrée", "Envoyer les rappels montrés"),
        ("Entrée, F2", "Ouvrir le dossier de la famille"),
    )

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Suivi des pièces")
        self.presenter = FollowUpPresenter(self, around.desk)
        self.list: ListPane[OutstandingLine] = ListPane(
            around, "follow_up", "pièces", LINES, placeholder="Famille, enfant, pièce…", title="Suivi des pièces",
            filters=self.presenter, views=VIEWS,
        )
        self.again: ListPane[ToSendAgain] = ListPane(
            around, "follow_up/again", "familles", AGAIN, placeholder="Famille, pièce…", title="Pièces à redemander",
        )
        self.figures = FiguresPane(around, self.presenter.choose_period)
        self.panel = ReminderPanel(self.theme)
        self._build()
        self.panel.sent.connect(self.presenter.send)
        self.panel.again.connect(lambda again: self.presenter.remind_again(again=again))
        self.panel.closed.connect(self._close_plan)
        self.list.opened.connect(self.presenter.open_family)
        self.again.opened.connect(self.presenter.open_family)
        self.list.table.table_model.modelReset.connect(lambda: QTimer.singleShot(0, self._choose_all))
        self.list.table.selectionModel().selectionChanged.connect(lambda *_: self._tell_chosen())
        QShortcut(QKeySequence("F2"), self).activated.connect(self._open_family)

    def _build(self) -> None:
        chips = QWidget()
        row = FlowLayout(self.theme.px(8), chips)
        self._group = QButtonGroup(self)
        self._chips: dict[View, QPushButton] = {}
        for view in View:
            found = self._chips[view] = chip(view.label, partial(self._choose, view))
            found.setAccessibleName(view.label.replace("&", ""))
            self._group.addButton(found)
            row.addWidget(found)
        self._remind = button("Re&lancer…", self.ask_reminders, self.theme, kind="primary", icon_name="mail")
        self._remind.hide()
        self.gestures.addWidget(self._remind)
        self._days = QComboBox()
        self._days.setAccessibleName("Dans combien de jours")
        for days in DAYS:
            self._days.addItem(f"dans les {days} jours", days)
        self._days.activated.connect(lambda _: self.presenter.choose_days(int(self._days.currentData())))
        self.list.filters.addWidget(self._days)
        self._stack = QStackedWidget()
        self._beside = Beside(self.theme, self.list, self.panel)
        for part in (self._beside, self._roll_over(), self.figures):
            self._stack.addWidget(part)
        self.body.addWidget(chips)
        self.body.addWidget(self._stack, 1)

    def _roll_over(self) -> QWidget:
        self._years = QComboBox()
        self._years.setAccessibleName("Rentrée")
        self._years.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._years.activated.connect(lambda _: self.presenter.choose_year(self._years.currentData()))
        name = QLabel("R&entrée de")
        name.setBuddy(self._years)
        self.again.filters.addWidget(name)
        self.again.filters.addWidget(self._years)
        self._by_document = Bars(self.theme, "Pièces à redemander")
        self._by_document_panel = Panel(self.theme, "Pièces à redemander")
        self._by_document_panel.body.addWidget(self._by_document)
        self._by_document_panel.body.addStretch(1)
        self.again.setMinimumHeight(self.theme.size("row_height", "table") * _LEAST_ROWS)
        return scrolled(SideBySide(self.theme, self.again, self._by_document_panel, (2, 1), fill=True))

    # --- what the shell asks ----------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        self.presenter.open(place)
        self._take_keyboard()
        if self.presenter.view.lists_lines:
            self.list.open_at(place)

    def refresh(self) -> None:
        self.presenter.load()

    def search_entry(self) -> QWidget | None:
        view = self.presenter.view
        return self.list.search if view.lists_lines else self.again.search if view is View.ROLL_OVER else None

    def print_(self) -> bool:
        if self.presenter.view is View.FIGURES:
            self.figures.print_()
            return True
        return super().print_()

    # --- what the presenter asks --------------------------------------------------------------------------------------

    def is_seen(self) -> bool:
        return self.isVisible()

    def show_view(self, view: View) -> None:
        self._chips[view].setChecked(True)
        for found in self._chips.values():
            found.updateGeometry()  # pressed, its words are bolder
        self._stack.setCurrentIndex(0 if view.lists_lines else 1 if view is View.ROLL_OVER else 2)
        self._days.setVisible(view is View.ENDING)
        self._remind.setVisible(view.lists_lines and self.presenter.may_remind)

    def show_counts(self, missing: int, ending: int) -> None:
        for view, count in ((View.MISSING, missing), (View.ENDING, ending)):
            self._chips[view].setText(f"{view.label} {shown(count)}")
            self._chips[view].setAccessibleName(self._chips[view].text().replace("&", ""))

    def show_days(self, days: int) -> None:
        self._days.setCurrentIndex(self._days.findData(days))

    def search(self, words: str) -> None:
        self.list.search.setText(words)

    def show_lines(self, lines: Sequence[OutstandingLine], nothing: str) -> None:
        self.list.say_when_empty(nothing)
        self.list.set_rows(lines)
        self._tell_chosen()

    def show_plan(self, plan: ReminderPlan, words: str, *, again: bool) -> None:
        opened = self._beside.is_open
        self.panel.show_plan(plan, words, again=again)
        self._beside.open_panel()
        self._remind.hide()
        if not opened:
            self.panel.take_keyboard()

    def hide_plan(self) -> None:
        holder: QWidget | None = self.focusWidget()
        held = holder is not None and self.panel.isAncestorOf(holder)
        self._beside.close_panel()
        self._remind.setVisible(self.presenter.view.lists_lines and self.presenter.may_remind)
        if held:
            self.list.take_keyboard()

    def show_sending(self, *, sending: bool) -> None:
        self.panel.show_sending(sending=sending)

    def show_roll_over(self, found: RollOver, years: Sequence[SchoolYear], nothing: str) -> None:
        self._years.clear()
        for year in sorted({*years, found.year}, key=lambda each: each.start_year):
            self._years.addItem(f"septembre {year.start_year}", year)
        self._years.setCurrentIndex(next(
            place for place in range(self._years.count()) if self._years.itemData(place) == found.year
        ))
        self._by_document.show_bars([CountBar(name, count, shown(count)) for name, count in found.by_document])
        self._by_document_panel.setVisible(bool(found.by_document))
        self.again.say_when_empty(nothing)
        self.again.set_rows(found.families)

    def show_figures(self, report: ReviewReport, months: Sequence[Month]) -> None:
        self.figures.show_figures(report, months)

    # --- gestures -----------------------------------------------------------------------------------------------------

    def _choose(self, view: View) -> None:
        self.presenter.choose(view)
        self._take_keyboard()

    def _take_keyboard(self) -> None:
        view = self.presenter.view
        (self.list if view.lists_lines else self.again if view is View.ROLL_OVER else self.figures).take_keyboard()

    def _choose_all(self) -> None:
        """Everything that is seen, until the agent chooses otherwise; the keyboard stays on its line."""
        if self.list.table.table_model.rowCount():
            self.list.table.selectAll()

    def _chosen(self) -> list[OutstandingLine]:
        return self.list.table.selected_rows()

    def _tell_chosen(self) -> None:
        families = len({row.family_id for row in self._chosen()})
        self._remind.setEnabled(bool(families))
        words = f"Re&lancer {counted(families, 'famille')}…" if families else "Re&lancer…"
        self._remind.setText(words)
        self._remind.setAccessibleName(words.replace("&", ""))

    def ask_reminders(self) -> None:
        self.presenter.remind(self._chosen())

    def _close_plan(self) -> None:
        self.presenter.leave_plan()
        self.list.take_keyboard()

    def _open_family(self) -> None:
        pane = self.again if self.presenter.view is View.ROLL_OVER else self.list
        row = pane.table.current_row()
        if row is not None and self.presenter.view is not View.FIGURES:
            self.presenter.open_family(row)


