"""« À classer » : what arrived, what it holds, whose it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QFrame, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from backoffice.documents.arrivals.sorting import ArrivalView
from backoffice.search.queries import Hit
from ui.forms import FieldSpec
from ui.presenting import Place
from ui.rendering import PageRenderer
from ui.screen import Screen, Surroundings
from ui.screens.arrivals.family_panel import FamilyPanel, Gestures
from ui.screens.arrivals.presenter import ArrivalsPresenter
from ui.widgets.basics import Empty, chip, label
from ui.widgets.preview.pages import PreviewDocument
from ui.widgets.preview.view import Preview
from ui.widgets.scrolled import scrolled
from ui.widgets.table.columns import Column, shown
from ui.widgets.table.view import Table

_LETTER_LINES = 5
_THREE_FROM = 980  # logical pixels


class ArrivalsView(Screen):
    """Three columns, as for the pieces: the basket, the arrival, the family."""

    keys = (
        ("Entrée", "Sur la liste : prendre la famille proposée ; dans la recherche : celle qui est choisie"),
        ("Ctrl+S", "Classer, et passer au suivant"),
        ("Suppr", "Écarter ce qui n'est pas une pièce"),
        ("Pg. préc. / Pg. suiv.", "Parcourir les pages"),
        ("F3", "Chercher une famille"),
        ("F2", "Ouvrir le dossier de la famille choisie"),
    )

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "À classer")
        theme = self.theme
        presenter = self.presenter = ArrivalsPresenter(self, around.desk)
        self.list: Table[ArrivalView] = Table("Corbeille de tri", self._columns(), theme)
        self.list.setMinimumWidth(theme.px(220))
        self.panel = FamilyPanel(theme, Gestures(
            presenter.accept_proposal, presenter.another_family, presenter.sort, presenter.discard,
            presenter.open_family,
        ))  # fmt: skip
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.middle = self._middle()
        for part in (self.list, self.middle, self.panel):
            self.split.addWidget(part)
        self.split.setSizes([theme.size("width", "queue"), theme.px(560), theme.size("width", "decision")])
        for place, factor in enumerate((0, 1, 0)):
            self.split.setStretchFactor(place, factor)
        self.split.setProperty("kind", "gap")
        self.split.setHandleWidth(theme.px(8))
        around.preferences.remember_splitter("arrivals/split", self.split)
        self.empty = Empty(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.split)
        self._stack.addWidget(self.empty)
        self._list_button = chip("Corbe&ille", self._show_list)
        self._list_button.hide()
        self.gestures.addWidget(self._list_button)
        self.body.addWidget(self._stack, 1)
        self.list.chosen.connect(self._chosen)
        self.list.activated_row.connect(lambda _row: self._take_family())
        self.panel.searched.connect(presenter.search)
        self.panel.picked.connect(presenter.pick)
        self._bind()

    def _columns(self) -> Sequence[Column[ArrivalView]]:
        return (
            Column("De", lambda row: row.sender or row.channel.label, width=16, strong=True, tip=_about),
            Column("Objet", lambda row: row.subject, width=10, tip=_about),
        )

    def _middle(self) -> QWidget:
        theme = self.theme
        middle = QFrame()
        middle.setProperty("kind", "panel")
        middle.setAccessibleName("Ce qui est arrivé")
        middle.setMinimumWidth(theme.px(270))
        column = QVBoxLayout(middle)
        column.setContentsMargins(theme.px(8), theme.px(8), theme.px(8), theme.px(4))
        column.setSpacing(theme.px(6))
        self._subject = label(kind="strong", wrap=True)
        self._from = label(kind="secondary", wrap=True)
        self._letter = label(wrap=True)
        self._letter.setTextFormat(Qt.TextFormat.PlainText)  # what a stranger wrote is never read as a page
        self._subject.setTextFormat(Qt.TextFormat.PlainText)
        self._from.setTextFormat(Qt.TextFormat.PlainText)
        self._letter.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        inside = QWidget()
        words = QVBoxLayout(inside)
        words.setContentsMargins(0, 0, 0, 0)
        words.addWidget(self._letter)
        words.addStretch(1)
        self._letter_area = scrolled(inside, "Texte du courriel", sideways=False)
        self._letter_area.setFixedHeight(self._letter.fontMetrics().lineSpacing() * _LETTER_LINES)
        self._refused = label(kind="error", wrap=True)
        self._refused.setTextFormat(Qt.TextFormat.PlainText)
        self.preview = Preview(theme, self.around.desk.run, PageRenderer)
        for widget in (self._subject, self._from, self._letter_area, self._refused):
            column.addWidget(widget)
        column.addWidget(self.preview, 1)
        return middle

    def _bind(self) -> None:
        preview = self.preview
        for key, run, where in (
            ("Del", self.presenter.discard, self.list),
            ("PgDown", lambda: preview.page_on(1), self.split),
            ("PgUp", lambda: preview.page_on(-1), self.split),
            ("F2", self.presenter.open_family, self),
        ):
            shortcut = QShortcut(QKeySequence(key), where)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(run)

    # --- what the shell asks ----------------------------------------------------------------------------------

    def open(self, place: Place) -> None:  # noqa: ARG002 - there is one basket
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.presenter.open()

    def refresh(self) -> None:
        self.presenter.load()

    def search_entry(self) -> QWidget | None:
        return self.panel.entry if self.panel.entry.isVisible() else None

    # --- what the presenter asks ------------------------------------------------------------------------------

    def show_arrivals(self, arrivals: Sequence[ArrivalView], chosen: int | None) -> None:
        count = len(arrivals)
        self.show_title("À classer", shown(count) if count else "")
        place = next((place for place, one in enumerate(arrivals) if one.id == chosen), -1)
        self._stack.setCurrentIndex(0 if count else 1)
        self.list.set_rows(arrivals, then=lambda: self.list.choose(place) if place >= 0 else None)

    def show_arrival(self, arrival: ArrivalView, refused: Sequence[str]) -> None:
        self._subject.setText(arrival.subject or "Sans objet")
        self._from.setText(" · ".join(each for each in (arrival.sender, arrival.channel.label,
                                                        shown(arrival.received_at)) if each))
        self._letter.setText(arrival.body.strip())
        self._arrange()
        self._refused.setText("\n".join(refused))
        self._refused.setVisible(bool(refused))
        self.preview.say("Le fichier arrive…")

    def show_files(self, document: PreviewDocument | None, refusal: str) -> None:
        if document is None:
            self.preview.say(refusal)
        else:
            self.preview.show_document(document)

    def show_search(self, hits: Sequence[Hit]) -> None:
        self.panel.show_hits(hits)

    def show_family(self, name: str, fields: Sequence[FieldSpec]) -> None:
        self.panel.show_family(name, fields)

    def show_no_family(self, proposal: str, remark: str) -> None:
        held = self.panel.isAncestorOf(QApplication.focusWidget() or self)
        self.panel.show_no_family(proposal, remark)
        if held:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_empty(self, text: str) -> None:
        self.preview.say("")
        self.empty.say(text)
        self.empty.take_keyboard()

    def show_errors(self, errors: Mapping[str, str]) -> None:
        self.panel.show_errors(errors)

    def values(self) -> Mapping[str, str]:
        return self.panel.values()

    # --- gestures ---------------------------------------------------------------------------------------------

    def _chosen(self, arrival: ArrivalView | None) -> None:
        if arrival is not None:
            self.presenter.choose(arrival)

    # --- room -------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        self._arrange()

    def _show_list(self) -> None:
        self._arrange()
        if self.list.isVisible():
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _arrange(self) -> None:
        """Two columns where three would be too narrow: the basket comes over the arrival when it is asked for."""
        narrow = self.width() < self.theme.px(_THREE_FROM)
        over = narrow and self._list_button.isChecked()
        self._list_button.setVisible(narrow)
        self.list.setVisible(not narrow or over)
        self.middle.setVisible(not over)
        self._letter_area.setVisible(bool(self._letter.text()) and not self.is_short)
        if narrow:
            half = self.split.width() // 2
            self.split.setSizes([half, half, half])

    def _take_family(self) -> None:
        """The one that is proposed, else the search for it."""
        found = self.presenter.shown
        if found is not None and found.proposal is not None:
            self.presenter.accept_proposal()
        else:
            self.panel.entry.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _about(row: ArrivalView) -> str:
    files = ", ".join(file.name for file in row.files)
    return "\n".join(each for each in (row.sender, row.subject, files) if each)
