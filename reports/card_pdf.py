"""Cards for the kiosk as PDF, to print and cut: the name of a child, and a QR code that says a drawn word only."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.clocking.badges import Card, CardSheet
from reports.invoice_style import LINE, MUTED_SMALL, TEXT
from reports.pdf.document import Properties, pdf_file
from reports.pdf.fonts import SEMIBOLD
from reports.pdf.page import Colour, Page, Style, mm
from reports.pdf.qr import draw_code
from reports.pdf.text import clean, elide, wrap

# A bank card is 85.6 by 54 mm: two beside one another, five above, within the margins of any printer.
_WIDTH, _HEIGHT = mm(85.6), mm(53)
_LEFT, _TOP = mm(19.4), mm(16)
_ACROSS, _DOWN = 2, 5
_NAME, _NAME_LINES = Style(SEMIBOLD, 12, TEXT), 5
_WHITE = Colour.of("#FFFFFF")


def render_cards(sheet: CardSheet) -> bytes:
    """The PDF file. Same sheet, same bytes. Raises EnvironmentFault `resource.missing`, `font.unreadable`."""
    per_page = _ACROSS * _DOWN
    lots = [sheet.cards[first:first + per_page] for first in range(0, len(sheet.cards), per_page)]
    pages = [_page(sheet, lot) for lot in lots] or [Page()]
    return pdf_file(pages, Properties("Cartes de pointage", clean(sheet.place), "Kiosque", sheet.day))


def _page(sheet: CardSheet, lot: Sequence[Card]) -> Page:
    page = Page()
    for place, card in enumerate(lot):
        left = _LEFT + place % _ACROSS * _WIDTH
        top = _TOP + place // _ACROSS * _HEIGHT
        page.box(left, top, _WIDTH, _HEIGHT, _WHITE, LINE)
        side = mm(36)
        draw_code(page, left + mm(3), top + (_HEIGHT - side) / 2, side, card.code)
        text, room = left + mm(41), _WIDTH - mm(44)
        lines = wrap(clean(card.name), _NAME.face, _NAME.size, room, _NAME_LINES)
        for number, line in enumerate(lines):
            page.text(text, top + mm(16) + number * mm(5.5), elide(line, _NAME.face, _NAME.size, room), _NAME)
        place_words = elide(clean(sheet.place), MUTED_SMALL.face, MUTED_SMALL.size, room)
        page.text(text, top + mm(18) + len(lines) * mm(5.5), place_words, MUTED_SMALL)
    return page
