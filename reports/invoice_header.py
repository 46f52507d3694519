"""The upper part of the first page: issuer, title, payers in the window, facts, and the band of key figures."""

from __future__ import annotations

from backoffice.billing.views import InvoiceKind, InvoiceView, Letterhead
from backoffice.kernel.money import Money, euros
from backoffice.kernel.periods import french_day
from reports import invoice_words as words
from reports.invoice_style import (
    ACCENT,
    ACCENT_SOFT,
    BODY,
    DANGER,
    DANGER_SOFT,
    LEFT,
    MUTED,
    RIGHT,
    SECONDARY,
    SMALL,
    STRONG,
    TEXT,
    WINDOW_LEFT,
)
from reports.pdf.fonts import REGULAR, SEMIBOLD
from reports.pdf.page import Page, Style, mm
from reports.pdf.text import clean, elide, lines_of, shrink, wrap

_ISSUER = Style(SEMIBOLD, 13, TEXT)
_TITLE_SIZE, _TITLE_LEAST = 16.0, 10.0
_ADDRESS = Style(REGULAR, 10.5, TEXT)
_ADDRESS_NAME = Style(SEMIBOLD, 10.5, TEXT)
_LABEL = Style(REGULAR, 8.5, MUTED)
_FIGURE_SIZE, _FIGURE_LEAST = 17.0, 9.0

_LEFT_WIDTH = mm(84)
_WINDOW_TOP, _WINDOW_BOTTOM = mm(48), mm(85)
_WINDOW_WIDTH = RIGHT - WINDOW_LEFT
_BAND_LEAST = mm(87)
_BAND_HEIGHT = mm(16)
_LABEL_WIDTH = mm(21)


def draw_header(page: Page, view: InvoiceView) -> float:
    """Draws everything above the band; returns the lowest point reached, in points from the top."""
    left = _draw_issuer(page, view.letterhead)
    _draw_title(page, view)
    window = words.window(view.payers)
    right = _draw_window(page, window)
    return max(_draw_facts(page, view, window, max(left, _WINDOW_TOP - mm(2))), right, _BAND_LEAST - mm(6))


def _draw_issuer(page: Page, letterhead: Letterhead | None) -> float:
    if letterhead is None:
        return mm(14)
    y = mm(18.5)
    for line in wrap(clean(letterhead.issuer_name), _ISSUER.face, _ISSUER.size, _LEFT_WIDTH, 2):
        page.text(LEFT, y, line, _ISSUER)
        y += 15.5
    for text in (*letterhead.issuer_address, letterhead.issuer_identifier):
        for line in wrap(clean(text), SMALL.face, SMALL.size, _LEFT_WIDTH, 2):
            page.text(LEFT, y, line, SMALL)
            y += 11
    return y


def _draw_title(page: Page, view: InvoiceView) -> None:
    title = clean(words.title(view))
    size = shrink(title, SEMIBOLD, _TITLE_SIZE, _TITLE_LEAST, _WINDOW_WIDTH)
    y = mm(18.5)
    page.text(WINDOW_LEFT, y, title, Style(SEMIBOLD, size, ACCENT))
    y += 3
    for text in words.subtitle(view):
        y += 13.5
        page.text(WINDOW_LEFT, y, elide(clean(text), BODY.face, BODY.size, _WINDOW_WIDTH), BODY)


def _draw_window(page: Page, window: words.Window) -> float:
    """Names first, then the address; the spacing tightens when there is much to say, so nothing is left out."""
    lines = [clean(text) for text in window.lines]
    shown = [part for text in lines if text
             for part in wrap(text, _ADDRESS_NAME.face, _ADDRESS.size, _WINDOW_WIDTH, 2)]
    names = sum(len(wrap(text, _ADDRESS_NAME.face, _ADDRESS.size, _WINDOW_WIDTH, 2))
                for text in lines[:window.names] if text)
    leading = min(13.5, (_WINDOW_BOTTOM - _WINDOW_TOP) / max(len(shown), 1))
    y = _WINDOW_TOP + 10
    for index, line in enumerate(shown):
        page.text(WINDOW_LEFT, y, line, _ADDRESS_NAME if index < names else _ADDRESS)
        y += leading
    return y


def _draw_facts(page: Page, view: InvoiceView, window: words.Window, top: float) -> float:
    """The label and value pairs at the left of the window."""
    y = top + 10
    for label, values in _facts(view, window):
        page.text(LEFT, y, label, _LABEL)
        for text, style in values:
            for line in wrap(text, style.face, style.size, _LEFT_WIDTH - _LABEL_WIDTH, 4):
                page.text(LEFT + _LABEL_WIDTH, y, line, style)
                y += 11.8
        y += 2.4
    return y


def _facts(view: InvoiceView, window: words.Window) -> list[tuple[str, list[tuple[str, Style]]]]:
    found: list[tuple[str, list[tuple[str, Style]]]] = []

    def add(label: str, *values: tuple[str, Style]) -> None:
        kept = [(cleaned, style) for text, style in values if (cleaned := clean(text))]
        if kept:
            found.append((label, kept))

    if view.letterhead:
        add("Service", (view.letterhead.service_name, STRONG), (view.letterhead.revenue_office, SMALL))
    add("Famille", (view.family_name, STRONG), (view.family_reference, SMALL))
    if view.quotient_text:
        add("Tarif", (view.quotient_text, SMALL))
    if view.kind is InvoiceKind.CREDIT_NOTE and view.reason:
        add("Motif", *((line, SMALL) for line in lines_of(view.reason)))
    for index, payer in enumerate(window.others):
        label = ("Autres payeurs" if len(window.others) > 1 else "Autre payeur") if index == 0 else ""
        add(label, (payer.name, STRONG), (", ".join(map(words.unbroken_town, payer.address)), SMALL))
    if view.kind is InvoiceKind.HISTORIC:
        add("Origine", ("Facture émise avec un logiciel antérieur, reprise telle quelle.", SMALL))
    return found


def draw_key_figures(page: Page, view: InvoiceView, top: float) -> float:
    """The band: how much, until when, which reference; or that the invoice is cancelled. Returns its foot."""
    top += mm(3)
    cancelled = words.cancellation(view)
    fill, border, ink = (DANGER_SOFT, DANGER, DANGER) if cancelled else (ACCENT_SOFT, None, ACCENT)
    page.box(LEFT, top, RIGHT - LEFT, _BAND_HEIGHT, fill, border)
    label_y, figure_y = top + mm(5.6), top + mm(12.6)
    if cancelled:
        size = shrink(clean(cancelled), SEMIBOLD, _FIGURE_SIZE, _FIGURE_LEAST, RIGHT - LEFT - mm(10))
        page.text(LEFT + mm(5), label_y + 4, clean(cancelled), Style(SEMIBOLD, size, ink))
        page.text(LEFT + mm(5), figure_y + 1, "Ne la payez pas : elle ne vous est plus demandée.",
                  Style(REGULAR, 9.5, TEXT))
        return top + _BAND_HEIGHT + mm(5)
    x = LEFT + mm(5)
    column = (RIGHT - LEFT - mm(5)) / 3
    for index, (label, figure) in enumerate(_key_figures(view)):
        page.text(x, label_y, label, Style(REGULAR, 8.5, SECONDARY))
        size = shrink(figure, SEMIBOLD, _FIGURE_SIZE, _FIGURE_LEAST, column - mm(4))
        page.text(x, figure_y, figure, Style(SEMIBOLD, size, ink if index == 0 else TEXT))
        x += column
    return top + _BAND_HEIGHT + mm(5)


def _key_figures(view: InvoiceView) -> list[tuple[str, str]]:
    if view.kind is InvoiceKind.CREDIT_NOTE:
        figures = [("Montant de l’avoir", euros(view.total))]
        if view.cancels_number:
            figures.append(("Facture annulée", clean(view.cancels_number)))
    elif view.still_due < Money(0):
        figures = [("Trop-versé en votre faveur", euros(-view.still_due))]
    else:
        figures = [("Reste à payer", euros(view.still_due))]
    if view.due_on and words.asks_for_payment(view):
        figures.append(("À payer au plus tard le", french_day(view.due_on)))
    if view.debt_number is not None:
        figures.append(("Référence à rappeler", str(view.debt_number)))
    return figures
