"""The tiles of the kiosk: one button for each child, painted whole; a long press, or F2, corrects."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from ui.screens.kiosk.board import Tile, Whereabouts
from ui.theme.fonts import font
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme
from ui.widgets.flow import FlowLayout

LONG_PRESS_MS = 600
_HEIGHT = 128
_AVATAR = 48
# Ground, words and sign of each state: colour, shape and word say the same.
_LOOKS = {
    Whereabouts.EXPECTED: ("surface", "text_secondary", "clock"),
    Whereabouts.PRESENT: ("success_soft", "success", "circle-check"),
    Whereabouts.LEFT: ("surface_sunken", "text_muted", "log-out"),
    Whereabouts.ABSENT: ("warning_soft", "warning", "circle-slash"),
    Whereabouts.UNEXPECTED: ("surface", "info", "user-plus"),
}


class TileButton(QAbstractButton):
    """`tapped` for a touch, Space or Enter; `held` for a long press, F2 or the menu key."""

    tapped = Signal(int)
    held = Signal(int)

    def __init__(self, theme: Theme, tile: Tile) -> None:
        super().__init__()
        self._theme = theme
        self.tile = tile
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(theme.size("row_height", "kiosk_tile_min"), theme.px(_HEIGHT))
        self._press = QTimer(self)
        self._press.setSingleShot(True)
        self._press.setInterval(LONG_PRESS_MS)
        self._press.timeout.connect(self._held)
        self._was_held = False
        self.clicked.connect(self._clicked)
        self.show_tile(tile)

    def show_tile(self, tile: Tile) -> None:
        self.tile = tile
        self.setAccessibleName(tile.spoken)
        self.setToolTip(f"{tile.spoken}\nAppui long ou F2 : corriger")
        self.update()

    def _clicked(self) -> None:
        if not self._was_held:
            self.tapped.emit(self.tile.child_id)

    def _held(self) -> None:
        self._was_held = True
        self.setDown(False)
        self.held.emit(self.tile.child_id)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's own names, here and below
        self._was_held = False
        self._press.start()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._press.stop()
        super().mouseReleaseEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseMoveEvent(event)
        if not self.isDown():
            self._press.stop()  # the finger went elsewhere

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.tapped.emit(self.tile.child_id)
        elif event.key() in {Qt.Key.Key_F2, Qt.Key.Key_Menu}:
            self.held.emit(self.tile.child_id)
        else:
            self._was_held = False
            super().keyPressEvent(event)

    # --- painting ---------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        theme, tile = self._theme, self.tile
        ground, words, sign = _LOOKS[tile.where]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, ground, words)
        pad, avatar = theme.px(12), theme.px(_AVATAR)
        circle = QRectF(pad, pad, avatar, avatar)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colour("accent_soft")))
        painter.drawEllipse(circle)
        painter.setPen(QColor(theme.colour("accent")))
        painter.setFont(font(theme, "group"))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, tile.initials)
        if tile.alert:
            size = theme.size("icon", "kiosk")
            painter.drawPixmap(self.width() - pad - size, pad,
                               pixmap("triangle-alert", theme.colour("danger"), size))
        if tile.sending:
            size = theme.size("icon", "default")
            painter.drawPixmap(self.width() - pad - size, pad + theme.px(32),
                               pixmap("hourglass", theme.colour("text_muted"), size))
        self._paint_words(painter, circle, words, sign)

    def _paint_ground(self, painter: QPainter, ground: str, words: str) -> None:
        theme = self._theme
        known = self.tile.where in {Whereabouts.PRESENT, Whereabouts.ABSENT}
        focused = self.hasFocus()
        line = theme.colour("focus" if focused else words if known else "border_control")
        width = 3 if focused else 2 if known else 1
        pen = QPen(QColor(line), width)
        if self.tile.where is Whereabouts.UNEXPECTED and not focused:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(theme.colour("hover" if self.isDown() else ground)))
        half = width / 2
        inside = QRectF(self.rect()).adjusted(half, half, -half, -half)
        radius = theme.line("tile")
        painter.drawRoundedRect(inside, radius, radius)

    def _paint_words(self, painter: QPainter, circle: QRectF, words: str, sign: str) -> None:
        theme, tile = self._theme, self.tile
        pad = theme.px(12)
        width = self.width() - 2 * pad
        top = round(circle.bottom()) + theme.px(6)
        strong, small = font(theme, "body_strong"), font(theme, "small")
        painter.setPen(QColor(theme.colour("text")))
        painter.setFont(strong)
        metrics = QFontMetrics(strong)
        painter.drawText(QRect(pad, top, width, metrics.height()), Qt.AlignmentFlag.AlignVCenter,
                         metrics.elidedText(tile.first_name, Qt.TextElideMode.ElideRight, width))
        # The family name stands beside the circle, where two first names alike are told apart.
        beside = QRect(round(circle.right()) + theme.px(8), round(circle.top()), 0, round(circle.height()))
        room = self.width() - beside.left() - pad - (theme.size("icon", "kiosk") + theme.px(4) if tile.alert else 0)
        beside.setWidth(max(room, 0))
        painter.setFont(small)
        painter.setPen(QColor(theme.colour("text_secondary")))
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter,
                         QFontMetrics(small).elidedText(tile.last_name, Qt.TextElideMode.ElideRight, beside.width()))
        size = theme.size("icon", "nav")
        top += metrics.height() + theme.px(4)
        painter.drawPixmap(QPointF(pad, top), pixmap(sign, theme.colour(words), size))
        painter.setPen(QColor(theme.colour(words)))
        painter.setFont(strong)
        left = pad + size + theme.px(6)
        state = QRect(left, top, self.width() - left - pad, size)
        painter.drawText(state, Qt.AlignmentFlag.AlignVCenter,
                         metrics.elidedText(tile.words, Qt.TextElideMode.ElideRight, state.width()))


class TileGrid(QWidget):
    """The tiles in reading order. Arrows go from one to the next; only what changed is made or painted again."""

    tapped = Signal(int)
    held = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._flow = FlowLayout(theme.px(12), self)
        self._buttons: dict[int, TileButton] = {}
        self.setAccessibleName("Enfants")

    @property
    def buttons(self) -> Sequence[TileButton]:
        return tuple(self._buttons.values())

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        wanted = [tile.child_id for tile in tiles]
        if wanted != list(self._buttons):
            self._arrange(tiles)
        for tile in tiles:
            if self._buttons[tile.child_id].tile != tile:
                self._buttons[tile.child_id].show_tile(tile)

    def show_tile(self, tile: Tile) -> None:
        found = self._buttons.get(tile.child_id)
        if found is not None and found.tile != tile:
            found.show_tile(tile)

    def _arrange(self, tiles: Sequence[Tile]) -> None:
        before = self._buttons
        self._buttons = {}
        while self._flow.takeAt(0) is not None:
            pass
        for tile in tiles:
            button = before.pop(tile.child_id, None) or self._button(tile)
            self._buttons[tile.child_id] = button
            self._flow.addWidget(button)
            button.show()
        for gone in before.values():
            gone.hide()
            gone.deleteLater()
        for first, second in zip(self.buttons, self.buttons[1:], strict=False):
            QWidget.setTabOrder(first, second)
        self._flow.invalidate()
        self.updateGeometry()

    def _button(self, tile: Tile) -> TileButton:
        found = TileButton(self._theme, tile)
        found.tapped.connect(self.tapped)
        found.held.connect(self.held)
        found.installEventFilter(self)
        return found

    def eventFilter(self, watched: object, event: QEvent) -> bool:  # noqa: N802
        if isinstance(watched, TileButton) and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            turn = {
                Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self._across(),
                Qt.Key.Key_Down: self._across(),
            }.get(Qt.Key(event.key()))
            if turn is not None:
                buttons = self.buttons
                place = buttons.index(watched) + turn
                if 0 <= place < len(buttons):
                    buttons[place].setFocus(Qt.FocusReason.TabFocusReason)
                return True
        return False

    def _across(self) -> int:
        """How many tiles stand on a line."""
        return max(1, (self.width() + self._flow.spacing()) // (
            self._theme.size("row_height", "kiosk_tile_min") + self._flow.spacing()))

    def sizeHint(self) -> QSize:  # noqa: N802
        width = max(self.width(), self._theme.size("row_height", "kiosk_tile_min"))
        return QSize(width, self._flow.heightForWidth(width))
