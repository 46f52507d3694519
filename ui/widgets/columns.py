"""Two things side by side where the page is wide enough, one under the other where it is not."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from ui.theme.tokens import Theme

_WIDE_ENOUGH = 720


class SideBySide(QWidget):
    """`first` takes `shares[0]` of the width, `second` the rest; under `wide_enough` pixels they are stacked.

    `fill`: both are as tall as there is room.
    """

    def __init__(
        self, theme: Theme, first: QWidget, second: QWidget, shares: tuple[int, int] = (3, 2),
        wide_enough: int = _WIDE_ENOUGH, *, fill: bool = False,
    ) -> None:
        super().__init__()
        self._wide_enough = theme.px(wide_enough)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.px(12))
        top = Qt.AlignmentFlag(0) if fill else Qt.AlignmentFlag.AlignTop
        self._layout.addWidget(first, shares[0], top)
        self._layout.addWidget(second, shares[1], top)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        wide = event.size().width() >= self._wide_enough
        wanted = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._layout.direction() != wanted:
            self._layout.setDirection(wanted)
