"""« Rattachements » : who asks to know our families, and whom we asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from backoffice.families.kinds import LinkState
from backoffice.families.queries import LinkPlace, OwnRequest, RequestToDecide
from backoffice.kernel.zone import PARIS
from ui.drafts import Task, Typed
from ui.presenting import Place
from ui.screen import Screen, Surroundings
from ui.screens.links.presenter import LinksPresenter
from ui.widgets.basics import Empty, Panel, button
from ui.widgets.scrolled import scrolled
from ui.widgets.side import Beside
from ui.widgets.table.columns import Column, Kind, Mark
from ui.widgets.table.view import Table
from ui.widgets.task_form import ShowsTask, TaskForm
from ui.widgets.task_panel import TaskPanel

_LEAST_ROWS = 4
_MARKS = {
    LinkState.ASKED: Mark("clock", "warning"),
    LinkState.ACCEPTED: Mark("circle-check", "success"),
    LinkState.REFUSED: Mark("x", "text_muted"),
}
_NOTHING_TO_DECIDE = "Aucun autre service ne demande à connaître vos familles."
_NOTHING_ASKED = "Votre service n'a rien demandé ces derniers temps."
_SEES_ALL = "Vous voyez toutes les familles de la commune : il n'y a rien à demander."


def _day(at: datetime | None) -> date | None:
    return at.astimezone(PARIS).date() if at is not None else None


class LinksView(ShowsTask, Screen):
    """Two lists, and beside them the form of a request."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Rattachements")
        self.presenter = LinksPresenter(self, around.desk, around.preferences.unfinished)
        self._ask = button("&Demander un rattachement", self.presenter.ask, self.theme, kind="primary",
                           icon_name="link", shortcut="Ctrl+N")
        self._ask.hide()
        self.gestures.addWidget(self._ask)
        self.to_decide: Table[RequestToDecide] = Table("Demandes à votre service", self._decided_columns(), self.theme)
        self.own: Table[OwnRequest] = Table("Demandes de votre service", self._own_columns(), self.theme)
        self._nothing_to_decide, self._nothing_asked = Empty(self.theme), Empty(self.theme)
        self._nothing_to_decide.say(_NOTHING_TO_DECIDE)
        main = QWidget()
        stacked = QVBoxLayout(main)
        stacked.setContentsMargins(0, 0, 0, 0)
        stacked.setSpacing(self.theme.px(12))
        self._decide_stack = self._panel(stacked, "Demandes à votre service", self.to_decide, self._nothing_to_decide,
                                         self._gestures(), seen=self.presenter.may_decide)
        self._own_stack = self._panel(stacked, "Demandes de votre service", self.own, self._nothing_asked, None,
                                      seen=self.presenter.may_ask)
        self.panel = TaskPanel(self.theme)
        drafting = self.presenter.drafting
        self.panel.typed.connect(drafting.typed)
        self.panel.left.connect(drafting.left)
        self.panel.task_form.follow_choices(drafting)
        self.panel.saved.connect(drafting.save)
        self.panel.closed.connect(drafting.close)
        self._beside = Beside(self.theme, scrolled(main), self.panel)
        self.body.addWidget(self._beside, 1)
        self.to_decide.chosen.connect(self._chosen)
        self.to_decide.activated_row.connect(self.presenter.open_family)
        self._chosen(None)

    def _panel(
        self, layout: QVBoxLayout, title: str, table: QWidget, empty: QWidget, foot: QHBoxLayout | None, *, seen: bool
    ) -> QStackedWidget:
        panel = Panel(self.theme, title)
        stack = QStackedWidget()
        table.setMinimumHeight(self.theme.size("row_height", "table") * _LEAST_ROWS)
        stack.addWidget(table)
        stack.addWidget(empty)
        panel.body.addWidget(stack, 1)
        if foot is not None:
            panel.body.addLayout(foot)
        panel.setVisible(seen)
        layout.addWidget(panel, 1)
        return stack

    def _gestures(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(self.theme.px(8))
        with_row = self._with_row
        accept, refuse = partial(self._decide, True), partial(self._decide, False)
        self._accept = button("&Accepter", accept, self.theme, icon_name="check")
        self._refuse = button("&Refuser", refuse, self.theme, icon_name="x")
        self._undo = button("A&nnuler la décision", with_row(self.presenter.undo), self.theme, icon_name="undo-2")
        self._open = button("Ouvrir le do&ssier", with_row(self.presenter.open_family), self.theme, icon_name="users")
        for gesture in (self._accept, self._refuse, self._undo, self._open):
            foot.addWidget(gesture)
        foot.addStretch(1)
        for key, run in (("A", accept), ("R", refuse)):
            shortcut = QShortcut(QKeySequence(key), self.to_decide)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(run)
        self._accept.setToolTip("Le service verra la famille (A)")
        self._refuse.setToolTip("Le service saura seulement que c'est refusé (R)")
        return foot

    def _decided_columns(self) -> Sequence[Column[RequestToDecide]]:
        return (
            Column("Famille", lambda row: row.family_name, width=26, strong=True, tip=lambda row: row.family_name),
            Column("Pour", lambda row: row.person, width=22, tip=lambda row: row.person),
            Column("Né(e) le", lambda row: row.birth_date, Kind.DATE, width=11),
            Column("Service qui demande", lambda row: row.place, width=22, tip=lambda row: row.place),
            Column("Pourquoi", lambda row: row.reason, width=28, tip=lambda row: row.reason),
            Column("Agent", lambda row: row.asked_by, width=14),
            Column("Le", lambda row: _day(row.asked_at), Kind.DATE, width=11),
            Column("État", lambda row: row.state.label, Kind.STATE, width=11, mark=lambda row: _MARKS[row.state]),
        )

    def _own_columns(self) -> Sequence[Column[OwnRequest]]:
        return (
            Column("Pour", lambda row: row.person, width=26, strong=True, tip=lambda row: row.person),
            Column("Né(e) le", lambda row: row.birth_date, Kind.DATE, width=11),
            Column("État", lambda row: row.state.label, Kind.STATE, width=11, mark=lambda row: _MARKS[row.state]),
            Column("Réponse le", lambda row: _day(row.decided_at), Kind.DATE, width=11),
            Column("Demandé le", lambda row: _day(row.asked_at), Kind.DATE, width=11),
            Column("Service", lambda row: row.place, width=22, tip=lambda row: row.place),
            Column("Agent", lambda row: row.asked_by, width=14),
            Column("Pourquoi", lambda row: row.reason, width=28, tip=lambda row: row.reason),
        )

    # --- what the shell asks --------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        self._take_keyboard()
        self.presenter.open(place)

    def refresh(self) -> None:
        self.presenter.load()

    # --- what the presenter asks ----------------------------------------------------------------------------------

    def show_places(self, places: Sequence[LinkPlace]) -> None:
        self._ask.setVisible(bool(places) and not self._beside.is_open)
        ask = "Demander un rattachement" if places else ""
        self._nothing_asked.say(_NOTHING_ASKED if places else _SEES_ALL, ask, self.presenter.ask)

    def show_to_decide(self, requests: Sequence[RequestToDecide]) -> None:
        self.to_decide.set_rows(requests)
        self._turn(self._decide_stack, 0 if requests else 1)
        self._chosen(self.to_decide.current_row())

    def show_own(self, requests: Sequence[OwnRequest]) -> None:
        self.own.set_rows(requests)
        self._turn(self._own_stack, 0 if requests else 1)

    @property
    def typing(self) -> TaskForm:
        return self.panel.task_form

    def show_task(self, task: Task, values: Typed) -> None:
        self.panel.show_task(task, values)
        self._ask.hide()
        self._beside.open_panel()

    def hide_task(self) -> None:
        self._ask.show()
        self._beside.close_panel()
        self._take_keyboard()

    def _take_keyboard(self) -> None:
        """On the first list that has something; else on what stands for the last one."""
        seen = [stack for stack, may in ((self._decide_stack, self.presenter.may_decide),
                                         (self._own_stack, self.presenter.may_ask)) if may]
        if not seen:
            return
        stack = next((stack for stack in seen if stack.currentIndex() == 0), seen[-1])
        if stack.currentIndex() == 0:
            (self.own if stack is self._own_stack else self.to_decide).setFocus()
        else:
            (self._nothing_asked if stack is self._own_stack else self._nothing_to_decide).take_keyboard()

    def _turn(self, stack: QStackedWidget, index: int) -> None:
        """Show a list, or what stands for it; the keyboard is not left on what is hidden."""
        held = stack.isAncestorOf(QApplication.focusWidget() or self)
        stack.setCurrentIndex(index)
        if held:
            self._take_keyboard()

    # --- gestures -------------------------------------------------------------------------------------------------

    def _chosen(self, row: RequestToDecide | None) -> None:
        """Only what can be done with this request is offered."""
        waits = row is not None and row.state is LinkState.ASKED
        self._accept.setVisible(waits)
        self._refuse.setVisible(waits)
        self._undo.setVisible(row is not None and row.may_undo)
        self._open.setVisible(row is not None)

    def _decide(self, accepted: bool) -> None:
        row = self.to_decide.current_row()
        if row is not None and row.state is LinkState.ASKED:
            self.presenter.decide(row, accepted=accepted)

    def _with_row(self, run: Callable[[RequestToDecide], None]) -> Callable[[], None]:
        def on_row() -> None:
            row = self.to_decide.current_row()
            if row is not None:
                run(row)

        return on_row
