"""What follows the detail: totals, ways to pay, whom to ask, appeal and legal mentions."""

from __future__ import annotations

from backoffice.billing.views import InvoiceKind, InvoiceView, Letterhead
from backoffice.kernel.money import Money, euros
from backoffice.kernel.periods import french_day
from reports import invoice_words as words
from reports.invoice_style import (
    ACCENT,
    BODY,
    GRID,
    LEFT,
    LEGAL,
    LEGAL_STRONG,
    LINE,
    RIGHT,
    SMALL,
    STRONG,
    TEXT,
)
from reports.pdf.flow import Flow
from reports.pdf.fonts import SEMIBOLD
from reports.pdf.page import Style, mm
from reports.pdf.text import lines_of, wrap

_TOTALS_LEFT = LEFT + mm(98)
_AMOUNT = RIGHT - mm(2)
_GAP = mm(1.5)
_ROW = 16.0
_LAST_ROW = 24.0
_LAST = Style(SEMIBOLD, 13, ACCENT)

_PAY_WIDTH = mm(100)
_ASK_LEFT = LEFT + mm(112)
_ASK_WIDTH = RIGHT - _ASK_LEFT
_HEADING = Style(SEMIBOLD, 10, TEXT)
_SMALL_LEADING = 11.4
_LEGAL_LEADING = 9.4


def draw_tail(flow: Flow, view: InvoiceView) -> None:
    """Draws everything after the table; the mentions stand at the foot of the last page when there is room."""
    flow.need(totals_height(view))
    _draw_totals(flow, view)
    if view.letterhead:
        if not words.asks_for_payment(view):
            _draw_columns(flow, [], _contact_lines(view.letterhead))
        else:
            _draw_columns(flow, _payment_lines(view), _contact_lines(view.letterhead))
        _draw_mentions(flow, view.letterhead)


def _totals(view: InvoiceView) -> list[tuple[str, Money]]:
    """The rows of the totals; the last one is the answer."""
    if view.kind is InvoiceKind.CREDIT_NOTE:
        return [("Total de l’avoir", view.total)]
    total = ("Total de la facture", view.total)
    if view.cancelled_by:
        return [("Déjà réglé", view.already_paid), total] if view.already_paid else [total]
    return [total, ("Déjà réglé", view.already_paid), ("Reste à payer", view.still_due)]


def totals_height(view: InvoiceView) -> float:
    """Room that the totals take, in points."""
    return _GAP + _ROW * (len(_totals(view)) - 1) + _LAST_ROW


def _draw_totals(flow: Flow, view: InvoiceView) -> None:
    page = flow.page
    *rows, (last, answer) = _totals(view)
    flow.y += _GAP
    page.rule(_TOTALS_LEFT, RIGHT, flow.y, TEXT, 1)
    for label, amount in rows:
        page.text(_TOTALS_LEFT + mm(2), flow.y + 11.6, label, BODY)
        page.text_right(_AMOUNT, flow.y + 11.6, euros(amount), STRONG)
        flow.y += _ROW
        page.rule(_TOTALS_LEFT, RIGHT, flow.y, GRID)
    page.text(_TOTALS_LEFT + mm(2), flow.y + 16.5, last, Style(SEMIBOLD, 11, TEXT))
    page.text_right(_AMOUNT, flow.y + 16.5, euros(answer), _LAST)
    flow.y += _LAST_ROW
    page.rule(_TOTALS_LEFT, RIGHT, flow.y, TEXT, 1)
    flow.y += mm(5.5)


def _payment_lines(view: InvoiceView) -> list[tuple[str, Style]]:
    if view.letterhead is None or not view.letterhead.payment_means:
        return []
    heading = f"Comment payer, au plus tard le {french_day(view.due_on)}" if view.due_on else "Comment payer"
    found = [(heading, _HEADING)]
    for means in view.letterhead.payment_means:
        found += [(line, SMALL) for text in lines_of(means)
                  for line in _hanging(text, _PAY_WIDTH)]
    return found


def _hanging(text: str, width: float) -> list[str]:
    first, *others = wrap(text, SMALL.face, SMALL.size, width - mm(3.5))
    return [f"•\u00a0{first}", *(f"\u00a0\u00a0\u00a0{line}" for line in others)]


def _contact_lines(letterhead: Letterhead) -> list[tuple[str, Style]]:
    found = [(line, SMALL) for text in letterhead.contact for part in lines_of(text)
             for line in wrap(part, SMALL.face, SMALL.size, _ASK_WIDTH)]
    return [("Une question ?", _HEADING), *found] if found else []


def _draw_columns(flow: Flow, pay: list[tuple[str, Style]], ask: list[tuple[str, Style]]) -> None:
    """Ways to pay at the left, contact at the right; line by line when they are taller than a page."""
    height = max(len(pay), len(ask)) * _SMALL_LEADING + mm(1)
    if not (pay or ask):
        return
    flow.need(height)
    if not flow.fits(height):
        for text, style in (*pay, *ask):
            flow.need(_SMALL_LEADING)
            flow.page.text(LEFT, flow.y + 9, text, style)
            flow.y += _SMALL_LEADING
        return
    for column, left in ((pay, LEFT), (ask, _ASK_LEFT if pay else LEFT)):
        y = flow.y + 9
        for index, (text, style) in enumerate(column):
            flow.page.text(left, y, text, style)
            y += _SMALL_LEADING + (2.0 if index == 0 else 0.0)
    flow.y += height


def _draw_mentions(flow: Flow, letterhead: Letterhead) -> None:
    lines: list[tuple[str, str]] = []
    for heading, text in (("Émetteur", letterhead.signatory), ("Voies et délais de recours", letterhead.appeal_text),
                          ("Mentions légales", letterhead.legal_text)):
        for index, paragraph in enumerate(lines_of(text)):
            opening = f"{heading} : " if index == 0 else ""
            # The heading is wider in semi-bold: its first line is cut as if the line were that much shorter.
            width = RIGHT - LEFT - (LEGAL_STRONG.width(opening) - LEGAL.width(opening))
            first, *others = wrap(opening + paragraph, LEGAL.face, LEGAL.size, width)
            lines.append((opening, first[len(opening):]) if first.startswith(opening) else ("", first))
            lines += [("", line) for line in others]
    if not lines:
        return
    height = len(lines) * _LEGAL_LEADING + mm(3)
    flow.need(height)
    if flow.fits(height):
        flow.y = flow.bottom - height
    flow.page.rule(LEFT, RIGHT, flow.y, LINE)
    flow.y += mm(1.5)
    for opening, text in lines:
        flow.need(_LEGAL_LEADING)
        if opening:
            flow.page.text(LEFT, flow.y + 7.5, opening, LEGAL_STRONG)
        flow.page.text(LEFT + LEGAL_STRONG.width(opening), flow.y + 7.5, text, LEGAL)
        flow.y += _LEGAL_LEADING
