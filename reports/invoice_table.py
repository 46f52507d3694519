"""The detail: child by child, then activity; months carried over in groups of their own; sub-totals never alone."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.billing.views import InvoiceView, LineView
from backoffice.kernel.money import euros
from reports import invoice_words as words
from reports.invoice_style import (
    BODY,
    BODY_SECONDARY,
    GRID,
    HEADER,
    LEFT,
    LINE,
    MUTED_SMALL,
    RIGHT,
    SECONDARY,
    SMALL,
    STRONG,
    TEXT,
)
from reports.invoice_tail import totals_height
from reports.pdf.flow import Flow
from reports.pdf.fonts import SEMIBOLD
from reports.pdf.page import Style, mm
from reports.pdf.text import clean, elide, shrink, wrap

_PAD = mm(2)
_ACTIVITY = LEFT + _PAD
_LABEL = LEFT + mm(51)
_QUANTITY = LEFT + mm(111)              # right edge of the number; the unit follows
_UNIT = _QUANTITY + mm(1.2)
_PRICE = LEFT + mm(148)                 # right edges
_AMOUNT = RIGHT - _PAD
_ACTIVITY_WIDTH = _LABEL - _ACTIVITY - mm(3)
_LABEL_WIDTH = mm(46)
_WIDE_WIDTH = _LABEL + _LABEL_WIDTH - _ACTIVITY
_UNIT_WIDTH = mm(16)
_EXPLANATION_WIDTH = _PRICE - _ACTIVITY

_HEAD = Style(SEMIBOLD, 8.5, SECONDARY)
_GROUP = Style(SEMIBOLD, 10.5, TEXT)
_GROUP_LEAST = 8.5
_HEAD_HEIGHT = 18.0
_GROUP_HEIGHT = 20.0
_LEADING = 12.0
_ROW_PAD = 3.4
_SMALL_LEADING = 10.0
_SUBTOTAL_HEIGHT = 16.0


@dataclass(frozen=True, slots=True)
class _Row:
    activity: tuple[str, ...]
    label: tuple[str, ...]
    explanation: tuple[str, ...]
    line: LineView
    height: float


def draw_lines(flow: Flow, view: InvoiceView) -> None:
    """Draws the table from the cursor, over as many pages as it takes, its header repeated on each."""
    groups = words.groups(view.lines)
    if not groups:
        return
    several = len(groups) > 1
    _draw_head(flow)
    for group in groups:
        rows = _rows(group, view)
        closing = _SUBTOTAL_HEIGHT if several else 0.0
        end = closing + (totals_height(view) if group is groups[-1] else 0.0)
        # A group starts where its title, two lines and, if that is all of it, its sub-total hold together.
        opening = sum(row.height for row in rows[:2]) + (end if len(rows) <= 2 else 0.0)
        flow.on_table = None
        if flow.need(_GROUP_HEIGHT + opening):
            _draw_head(flow)
        flow.on_table = lambda group=group: _resume(flow, group)
        _draw_group_title(flow, group, clean(group.title))
        _draw_rows(flow, rows, end)
        if several:
            _draw_subtotal(flow, group)
    flow.on_table = None


def _rows(group: words.Group, view: InvoiceView) -> list[_Row]:
    rows = []
    explained: tuple[str, ...] = ()
    for line in group.lines:
        name = line.activity
        if group.carried:
            name = " · ".join(filter(None, (line.child_name, line.activity)))
        activity = wrap(clean(name), BODY_SECONDARY.face, BODY_SECONDARY.size, _ACTIVITY_WIDTH, 3)
        width = _LABEL_WIDTH if activity else _WIDE_WIDTH
        label = wrap(clean(words.label(line, view)), BODY.face, BODY.size, width, 4)
        explanation: tuple[str, ...] = ()
        if words.needs_explanation(line) and line.explanation != explained:
            explained = line.explanation
            # The two steps a family can check; all of them are in « Expliquer ».
            explanation = tuple(part for text in line.explanation[-2:]
                                for part in wrap(clean(text), MUTED_SMALL.face, MUTED_SMALL.size,
                                                 _EXPLANATION_WIDTH))
        height = (max(len(activity), len(label), 1) * _LEADING + len(explanation) * _SMALL_LEADING + _ROW_PAD
                  + (2.0 if explanation else 0.0))
        rows.append(_Row(activity, label, explanation, line, height))
    return rows


def _draw_rows(flow: Flow, rows: list[_Row], end: float) -> None:
    """`end` is the height of what must stay with the last row: its sub-total, and the totals of the invoice."""
    before: tuple[str, ...] | None = None
    for index, row in enumerate(rows):
        if flow.need(row.height + (end if index == len(rows) - 1 else 0.0)):
            before = None
        # The name of the activity is said once for its lines, and again at the head of a page.
        _draw_row(flow, row, row.activity if row.activity != before else ())
        before = row.activity


def _draw_row(flow: Flow, row: _Row, activity: tuple[str, ...]) -> None:
    page, line = flow.page, row.line
    top = flow.y
    y = top + 10.8
    for index, text in enumerate(activity):
        page.text(_ACTIVITY, y + index * _LEADING, text, BODY_SECONDARY)
    for index, text in enumerate(row.label):
        page.text(_LABEL if row.activity else _ACTIVITY, y + index * _LEADING, text, BODY)
    page.text_right(_QUANTITY, y, words.quantity(line.quantity), BODY)
    unit = elide(clean(words.unit(line.unit, line.quantity)), SMALL.face, SMALL.size, _UNIT_WIDTH)
    if unit:
        page.text(_UNIT, y, unit, SMALL)
    if line.unit_price is not None:
        page.text_right(_PRICE, y, euros(line.unit_price), BODY)
    page.text_right(_AMOUNT, y, euros(line.amount), BODY)
    y += (max(len(row.activity), len(row.label), 1) - 1) * _LEADING + _SMALL_LEADING + 1.4
    for text in row.explanation:
        page.text(_ACTIVITY, y, text, MUTED_SMALL)
        y += _SMALL_LEADING
    flow.y = top + row.height
    page.rule(LEFT, RIGHT, flow.y, GRID)


def _draw_head(flow: Flow) -> None:
    page = flow.page
    page.box(LEFT, flow.y, RIGHT - LEFT, _HEAD_HEIGHT, HEADER)
    y = flow.y + 12.4
    page.text(_ACTIVITY, y, "Activité", _HEAD)
    page.text(_LABEL, y, "Prestation", _HEAD)
    page.text_right(_QUANTITY, y, "Quantité", _HEAD)
    page.text_right(_PRICE, y, "Prix unitaire", _HEAD)
    page.text_right(_AMOUNT, y, "Montant", _HEAD)
    flow.y += _HEAD_HEIGHT


def _resume(flow: Flow, group: words.Group) -> None:
    _draw_head(flow)
    _draw_group_title(flow, group, f"{clean(group.title)} (suite)")


def _draw_group_title(flow: Flow, group: words.Group, title: str) -> None:
    page = flow.page
    y = flow.y + 14.5
    period = "" if group.carried else group.period
    room = RIGHT - LEFT - 2 * _PAD - (SMALL.width(period) + mm(6) if period else 0.0)
    style = Style(_GROUP.face, shrink(title, _GROUP.face, _GROUP.size, _GROUP_LEAST, room), _GROUP.colour)
    page.text(_ACTIVITY, y, elide(title, style.face, style.size, room), style)
    if period:
        page.text_right(_AMOUNT, y, period, SMALL)
    flow.y += _GROUP_HEIGHT
    page.rule(LEFT, RIGHT, flow.y, LINE, 0.75)


def _draw_subtotal(flow: Flow, group: words.Group) -> None:
    page = flow.page
    y = flow.y + 12.4
    amount = euros(group.total)
    said = "Sous-total du report" if group.carried else f"Sous-total {clean(group.title)}"
    room = _AMOUNT - STRONG.width(amount) - mm(6) - _ACTIVITY
    page.text_right(_AMOUNT - STRONG.width(amount) - mm(6), y, elide(said, SMALL.face, SMALL.size, room), SMALL)
    page.text_right(_AMOUNT, y, amount, STRONG)
    flow.y += _SUBTOTAL_HEIGHT
