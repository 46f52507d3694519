"""« Réservations » : the grid of a day, a week or a month, painted from the keyboard and saved in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from backoffice.bookings.grid import Grid
from backoffice.bookings.inbox import WaitingRequest
from backoffice.bookings.kinds import Channel
from backoffice.bookings.rules.painting import Cell, Draft
from backoffice.bookings.rules.states import LEGEND, CellState, Gesture
from backoffice.bookings.wishes import AnswerWishes
from backoffice.kernel.periods import french_day
from ui.presenting import Action, Place
from ui.screen import Screen, Surroundings
from ui.screens.bookings.cells import SheetCells
from ui.screens.bookings.legend import Legend
from ui.screens.bookings.panels import ReasonPanel, WishesPanel
from ui.screens.bookings.presenter import BookingsPresenter, Origin, Refusals, Scale
from ui.screens.bookings.sheet import Filters, Sheet
from ui.screens.bookings.words import changes_in_words
from ui.widgets.basics import Empty, button, chip, label, restyle
from ui.widgets.flow import FlowLayout
from ui.widgets.folding import Foldaway
from ui.widgets.grid.bar import EMPTY_BAR, Bar
from ui.widgets.grid.bars import GridBars
from ui.widgets.grid.table import GridTable
from ui.widgets.scrolled import LeastHigh, scrolled
from ui.widgets.side import Beside

_SEARCH_MS = 120
_SCALES = {Scale.DAY: "&Jour", Scale.WEEK: "Semai&ne", Scale.MONTH: "M&ois"}
_LEAST_GRID = 200  # logical pixels
BARS = (("users", "Réservé / capacité"), ("utensils", "Repas par menu"), ("user-check", "Adultes nécessaires"))


class BookingsView(Screen):
    """The period and its filters, the legend, the grid, its bars, and where the current cell comes from."""

    follows_structure = True
    keys = (
        ("Flèches, Maj+flèches", "Choisir une case, une plage"),
        ("Espace", "Réserver ou libérer"),
        ("P, S", "Présence, présence spéciale"),
        ("A, J, Suppr", "Absence, absence justifiée, effacer"),
        ("Ctrl+C, Ctrl+V", "Copier une semaine, la coller dans une autre ou sur un autre enfant"),
        ("Ctrl+D", "Recopier la première ligne de la plage vers le bas"),
        ("Ctrl+Maj+→", "Étendre la plage jusqu'à la fin de la période"),
        ("Ctrl+Z, Ctrl+Y", "Annuler, rétablir"),
        ("Ctrl+S", "Enregistrer"),
        ("Ctrl+←, Ctrl+→", "Période d'avant, d'après"),
        ("Alt+1, Alt+2, Alt+3", "Jour, semaine, mois"),
        ("Ctrl+T", "Aujourd'hui"),
    )

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Réservations")
        self.presenter = BookingsPresenter(self, around.desk, around.preferences.painted)
        self.table = GridTable(self.theme)
        self.cells: SheetCells | None = None
        self.reason = ReasonPanel(self.theme)
        self.wishes = WishesPanel(self.theme)
        self._today = around.desk.app.clock.today()
        self._build_header()
        self._build_grid()
        self._bind()

    # --- what it is made of -----------------------------------------------------------------------------------------

    def _build_header(self) -> None:
        theme, presenter = self.theme, self.presenter
        for name, words, key, run in (("undo-2", "Annuler", "Ctrl+Z", presenter.undo),
                                      ("redo-2", "Rétablir", "Ctrl+Y", presenter.redo)):
            found = button("", run, theme, icon_name=name)
            found.setAccessibleName(words)
            found.setToolTip(f"{words} ({key})")
            self.gestures.addWidget(found)
        self.save = button("Enregistrer", self.presenter.save, theme, kind="primary", shortcut="Ctrl+S")
        self.gestures.addWidget(self.save)

    def _build_tools(self) -> FlowLayout:
        """The period, then the filters: on as many lines as the width asks for; folded away on a short page."""
        filters = QWidget()
        self._fill_filters(FlowLayout(self.theme.px(8), filters))
        self.legend = Legend(self.theme, self._choose_state)
        self._folds = (
            Foldaway(self.theme, "Filtres", filters), Foldaway(self.theme, f"Légende ({len(LEGEND)})", self.legend),
        )
        tools = FlowLayout(self.theme.px(8))
        for part in (self._moves(), self._scale_choice(), *self._folds, filters):
            tools.addWidget(part)
        return tools

    def _moves(self) -> QWidget:
        theme = self.theme
        moves = QWidget()
        row = QHBoxLayout(moves)
        row.setContentsMargins(0, 0, theme.px(4), 0)
        row.setSpacing(theme.px(4))
        for by, name, words, key in ((-1, "arrow-left", "Période d'avant", "Ctrl+←"),
                                     (1, "arrow-right", "Période d'après", "Ctrl+→")):
            arrow = button("", partial(self.presenter.step, by), theme, icon_name=name)
            arrow.setAccessibleName(words)
            arrow.setToolTip(f"{words} ({key})")
            row.addWidget(arrow)
        self._period = label(kind="strong")
        row.addWidget(self._period)
        row.addWidget(button("Aujourd'&hui", self.presenter.today, theme, kind="link", shortcut="Ctrl+T"))
        return moves

    def _scale_choice(self) -> QWidget:
        choice = QWidget()
        row = QHBoxLayout(choice)
        row.setContentsMargins(0, 0, self.theme.px(8), 0)
        row.setSpacing(self.theme.px(4))
        self._scales = QButtonGroup(self)
        self._scale_chips = {}
        for number, (scale, words) in enumerate(_SCALES.items(), 1):
            run = partial(self.presenter.choose_scale, scale)
            found = self._scale_chips[scale] = chip(words, run)
            found.setToolTip(f"{words.replace('&', '')} (Alt+{number})")
            self._key(f"Alt+{number}", run, self)
            self._scales.addButton(found)
            row.addWidget(found)
        return choice

    def _fill_filters(self, row: FlowLayout) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("Nom d'un enfant…")
        self.search.setAccessibleName("Nom d'un enfant")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(self.theme.px(160))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_SEARCH_MS)
        self._typing.timeout.connect(self._search)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.search.returnPressed.connect(self.table.setFocus)
        self.activities, self.groups = QComboBox(), QComboBox()
        for part, words in ((self.activities, "Activité"), (self.groups, "Groupe")):
            part.setAccessibleName(words)
            part.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            part.activated.connect(lambda _: self._choose())
        self._asked = chip("En attente &de validation", self.open_wishes)
        for each in (self.search, self.activities, self.groups, self._asked):
            row.addWidget(each)

    def _build_grid(self) -> None:
        main = LeastHigh()
        column = QVBoxLayout(main)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        tools = self._build_tools()
        column.addLayout(tools)
        column.addSpacing(self.theme.px(8))
        column.addWidget(self.legend)
        column.addSpacing(self.theme.px(8))
        self.bars = GridBars(self.theme, self.table, BARS, self._bar)
        self.empty = Empty(self.theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        self._stack.setMinimumHeight(self.theme.px(_LEAST_GRID))
        column.addWidget(self._stack, 1)
        column.addWidget(self.bars)
        foot = QHBoxLayout()
        foot.setContentsMargins(self.theme.px(6), self.theme.px(4), self.theme.px(6), 0)
        self._here = label(wrap=True)
        self._whence = label(kind="secondary", wrap=True)
        self._whence.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        foot.addWidget(self._here, 3)
        foot.addWidget(self._whence, 2)
        column.addLayout(foot)
        self._panels = QStackedWidget()
        self._panels.addWidget(self.reason)
        self._panels.addWidget(self.wishes)
        self._beside = Beside(self.theme, scrolled(main, sideways=False), self._panels)
        self.body.addWidget(self._beside, 1)

    def _bind(self) -> None:
        table, presenter = self.table, self.presenter
        table.pointed.connect(lambda row, column: presenter.point((row, column)))
        table.gestured.connect(self._paint)
        table.toggled.connect(lambda: presenter.toggle(table.chosen()))
        self.reason.saved.connect(self._save_anyway)
        self.reason.left_out.connect(presenter.leave_out_refused)
        self.reason.pointed.connect(self._point_at)
        self.reason.closed.connect(self._close_panel)
        self.wishes.accepted.connect(partial(self._answer, accept=True))
        self.wishes.refused.connect(partial(self._answer, accept=False))
        self.wishes.pointed.connect(self._point_at)
        self.wishes.closed.connect(self._close_panel)
        for key, run, where in (
            ("Ctrl+C", lambda: presenter.copy(table.chosen()), table),
            ("Ctrl+V", self._paste, table),
            ("Ctrl+D", lambda: presenter.fill_down(*table.chosen_rows()), table),
            ("Ctrl+Shift+Right", table.choose_to_end, table),
            ("Ctrl+Z", presenter.undo, self),
            ("Ctrl+Y", presenter.redo, self),
            ("Ctrl+Left", partial(presenter.step, -1), self),
            ("Ctrl+Right", partial(presenter.step, 1), self),
        ):
            self._key(key, run, where)

    @staticmethod
    def _key(key: str, run: Callable[[], object], where: QWidget) -> None:
        found = QShortcut(QKeySequence(key), where)
        found.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        found.activated.connect(lambda: run())  # noqa: PLW0108 - a partial is no slot

    # --- what the shell asks ----------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        self.presenter.open(place)
        self.table.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        for fold in self._folds:
            fold.fold(short=self.is_short)

    def refresh(self) -> None:
        self.presenter.load()

    def search_entry(self) -> QWidget:
        return self.search

    def may_leave(self) -> bool:
        """What is painted stays, here and under another theme; closing the window asks."""
        self.around.preferences.painted = self.presenter.unsaved
        return True

    def left(self) -> None:
        """Another page is shown: what is painted waits here, and the agent is told so."""
        count = len(self.presenter.draft)
        if count:
            waits = "attendent d'être enregistrés" if count > 1 else "attend d'être enregistré"
            back = Action("Y revenir", lambda: self.around.desk.go(Place("bookings")))
            self.around.desk.tell(f"{changes_in_words(count)} {waits} dans « Réservations ».", back)

    # --- what the presenter asks ------------------------------------------------------------------------------------

    def is_seen(self) -> bool:
        return self.isVisible()

    def show_period(self, words: str, scale: Scale) -> None:
        self._period.setText(words)
        self._scale_chips[scale].setChecked(True)

    def show_choices(self, grid: Grid, filters: Filters) -> None:
        activities = {slot.activity_id: slot.activity for slot in grid.columns}
        self._fill(self.activities, "Toutes les activités", list(activities.items()),
                   next(iter(filters.activities), None))
        groups = sorted({one.group for child in grid.children for one in child.registrations if one.group})
        self._fill(self.groups, "Tous les groupes", [(name, name) for name in groups], filters.group or None)
        self.groups.setVisible(bool(groups))
        if self.search.text().strip() != filters.words:
            self.search.setText(filters.words)
        self.legend.show_chosen(filters.state)
        kept = [self.activities.currentText() if filters.activities else "", filters.group, filters.words]
        self._folds[0].say(", ".join(word for word in kept if word))
        self._folds[1].say(filters.state.label if filters.state is not None else "")

    @staticmethod
    def _fill(box: QComboBox, everything: str, choices: Sequence[tuple[object, str]], chosen: object) -> None:
        box.blockSignals(True)
        box.clear()
        box.addItem(everything, None)
        for value, words in choices:
            box.addItem(words, value)
        box.setCurrentIndex(max(0, box.findData(chosen)) if chosen is not None else 0)
        box.blockSignals(False)

    def show_sheet(self, sheet: Sheet, *, moved: bool) -> None:
        self.cells = SheetCells(sheet, lambda: self.presenter.draft, self.presenter.is_marked, self._today)
        self._stack.setCurrentWidget(self.table)
        self.table.show_cells(self.cells, moved=moved)
        self.bars.setVisible(bool(sheet.children))
        self.bars.update()

    def show_draft(self, draft: Draft) -> None:
        count = len(draft)
        self.save.setText(f"Enregistrer {changes_in_words(count)}" if count else "Enregistrer")
        self.save.setAccessibleName(self.save.text())
        self.save.setEnabled(bool(count))
        self.table.repaint_cells()
        self.bars.update()
        here = self.table.currentIndex()
        if here.isValid():
            self.presenter.point((here.row(), here.column()))
        self.may_leave()

    @property
    def said(self) -> str:
        """What the line under the grid says of the current cell."""
        return self._here.text()

    def show_origin(self, origin: Origin) -> None:
        self._here.setText(f"{origin.child} · {origin.where} · {origin.words}")
        self._here.setProperty("state", "error" if origin.problem else "")
        restyle(self._here)
        self._whence.setText(f"D'où ça vient ? {origin.told}" if origin.told else "")

    def ask_reason(self, refusals: Refusals, count: int) -> None:
        names = {cell: self._named(cell) for cell in refusals.reasons}
        self.reason.show_refusals(refusals.reasons, names, count, may_override=refusals.may_override)
        self._panels.setCurrentWidget(self.reason)
        self._beside.open_panel()
        (self.reason.reason if refusals.may_override else self.reason.list).setFocus()

    def hide_reason(self) -> None:
        if self._panels.currentWidget() is self.reason:
            self._close_panel()

    def show_wishes(self, requests: Sequence[WaitingRequest]) -> None:
        self._asked.setText(f"En attente &de validation ({len(requests)})")
        self._asked.setAccessibleName(f"En attente de validation : {len(requests)}")
        self.wishes.show_requests(requests)

    def say_when_empty(self, words: str) -> None:
        self.empty.say(words)
        self.bars.hide()
        self._stack.setCurrentWidget(self.empty)

    # --- gestures ---------------------------------------------------------------------------------------------------

    def _bar(self, column: int, row: int) -> Bar:
        return self.cells.bar(column, row) if self.cells is not None else EMPTY_BAR

    def _paint(self, gesture: Gesture) -> None:
        self.presenter.paint(self.table.chosen(), gesture)

    def _paste(self) -> None:
        here = self.table.currentIndex()
        if here.isValid():
            self.presenter.paste(here.row(), here.column())

    def _search(self) -> None:
        self.presenter.filter(replace(self.presenter.filters, words=self.search.text().strip()))

    def _choose(self) -> None:
        activity = self.activities.currentData()
        self.presenter.filter(replace(
            self.presenter.filters, activities=frozenset() if activity is None else frozenset({activity}),
            group=self.groups.currentData() or "",
        ))

    def _choose_state(self, state: CellState | None) -> None:
        self.legend.show_chosen(state)
        self.presenter.filter(replace(self.presenter.filters, state=state))

    def open_wishes(self) -> None:
        self._panels.setCurrentWidget(self.wishes)
        self._beside.open_panel()
        self.wishes.list.setFocus()

    def _close_panel(self) -> None:
        self._beside.close_panel()
        self._asked.setChecked(False)
        self.table.setFocus()

    def _save_anyway(self, reason: str, channel: Channel) -> None:
        self.presenter.save(reason, channel)

    def _answer(self, request: WaitingRequest, words: str, *, accept: bool) -> None:
        ids = tuple(wish.id for wish in request.wishes)
        command = AnswerWishes(ids, accept, "" if accept else words, words if accept else "")
        app = self.around.app
        told = f"Demande de {request.family} {'acceptée' if accept else 'refusée'} : la famille reçoit un courriel."
        self.presenter.answer(lambda progress: app.execute(command, progress=progress), told)

    def _point_at(self, cell: Cell) -> None:
        """Put the grid on a cell, if it is among those shown."""
        if self.cells is None:
            return
        sheet = self.cells.sheet
        rows = {child.child_id: number for number, child in enumerate(sheet.children)}
        columns = {(where.slot.slot_id, where.day): number for number, where in enumerate(sheet.columns)}
        row, column = rows.get(cell.child_id), columns.get((cell.slot_id, cell.day))
        if row is not None and column is not None:
            self.table.setCurrentIndex(self.table.grid.index(row, column))

    def _named(self, cell: Cell) -> str:
        sheet = self.presenter.sheet
        if sheet is None:
            return french_day(cell.day)
        child = next((one.name for one in sheet.grid.children if one.child_id == cell.child_id), "")
        slot = next((one.label for one in sheet.grid.columns if one.slot_id == cell.slot_id), "")
        return f"{child}, {french_day(cell.day)}, {slot}"
