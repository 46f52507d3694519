"""« Kiosque » : the tiles of a section, a search that a card reader types into, and a panel beside."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from backoffice.catalog.queries import Structure
from backoffice.clocking.code_rules import Signer
from ui.presenting import Paper, Place
from ui.screen import Screen, Surroundings
from ui.screens.kiosk.board import Inside, Tile
from ui.screens.kiosk.full import KioskScreen
from ui.screens.kiosk.panels import KioskPanel, touchable
from ui.screens.kiosk.presenter import UNDO_SECONDS, KioskPresenter, Sheet, Status
from ui.screens.kiosk.tiles import TileGrid
from ui.theme.icons import pixmap
from ui.times import Clock
from ui.widgets.basics import Empty, button, label, restyle
from ui.widgets.scrolled import scrolled
from ui.widgets.side import Beside
from ui.widgets.table.columns import Column, Mark
from ui.widgets.table.view import Table

_REFRESH_MS = 60_000
_TYPED_MS = 150  # a reader types a card in less: the tiles do not move meanwhile
_EVERY_SECTION = "Toutes les sections"


class KioskView(Screen):
    """In the window first, to choose; then on the whole screen, where leaving asks for a code."""

    keys = (
        ("F11", "Plein écran ; en sortir demande un code"),
        ("Espace", "Pointer l'arrivée ou le départ de l'enfant choisi"),
        ("F2", "Corriger ses heures, avec un code (au doigt : appui long)"),
        ("Ctrl+Z", "Annuler le dernier pointage, pendant 10 secondes"),
        ("Lettres", "Chercher un enfant ; une carte lue le pointe"),
        ("Ctrl+E", "Liste d'évacuation"),
    )

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Kiosque")
        theme = self.theme
        self.full: KioskScreen | None = None
        self._release = _nothing
        self.presenter = KioskPresenter(self, around.desk, around.preferences, platform.node()[:60] or "kiosque")
        self._cards = button("Ca&rtes…", self.presenter.make_cards, theme, icon_name="printer")
        self._code = button("Mon &code…", lambda: self.show_own_code(""), theme, icon_name="lock")
        self._full = button("Plein écra&n", self.toggle_full, theme, kind="primary", icon_name="maximize")
        self._full.setToolTip("Plein écran (F11)")
        for gesture in (self._cards, self._code, self._full):
            self.gestures.addWidget(gesture)
            gesture.setVisible(self.presenter.may_edit or gesture is self._full)
        self.board = QWidget()  # what goes to the whole screen
        self._build_board()
        self._away = Empty(theme)
        self._away.hide()
        self.body.addWidget(self.board, 1)
        self.body.addWidget(self._away)
        QShortcut(QKeySequence("F11"), self).activated.connect(self.toggle_full)
        self._undo_over = _timer(self, UNDO_SECONDS * 1000, self.presenter.undo_over, once=True)
        self._typing = _timer(self, _TYPED_MS, self._search, once=True)
        self._minute = _timer(self, _REFRESH_MS, self.presenter.refresh)

    # --- building ---------------------------------------------------------------------------------------------

    def _build_board(self) -> None:
        theme = self.theme
        column = QVBoxLayout(self.board)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        column.addLayout(self._head())
        column.addWidget(self._band())
        self.grid = TileGrid(theme)
        self.grid.tapped.connect(self.presenter.tap)
        self.grid.held.connect(self.presenter.hold)
        self._nothing = Empty(theme)
        self.inside: Table[Inside] = Table("Liste d'évacuation", _inside_columns(), theme)
        self._stack = QStackedWidget()
        self._tiles = scrolled(self.grid, sideways=False)
        for widget in (self._tiles, self._nothing, self._inside_page()):
            self._stack.addWidget(widget)
        self.panel = KioskPanel(theme)
        self.panel.closed.connect(self.close_panel)
        self._beside = Beside(theme, self._stack, self.panel)
        column.addWidget(self._beside, 1)
        column.addWidget(self._undo_bar())
        for key, run in (("Ctrl+Z", self.presenter.undo), ("Ctrl+E", self._toggle_inside)):
            QShortcut(QKeySequence(key), self.board).activated.connect(run)
        self.board.installEventFilter(self)

    def _head(self) -> QHBoxLayout:
        theme = self.theme
        row = QHBoxLayout()
        row.setSpacing(theme.px(12))
        self.structure, self.section = QComboBox(), QComboBox()
        self.structure.setAccessibleName("Structure")
        self.section.setAccessibleName("Section")
        for box in (self.structure, self.section):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(18)
            box.activated.connect(self._chosen)
            row.addWidget(touchable(box))
        self.typed = QLineEdit()
        self.typed.setAccessibleName("Chercher un enfant, ou lire sa carte")
        self.typed.setPlaceholderText("Chercher un enfant, ou lire sa carte")
        self.typed.setClearButtonEnabled(True)
        self.typed.textEdited.connect(lambda _: self._typing.start())
        self.typed.returnPressed.connect(self._entered)
        row.addWidget(touchable(self.typed), 1)
        self._evacuation = button("&Évacuation", self._toggle_inside, theme, icon_name="list")
        self._evacuation.setToolTip("Qui est présent maintenant (Ctrl+E)")
        row.addWidget(touchable(self._evacuation))
        return row

    def _band(self) -> QWidget:
        theme = self.theme
        band = QWidget()
        row = QHBoxLayout(band)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(12))
        self._counts = label(kind="strong")
        row.addWidget(self._counts)
        row.addStretch(1)
        self.status = QFrame()
        self.status.setProperty("kind", "banner")
        inside = QHBoxLayout(self.status)
        inside.setContentsMargins(theme.px(12), theme.px(6), theme.px(12), theme.px(6))
        inside.setSpacing(theme.px(8))
        self._status_sign, self._status_words = QLabel(), label(kind="strong")
        inside.addWidget(self._status_sign)
        inside.addWidget(self._status_words)
        self.status.hide()
        row.addWidget(self.status)
        return band

    def _inside_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.theme.px(8))
        head = QHBoxLayout()
        self._inside_words = label(kind="group", wrap=True)
        head.addWidget(self._inside_words, 1)
        head.addWidget(touchable(button("&Imprimer…", self.print_, self.theme, icon_name="printer")))
        column.addLayout(head)
        column.addWidget(self.inside, 1)
        return page

    def _undo_bar(self) -> QFrame:
        theme = self.theme
        self.undo_bar = QFrame()
        self.undo_bar.setProperty("kind", "banner")
        self.undo_bar.setProperty("state", "success")
        row = QHBoxLayout(self.undo_bar)
        row.setContentsMargins(theme.px(12), theme.px(6), theme.px(8), theme.px(6))
        self._undo_words = label(kind="strong", wrap=True)
        row.addWidget(self._undo_words, 1)
        self._undo = button("Annu&ler", self.presenter.undo, theme, icon_name="undo-2")
        self._undo.setToolTip("Annuler ce pointage (Ctrl+Z)")
        self._undo.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it goes away by itself: the keyboard stays on the tiles
        row.addWidget(touchable(self._undo))
        self.undo_bar.hide()
        return self.undo_bar

    # --- what the shell asks ----------------------------------------------------------------------------------

    def open(self, place: Place) -> None:  # noqa: ARG002 - a kiosk is always today's
        self._minute.start()
        self.presenter.load()

    def left(self) -> None:
        if self.full is None:
            self._minute.stop()

    def refresh(self) -> None:
        self.presenter.refresh()

    def search_entry(self) -> QWidget | None:
        return self.typed

    # --- the whole screen -------------------------------------------------------------------------------------

    def toggle_full(self) -> None:
        if self.full is not None:
            self.presenter.ask_to_leave()
            return
        self._away.say("Le kiosque est en plein écran.")
        self._away.show()
        screen, window = self.screen(), self.window()
        self.full = KioskScreen(self.theme, self.board, self)
        self.full.leaving.connect(self.presenter.ask_to_leave)
        self.destroyed.connect(self.full.end)
        self._release = self.presenter.stay_awake(self.around.keep_awake)
        for box in (self.structure, self.section):
            box.setEnabled(False)
        self.full.begin(screen)
        window.hide()  # nothing else of the program can be reached
        self._take_keyboard()

    def leave_full(self) -> None:
        self.close_panel()
        full, self.full = self.full, None
        if full is None:
            return
        for box in (self.structure, self.section):
            box.setEnabled(True)
        self.body.insertWidget(0, self.board, 1)
        self.board.show()
        self._away.hide()
        self._release()
        self._release = _nothing
        self.window().show()
        full.end()
        self._take_keyboard()

    # --- what the presenter asks ------------------------------------------------------------------------------

    def show_choices(
        self, structures: Sequence[Structure], chosen: int | None, sections: Sequence[str], section: str
    ) -> None:
        _fill(self.structure, [(one.name, one.id) for one in structures], chosen)
        _fill(self.section, [(_EVERY_SECTION, ""), *((one, one) for one in sections)], section)
        self.section.setVisible(bool(sections))

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        self.grid.show_tiles(tiles)
        if self._stack.currentIndex() != 2:
            self._stack.setCurrentIndex(0 if tiles else 1)

    def show_tile(self, tile: Tile) -> None:
        self.grid.show_tile(tile)

    def show_counts(self, words: str) -> None:
        self._counts.setText(words)

    def show_status(self, status: Status) -> None:
        self._status_words.setText(status.text)
        self.status.setAccessibleName(status.text)
        state, sign = ("warning", "triangle-alert") if status.away else ("info", "hourglass")
        self._status_sign.setPixmap(pixmap(sign, self.theme.colour(state), self.theme.size("icon", "nav")))
        self.status.setProperty("state", state)
        restyle(self.status)
        self.status.setVisible(bool(status.text))

    def say_when_empty(self, text: str) -> None:
        self._nothing.say(text)
        if self._stack.currentIndex() == 0:
            self._stack.setCurrentIndex(1)

    def show_undo(self, words: str) -> None:
        self._undo_words.setText(words)
        self.undo_bar.setAccessibleName(words)
        self.undo_bar.setVisible(bool(words))
        if words:
            self._undo_over.start()
        else:
            self._undo_over.stop()

    def show_sheet(self, sheet: Sheet | None) -> None:
        if sheet is None:
            self.close_panel()
        else:
            self.panel.show_sheet(sheet)
            self._beside.open_panel()

    def show_correction(self, sheet: Sheet, signers: Sequence[Signer], reasons: Sequence[str]) -> None:
        self._beside.open_panel()
        child = sheet.child.child_id
        self.panel.show_correction(
            sheet, signers, reasons,
            lambda arrived, left, reason, login, code: self.presenter.correct(child, arrived, left, reason, login,
                                                                             code),
        )

    def show_leaving(self, signers: Sequence[Signer]) -> None:
        self._beside.open_panel()
        self.panel.show_leaving(signers, self.presenter.leave)

    def show_own_code(self, error: str) -> None:
        if self.panel.own_code is None:
            self._beside.open_panel()
            self.panel.show_own_code(self.presenter.set_own_code)
        self.panel.show_errors(own=error)

    def show_errors(self, arrived: str = "", left: str = "", code: str = "", reason: str = "") -> None:
        self.panel.show_errors(arrived=arrived, left=left, code=code, reason=reason)

    def show_inside(self, lines: Sequence[Inside], detail: str) -> None:
        self._inside_words.setText(detail)
        self.inside.set_rows(lines)
        self._stack.setCurrentIndex(2)
        self._evacuation.setText("Ret&our aux enfants")
        self.inside.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_panel(self) -> None:
        had = self._beside.is_open
        self._beside.close_panel()
        self.panel.own_code = None
        if had:
            self._take_keyboard()

    def clear_typed(self) -> None:
        self._typing.stop()
        self.typed.clear()

    def show_paper(self, paper: Paper) -> None:
        self.around.show_paper(paper)

    # --- gestures ---------------------------------------------------------------------------------------------

    def _chosen(self, _index: int) -> None:
        structure = self.structure.currentData()
        if structure is not None:
            self.presenter.choose(structure, str(self.section.currentData() or ""))

    def _search(self) -> None:
        self.presenter.search(self.typed.text())

    def _entered(self) -> None:
        self.presenter.entered(self.typed.text())

    def _toggle_inside(self) -> None:
        if self._stack.currentIndex() == 2:
            self._evacuation.setText("&Évacuation")
            self._stack.setCurrentIndex(0)
            self._take_keyboard()
        else:
            self.presenter.show_inside()

    def _take_keyboard(self) -> None:
        buttons = self.grid.buttons
        (buttons[0] if buttons else self.typed).setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's own name
        """Letters typed over the tiles, by hand or by a reader, go to the search."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.text().strip() and (
            not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        ) and event.text().isprintable():
            self.typed.setFocus(Qt.FocusReason.OtherFocusReason)
            self.typed.insert(event.text())
            self._typing.start()
            return True
        return super().eventFilter(watched, event)


def _inside_columns() -> Sequence[Column[Inside]]:
    return (
        Column("Enfant", lambda row: row.name, width=26, strong=True, tip=lambda row: row.name),
        Column("Santé", lambda row: "Alerte" if row.alert else "", width=9,
               mark=lambda row: Mark("triangle-alert", "danger") if row.alert else None),
        Column("Section", lambda row: row.section, width=16, tip=lambda row: row.section),
        Column("Depuis", lambda row: None if row.since is None else Clock(row.since), width=9),
        Column("À appeler", lambda row: row.call, width=24, tip=lambda row: row.call),
        Column("Téléphone", lambda row: row.phone, width=16),
    )


def _fill(box: QComboBox, entries: Sequence[tuple[str, object]], chosen: object) -> None:
    """The same entries again change nothing: a list that is open stays open."""
    if [(box.itemText(place), box.itemData(place)) for place in range(box.count())] != list(entries):
        box.clear()
        for words, value in entries:
            box.addItem(words, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))


def _timer(owner: QObject, milliseconds: int, run: Callable[[], object], *, once: bool = False) -> QTimer:
    found = QTimer(owner)
    found.setInterval(milliseconds)
    found.setSingleShot(once)
    found.timeout.connect(lambda: run())  # noqa: PLW0108 - nothing is sent along
    return found


def _nothing() -> None:
    """No one has to be told that the kiosk is over."""

