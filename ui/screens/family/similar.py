"""« Cette personne existe peut-être déjà » : who looks alike, with the gesture that takes the record there is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.screens.family.likeness import Likely
from ui.screens.family.pieces import said, with_icon
from ui.theme.tokens import Theme
from ui.widgets.basics import button, clear, restyle

_SHOWN = 2


class SimilarBox(QFrame):
    """Nothing to see while nobody looks alike. `taken` tells whom the agent recognised."""

    taken = Signal(object)

    def __init__(self, theme: Theme, verb: str, who: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._who = f"{who} : cette personne" if who else "Cette personne"
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
        title = f"{self._who} existe peut-être déjà"
        self._layout.addWidget(with_icon(self._theme, "triangle-alert", title, "strong", "warning"))
        for each in found[:_SHOWN]:
            self._layout.addLayout(self._row(each))
        more = len(found) - _SHOWN
        if more > 0:
            self._layout.addWidget(said(f"Et {more} autre{'s' if more > 1 else ''} : cherchez avec Ctrl+K."))
        restyle(self)

    def _row(self, each: Likely) -> QHBoxLayout:
        """Who it is at the left, the gesture at the right."""
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(said(f"{each.name} · {each.likeness.lower()}", "strong"))
        known = " · ".join(part for part in (each.details, each.families) if part)
        words.addWidget(said(f"{known} · déjà dans cette famille" if each.here else known, "secondary"))
        row = QHBoxLayout()
        row.setSpacing(self._theme.px(8))
        row.addLayout(words, 1)
        if not each.here:
            take = button(self._verb, partial(self.taken.emit, each), self._theme, icon_name="link")
            take.setAccessibleName(f"{self._verb} : {each.name}")
            row.addWidget(take, 0, Qt.AlignmentFlag.AlignVCenter)
        return row
