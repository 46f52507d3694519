"""The gestures above the page, and what is known of it. Words beside the icons where there is room for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from backoffice.documents.safety.photos import HARD_TO_READ
from ui.theme.icons import icon, pixmap
from ui.theme.tokens import Theme
from ui.widgets.basics import button, label
from ui.widgets.flow import FlowLayout
from ui.widgets.preview.leaf import Leaf
from ui.widgets.preview.pages import Fit, Look

_WORDS_FROM = 900  # logical pixels
_ABOUT_FROM = 500
_CLEAR_FROM = 400


@dataclass(frozen=True, slots=True)
class Tool:
    """A gesture of the preview: its words, its icon, the key that does it as it is written on the keyboard."""

    words: str
    icon: str
    key: str
    run: Callable[[], object]
    short: str = ""  # beside the icon, when there is room; empty: the icon alone


class Tools(QFrame):
    """`pressed`: the key or the mouse asked for something, the keyboard may come back to the page."""

    pressed = Signal()

    def __init__(self, theme: Theme, groups: tuple[tuple[Tool, ...], ...]) -> None:
        super().__init__()
        self._theme = theme
        self._buttons: dict[str, QPushButton] = {}
        self._short: dict[str, str] = {}
        self._clear: float | None = None
        self.where = label(kind="small")
        self.size_button = button("", lambda: None, theme, kind="link")
        self.clear_icon, self.clear = QLabel(), label(kind="small")
        self.about = label(kind="small")
        keys = FlowLayout(theme.px(2))
        for place, group in enumerate(groups):
            if place:
                keys.addWidget(self._bar())
            for tool in group:
                keys.addWidget(self._button(tool))
                if tool.icon == "chevron-left":
                    keys.addWidget(self.where)
                elif tool.icon == "zoom-out":
                    keys.addWidget(self.size_button)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(4))
        row.addLayout(keys, 1)
        row.addWidget(self.clear_icon)
        row.addWidget(self.clear)
        row.addWidget(self.about)
        row.addSpacing(theme.px(4))

    def _bar(self) -> QWidget:
        found = QWidget()
        found.setFixedSize(self._theme.px(8), self._theme.px(18))
        return found

    def _button(self, tool: Tool) -> QPushButton:
        theme = self._theme
        found = button("", tool.run, theme, kind="link")
        size = theme.size("icon", "default")
        found.setIcon(icon(tool.icon, theme.colour("text"), size, theme.colour("border_control")))
        found.setIconSize(QSize(size, size))
        found.setMinimumWidth(theme.px(28))
        found.setAccessibleName(tool.words)
        found.setToolTip(f"{tool.words} ({tool.key})")
        found.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard to the page
        self._buttons[tool.icon] = found
        self._short[tool.icon] = tool.short
        return found

    def tool(self, icon_name: str) -> QPushButton:
        return self._buttons[icon_name]

    def show_leaf(self, leaf: Leaf) -> None:
        """What can be done with the page shown, and what is known of it."""
        shown, pages = leaf.shown, leaf.pages
        self.where.setText(f"{leaf.page + 1} / {pages}" if pages else "")
        self.where.setAccessibleName(f"Page {leaf.page + 1} sur {pages}" if pages else "")
        percent = f"{round(shown.zoom * 100)}\u00a0%" if shown is not None else ""
        size = leaf.fit.label if isinstance(leaf.fit, Fit) else percent
        self.size_button.setText(size)
        self.size_button.setAccessibleName(f"Taille : {size}, {percent}")
        self.size_button.setToolTip("Ajuster à la largeur, puis à la page (Ctrl 0)")
        self._buttons["chevron-left"].setEnabled(leaf.page > 0)
        self._buttons["chevron-right"].setEnabled(leaf.page + 1 < pages)
        for name in ("zoom-out", "zoom-in", "rotate-cw", "contrast"):
            self._buttons[name].setEnabled(shown is not None)
        self.size_button.setEnabled(shown is not None)
        contrast = self._buttons["contrast"]
        contrast.setProperty("state", "on" if leaf.look is not Look.AS_SENT else "")
        tint = "accent" if leaf.look is not Look.AS_SENT else "text"
        contrast.setIcon(icon("contrast", self._theme.colour(tint), self._theme.size("icon", "default"),
                              self._theme.colour("border_control")))
        contrast.setAccessibleName(f"Contraste : {leaf.look.label.lower()}")
        contrast.setToolTip(f"{leaf.look.label} ; suivant : {leaf.look.following.label.lower()} (C)")
        self._show_clear(shown.clear if shown is not None else None)
        self.about.setText(leaf.document.about if leaf.document is not None else "")

    def _show_clear(self, clear: float | None) -> None:
        self.clear_icon.setVisible(clear is not None)
        self._clear = clear
        self.clear.setVisible(clear is not None and self.width() >= self._theme.px(_CLEAR_FROM))
        if clear is None:
            return
        hard = clear < HARD_TO_READ
        token, name, words = (
            ("warning", "triangle-alert", "Peu lisible") if hard else ("success", "circle-check", "Lisible")
        )
        self.clear_icon.setToolTip(words)
        self.clear_icon.setAccessibleName(words)
        self.clear_icon.setPixmap(pixmap(name, self._theme.colour(token), self._theme.size("icon", "inline")))
        self.clear.setText(words)
        self.clear.setProperty("kind", token)
        self.clear.setToolTip("Netteté mesurée sur la page : à vous de juger.")
        self.clear.style().unpolish(self.clear)
        self.clear.style().polish(self.clear)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        worded = self.width() >= self._theme.px(_WORDS_FROM)
        for name, found in self._buttons.items():
            found.setText(self._short[name] if worded else "")
        self.about.setVisible(self.width() >= self._theme.px(_ABOUT_FROM))
        self._show_clear(self._clear)
