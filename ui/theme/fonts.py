"""Source Sans 3, shipped with the program: the same digits and signs on every computer."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase

from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.resources import resource_path
from ui.theme.tokens import Theme

_FILES = ("SourceSans3-Regular.ttf", "SourceSans3-SemiBold.ttf", "SourceSans3-Bold.ttf", "SourceSans3-Italic.ttf")


def load_fonts() -> None:
    """Make the family known to Qt, once per program. Raises EnvironmentFault `font.unreadable`."""
    for name in _FILES:
        if QFontDatabase.addApplicationFont(str(resource_path("fonts", name))) < 0:
            raise EnvironmentFault("font.unreadable", name=name)


def font(theme: Theme, step: str = "body") -> QFont:
    """The font of a step of the type scale, at the theme's text size."""
    style = theme.type(step)
    found = QFont(theme.family)
    found.setPixelSize(style.px)
    found.setWeight(QFont.Weight(style.weight))
    return found
