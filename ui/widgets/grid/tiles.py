"""The picture of a planning state: fill, pattern and letter, so that colour is never alone. Drawn once per size.

look: the pattern begins after the letter; a narrow cell keeps its letter, a very narrow one its pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPixmap, QPolygonF

from backoffice.bookings.rules.states import CellState
from ui.theme.fonts import font
from ui.theme.icons import pixmap
from ui.theme.tokens import StateColours, Theme

_LETTER_WIDTH = 20
_LETTER_ONLY = 32
_PATTERN_ONLY = 18
_LOCKED = {CellState.REAL, CellState.BILLED}
_STEP = 5  # between two lines of a pattern


class Tiles:
    """The pictures of one theme on one screen, kept as long as the theme is."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._kept: dict[tuple[CellState, int, int, bool, float], QPixmap] = {}

    def tile(self, state: CellState, width: int, height: int, *, pending: bool, ratio: float) -> QPixmap:
        """A state in a cell of that many logical pixels; `pending`: outlined until it is saved."""
        key = (state, width, height, pending, ratio)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._drawn(state, width, height, pending=pending, ratio=ratio)
        return found

    def _drawn(self, state: CellState, width: int, height: int, *, pending: bool, ratio: float) -> QPixmap:
        picture = QPixmap(round(width * ratio), round(height * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(self._theme.colour("surface")))
        painter = QPainter(picture)
        whole = QRectF(1, 1, width - 2, height - 2)
        if state is not CellState.FREE:
            self._draw_state(painter, state, whole)
        if pending:
            pen = QPen(QColor(self._theme.colour("accent")), self._theme.line("pending_dashed"))
            pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(whole.adjusted(1, 1, -1, -1))
        painter.end()
        return picture

    def _draw_state(self, painter: QPainter, state: CellState, whole: QRectF) -> None:
        colours = self._theme.planning(state.value)
        painter.fillRect(whole, QColor(colours.fill))
        scale = self._theme.scale
        letter = whole.width() >= _PATTERN_ONLY * scale
        pattern = whole.width() >= _LETTER_ONLY * scale or not letter
        painter.setPen(QPen(QColor(colours.pattern), 1))
        if pattern or colours.kind == "dashed_frame":
            start = whole.left() + (_LETTER_WIDTH * scale if letter else 0)
            area = QRectF(start, whole.top(), whole.right() - start, whole.height())
            painter.save()
            painter.setClipRect(area if colours.kind != "dashed_frame" else whole)
            _PATTERNS[colours.kind](painter, area if colours.kind != "dashed_frame" else whole, colours)
            painter.restore()
        if pattern and state in _LOCKED:
            size = round(11 * scale)
            lock = pixmap("lock", colours.ink, size)
            painter.drawPixmap(round(whole.right() - size - 4 * scale), round(whole.center().y() - size / 2), lock)
        if letter:
            written = font(self._theme, "body_strong")
            painter.setFont(written)
            painter.setPen(QColor(colours.ink))
            place = QRectF(whole.left(), whole.top(), min(_LETTER_WIDTH * scale, whole.width()), whole.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter.value, state.letter)


Pattern = Callable[[QPainter, QRectF, StateColours], None]


def _nothing(_painter: QPainter, _area: QRectF, _colours: StateColours) -> None:
    pass


def _vertical(painter: QPainter, area: QRectF, _colours: StateColours) -> None:
    _lines(painter, area, [(x, area.top(), x, area.bottom()) for x in _steps(area.left() + 2, area.right())])


def _horizontal(painter: QPainter, area: QRectF, _colours: StateColours) -> None:
    _lines(painter, area, [(area.left(), y, area.right(), y) for y in _steps(area.top() + 4, area.bottom())])


def _slash(painter: QPainter, area: QRectF, _colours: StateColours) -> None:
    _lines(painter, area, [(area.left(), area.bottom(), area.right(), area.top())])


def _forward(painter: QPainter, area: QRectF, _colours: StateColours) -> None:
    high = area.height()
    _lines(painter, area, [(x, area.bottom(), x + high, area.top()) for x in _steps(area.left() - high, area.right())])


def _cross(painter: QPainter, area: QRectF, colours: StateColours) -> None:
    high = area.height()
    _forward(painter, area, colours)
    _lines(painter, area, [(x, area.top(), x + high, area.bottom()) for x in _steps(area.left() - high, area.right())])


def _dots(painter: QPainter, area: QRectF, colours: StateColours) -> None:
    _squares(painter, area, colours, 4, 1.5)


def _checker(painter: QPainter, area: QRectF, colours: StateColours) -> None:
    _squares(painter, area, colours, 6, 3)


def _squares(painter: QPainter, area: QRectF, colours: StateColours, step: float, side: float) -> None:
    brush = QBrush(QColor(colours.pattern))
    row = 0
    y = area.top() + 1
    while y < area.bottom():
        x = area.left() + (step / 2 if row % 2 else 0)
        while x < area.right():
            painter.fillRect(QRectF(x, y, side, side), brush)
            x += step
        y += step / 2
        row += 1


def _corner(painter: QPainter, area: QRectF, colours: StateColours) -> None:
    side = min(12.0, area.height() / 2)
    corner = QPolygonF([
        QPointF(area.right() - side, area.top()), QPointF(area.right(), area.top()),
        QPointF(area.right(), area.top() + side),
    ])
    painter.setBrush(QColor(colours.pattern))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawPolygon(corner)


def _double_rule(painter: QPainter, area: QRectF, _colours: StateColours) -> None:
    _lines(painter, area, [(area.left() - 16, y, area.right() - 2, y) for y in (area.bottom() - 5, area.bottom() - 3)])


def _dashed_frame(painter: QPainter, area: QRectF, colours: StateColours) -> None:
    pen = QPen(QColor(colours.pattern), 1)
    pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))


def _steps(start: float, end: float) -> list[float]:
    return [start + _STEP * number for number in range(int((end - start) // _STEP) + 1)]


def _lines(painter: QPainter, _area: QRectF, lines: list[tuple[float, float, float, float]]) -> None:
    painter.drawLines([QLineF(*line) for line in lines])


_PATTERNS: Mapping[str, Pattern] = {
    "solid": _nothing,
    "padlock": _nothing,
    "vertical": _vertical,
    "horizontal": _horizontal,
    "single_slash": _slash,
    "forward_diag": _forward,
    "diag_cross": _cross,
    "dots": _dots,
    "checker": _checker,
    "corner": _corner,
    "double_rule_padlock": _double_rule,
    "dashed_frame": _dashed_frame,
}
