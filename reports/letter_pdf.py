"""Letters to families on paper: what the mails would have said, the address where the window of an envelope is."""

from __future__ import annotations

from collections.abc import Sequence

from backoffice.kernel.periods import french_long_day
from backoffice.letters.queries import PaperLetter
from reports.invoice_style import LEFT, MUTED_SMALL, RIGHT, SECONDARY, TEXT, WINDOW_LEFT
from reports.pdf.document import Properties, pdf_file
from reports.pdf.flow import Flow
from reports.pdf.fonts import REGULAR, SEMIBOLD
from reports.pdf.page import Page, Style, mm
from reports.pdf.text import clean, elide, wrap

_ISSUER = Style(SEMIBOLD, 13, TEXT)
_SMALL = Style(REGULAR, 8.5, SECONDARY)
_ADDRESS = Style(REGULAR, 10.5, TEXT)
_ADDRESS_NAME = Style(SEMIBOLD, 10.5, TEXT)
_SUBJECT = Style(SEMIBOLD, 11, TEXT)
_BODY = Style(REGULAR, 11, TEXT)

_LEFT_WIDTH = mm(84)
_WINDOW_TOP, _WINDOW_BOTTOM = mm(48), mm(85)
_TEXT_TOP = mm(98)
_TEXT_WIDTH = RIGHT - LEFT
_LEADING = 15.0
_BOTTOM, _FOOT, _TOP = mm(278), mm(287), mm(24)


def render_letters(letters: Sequence[PaperLetter]) -> bytes:
    """One PDF of letters, each on sheets of its own. Same letters, same bytes.

    Raises EnvironmentFault `resource.missing`, `font.unreadable`; ValueError without any letter.
    """
    if not letters:
        raise ValueError("no letter to print")
    first = letters[0]
    title = clean(first.subject) if len(letters) == 1 else f"{len(letters)} courriers"
    subject = clean(first.family) if len(letters) == 1 else ""
    pages = [page for letter in letters for page in _drawn(letter)]
    return pdf_file(pages, Properties(title, clean(first.issuer[0]), subject, first.day))


def _drawn(letter: PaperLetter) -> list[Page]:
    flow = Flow(_BOTTOM)
    flow.on_new_page = lambda _page: _TOP
    _draw_head(flow.page, letter)
    flow.y = flow.top = _TEXT_TOP
    _draw_text(flow, wrap(clean(letter.subject), _SUBJECT.face, _SUBJECT.size, _TEXT_WIDTH), _SUBJECT)
    flow.y += _LEADING / 2
    for line in letter.body.rstrip("\n").splitlines():
        _draw_text(flow, wrap(clean(line), _BODY.face, _BODY.size, _TEXT_WIDTH) or ("",), _BODY)
    _draw_feet(flow.pages, letter)
    return flow.pages


def _draw_head(page: Page, letter: PaperLetter) -> None:
    y = mm(18.5)
    for line in wrap(clean(letter.issuer[0]), _ISSUER.face, _ISSUER.size, _LEFT_WIDTH, 2):
        page.text(LEFT, y, line, _ISSUER)
        y += 15.5
    for text in letter.issuer[1:]:
        for line in wrap(clean(text), _SMALL.face, _SMALL.size, _LEFT_WIDTH, 2):
            page.text(LEFT, y, line, _SMALL)
            y += 11
    page.text(WINDOW_LEFT, mm(18.5), f"Le {french_long_day(letter.day)}", _BODY)
    width = RIGHT - WINDOW_LEFT
    shown = [part for text in letter.to for part in wrap(clean(text), _ADDRESS_NAME.face, _ADDRESS.size, width, 2)]
    names = len(wrap(clean(letter.to[0]), _ADDRESS_NAME.face, _ADDRESS.size, width, 2))
    leading = min(13.5, (_WINDOW_BOTTOM - _WINDOW_TOP) / max(len(shown), 1))
    for index, line in enumerate(shown):
        page.text(WINDOW_LEFT, _WINDOW_TOP + 10 + index * leading, line, _ADDRESS_NAME if index < names else _ADDRESS)


def _draw_text(flow: Flow, lines: tuple[str, ...], style: Style) -> None:
    for line in lines:
        flow.need(_LEADING)
        if line:
            flow.page.text(LEFT, flow.y + style.size, line, style)
        flow.y += _LEADING


def _draw_feet(pages: list[Page], letter: PaperLetter) -> None:
    if len(pages) == 1:
        return
    said = elide(clean(letter.subject), MUTED_SMALL.face, MUTED_SMALL.size, _TEXT_WIDTH * 2 / 3)
    for number, page in enumerate(pages, 1):
        page.text(LEFT, _FOOT, said, MUTED_SMALL)
        page.text_right(RIGHT, _FOOT, f"Page {number}/{len(pages)}", MUTED_SMALL)
