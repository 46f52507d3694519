"""« Cette personne existe peut-être déjà » : who looks alike, with the gesture that takes the record there is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.screens.family.likeness import Likely
from ui.screens.family.pieces import said, with_icon
from ui.theme.tokens import Theme
from ui.widgets.basics import button, clear, restyle


class SimilarBox(QFrame):
    """Nothing to see while nobody looks alike. `taken` tells whom the agent recognised."""

    taken = Signal(object)

    def __init__(self, theme: Theme, verb: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._verb = verb
        self.setProperty("kind", "banner")
        self.setProperty("state", "warning")
        self.setAccessibleName("Cette personne existe peut-être déjà")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(theme.px(12), theme.px(8), theme.px(8), theme.px(8))
        self._layout.setSpacing(theme.px(4))
        self.hide()

    def show_likely(self, found: Sequence[Likely]) -> None:
        clear(self._layout)
        self.setVisible(bool(found))
        if not found:
            return
        title = "Cette personne existe peut-être déjà" if len(found) == 1 else "Ces personnes existent déjà"
        self._layout.addWidget(with_icon(self._theme, "triangle-alert", title, "strong", "warning"))
        for each in found:
            self._layout.addSpacing(self._theme.px(4))
            self._layout.addWidget(said(f"{each.name} · {each.likeness.lower()}", "strong"))
            for words in (each.details, each.families):
                if words:
                    self._layout.addWidget(said(words, "secondary"))
            if each.here:
                self._layout.addWidget(said("Déjà dans cette famille."))
            else:
                take = button(self._verb, partial(self.taken.emit, each), self._theme, icon_name="link")
                take.setAccessibleName(f"{self._verb} : {each.name}")
                self._layout.addWidget(take, 0, Qt.AlignmentFlag.AlignLeft)
        restyle(self)
