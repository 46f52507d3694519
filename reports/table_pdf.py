"""A list as a PDF: what the window shows, on paper. Portrait when its columns fit, landscape when they do not."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from backoffice.kernel.money import NO_BREAK_SPACE
from backoffice.kernel.periods import french_day
from backoffice.kernel.progress import Progress, silent
from reports.invoice_style import GRID, HEADER, LINE, MUTED, PAPER, SECONDARY, TEXT
from reports.pdf.document import Properties, pdf_file
from reports.pdf.fonts import REGULAR, SEMIBOLD
from reports.pdf.page import PAGE_HEIGHT, PAGE_WIDTH, Page, Style, mm
from reports.pdf.text import clean, elide, wrap

_MARGIN = mm(14)
_TOP = mm(17)
_BOTTOM = mm(13)          # of the last row, from the foot of the page
_FOOT = mm(8)
_PAD = mm(1.5)
_SIZES = (9.0, 8.5, 8.0, 7.5, 7.0)   # tried in turn, until the columns fit
_WIDEST = mm(75)          # of a column of words: beyond, they go to a second line
_NARROWEST = mm(16)
_MOST_LINES = 2
_MEASURED = 40            # the longest texts of a column, by their letters: one of them is the widest
_TITLE = Style(SEMIBOLD, 15, TEXT)
_SAID = Style(REGULAR, 9.5, SECONDARY)
_RUNNING = Style(SEMIBOLD, 9, TEXT)
_SMALL = Style(REGULAR, 8, MUTED)


@dataclass(frozen=True, slots=True)
class PrintedColumn:
    """`whole`: numbers and days, which are never cut. `box`: a square to tick by hand, where
    there is no text."""

    title: str
    to_the_right: bool = False
    whole: bool = False
    box: bool = False

    @property
    def grows(self) -> bool:
        """Whether its width follows the room that there is."""
        return not (self.whole or self.box)


@dataclass(frozen=True)
class PrintedTable:
    """`said`: what the list was cut down by, in words; `count`: « 412 familles »; one text a column in each row.

    `headings`: the words that stand above a row and those that follow it, by the place of the row. `spaced`: higher
    rows, to write in by hand.
    """

    title: str
    said: tuple[str, ...]
    count: str
    day: date
    columns: tuple[PrintedColumn, ...]
    rows: Sequence[tuple[str, ...]]
    headings: Mapping[int, str] = field(default_factory=dict)
    spaced: bool = False


def render_table(table: PrintedTable, progress: Progress = silent) -> bytes:
    """The PDF file of a list; `progress` counts its pages.

    Same table, same bytes. Raises EnvironmentFault `resource.missing`, `font.unreadable`, Cancelled.
    """
    rows = [tuple(map(clean, row)) for row in table.rows]
    layout = _laid_out(table.columns, rows, spaced=table.spaced)
    sheets = list(_cut(table, layout, rows))
    properties = Properties(clean(table.title), "", clean(" · ".join(table.said)), table.day)
    return pdf_file(_drawn(table, layout, rows, sheets, progress), properties)


# --- widths ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Layout:
    """The paper, the size of the words, and for each column where its text begins and how wide it may be."""

    width: float
    height: float
    size: float
    lefts: tuple[float, ...]
    widths: tuple[float, ...]
    spaced: bool = False

    @property
    def leading(self) -> float:
        return self.size * 1.25

    def height_of(self, lines: int) -> float:
        return lines * self.leading + self.size * self._air

    @property
    def above(self) -> float:
        """Between the top of a row and its words."""
        return self.size * (self._air - 0.55) / 2

    @property
    def _air(self) -> float:
        return 1.45 if self.spaced else 0.55


def _laid_out(columns: Sequence[PrintedColumn], rows: Sequence[tuple[str, ...]], *, spaced: bool = False) -> _Layout:
    longest = [
        heapq.nlargest(_MEASURED, {row[index] for row in rows}, key=len) for index in range(len(columns))
    ]
    for width, height in ((PAGE_WIDTH, PAGE_HEIGHT), (PAGE_HEIGHT, PAGE_WIDTH)):
        room = width - 2 * _MARGIN
        sizes = _SIZES if width > height else _SIZES[:2]  # turning the sheet is better than small print
        for size in sizes:
            natural = [_natural(column, texts, size) for column, texts in zip(columns, longest, strict=True)]
            if sum(natural) <= room:
                return _placed(width, height, size, _stretched(columns, natural, room), spaced=spaced)
    return _placed(width, height, size, _squeezed(columns, natural, room), spaced=spaced)


def _natural(column: PrintedColumn, texts: Sequence[str], size: float) -> float:
    head = SEMIBOLD.width(column.title, size)
    if column.box:
        return max(head, size, *(REGULAR.width(text, size) for text in texts)) + 2 * _PAD
    widest = max((REGULAR.width(text, size) for text in texts), default=0.0)
    return max(head, widest if column.whole else min(widest, _WIDEST)) + 2 * _PAD


def _stretched(columns: Sequence[PrintedColumn], widths: Sequence[float], room: float) -> list[float]:
    """The table takes the whole width; words get what is left, numbers stay near their neighbours."""
    words = sum(width for column, width in zip(columns, widths, strict=True) if column.grows)
    if not words:
        return list(widths)
    more = (room - sum(widths)) / words
    return [
        width * (1 + more) if column.grows else width for column, width in zip(columns, widths, strict=True)
    ]


def _squeezed(columns: Sequence[PrintedColumn], widths: Sequence[float], room: float) -> list[float]:
    """Words give up room, the widest first; numbers and days keep theirs."""
    whole = sum(width for column, width in zip(columns, widths, strict=True) if not column.grows)
    words = sorted(width for column, width in zip(columns, widths, strict=True) if column.grows)
    left, most = max(room - whole, 0.0), 0.0
    for place, width in enumerate(words):
        most = left / (len(words) - place)
        if width > most:
            break
        left -= width
    most = max(most, _NARROWEST)
    return [min(width, most) if column.grows else width for column, width in zip(columns, widths, strict=True)]


def _placed(width: float, height: float, size: float, widths: Sequence[float], *, spaced: bool) -> _Layout:
    lefts, x = [], _MARGIN
    for one in widths:
        lefts.append(x + _PAD)
        x += one
    return _Layout(width, height, size, tuple(lefts), tuple(one - 2 * _PAD for one in widths), spaced)


# --- pages -----------------------------------------------------------------------------------------------------------


def _cut(table: PrintedTable, layout: _Layout, rows: Sequence[tuple[str, ...]]) -> Iterator[range]:
    """Which rows stand on each page; an empty list has a page too."""
    first, y = 0, _first_row(table, layout, head=True)
    for index, row in enumerate(rows):
        height = layout.height_of(_lines_of(layout, table.columns, row))
        if index in table.headings:  # never alone at the foot of a page
            height += _heading_height(layout)
        if y + height > layout.height - _BOTTOM and index > first:
            yield range(first, index)
            first, y = index, _first_row(table, layout, head=False)
        y += height
    yield range(first, len(rows))


def _lines_of(layout: _Layout, columns: Sequence[PrintedColumn], row: tuple[str, ...]) -> int:
    return max(len(_cell(layout, column, index, row[index])) or 1 for index, column in enumerate(columns))


def _cell(layout: _Layout, column: PrintedColumn, index: int, text: str) -> tuple[str, ...]:
    if column.whole or not text:
        return (text,)
    return wrap(text, REGULAR, layout.size, layout.widths[index], _MOST_LINES)


def _first_row(table: PrintedTable, layout: _Layout, *, head: bool) -> float:
    """Where the rows begin, under the head of the page and of the table."""
    above = _TOP + 13.0 * len(_said(table, layout)) + mm(3) if head else _TOP + mm(1.5)
    return above + layout.height_of(1)


def _said(table: PrintedTable, layout: _Layout) -> tuple[str, ...]:
    words = clean(f"{NO_BREAK_SPACE}· ".join((*table.said, table.count)))
    return wrap(words, _SAID.face, _SAID.size, layout.width - 2 * _MARGIN)


def _drawn(
    table: PrintedTable, layout: _Layout, rows: Sequence[tuple[str, ...]], sheets: Sequence[range], progress: Progress
) -> Iterator[Page]:
    for number, sheet in enumerate(sheets):
        progress(number, len(sheets), "Mise en page")
        page = Page(layout.width, layout.height)
        _draw_head(page, table, layout, first=not number)
        y = _first_row(table, layout, head=not number)
        _draw_titles(page, table, layout, y - layout.height_of(1))
        for index in sheet:
            if index in table.headings:
                y = _draw_heading(page, layout, clean(table.headings[index]), y)
            y = _draw_row(page, table, layout, rows[index], y)
        _draw_foot(page, table, layout, number + 1, len(sheets))
        yield page
    progress(len(sheets), len(sheets), "Mise en page")


def _draw_head(page: Page, table: PrintedTable, layout: _Layout, *, first: bool) -> None:
    right = layout.width - _MARGIN
    made = f"Édité le {french_day(table.day)}"
    title, style = clean(table.title), _TITLE if first else _RUNNING
    room = right - _MARGIN - _SAID.width(made) - mm(6)
    page.text(_MARGIN, _TOP - mm(2), elide(title, style.face, style.size, room), style)
    if not first:
        return
    page.text_right(right, _TOP - mm(2), made, _SAID)
    for line, words in enumerate(_said(table, layout)):
        page.text(_MARGIN, _TOP + 11.0 + 13.0 * line, words, _SAID)


def _draw_titles(page: Page, table: PrintedTable, layout: _Layout, top: float) -> None:
    style = Style(SEMIBOLD, layout.size, SECONDARY)
    height = layout.height_of(1)
    page.box(_MARGIN, top, layout.width - 2 * _MARGIN, height, HEADER)
    baseline = top + layout.above + layout.leading
    for column, left, width in zip(table.columns, layout.lefts, layout.widths, strict=True):
        title = elide(clean(column.title), style.face, style.size, width)
        if column.to_the_right:
            page.text_right(left + width, baseline, title, style)
        else:
            page.text(left, baseline, title, style)
    page.rule(_MARGIN, layout.width - _MARGIN, top + height, LINE, 0.75)


def _heading_height(layout: _Layout) -> float:
    return layout.leading * 2.2


def _draw_heading(page: Page, layout: _Layout, words: str, y: float) -> float:
    """Draws what stands above the rows of a group and answers where they begin."""
    style = Style(SEMIBOLD, layout.size + 1, TEXT)
    below = y + _heading_height(layout)
    room = layout.width - 2 * (_MARGIN + _PAD)
    page.text(_MARGIN + _PAD, below - layout.size * 0.6, elide(words, style.face, style.size, room), style)
    page.rule(_MARGIN, layout.width - _MARGIN, below, LINE, 0.75)
    return below


def _draw_row(page: Page, table: PrintedTable, layout: _Layout, row: tuple[str, ...], y: float) -> float:
    """Draws a row and answers where the next one begins."""
    style = Style(REGULAR, layout.size, TEXT)
    most = 1
    for index, column in enumerate(table.columns):
        if column.box and not row[index]:
            top = y + (layout.height_of(1) - layout.size) / 2
            page.box(layout.lefts[index], top, layout.size, layout.size, PAPER, MUTED)
            continue
        lines = _cell(layout, column, index, row[index])
        most = max(most, len(lines))
        for line, text in enumerate(lines):
            baseline = y + layout.above + layout.leading * (line + 1)
            if column.to_the_right:
                page.text_right(layout.lefts[index] + layout.widths[index], baseline, text, style)
            elif text:
                page.text(layout.lefts[index], baseline, text, style)
    below = y + layout.height_of(most)
    page.rule(_MARGIN, layout.width - _MARGIN, below, GRID)
    return below


def _draw_foot(page: Page, table: PrintedTable, layout: _Layout, number: int, count: int) -> None:
    y = layout.height - _FOOT
    made = clean(f"{table.title} · {french_day(table.day)}")
    page.text(_MARGIN, y, elide(made, _SMALL.face, _SMALL.size, layout.width / 2), _SMALL)
    page.text_right(layout.width - _MARGIN, y, f"Page {number}/{count}", _SMALL)
