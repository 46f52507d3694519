"""The page as it is painted, and what it lies on."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from ui.theme.tokens import Theme
from ui.widgets.preview.pages import Shown

_WHEEL_STEP = 120


class Paper(QWidget):
    """Its pixels are painted where they are seen, never copied; scaled while the right size is being made."""

    def __init__(self) -> None:
        super().__init__()
        self._pixels = b""
        self._image = QImage()

    def show_page(self, shown: Shown) -> None:
        self._pixels = shown.pixels  # the image reads them where they are
        self._image = QImage(self._pixels, shown.width, shown.height, shown.stride, QImage.Format.Format_RGB32)
        sharpness = shown.wanted.room.sharpness
        self.resize(QSize(round(shown.width / sharpness), round(shown.height / sharpness)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's own names, here and below
        seen = QRectF(event.rect())
        across = self._image.width() / max(self.width(), 1)
        down = self._image.height() / max(self.height(), 1)
        painter = QPainter(self)
        exact = abs(across - self.devicePixelRatioF()) < 0.01
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not exact)
        source = QRectF(seen.x() * across, seen.y() * down, seen.width() * across, seen.height() * down)
        painter.drawImage(seen, self._image, source)
        painter.end()


class Desk(QScrollArea):
    """What the page lies on. `turned`: Page down at its end, Page up at its beginning; `wheeled`: Ctrl and the wheel;
    `resized`: there is another room for the page. The mouse drags the page."""

    turned = Signal(int)
    wheeled = Signal(int)
    resized = Signal()

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.setProperty("kind", "sunken")
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.setMinimumSize(theme.px(120), theme.px(120))
        self.paper = Paper()
        self.setWidget(self.paper)
        self._from: QPoint | None = None

    def room(self) -> QSize:
        """For a page, its scroll bar counted: a page that fits must not lose its place to its own bar."""
        bar = self.verticalScrollBar().sizeHint().width()
        frame = 2 * max(self.frameWidth(), 2)
        return QSize(max(self.width() - bar - frame, 80), max(self.height() - frame, 80))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        bar = self.verticalScrollBar()
        if event.key() == Qt.Key.Key_PageDown and bar.value() == bar.maximum():
            self.turned.emit(1)
        elif event.key() == Qt.Key.Key_PageUp and bar.value() == bar.minimum():
            self.turned.emit(-1)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
            return
        steps = event.angleDelta().y()
        if abs(steps) >= _WHEEL_STEP // 2:
            self.wheeled.emit(1 if steps > 0 else -1)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self._from = event.position().toPoint()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._from is not None:
            now = event.position().toPoint()
            moved, self._from = now - self._from, now
            for bar, by in ((self.horizontalScrollBar(), moved.x()), (self.verticalScrollBar(), moved.y())):
                bar.setValue(bar.value() - by)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._from = None
        self.viewport().unsetCursor()
        super().mouseReleaseEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.resized.emit()
