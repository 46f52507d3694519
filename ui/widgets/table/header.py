"""The header of a table: its titles, and beside the one that sorts, which way."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QHeaderView, QStyleOptionHeader, QWidget

from ui.theme.fonts import font
from ui.theme.icons import icon
from ui.theme.tokens import Theme

_SIGN = 12
_GAP = 4


class TableHeader(QHeaderView):
    """Qt's own arrow stands over the last letters of a title that is aligned to the right: this one beside them."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._metrics = QFontMetrics(font(theme, "body_strong"))
        self._sign, self._gap, self._pad = theme.px(_SIGN), theme.px(_GAP), theme.px(8)
        colour = theme.colour("text")
        self._rising = icon("chevron-up", colour, self._sign)
        self._falling = icon("chevron-down", colour, self._sign)
        self.setSectionsClickable(True)  # as the header that QTableView makes
        self.setHighlightSections(False)

    def room_of(self, title: str) -> int:
        """The width of a title with the sign beside it."""
        return self._metrics.horizontalAdvance(title) + self._gap + self._sign + 2 * self._pad + 1

    def initStyleOptionForIndex(self, option: QStyleOptionHeader, logical: int) -> None:  # noqa: N802 - Qt's own name
        super().initStyleOptionForIndex(option, logical)
        option.sortIndicator = QStyleOptionHeader.SortIndicator.None_

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:  # noqa: N802
        painter.save()
        super().paintSection(painter, rect, logical)
        painter.restore()
        if logical != self.sortIndicatorSection() or not self.isSortIndicatorShown():
            return
        model = self.model()
        horizontal = Qt.Orientation.Horizontal
        title = str(model.headerData(logical, horizontal))
        words = min(self._metrics.horizontalAdvance(title), rect.width() - self._gap - self._sign - 2 * self._pad)
        aligned = model.headerData(logical, horizontal, Qt.ItemDataRole.TextAlignmentRole)
        beside = self._pad + words + self._gap
        to_the_right = bool(aligned & Qt.AlignmentFlag.AlignRight)
        left = rect.right() - beside - self._sign + 1 if to_the_right else rect.left() + beside
        sign = self._rising if self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder else self._falling
        top = rect.top() + (rect.height() - self._sign) // 2
        sign.paint(painter, QRect(left, top, self._sign, self._sign))
