"""A few bars that show how an amount moves from month to month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui.theme.tokens import Theme


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its height in any unit, and the words that say it (« octobre 2026 : 15 825,49 € »)."""

    height: int
    words: str


class Spark(QWidget):
    """Bars without axes, the last one in the accent colour. The words are in its tips and for screen readers."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._bars: Sequence[Bar] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def show_bars(self, bars: Sequence[Bar]) -> None:
        self._bars = tuple(bars)
        self.setAccessibleDescription(" ; ".join(bar.words for bar in bars))
        self.setVisible(any(bar.height > 0 for bar in bars))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's own name
        return QSize(self._step() * max(len(self._bars), 1) - self._gap(), self._theme.px(36))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        quiet, last = QColor(self._theme.colour("gauge_track")), QColor(self._theme.colour("accent"))
        for position, bar in enumerate(self._rects()):
            painter.fillRect(bar, last if position == len(self._bars) - 1 else quiet)
            if self._theme.name.value == "high_contrast":
                painter.setPen(last)
                painter.drawRect(bar.adjusted(0, 0, -1, -1))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            for bar, rect in zip(self._bars, self._rects(), strict=True):
                if rect.left() <= event.pos().x() <= rect.right():
                    QToolTip.showText(event.globalPos(), bar.words, self)
                    return True
        return super().event(event)

    def _rects(self) -> list[QRect]:
        highest = max((bar.height for bar in self._bars), default=0)
        floor = self._theme.line("selection_bar")  # a month with nothing still stands there
        found = []
        for position, bar in enumerate(self._bars):
            height = max(round(self.height() * bar.height / highest), floor) if highest > 0 else floor
            width = self._step() - self._gap()
            found.append(QRect(position * self._step(), self.height() - height, width, height))
        return found

    def _step(self) -> int:
        return self._theme.px(12)

    def _gap(self) -> int:
        return self._theme.px(4)
