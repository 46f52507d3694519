"""A button that shows the key that does the same: « Valider et suivant  V »."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter, QWidget

from ui.theme.fonts import font
from ui.theme.icons import icon
from ui.theme.tokens import Theme


def draw_key(painter: QPainter, theme: Theme, place: QRect, key: str, colour: QColor) -> None:
    """The key in its frame, in the middle of a place as wide as `key_width` says."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    small = font(theme)
    small.setPixelSize(theme.type("caption").px)
    painter.setFont(small)
    painter.setPen(QPen(colour, 1))
    radius = theme.line("key")
    painter.drawRoundedRect(place.adjusted(0, 0, -1, -1), radius, radius)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, key)
    painter.restore()


def key_width(theme: Theme, key: str) -> int:
    small = font(theme)
    small.setPixelSize(theme.type("caption").px)
    return max(QFontMetrics(small).horizontalAdvance(key) + theme.px(8), theme.px(18))


class KeyButton(QPushButton):
    """Its words, its icon, its key; its shortcut is the page's affair, that knows when a letter is typed."""

    def __init__(
        self, theme: Theme, text: str, key: str, run: Callable[[], object], *, icon_name: str = "", kind: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._key = key
        self._folded = False
        self._icon = QIcon()
        self._token = {"primary": "accent_text", "danger": "danger"}.get(kind, "text")
        words = text.replace("&", "")
        self.setAccessibleName(words)
        self.setAccessibleDescription(f"Touche {key}")
        self.setToolTip(f"{words} ({key})")
        self.setAutoDefault(True)
        if kind:
            self.setProperty("kind", kind)
        if icon_name:
            size = theme.size("icon", "default")
            self._icon = icon(icon_name, theme.colour(self._token), size, theme.colour("text_disabled"))
            self.setIcon(self._icon)
            self.setIconSize(QSize(size, size))
        self.clicked.connect(lambda: run())  # noqa: PLW0108 - drops the « checked » of clicked

    def fold(self, *, folded: bool) -> None:
        """Large text: the key and the sign go first, the words stay."""
        if folded == self._folded:
            return
        self._folded = folded
        self.setIcon(QIcon() if folded else self._icon)
        self.updateGeometry()

    def _room(self) -> int:
        return 0 if self._folded else key_width(self._theme, self._key) + self._theme.px(8)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's own names, here and below
        inside = super().sizeHint()
        return QSize(inside.width() + self._room(), inside.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        whole = QRect(self.rect())
        option.rect = whole.adjusted(0, 0, -self._room(), 0)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonLabel, option)
        if self._folded:
            painter.end()
            return
        token = self._token if self.isEnabled() else "text_disabled"
        height = self._theme.px(18)
        place = QRect(
            whole.right() - self._theme.px(10) - key_width(self._theme, self._key), (whole.height() - height) // 2,
            key_width(self._theme, self._key), height,
        )
        draw_key(painter, self._theme, place, self._key, QColor(self._theme.colour(token)))
        painter.end()
