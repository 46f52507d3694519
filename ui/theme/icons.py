"""Line icons (Lucide, ISC) painted in the text colour of their place, sharp at every scale."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from backoffice.kernel.resources import resource_path

_STROKE = 'stroke-width="1.75"'
_SHARPNESS = 3  # pixels drawn for each logical one: enough for a screen at 300 %


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    return resource_path("icons", f"{name}.svg").read_text(encoding="utf-8").replace('stroke-width="2"', _STROKE)


@lru_cache(maxsize=512)
def pixmap(name: str, colour: str, size: int) -> QPixmap:
    """The icon as a picture of `size` logical pixels."""
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    picture = QPixmap(size * _SHARPNESS, size * _SHARPNESS)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, size * _SHARPNESS, size * _SHARPNESS))
    painter.end()
    picture.setDevicePixelRatio(_SHARPNESS)
    return picture


def icon(
    name: str, colour: str, size: int = 16, disabled: str | None = None, selected: str | None = None
) -> QIcon:
    """The icon for a button, menu or cell, with its colours when disabled or in a selected row, when given."""
    found = QIcon(pixmap(name, colour, size))
    if selected is not None:
        found.addPixmap(pixmap(name, selected, size), QIcon.Mode.Selected)
    if disabled is not None:
        found.addPixmap(pixmap(name, disabled, size), QIcon.Mode.Disabled)
    return found
