"""The pages of one section side by side, in the place of the title: the tab of the page is its title."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTabBar, QWidget


class Siblings(QTabBar):
    """`pages`: (name, words) in order. `go` is told the name of the page chosen; `here` stays the one that is lit."""

    def __init__(self, pages: Sequence[tuple[str, str]], here: str, go: Callable[[str], None], owner: QWidget) -> None:
        super().__init__()
        self._names = [name for name, _ in pages]
        self._here = self._names.index(here)
        self._go = go
        self.setAccessibleName("Pages de cette rubrique")
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        for _, words in pages:
            self.addTab(words)
        self.setCurrentIndex(self._here)
        self.currentChanged.connect(self._chosen)
        for key, by in (("Ctrl+PgDown", 1), ("Ctrl+PgUp", -1)):
            shortcut = QShortcut(QKeySequence(key), owner)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda by=by: self._step(by))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's own name
        """One tab and the arrows: the rest scrolls."""
        inside = super().minimumSizeHint()
        widest = max(self.tabSizeHint(place).width() for place in range(self.count()))
        return QSize(widest + 2 * inside.height(), inside.height())

    def _step(self, by: int) -> None:
        self._go(self._names[(self._here + by) % len(self._names)])

    def _chosen(self, place: int) -> None:
        """The page chosen has tabs of its own, where it is lit."""
        self.blockSignals(True)
        self.setCurrentIndex(self._here)
        self.blockSignals(False)
        self._go(self._names[place])
