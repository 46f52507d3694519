"""The line under a page's title that says what is left out, with the gestures that bring it back."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from ui.context import WorkContext
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme
from ui.widgets.basics import button, label


class ScopeNote(QFrame):
    """Shown only while the structure or the year leaves something out: nobody then believes that data is missing."""

    def __init__(self, theme: Theme, context: WorkContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setProperty("kind", "scope")
        sign = QLabel()
        size = theme.size("icon", "default")
        sign.setPixmap(pixmap("filter", theme.colour("accent"), size))
        self.words = label(kind="strong", wrap=True)
        self.everywhere = button("Toutes les structures", self._show_every_structure, theme, kind="link")
        self.this_year = button("", self._show_this_year, theme, kind="link")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.px(12), theme.px(2), theme.px(8), theme.px(2))
        layout.setSpacing(theme.px(8))
        layout.addWidget(sign)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.everywhere)
        layout.addWidget(self.this_year)
        self.hide()

    def show_scope(self, words: str, *, structure: bool, year: bool) -> None:
        """`words` empty: nothing is left out. The flags say which of the two leaves something out."""
        self.words.setText(words)
        self.setAccessibleName(words)
        self.everywhere.setVisible(structure)
        current = f"Année {self._context.current_year}"
        self.this_year.setText(current)
        self.this_year.setAccessibleName(current)
        self.this_year.setVisible(year)
        self.setVisible(bool(words))

    def _show_every_structure(self) -> None:
        self._context.choose_structure(None)

    def _show_this_year(self) -> None:
        self._context.choose_year(None)
