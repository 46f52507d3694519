"""« Courriels » : what is written to families at the left, the letter that is read at the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QPushButton, QSplitter, QWidget

from backoffice.letters.kinds import LetterState
from backoffice.letters.queries import LetterLine
from ui.presenting import Paper, Place
from ui.screen import Screen, Surroundings
from ui.screens.letters.panel import LetterPanel
from ui.screens.letters.presenter import LettersPresenter
from ui.screens.letters.rows import Kept, chip_words, whereabouts
from ui.widgets.basics import chip
from ui.widgets.flow import FlowLayout
from ui.widgets.folding import Foldaway
from ui.widgets.scrolled import scrolled
from ui.widgets.table.columns import Column, Kind, Mark
from ui.widgets.table.page import ListPane
from ui.widgets.table.views import SavedView

_BOTH_FROM = 1000  # logical pixels: narrower, the letter goes over the list
_EVERY_SECOND_MS = 1000

_MARKS: Mapping[LetterState, Mark] = {
    LetterState.HELD: Mark("hourglass", "info"),
    LetterState.CLOSED: Mark("clock", "warning"),
    LetterState.SENDING: Mark("clock", "info"),
    LetterState.SENT: Mark("circle-check", "success"),
    LetterState.FAILED: Mark("circle-alert", "danger"),
    LetterState.CANCELLED: Mark("circle-slash", "text_muted"),
    LetterState.TO_PRINT: Mark("printer", "warning"),
    LetterState.PRINTED: Mark("check", "success"),
}
VIEWS = (SavedView("Arrêtés, les plus anciens d'abord", {"filter": Kept.STOPPED.value}, sorted_by="Écrit le"),)


class LettersView(Screen):
    """Chips by what became of a letter, the list, and the one under the keyboard."""

    keys = (
        ("Entrée", "lire le courriel choisi"),
        ("Alt+R", "renvoyer ceux que vous avez choisis"),
        ("Alt+V, Ctrl+P", "les voir sur papier, pour les imprimer"),
        ("Alt+I", "noter qu'ils sont imprimés et partis par la poste"),
        ("F2", "ouvrir la famille"),
    )

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Courriels")
        self.presenter = LettersPresenter(self, around.desk)
        self.list: ListPane[LetterLine] = ListPane(
            around, "letters", "courriels", self._columns(), placeholder="Famille, adresse, objet…",
            title="Courriels", filters=self.presenter, views=VIEWS,
        )
        self.panel = LetterPanel(self.theme, self.presenter)
        self._chips: dict[Kept, QPushButton] = {}
        self._line: LetterLine | None = None
        self._open = True
        self._build()
        self._clock = QTimer(self)
        self._clock.setInterval(_EVERY_SECOND_MS)
        self._clock.timeout.connect(self._tick)
        self.list.chosen.connect(self.presenter.select)
        self.list.opened.connect(self._read)
        self.panel.closed.connect(self._close_panel)
        QShortcut(QKeySequence("F2"), self).activated.connect(self.presenter.open_family)

    def _columns(self) -> Sequence[Column[LetterLine]]:
        return (
            Column("État", lambda line: whereabouts(line.letter, self.presenter.now), Kind.STATE, width=19,
                   mark=lambda line: _MARKS[line.letter.state], tip=lambda line: line.letter.failure),
            Column("Famille", lambda line: line.family, width=17, strong=True, tip=lambda line: line.family),
            Column("Objet", lambda line: line.letter.subject, width=30, tip=lambda line: line.letter.subject),
            Column("Écrit le", lambda line: line.letter.created_at, Kind.DATE, width=17),
            Column("À", lambda line: line.letter.to_address, width=26, tip=lambda line: line.letter.to_address),
            Column("Envoyé le", _sent_at, Kind.DATE, width=17),
            Column("Essais", lambda line: line.letter.tries, Kind.NUMBER, width=7),
            Column("Pourquoi", lambda line: line.letter.failure, width=34, tip=lambda line: line.letter.failure),
        )

    def _build(self) -> None:
        self._choices = QWidget()
        choices = FlowLayout(self.theme.px(8), self._choices)
        group = QButtonGroup(self)
        for kept in Kept:
            found = self._chips[kept] = chip(kept.label, partial(self._keep, kept), checked=kept is Kept.ALL)
            group.addButton(found)
            choices.addWidget(found)
        self._filters = Foldaway(self.theme, "Filtres", self._choices)
        self.gestures.addWidget(self._filters)
        self.body.addWidget(self._choices)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(self.panel)
        split.setSizes([self.theme.px(700), self.theme.px(480)])  # shares, until the agent moves them
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setProperty("kind", "gap")
        split.setHandleWidth(self.theme.px(12))
        self.around.preferences.remember_splitter("letters/split", split)
        self._room = scrolled(split, sideways=False)
        self.body.addWidget(self._room, 1)

    # --- what the shell asks ----------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        self.list.take_keyboard()
        self.presenter.open(place)
        self.list.open_at(place)

    def refresh(self) -> None:
        self.presenter.load()

    def search_entry(self) -> QWidget:
        return self.list.search

    def print_(self) -> bool:
        """The letter while it is read, else the list."""
        held: QWidget | None = self.focusWidget()
        if held is not None and self.panel.isAncestorOf(held):
            self.presenter.print_()
            return True
        return super().print_()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's own name
        super().showEvent(event)
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's own name
        super().hideEvent(event)
        self._clock.stop()

    # --- what the presenter asks ------------------------------------------------------------------------------

    def is_seen(self) -> bool:
        return self.isVisible()

    def show_letters(
        self, lines: Sequence[LetterLine], counts: Mapping[LetterState, int], kept: Kept, empty: str
    ) -> None:
        for one, found in self._chips.items():
            found.setText(chip_words(one, counts))
            found.setAccessibleName(found.text())
        self._chips[kept].setChecked(True)
        self._filters.say(kept.label.lower())
        self.list.say_when_empty(empty, "" if kept is Kept.ALL else "Voir tous les courriels",
                                 partial(self._keep, Kept.ALL))
        before = self.list.table.current_row()
        self.list.set_rows(lines, None, partial(self._choose_again, before))

    def _choose_again(self, before: LetterLine | None) -> None:
        """The same letter, wherever the list now shows it."""
        if before is not None:
            same = before.letter.id
            line = self.list.table.table_model.position_of(lambda row: row.letter.id == same)
            if line is not None:
                self.list.table.choose(line)
        self.presenter.select(self.list.table.current_row())

    def show_letter(self, line: LetterLine | None) -> None:
        self._line = line
        self.panel.show_letter(line)

    def chosen_lines(self) -> Sequence[LetterLine]:
        return self.list.table.selected_rows()

    def show_paper(self, paper: Paper) -> None:
        self.around.show_paper(paper)

    # --- gestures ---------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        """« Part dans 42 s »: what is said of a letter that is held goes with the clock."""
        if self.presenter.counts_down:
            self.list.table.viewport().update()
            if self._line is not None:
                self.panel.show_facts(self._line)

    def _keep(self, kept: Kept) -> None:
        self.presenter.keep(kept)
        self.list.take_keyboard()

    def _read(self, line: LetterLine) -> None:
        self.presenter.select(line)
        self._open = True
        self._arrange()
        self.panel.read()

    def _close_panel(self) -> None:
        self._open = False
        self._arrange()
        self.list.take_keyboard()

    # --- room -------------------------------------------------------------------------------------------------

    @property
    def _wide(self) -> bool:
        return self.width() >= self.theme.px(_BOTH_FROM)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        was_wide = event.oldSize().width() >= self.theme.px(_BOTH_FROM)
        if not self._wide and (was_wide or event.oldSize().width() < 0):
            self._open = False  # the list first: a narrow page shows one at a time
        self._arrange()

    def _arrange(self) -> None:
        listed = self._wide or not self._open
        self._filters.fold(short=self.is_short and listed)
        if not listed:
            self._choices.hide()
        self.panel.setVisible(self._open)
        self.list.setVisible(listed)


def _sent_at(line: LetterLine) -> datetime | None:
    return line.letter.sent_at
