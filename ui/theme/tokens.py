"""The window's colours, sizes and type, read from `resources/theme/tokens.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from backoffice.kernel.resources import load_toml

SMALLEST_SCALE, LARGEST_SCALE = 1.0, 2.0


class ThemeName(StrEnum):
    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high_contrast"

    @property
    def label(self) -> str:
        return {"light": "Clair", "dark": "Sombre", "high_contrast": "Contraste élevé"}[self.value]


@dataclass(frozen=True, slots=True)
class TextStyle:
    """One step of the type scale, in logical pixels at the current text size."""

    px: int
    line: int
    weight: int


@dataclass(frozen=True, slots=True)
class StateColours:
    """A planning state: its fill, the ink of its letter, the colour of its pattern, and the pattern by name."""

    fill: str
    ink: str
    pattern: str
    kind: str


@cache
def _tokens() -> Mapping[str, Any]:
    return load_toml("theme", "tokens.toml")


@dataclass(frozen=True)
class Theme:
    """One theme at one text size (`scale` 1.0 to 2.0). Sizes follow the text; one-pixel lines do not."""

    name: ThemeName = ThemeName.LIGHT
    scale: float = 1.0

    def colour(self, token: str) -> str:
        """« #2253A0 ». Raises KeyError for an unknown token: a slip of ours."""
        colours: Mapping[str, str] = _tokens()["themes"][self.name.value]
        return colours[token]

    def on_selected(self, token: str) -> str:
        """The same on a selected row: high contrast turns the row over, and every colour with it."""
        return self.colour("accent_text" if self.name is ThemeName.HIGH_CONTRAST else token)

    def colours(self) -> Mapping[str, str]:
        found: Mapping[str, str] = _tokens()["themes"][self.name.value]
        return found

    def planning(self, state: str) -> StateColours:
        """How a planning state is drawn: `planning("presence")`. Raises KeyError for an unknown one: a slip of ours."""
        found = _tokens()["themes"][self.name.value]["planning"][state]
        return StateColours(found["fill"], found["ink"], found["pattern"], _tokens()["planning"][state])

    def size(self, group: str, token: str) -> int:
        """A size that follows the text: `size("row_height", "table")`."""
        pixels: int = _tokens()[group][token]
        return round(pixels * self.scale)

    def line(self, token: str) -> int:
        """A line or radius, that does not follow the text."""
        return int(_tokens()["line" if token in _tokens()["line"] else "radius"][token])

    def px(self, pixels: int) -> int:
        """A length of the 4 grid, following the text."""
        return round(pixels * self.scale)

    def type(self, step: str) -> TextStyle:
        """caption, small, body, body_strong, group, title, figure."""
        entry = _tokens()["type"][step]
        return TextStyle(round(entry["px"] * self.scale), round(entry["line"] * self.scale), entry["weight"])

    @property
    def family(self) -> str:
        return str(_tokens()["type"]["family"])
