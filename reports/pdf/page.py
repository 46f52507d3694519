"""The content of one page. Places are in points from the top left corner; text stands on its baseline."""

from __future__ import annotations

from dataclasses import dataclass

from reports.pdf.fonts import Face, RareCharacters

MILLIMETRE = 72 / 25.4
PAGE_WIDTH = 210 * MILLIMETRE
PAGE_HEIGHT = 297 * MILLIMETRE


def mm(length: float) -> float:
    """Millimetres in points."""
    return length * MILLIMETRE


@dataclass(frozen=True, slots=True)
class Colour:
    """A screen colour as PDF operands, e.g. `Colour.of("#2253A0")`."""

    operands: str

    @classmethod
    def of(cls, code: str) -> Colour:
        return cls(" ".join(f"{int(code[at:at + 2], 16) / 255:.3g}" for at in (1, 3, 5)))


@dataclass(frozen=True, slots=True)
class Style:
    """How a line of text looks; `size` in points."""

    face: Face
    size: float
    colour: Colour

    def width(self, text: str) -> float:
        return self.face.width(text, self.size)


class Page:
    """Collects the drawing operators of a page. Text comes out of a reader in the order it is drawn."""

    def __init__(self, rare: RareCharacters) -> None:
        self._rare = rare
        self._operators: list[str] = []
        self._font = ""
        self._fill = ""

    def text(self, x: float, y: float, text: str, style: Style) -> None:
        """Text from x to the right."""
        add = self._operators.append
        self._set_fill(style.colour)
        add(f"BT 1 0 0 1 {x:.2f} {PAGE_HEIGHT - y:.2f} Tm")
        for name, code in style.face.encode(text, self._rare):
            font = f"/{name} {style.size:g} Tf"
            if font != self._font:
                self._font = font
                add(font)
            add(f"({code}) Tj")
        add("ET")

    def text_right(self, x: float, y: float, text: str, style: Style) -> None:
        """Text that ends at x."""
        self.text(x - style.face.width(text, style.size), y, text, style)

    def rule(self, left: float, right: float, y: float, colour: Colour, thickness: float = 0.5) -> None:
        """A horizontal line."""
        self._operators.append(f"{colour.operands} RG {thickness:g} w "
                               f"{left:.2f} {PAGE_HEIGHT - y:.2f} m {right:.2f} {PAGE_HEIGHT - y:.2f} l S")

    def box(self, left: float, top: float, width: float, height: float, fill: Colour,
            border: Colour | None = None) -> None:
        """A filled rectangle, with a line around it if `border` is given."""
        self._set_fill(fill)
        stroke = f"{border.operands} RG 1 w " if border else ""
        self._operators.append(f"{stroke}{left:.2f} {PAGE_HEIGHT - top - height:.2f} {width:.2f} {height:.2f} re "
                               + ("B" if border else "f"))

    def content(self) -> bytes:
        return "\n".join(self._operators).encode("latin-1")

    def _set_fill(self, colour: Colour) -> None:
        if colour.operands != self._fill:
            self._fill = colour.operands
            self._operators.append(f"{self._fill} rg")
