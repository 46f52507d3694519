"""« Voir comme la famille » : what its portal shows, person by person; each document with a shape, a colour, a word."""

from __future__ import annotations

from types import MappingProxyType

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from backoffice.documents.family_side import BLOCKED, REMINDER, FamilySide, SeenDocument, SeenPerson, Tick
from ui.presenting import Place
from ui.screen import Screen, Surroundings
from ui.screens.as_family.presenter import AsFamilyPresenter
from ui.theme.icons import pixmap
from ui.widgets.basics import Empty, Panel, button, clear, label
from ui.widgets.flow import FlowLayout
from ui.widgets.scrolled import scrolled
from ui.widgets.table.columns import Mark

_MARKS = MappingProxyType(
    {
        Tick.GREEN: Mark("circle-check", "success"),
        Tick.RED: Mark("x", "danger"),
        Tick.WAITING: Mark("clock", "info"),
        Tick.EMPTY: Mark("circle-slash", "text_muted"),
    }
)
_LEGEND = (
    (Tick.GREEN, "Validé"),
    (Tick.RED, "À envoyer ou à renvoyer"),
    (Tick.WAITING, "En attente, ou délai accordé"),
    (Tick.EMPTY, "Facultatif"),
)


class AsFamilyView(Screen):
    """Read only, and every word can be taken to another program."""

    keys = (("Ctrl+D", "Ouvrir le dossier de la famille"),)

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Vu par la famille")
        self.presenter = AsFamilyPresenter(self, around.desk)
        self._open = button("Ouvrir le &dossier", self.presenter.open_family, self.theme, icon_name="users",
                            shortcut="Ctrl+D")
        self.gestures.addWidget(self._open)
        inside = QWidget()
        self._layout = QVBoxLayout(inside)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(self.theme.px(12))
        self._scrolled = scrolled(inside)
        self.body.addWidget(self._scrolled, 1)

    def open(self, place: Place) -> None:
        self.presenter.open(place)
        self._scrolled.setFocus()

    def refresh(self) -> None:
        self.presenter.load()

    def show_side(self, side: FamilySide | None) -> None:
        clear(self._layout)
        if side is None:
            return
        self._layout.addWidget(self._head(side))
        for person in side.people:
            self._layout.addWidget(self._person(person))
        if not side.people:
            nothing = Empty(self.theme)
            nothing.say("Cette famille ne voit encore aucun document à envoyer.")
            self._layout.addWidget(nothing)
        self._layout.addStretch(1)

    # --- building ---------------------------------------------------------------------------------------------------

    def _head(self, side: FamilySide) -> QWidget:
        panel = Panel(self.theme, "Mes documents")
        panel.body.addWidget(self._said(f"Document(s) à envoyer : {side.counted}", "strong"))
        panel.body.addWidget(self._said(REMINDER, "error" if side.is_blocked else "secondary"))
        legend = FlowLayout(self.theme.px(16))
        for tick, words in _LEGEND:
            legend.addWidget(self._marked(tick, words, wrap=False))
        panel.body.addLayout(legend)
        return panel

    def _person(self, person: SeenPerson) -> QWidget:
        badge = f" ({person.to_send})" if person.to_send else ""
        panel = Panel(self.theme, f"{person.name}{badge}")
        panel.setAccessibleName(f"{person.name}, {person.to_send} à envoyer")
        if person.blocked:
            panel.body.addWidget(self._said(BLOCKED, "error"))
        for document in person.documents:
            panel.body.addWidget(self._document(document))
        if not person.documents:
            panel.body.addWidget(self._said("Aucun document demandé.", "secondary"))
        return panel

    def _document(self, document: SeenDocument) -> QWidget:
        row = QWidget()
        row.setAccessibleName(f"{document.name} : {document.state}")
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, self.theme.px(2), 0, self.theme.px(2))
        layout.setSpacing(self.theme.px(12))
        words = QVBoxLayout()
        words.setSpacing(self.theme.px(2))
        mandatory = " · Obligatoire" if document.mandatory else ""
        words.addWidget(self._said(f"{document.name}{mandatory}"))
        if document.comment:
            words.addWidget(self._said(document.comment, "error"))
        if document.sent:
            words.addWidget(self._said(document.sent, "secondary"))
        layout.addLayout(words, 3)
        layout.addWidget(self._marked(document.tick, document.state), 2, Qt.AlignmentFlag.AlignTop)
        return row

    def _marked(self, tick: Tick, words: str, *, wrap: bool = True) -> QWidget:
        mark, row = _MARKS[tick], QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(self.theme.px(6))
        picture = QLabel()
        size = self.theme.size("icon", "default")
        picture.setPixmap(pixmap(mark.icon, self.theme.colour(mark.token), size))
        layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._said(words) if wrap else label(words), 1)
        return row

    @staticmethod
    def _said(text: str, kind: str = "") -> QLabel:
        found = label(text, kind, wrap=True)
        found.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return found
