"""« Pointage »: one day of the active structure, clocked from the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from backoffice.attendance.day import DayRow, SlotTotals
from backoffice.attendance.rules import AttendanceState
from backoffice.families.queries import PersonListRow
from ui.dialogs import choose_file_to_write
from ui.drafts import Task, Typed
from ui.presenting import Paper, Place
from ui.screen import Screen, Surroundings
from ui.screens.attendance.adding import SlotChoice
from ui.screens.attendance.bar import GESTURES, SelectionBar
from ui.screens.attendance.beside import RowPanel
from ui.screens.attendance.clocking import HistoryWords
from ui.screens.attendance.day_lists import Listed
from ui.screens.attendance.lines import (
    TO_CHECK,
    Chip,
    DayLine,
    Selection,
    Sending,
    Shown,
    TotalCard,
    total_cards,
)
from ui.screens.attendance.panel import AddingPanel
from ui.screens.attendance.presenter import AttendancePresenter
from ui.screens.attendance.strip import WaitingStrip
from ui.screens.attendance.waiting import Strip
from ui.theme.icons import icon
from ui.widgets.basics import button, chip, clear, label, restyle
from ui.widgets.flow import FlowLayout
from ui.widgets.folding import Foldaway
from ui.widgets.scrolled import LeastHigh, scrolled
from ui.widgets.side import Beside
from ui.widgets.table.columns import Column, Kind, Mark
from ui.widgets.table.page import ListPane
from ui.widgets.task_form import ShowsTask, TaskForm
from ui.widgets.task_panel import follow

_MARKS = {
    AttendanceState.BOOKED: Mark("clock", "text_secondary"),
    AttendanceState.PRESENT: Mark("check", "success"),
    AttendanceState.ABSENT: Mark("square-x", "danger"),
    AttendanceState.EXCUSED: Mark("circle-slash", "text_secondary"),
    AttendanceState.WAITING: Mark("hourglass", "warning"),
    AttendanceState.REFUSED: Mark("x", "danger"),
}
_SENDING_MARKS = {
    Sending.WAITING: Mark("hourglass", "info"),
    Sending.REFUSED: Mark("triangle-alert", "warning"),
}
_WAITING = "Reportée sur la prochaine facture : la corriger fait refaire son prix."


def _invoice_mark(row: DayRow) -> Mark | None:
    if row.locked:
        return Mark("lock", "text_secondary")
    return Mark("hourglass", "info") if row.waiting else None


def _why(line: DayLine) -> str:
    return line.compared.to_bill.why if line.compared is not None else ""


COLUMNS: Sequence[Column[DayLine]] = (
    Column("Jour", lambda line: line.row.day, Kind.DATE, width=10),
    Column("Enfant", lambda line: line.row.child_name, width=21, strong=True),
    Column("Âge", lambda line: line.age, width=7,
           tip=lambda line: f"Né(e) le {line.row.birth_date:%d/%m/%Y}" if line.row.birth_date else "Âge inconnu"),
    Column("Santé", lambda line: "alerte" if line.alert else "", Kind.STATE, width=8,
           mark=lambda line: Mark("triangle-alert", "warning") if line.alert else None,
           tip=lambda line: "Allergie ou PAI" if line.alert else ""),
    Column("Activité", lambda line: line.row.activity, width=17, tip=lambda line: line.row.activity),
    Column("Créneau", lambda line: line.row.slot_label, width=14, tip=lambda line: line.row.slot_label),
    Column("Réservé", lambda line: line.booked, width=15),
    Column("Pointé", lambda line: line.clocked, width=17,
           mark=lambda line: Mark("triangle-alert", "warning") if line.forgotten else None),
    Column("À facturer", lambda line: line.to_bill, width=10, tip=_why),
    Column("État", lambda line: line.row.state.label, Kind.STATE, width=16,
           mark=lambda line: _MARKS[line.row.state], tip=lambda line: line.row.note or line.row.state.label),
    Column("À vérifier", lambda line: line.to_check, Kind.STATE, width=22,
           mark=lambda line: Mark("triangle-alert", "warning") if line.to_check else None,
           tip=lambda line: line.to_check),
    Column("Envoi", lambda line: line.sending.value, Kind.STATE, width=17,
           mark=lambda line: _SENDING_MARKS.get(line.sending)),
    Column("Facture", lambda line: line.invoice, width=16,
           mark=lambda line: _invoice_mark(line.row),
           tip=lambda line: _WAITING if line.row.waiting else line.invoice),
)


class AttendanceView(ShowsTask, Screen):
    """Day and filters above; the table; the totals; the bar of the lines chosen."""

    follows_structure = follows_year = True
    keys = (
        ("P, A, J, R", "Présence, absence, absence justifiée, réservé"),
        ("C", "Ce qui a été pointé, et le corriger avec sa raison"),
        ("M", "Motif d'une absence, ses jours, son justificatif"),
        ("F2, Suppr", "Saisir les heures, retirer du jour"),
        ("F7", "Listes : présence, évacuation, repas"),
        ("Ctrl+←, Ctrl+→, Ctrl+T", "Jour précédent, suivant, aujourd'hui"),
    )

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Pointage")
        theme = self.theme
        self._showing = False
        self.presenter = AttendancePresenter(self, around.desk, around.preferences.unfinished)
        self._lists = button("Listes… (F7)", self._show_lists, theme, icon_name="list")
        self._lists.setToolTip("Liste de présence, liste d'évacuation, repas : sur papier ou en classeur")
        self.gestures.addWidget(self._lists)
        self.gestures.addWidget(
            button("Aj&outer un enfant", self.presenter.add, theme, icon_name="plus", shortcut="Ctrl+N")
        )
        self.list: ListPane[DayLine] = ListPane(
            around, "attendance", "lignes", COLUMNS, placeholder="Enfant, activité, créneau, facture…",
            title="Pointage", filters=self.presenter, views=(),
        )
        self.list.setMinimumHeight(theme.px(220))
        self.table = self.list.table
        self.bar = SelectionBar(theme)
        self.strip, self.conflicts = WaitingStrip(theme), WaitingStrip(theme)
        self.totals = QFrame()
        self.totals.setProperty("kind", "page")
        self.totals.setAccessibleName("Totaux par créneau")
        self._totals = FlowLayout(theme.px(16), self.totals)
        page = LeastHigh()
        whole = QVBoxLayout(page)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(theme.px(12))
        whole.addLayout(self._tools())
        whole.addWidget(self.strip)
        whole.addWidget(self.conflicts)
        whole.addWidget(self.list, 1)
        whole.addWidget(self.totals)
        whole.addWidget(self.bar)
        self._scroll = scrolled(page, sideways=False)
        self.panel, self.row_panel = AddingPanel(around), RowPanel(theme)
        self._panels = QStackedWidget()
        for panel in (self.panel, self.row_panel):
            self._panels.addWidget(panel)
        self.beside = Beside(theme, self._scroll, self._panels)
        self.body.addWidget(self.beside, 1)
        self._listen()
        self._bind_keys()

    def _tools(self) -> FlowLayout:
        """The day, then the filters: on as many lines as the width asks for; folded away on a short page."""
        theme = self.theme
        self._day_error = label(kind="error")
        self._day_error.hide()
        filters = QWidget()
        self._fill_filters(FlowLayout(theme.px(8), filters))
        self._filters = Foldaway(theme, "Filtres", filters)
        tools = FlowLayout(theme.px(8))
        for widget in (self._days(), self._day_error, self._filters, filters):
            tools.addWidget(widget)
        return tools

    def _days(self) -> QWidget:
        theme = self.theme
        self.day = QLineEdit()
        self.day.setMaximumWidth(theme.px(112))
        self.day.setMinimumWidth(theme.px(104))
        self.day.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.day.setToolTip("Un jour : 12/11, 12/11/2026. Ctrl+← et Ctrl+→ changent de jour.")
        self.day.setAccessibleName("Jour")
        title = QLabel("&Jour")
        title.setBuddy(self.day)
        days = QWidget()
        row = QHBoxLayout(days)
        row.setContentsMargins(0, 0, theme.px(12), 0)
        row.setSpacing(theme.px(4))
        row.addWidget(title)
        row.addWidget(self._arrow("arrow-left", "Jour précédent", -1))
        row.addWidget(self.day)
        row.addWidget(self._arrow("arrow-right", "Jour suivant", 1))
        row.addWidget(button("Aujourd'hui", self.presenter.go_to_today, theme, kind="link", shortcut="Ctrl+T"))
        return days

    def _fill_filters(self, filters: FlowLayout) -> None:
        theme = self.theme
        group = QButtonGroup(self)
        self._chips: dict[Shown, QPushButton] = {}
        for shown in Shown:
            found = chip("", partial(self.presenter.keep, shown), checked=shown is Shown.ALL)
            group.addButton(found)
            found.setVisible(shown is Shown.ALL)
            self._chips[shown] = found
            filters.addWidget(found)
        size = theme.size("icon", "default")
        for shown in TO_CHECK:
            self._chips[shown].setIconSize(QSize(size, size))
            self._chips[shown].setIcon(icon("triangle-alert", theme.colour("warning"), size))

    def _arrow(self, name: str, words: str, days: int) -> QPushButton:
        found = button("", partial(self.presenter.step, days), self.theme, icon_name=name)
        found.setAccessibleName(words)
        found.setToolTip(words)
        return found

    def _listen(self) -> None:
        self.day.returnPressed.connect(self._day_typed)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._select())
        # A search without answer empties the table, and its selection with it, without a word.
        self.table.table_model.modelReset.connect(self._select)
        self.list.opened.connect(lambda _line: self._edit())
        # At 200 % text the bar is under the table: a sentence that makes it higher must not leave it out of sight.
        self._scroll.verticalScrollBar().rangeChanged.connect(lambda *_: self._keep_bar_in_sight())
        self.bar.state_asked.connect(self._set_state)
        self.bar.times_asked.connect(self._save_times)
        self.bar.removal_asked.connect(self.presenter.remove)
        self.bar.invoice_asked.connect(self.presenter.open_invoice)
        self.bar.clock_asked.connect(self.presenter.correct_clock)
        self.bar.absence_asked.connect(self.presenter.tell_absence)
        self.bar.given_up.connect(self.list.take_keyboard)
        follow(self.row_panel, self.presenter.clocking.drafting)
        self.row_panel.removal_asked.connect(self.presenter.clocking.remove_absence)
        self.panel.closed.connect(self._close_panel)
        self.panel.add_asked.connect(self.presenter.adding.add)

    def _bind_keys(self) -> None:
        # Single letters only while the table has the keyboard: never in a field, never under a screen reader's own.
        for state, _text, key, _icon in GESTURES:
            self._key(key, partial(self._set_state, state), self.table)
        self._key("C", self.presenter.correct_clock, self.table)
        self._key("M", self.presenter.tell_absence, self.table)
        self._key("F7", self._show_lists, self)
        self._key("Del", self.presenter.remove, self.table)
        self._key("F2", self._edit, self)
        self._key("Ctrl+Z", self.presenter.undo, self.table)
        self._key("Ctrl+Left", partial(self.presenter.step, -1), self)
        self._key("Ctrl+Right", partial(self.presenter.step, 1), self)
        self._key("Ctrl+S", self._save_times, self.bar)

    @staticmethod
    def _key(key: str, run: Callable[[], object], where: QWidget) -> None:
        found = QShortcut(QKeySequence(key), where)
        found.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        found.activated.connect(lambda: run())  # noqa: PLW0108 - a partial is no slot

    # --- what the shell asks ----------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        self.list.take_keyboard()
        self.presenter.open(place)
        self.list.open_at(place)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        self._filters.fold(short=self.is_short)

    def refresh(self) -> None:
        self.presenter.load()

    def search_entry(self) -> QWidget:
        return self.list.search

    def may_leave(self) -> bool:
        """Times typed are saved on the way out; the page stays when they make no sense."""
        if not self.bar.dirty:
            return True
        saved = self.presenter.save_times(self.bar.arrived.text(), self.bar.left.text())
        if saved:
            self.bar.settle()
        return saved

    def _day_typed(self) -> None:
        self.table.setFocus()  # the keyboard comes back where the day is wrong
        self.presenter.choose_day(self.day.text())

    # --- what the presenter asks ------------------------------------------------------------------------------

    def is_seen(self) -> bool:
        return self.isVisible()

    def show_day(self, day: str, error: str) -> None:
        self.day.setText(day)
        self._day_error.setText(f"▲ {error}" if error else "")
        self._day_error.setVisible(bool(error))
        self.day.setAccessibleDescription(error)
        self.day.setProperty("state", "error" if error else "")
        restyle(self.day)
        if error:
            self.day.setFocus()
            self.day.selectAll()

    def show_chips(self, chips: Sequence[Chip], chosen: Shown) -> None:
        for one in chips:
            found = self._chips[one.shown]
            found.setText(one.words)
            found.setAccessibleName(one.words)
            found.setChecked(one.shown is chosen)
            found.setVisible(bool(one.count) or one.shown in {Shown.ALL, chosen})
        self._filters.say(self._chips[chosen].text())

    def say_when_empty(self, text: str, gesture: str, run: Callable[[], object] | None) -> None:
        self.list.say_when_empty(text, gesture, run)

    def show_lines(self, lines: Sequence[DayLine], *, several_days: bool) -> None:
        chosen = set(self.bar.selection.ids)
        self._showing = True
        # What is forgotten is of several days, and never billed.
        self.table.force_column("Jour", seen=several_days)
        sending = any(line.sending for line in lines)
        self.table.force_column("Envoi", seen=sending)
        to_check = any(line.to_check for line in lines)
        self.table.force_column("À vérifier", seen=to_check)
        self.table.force_column("Santé", seen=any(line.alert for line in lines))
        # Where both would not fit, the one that says nothing yet makes room.
        crowded = sending or to_check
        self.table.force_column("Facture", seen=not several_days and (not crowded or any(one.invoice for one in lines)))
        self.table.force_column("À facturer", seen=not several_days)
        self.list.set_rows(lines, lambda line: line.haystack, partial(self._lines_shown, chosen))

    def _lines_shown(self, chosen: Container[int]) -> None:
        self.table.choose_rows(lambda line: line.row.id in chosen)
        self._showing = False
        self._select()

    def show_strip(self, strip: Strip) -> None:
        self.strip.show_strip(strip)

    def show_conflicts(self, strip: Strip) -> None:
        self.conflicts.show_strip(strip)

    def show_totals(self, totals: Sequence[SlotTotals]) -> None:
        clear(self._totals)
        for card in total_cards(totals):
            self._totals.addWidget(_card(card))
        self.totals.setVisible(bool(totals))

    def show_selection(self, selection: Selection) -> None:
        self.bar.show_selection(selection)
        self.bar.setVisible(bool(selection.ids))

    def show_time_errors(self, arrived: str, left: str) -> None:
        self.bar.show_errors(arrived, left)
        self._keep_bar_in_sight()

    @property
    def typing(self) -> TaskForm:
        return self.row_panel.task_form

    def show_task(self, task: Task, values: Typed) -> None:
        self.row_panel.show_task(task, values)
        self._panels.setCurrentWidget(self.row_panel)
        self.beside.open_panel()

    def hide_task(self) -> None:
        self._close_panel()

    def show_history(self, lines: Sequence[HistoryWords]) -> None:
        self.row_panel.show_history(lines)

    def show_removal(self, words: str) -> None:
        self.row_panel.show_removal(words)

    def show_paper(self, paper: Paper) -> None:
        self.around.show_paper(paper)

    def choose_list_file(self, name: str) -> Path | None:
        return choose_file_to_write(self, "Écrire la liste", name, "Classeur Excel (*.xlsx)")

    def _show_lists(self) -> None:
        menu = QMenu(self._lists)
        for listed in Listed:
            menu.addAction(listed.label, partial(self.presenter.print_list, listed))
        menu.addSeparator()
        for listed in Listed:
            menu.addAction(f"{listed.label}, en classeur…", partial(self.presenter.write_list, listed))
        menu.setActiveAction(menu.actions()[0])
        menu.popup(self._lists.mapToGlobal(self._lists.rect().bottomLeft()))

    def open_adding(self) -> None:
        self.presenter.clocking.drafting.put_away()
        self._panels.setCurrentWidget(self.panel)
        self.beside.open_panel()
        self.panel.ready()

    def show_adding(self, title: str, slots: Sequence[SlotChoice], likely: int | None) -> None:
        self.panel.show_title(title)
        self.panel.show_slots(slots, likely)

    def show_children(self, children: Sequence[PersonListRow]) -> None:
        self.panel.children_list.set_rows(children, lambda row: row.haystack)

    def show_adding_error(self, text: str) -> None:
        self.panel.show_error(text)

    def ready_for_next(self) -> None:
        self.panel.ready()

    # --- gestures ---------------------------------------------------------------------------------------------

    def _select(self) -> None:
        if self._showing:
            return
        lines = self.table.selected_rows()
        leaving = {line.row.id for line in lines} != set(self.bar.selection.ids)
        if leaving and self.bar.dirty:
            self.presenter.save_times(self.bar.arrived.text(), self.bar.left.text(), leaving=True)
            self.bar.settle()
        self.presenter.select(lines)

    def _edit(self) -> None:
        self.bar.edit()
        self._keep_bar_in_sight()

    def _keep_bar_in_sight(self) -> None:
        if self.bar.typing_in is not None:
            self._scroll.ensureWidgetVisible(self.bar)

    def _set_state(self, state: AttendanceState) -> None:
        done = self.presenter.set_state(state, self.bar.arrived.text(), self.bar.left.text())
        if done:
            self.bar.settle()
            self._then_next()

    def _save_times(self) -> None:
        typing_in = self.bar.typing_in
        if self.bar.dirty:
            if not self.presenter.save_times(self.bar.arrived.text(), self.bar.left.text()):
                return
            self.bar.settle()
        if self._then_next() and typing_in is not None and self.bar.selection.editable:
            typing_in.setFocus()
            typing_in.selectAll()
        else:
            self.list.take_keyboard()

    def _then_next(self) -> bool:
        """One key, then the next child; several lines stay chosen."""
        line = self.table.currentIndex().row() + 1
        if self.bar.selection.many or line >= self.table.table_model.rowCount():
            return False
        self.table.choose(line)
        return True

    def _close_panel(self) -> None:
        self.beside.close_panel()
        self.list.take_keyboard()


def _card(card: TotalCard) -> QWidget:
    found = QWidget()
    found.setToolTip(card.tip)
    column = QVBoxLayout(found)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(label(card.title, "strong"))
    column.addWidget(label(card.words, "small"))
    return found
