"""« Inscriptions » : chips choose who asks, waits or comes; beside the list, the answer to a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QPushButton, QVBoxLayout, QWidget

from backoffice.registrations.kinds import RegistrationState
from backoffice.registrations.queries import RegistrationLine
from ui.drafts import Task, Typed
from ui.presenting import Place
from ui.screen import Screen, Surroundings
from ui.screens.registrations.presenter import RegistrationsPresenter, Shown, asked_in_words
from ui.widgets.basics import button, chip
from ui.widgets.flow import FlowLayout
from ui.widgets.side import Beside
from ui.widgets.table.columns import Column, Kind, Mark
from ui.widgets.table.page import ListPane
from ui.widgets.task_form import ShowsTask, TaskForm
from ui.widgets.task_panel import TaskPanel, follow

_MARKS = {
    RegistrationState.REQUESTED: Mark("inbox", "info"),
    RegistrationState.WAITING: Mark("hourglass", "warning"),
    RegistrationState.ACCEPTED: Mark("circle-check", "success"),
    RegistrationState.REFUSED: Mark("square-x", "danger"),
    RegistrationState.WITHDRAWN: Mark("circle-slash", "text_muted"),
}


class RegistrationsView(ShowsTask, Screen):
    """A list of children and activities; the gestures that the chosen one allows."""

    follows_structure = True
    follows_year = True
    keys = (
        ("Entrée", "Ouvrir le dossier de la famille"),
        ("F2", "Inscrire l'enfant demandé"),
        ("Suppr", "Refuser la demande"),
    )

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Inscriptions")
        self.presenter = RegistrationsPresenter(self, around.desk, around.preferences.unfinished)
        self.list: ListPane[RegistrationLine] = ListPane(
            around, "registrations", "inscriptions", self._columns(), placeholder="Enfant, activité…",
            title="Inscriptions",
        )
        self._build()
        self.list.opened.connect(self.presenter.open_family)
        self.list.table.chosen.connect(self._chosen)
        for key, run in (("F2", self.presenter.accept), ("Del", self.presenter.refuse)):
            QShortcut(QKeySequence(key), self.list.table).activated.connect(self._with_row(run))
        self._chosen(None)

    def _build(self) -> None:
        chips = QWidget()
        row = FlowLayout(self.theme.px(8), chips)
        self._group = QButtonGroup(self)
        self._chips: dict[Shown, QPushButton] = {}
        for shown in Shown:
            found = self._chips[shown] = chip(shown.label, partial(self.presenter.choose, shown))
            self._group.addButton(found)
            row.addWidget(found)
        self.body.addWidget(chips)
        with_row = self._with_row
        self._accept = button("&Inscrire…", with_row(self.presenter.accept), self.theme, kind="primary",
                              icon_name="check")
        self._wait = button("Mettre en atte&nte", with_row(self.presenter.wait), self.theme, icon_name="hourglass")
        self._refuse = button("Refuser…", with_row(self.presenter.refuse), self.theme, icon_name="x")
        self._reopen = button("R&ouvrir la demande", with_row(self.presenter.reopen), self.theme, icon_name="undo-2")
        for gesture in (self._accept, self._wait, self._refuse, self._reopen):
            self.gestures.addWidget(gesture)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list, 1)
        self.panel = TaskPanel(self.theme)
        follow(self.panel, self.presenter.drafting)
        self._beside = Beside(self.theme, left, self.panel)
        self.body.addWidget(self._beside, 1)

    def _columns(self) -> Sequence[Column[RegistrationLine]]:
        today = self.around.desk.app.clock.today()
        return (
            Column("Enfant", lambda row: row.child, width=24, strong=True),
            Column("Activité", lambda row: row.activity, width=26),
            Column("État", lambda row: row.moment(today), Kind.STATE, width=18, mark=lambda row: _MARKS[row.state]),
            Column("Du", lambda row: row.period.start, Kind.DATE, width=11),
            Column("Au", lambda row: row.period.end, Kind.DATE, width=11),
            Column("Demandée", asked_in_words, width=20, key=lambda row: row.asked_at),
            Column("Raison", lambda row: row.reason, width=26, tip=lambda row: row.reason),
            Column("Service", lambda row: row.service, width=22),
        )

    # --- what the shell asks ----------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        self.presenter.open(place)
        self.list.take_keyboard()

    def refresh(self) -> None:
        self.presenter.load()

    def search_entry(self) -> QWidget:
        return self.list.search

    # --- what the presenter asks ------------------------------------------------------------------------------------

    def is_seen(self) -> bool:
        return self.isVisible()

    def show_chips(self, counts: Mapping[Shown, int], shown: Shown) -> None:
        for each, found in self._chips.items():
            words = f"{each.label} {counts.get(each, 0)}"
            found.setText(words)
            found.setAccessibleName(words.replace("&", ""))
        self._chips[shown].setChecked(True)

    def show_lines(self, lines: Sequence[RegistrationLine], nothing: str) -> None:
        self.list.say_when_empty(nothing)
        self.list.set_rows(lines, None, lambda: self._chosen(self.list.table.current_row()))

    @property
    def typing(self) -> TaskForm:
        return self.panel.task_form

    def show_task(self, task: Task, values: Typed) -> None:
        self.panel.show_task(task, values)
        self._beside.open_panel()

    def hide_task(self) -> None:
        self._beside.close_panel()
        self.list.take_keyboard()

    # --- gestures ---------------------------------------------------------------------------------------------------

    def _chosen(self, row: RegistrationLine | None) -> None:
        """Only what can be done with it is offered."""
        may = row is not None and self.presenter.may_edit
        place = self.presenter.place_of(row) if row is not None else None
        self._accept.setVisible(may and place in {Shown.ASKED, Shown.WAITING})
        self._refuse.setVisible(may and place in {Shown.ASKED, Shown.WAITING})
        self._wait.setVisible(may and place is Shown.ASKED)
        refused = row is not None and row.state in {RegistrationState.REFUSED, RegistrationState.WAITING}
        self._reopen.setVisible(may and refused)

    def _with_row(self, run: Callable[[RegistrationLine], None]) -> Callable[[], None]:
        def on_row() -> None:
            row = self.list.table.current_row()
            if row is not None:
                run(row)

        return on_row
