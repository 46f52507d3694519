"""« Contrats » : the contracts with the sheet of one beside them, or the hours of the crèche week by week."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from backoffice.contracts.following import WeekOfHours
from backoffice.contracts.kinds import ContractState
from backoffice.contracts.queries import ContractFigures, ContractLine
from ui.drafts import Task, Typed
from ui.presenting import Place
from ui.screen import Screen, Surroundings
from ui.screens.contracts.presenter import ContractsPresenter, Shown
from ui.screens.contracts.words import figures_in_words, hours_in_words, is_too_high, percent_in_words, rate_in_words
from ui.widgets.basics import button, chip, clear, label
from ui.widgets.side import Beside, SidePanel
from ui.widgets.table.columns import Column, Kind, Mark
from ui.widgets.table.page import ListPane
from ui.widgets.task_form import ShowsTask, TaskForm
from ui.widgets.task_panel import TaskPanel, follow

_MARKS = {
    ContractState.DRAFT: Mark("pencil", "warning"),
    ContractState.SIGNED: Mark("circle-check", "success"),
    ContractState.ENDED: Mark("circle-slash", "text_muted"),
}
_EMPTY = "Aucun contrat : « Nouveau contrat » réserve les heures d'un enfant et calcule ses mensualités."
WEEKS: Sequence[Column[WeekOfHours]] = (
    Column("Semaine du", lambda row: row.monday, Kind.DATE, width=13, strong=True),
    Column("Réservées", lambda row: hours_in_words(row.booked), width=14, key=lambda row: row.booked),
    Column("Réalisées", lambda row: hours_in_words(row.attended), width=14, key=lambda row: row.attended),
    Column("Facturées", lambda row: hours_in_words(row.billed), width=14, key=lambda row: row.billed),
    Column("Taux", percent_in_words, Kind.STATE, width=11,
           mark=lambda row: Mark("triangle-alert", "warning") if is_too_high(row) else Mark("check", "success")),
    Column("Depuis le début", lambda row: "" if row.rate_so_far.percent is None
           else f"{row.rate_so_far.percent} %".replace(".", ","), width=15),
)


class ContractsView(ShowsTask, Screen):
    """Chips, the list they choose, and beside it the sheet or the form of a contract."""

    follows_structure = True
    follows_year = True
    keys = (
        ("Ctrl+N", "Nouveau contrat"),
        ("F2", "Modifier le brouillon, ou faire un avenant"),
        ("Entrée", "Ouvrir le dossier de la famille"),
    )

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Contrats")
        self.presenter = ContractsPresenter(self, around.desk, around.preferences.unfinished)
        self.list: ListPane[ContractLine] = ListPane(
            around, "contracts", "contrats", self._columns(), placeholder="Enfant, activité…", title="Contrats",
        )
        self.list.say_when_empty(_EMPTY, "Nouveau contrat", self.presenter.add)
        self.weeks: ListPane[WeekOfHours] = ListPane(
            around, "contracts/weeks", "semaines", WEEKS, placeholder="Semaine…", title="Heures par semaine",
        )
        self._rate = label(kind="strong", wrap=True)
        self._build()
        self.list.opened.connect(self.presenter.open_family)
        self.list.table.chosen.connect(self._choose)
        for key, run in (("F2", self._with_row(self.presenter.edit)), ("Ctrl+N", self.presenter.add)):
            QShortcut(QKeySequence(key), self).activated.connect(run)

    def _build(self) -> None:
        self._group = QButtonGroup(self)
        self._chips: dict[Shown, QPushButton] = {}
        for shown in Shown:
            found = self._chips[shown] = chip(shown.label, partial(self.presenter.choose, shown))
            found.setAccessibleName(shown.label.replace("&", ""))
            self._group.addButton(found)
            self.gestures.addWidget(found)
        self._add = button("&Nouveau contrat", self.presenter.add, self.theme, kind="primary", icon_name="plus")
        self._add.setVisible(self.presenter.may_edit)
        self.gestures.addWidget(self._add)
        hours = QWidget()
        column = QVBoxLayout(hours)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.theme.px(8))
        column.addWidget(self._rate)
        column.addWidget(self.weeks, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.list)
        self._stack.addWidget(hours)
        self._hours = hours
        self.sheet = SidePanel(self.theme, "Contrat")
        self._facts = QVBoxLayout()
        self._facts.setSpacing(self.theme.px(6))
        self._gestures = QHBoxLayout()
        self._gestures.setSpacing(self.theme.px(8))
        self.sheet.body.addLayout(self._facts)
        self.sheet.body.addLayout(self._gestures)
        self.sheet.body.addStretch(1)
        self.sheet.closed.connect(self._close)
        self.panel = TaskPanel(self.theme)
        follow(self.panel, self.presenter.drafting)
        self._panels = QStackedWidget()
        self._panels.addWidget(self.sheet)
        self._panels.addWidget(self.panel)
        self._beside = Beside(self.theme, self._stack, self._panels)
        self.body.addWidget(self._beside, 1)

    def _columns(self) -> Sequence[Column[ContractLine]]:
        today = self.around.desk.app.clock.today()
        return (
            Column("Enfant", lambda row: row.child, width=24, strong=True),
            Column("Activité", lambda row: row.activity, width=22),
            Column("Accueil", lambda row: row.terms.kind.label, width=18),
            Column("État", lambda row: row.moment(today), Kind.STATE, width=12, mark=lambda row: _MARKS[row.state]),
            Column("Du", lambda row: row.terms.period.start, Kind.DATE, width=11),
            Column("Au", lambda row: row.terms.period.end, Kind.DATE, width=11),
            Column("Semaine type", lambda row: row.terms.pattern.in_french, width=40,
                   tip=lambda row: row.terms.pattern.in_french),
            Column("Congés", lambda row: row.terms.leave_days, Kind.NUMBER, width=9),
        )

    # --- what the shell asks ----------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        self.presenter.open(place)
        (self.list if self.presenter.shown is Shown.CONTRACTS else self.weeks).take_keyboard()

    def refresh(self) -> None:
        self.presenter.load()

    def search_entry(self) -> QWidget:
        return self.list.search if self.presenter.shown is Shown.CONTRACTS else self.weeks.search

    # --- what the presenter asks ------------------------------------------------------------------------------------

    def is_seen(self) -> bool:
        return self.isVisible()

    def show_view(self, shown: Shown) -> None:
        self._chips[shown].setChecked(True)
        self._stack.setCurrentWidget(self.list if shown is Shown.CONTRACTS else self._hours)
        if shown is Shown.HOURS:
            self._beside.close_panel()

    def show_contracts(self, lines: Sequence[ContractLine]) -> None:
        before = self.list.table.current_row()
        self.list.set_rows(lines, None, lambda: self._choose_again(before))

    def _choose_again(self, before: ContractLine | None) -> None:
        if before is not None:
            line = self.list.table.table_model.position_of(lambda row: row.id == before.id)
            if line is not None:
                self.list.table.choose(line)

    def show_sheet(self, line: ContractLine, figures: ContractFigures | None) -> None:
        self.sheet.show_title(line.child)
        clear(self._facts)
        self._facts.addWidget(label(f"{line.terms.kind.label} · {line.activity}", "secondary", wrap=True))
        self._facts.addWidget(label(line.terms.pattern.in_french, wrap=True))
        for title, words in figures_in_words(figures) if figures is not None else ():
            self._facts.addWidget(label(title, "small"))
            self._facts.addWidget(label(words, "strong", wrap=True))
        if line.terms.note:
            self._facts.addWidget(label(line.terms.note, "secondary", wrap=True))
        clear(self._gestures)
        for words, run, kind in self._offered(line):
            self._gestures.addWidget(button(words, partial(run, line), self.theme, kind=kind))
        self._gestures.addStretch(1)
        if not self._beside.is_open or self._panels.currentWidget() is self.sheet:
            self._panels.setCurrentWidget(self.sheet)
            self._beside.open_panel()

    def _offered(self, line: ContractLine) -> Sequence[tuple[str, Callable[[ContractLine], None], str]]:
        if not self.presenter.may_edit:
            return ()
        if line.state is ContractState.DRAFT:
            return (("Si&gner…", self.presenter.sign, "primary"), ("Modifi&er", self.presenter.edit, ""),
                    ("A&bandonner", self.presenter.drop, ""))
        if line.state is ContractState.SIGNED:
            return (("A&venant…", self.presenter.edit, ""), ("Mettr&e fin…", self.presenter.end, ""))
        return ()

    def show_weeks(self, weeks: Sequence[WeekOfHours]) -> None:
        self._rate.setText(rate_in_words(weeks))
        self.weeks.set_rows(weeks)

    @property
    def typing(self) -> TaskForm:
        return self.panel.task_form

    def show_task(self, task: Task, values: Typed) -> None:
        self.panel.show_task(task, values)
        self._panels.setCurrentWidget(self.panel)
        self._beside.open_panel()

    def hide_task(self) -> None:
        self._panels.setCurrentWidget(self.sheet)
        self._beside.close_panel()
        self.list.take_keyboard()

    # --- gestures ---------------------------------------------------------------------------------------------------

    def _choose(self, line: ContractLine | None) -> None:
        if line is not None and self._panels.currentWidget() is self.sheet:
            self.presenter.select(line)

    def _close(self) -> None:
        self._beside.close_panel()
        self.list.take_keyboard()

    def _with_row(self, run: Callable[[ContractLine], None]) -> Callable[[], None]:
        def on_row() -> None:
            row = self.list.table.current_row()
            if row is not None:
                run(row)

        return on_row
