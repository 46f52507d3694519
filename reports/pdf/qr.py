"""QR codes, drawn as boxes of a page."""

from __future__ import annotations

from functools import lru_cache

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

from reports.pdf.page import Colour, Page

_QUIET = 4  # white squares around a QR code, that its norm asks for
_BLACK = Colour.of("#000000")


def draw_code(page: Page, left: float, top: float, side: float, text: str) -> None:
    """The code of a text in a square of this side, its white margin included."""
    squares = _squares(text)
    step = side / (len(squares) + 2 * _QUIET)
    for y, row in enumerate(squares):
        x = 0
        while x < len(row):  # neighbours in one box: fewer of them, and no white hair between two
            if not row[x]:
                x += 1
                continue
            end = x
            while end < len(row) and row[end]:
                end += 1
            page.box(left + (x + _QUIET) * step, top + (y + _QUIET) * step, (end - x) * step, step, _BLACK)
            x = end


@lru_cache(maxsize=256)
def _squares(text: str) -> tuple[tuple[bool, ...], ...]:
    code = QRCode(None, QRErrorCorrectLevel.Q)
    code.addData(text)
    code.make()
    return tuple(tuple(bool(dark) for dark in row) for row in code.modules)
