"""Invoices and credit notes as PDF, one file each.

A4. The payers' block stands where a French window envelope shows it (110 mm from the left, 48 to 85 mm from the
top, C5 folded once or DL folded twice). What a family asks first (how much, until when, which reference) is in one
band above the detail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain

from backoffice.billing.views import InvoiceKind, InvoiceView
from backoffice.kernel.money import euros
from reports import invoice_words as words
from reports.invoice_header import draw_header, draw_key_figures
from reports.invoice_style import BODY, BOTTOM, FOOTER, LEFT, LINE, MUTED_SMALL, RIGHT, STRONG
from reports.invoice_table import draw_lines
from reports.invoice_tail import draw_tail
from reports.pdf.document import Properties, pdf_file
from reports.pdf.flow import Flow
from reports.pdf.page import Page, mm
from reports.pdf.text import clean, elide


def render_invoice(view: InvoiceView) -> bytes:
    """The PDF file of an issued invoice or credit note.

    Same view, same bytes, whatever was rendered before. No text of the view can make it fail; amounts are printed
    as the view gives them, never computed again, except the sub-totals, which are sums of `lines`.
    Several threads or processes may render at once. Raises EnvironmentFault `resource.missing`, `font.unreadable`
    when a font file is missing or damaged.
    """
    return pdf_file(lay_out(view), _properties(view))


def lay_out(view: InvoiceView) -> list[Page]:
    """The pages of an invoice, recorded: what stands where, not drawn yet."""
    flow = Flow(BOTTOM)
    top = draw_header(flow.page, view)
    flow.y = draw_key_figures(flow.page, view, top)
    flow.on_new_page = lambda page: _running_header(page, view)
    draw_lines(flow, view)
    draw_tail(flow, view)
    for number, page in enumerate(flow.pages, start=1):
        _footer(page, view, number, len(flow.pages))
    return flow.pages


def render_invoices(views: Iterable[InvoiceView]) -> Iterator[tuple[InvoiceView, bytes]]:
    """One file per view, made when it is asked for: memory does not grow with the number of invoices."""
    for view in views:
        yield view, render_invoice(view)


def render_together(title: str, views: Iterable[InvoiceView], day: date) -> bytes:
    """One file of several documents, each beginning on its own page and numbered by itself: to print them at once.

    Views are asked for as they are laid out. Raises what `render_invoice` raises.
    """
    return pdf_file(chain.from_iterable(map(lay_out, views)), Properties(clean(title), "", "", day))


def _properties(view: InvoiceView) -> Properties:
    amount = euros(view.total)
    subject = f"Montant total : {amount}"
    if view.kind is InvoiceKind.CREDIT_NOTE and view.cancels_number:
        subject = f"Avoir sur la facture {view.cancels_number} : {amount}"
    author = view.letterhead.issuer_name if view.letterhead else ""
    return Properties(clean(words.title(view)), clean(author), clean(subject), view.issued_on)


def _running_header(page: Page, view: InvoiceView) -> float:
    """On the second page and after: which document this sheet belongs to."""
    said = clean(f"{words.title(view)} du {view.issued_on:%d/%m/%Y}")
    baseline = mm(17)
    page.text(LEFT, baseline, elide(said, STRONG.face, STRONG.size, mm(100)), STRONG)
    family = elide(clean(view.family_name), BODY.face, BODY.size, mm(68))
    page.text_right(RIGHT, baseline, family, BODY)
    page.rule(LEFT, RIGHT, mm(20), LINE, 0.75)
    return mm(25)


def _footer(page: Page, view: InvoiceView, number: int, count: int) -> None:
    if view.letterhead:
        issuer = " · ".join(filter(None, (view.letterhead.issuer_name, view.letterhead.issuer_identifier)))
    else:
        issuer = words.title(view)
    page.rule(LEFT, RIGHT, FOOTER - mm(4.5), LINE)
    page.text(LEFT, FOOTER, elide(clean(issuer), MUTED_SMALL.face, MUTED_SMALL.size, mm(140)), MUTED_SMALL)
    if count > 1:
        page.text_right(RIGHT, FOOTER, f"Page {number}/{count}", MUTED_SMALL)
