"""One page, recorded then drawn. Places are in points from the top left corner; text stands on its baseline."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from reportlab.pdfgen.canvas import Canvas

from reports.pdf.fonts import Face

MILLIMETRE = 72 / 25.4
PAGE_WIDTH = 210 * MILLIMETRE
PAGE_HEIGHT = 297 * MILLIMETRE


def mm(length: float) -> float:
    """Millimetres in points."""
    return length * MILLIMETRE


@dataclass(frozen=True, slots=True)
class Colour:
    """A screen colour; red, green and blue go from 0 to 1."""

    red: float
    green: float
    blue: float

    @classmethod
    def of(cls, code: str) -> Colour:
        """From its web code, e.g. `Colour.of("#2253A0")`."""
        return cls(*(round(int(code[at:at + 2], 16) / 255, 3) for at in (1, 3, 5)))

    @property
    def rgb(self) -> tuple[float, float, float]:
        return self.red, self.green, self.blue


@dataclass(frozen=True, slots=True)
class Style:
    """How a line of text looks; `size` in points."""

    face: Face
    size: float
    colour: Colour

    def width(self, text: str) -> float:
        return self.face.width(text, self.size)


class Text(NamedTuple):
    """A line of text whose baseline starts at x, y."""

    x: float
    y: float
    text: str
    style: Style


class Rule(NamedTuple):
    """A horizontal line."""

    left: float
    right: float
    y: float
    colour: Colour
    thickness: float


class Box(NamedTuple):
    """A filled rectangle, with a line around it if `border` is given."""

    left: float
    top: float
    width: float
    height: float
    fill: Colour
    border: Colour | None


class Page:
    """Collects what stands on a page. Text comes out of a reader in the order it was added; boxes lie under it."""

    def __init__(self, width: float = PAGE_WIDTH, height: float = PAGE_HEIGHT) -> None:
        self.width = width
        self.height = height
        self.boxes: list[Box] = []
        self.rules: list[Rule] = []
        self.texts: list[Text] = []

    def text(self, x: float, y: float, text: str, style: Style) -> None:
        """Text from x to the right."""
        self.texts.append(Text(x, y, text, style))

    def text_right(self, x: float, y: float, text: str, style: Style) -> None:
        """Text that ends at x."""
        self.text(x - style.width(text), y, text, style)

    def rule(self, left: float, right: float, y: float, colour: Colour, thickness: float = 0.5) -> None:
        """A horizontal line."""
        self.rules.append(Rule(left, right, y, colour, thickness))

    def box(self, left: float, top: float, width: float, height: float, fill: Colour,
            border: Colour | None = None) -> None:
        """A filled rectangle, with a line around it if `border` is given."""
        self.boxes.append(Box(left, top, width, height, fill, border))

    def draw(self, canvas: Canvas) -> None:
        """Draws it all on the canvas' current page: boxes, rules, then every text in one text object."""
        for box in self.boxes:
            canvas.setFillColorRGB(*box.fill.rgb)
            if box.border:
                canvas.setStrokeColorRGB(*box.border.rgb)
            canvas.rect(_short(box.left), _short(self.height - box.top - box.height), _short(box.width),
                        _short(box.height), stroke=1 if box.border else 0, fill=1)
        for (colour, thickness), rules in groupby(self.rules, attrgetter("colour", "thickness")):
            canvas.setStrokeColorRGB(*colour.rgb)
            canvas.setLineWidth(thickness)
            canvas.lines([(_short(rule.left), _short(self.height - rule.y),
                           _short(rule.right), _short(self.height - rule.y)) for rule in rules])
        drawn = canvas.beginText()
        for style, texts in groupby(self.texts, attrgetter("style")):
            drawn.setFont(style.face.font.fontName, style.size)
            drawn.setFillColorRGB(*style.colour.rgb)
            for text in texts:
                drawn.setTextOrigin(_short(text.x), _short(self.height - text.y))
                # Not textOut: it would measure the text again, to move a cursor that we place ourselves.
                drawn.textLine(text.text)
        canvas.drawText(drawn)


def _short(length: float) -> float:
    """A hundredth of a point is finer than any printer, and halves the numbers to write."""
    return round(length, 2)
