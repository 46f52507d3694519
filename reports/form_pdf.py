"""Forms to sign as PDF: « Fiche sanitaire de liaison » and « Fiche des autorisations », filled in with what is known.

A4, black on white, made to be printed at home and written on: what is known is printed, what is not is a line to
fill in. The QR code and the number beside it tie a paper that comes back to its child and its type.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from backoffice.documents.forms import FormKind, FormView
from backoffice.kernel.progress import Progress, silent
from reports import form_authorisations, form_health
from reports.form_parts import FOOTER_SPACE, draw_adults, draw_child, draw_head, draw_signature, running_header
from reports.invoice_style import BOTTOM, FOOTER, LEFT, LINE, MUTED_SMALL, RIGHT
from reports.pdf.document import Properties, pdf_file
from reports.pdf.flow import Flow
from reports.pdf.page import Page, mm
from reports.pdf.text import clean, elide


def render_form(view: FormView) -> bytes:
    """The PDF file of a form. Same view, same bytes. Raises EnvironmentFault `resource.missing`, `font.unreadable`."""
    return pdf_file(lay_out(view), _properties(view.file_name, view))


def render_forms_together(title: str, views: Sequence[FormView], progress: Progress = silent) -> bytes:
    """One file of several forms, each beginning on its own page: to print them at once.

    `views` is not empty. Raises what `render_form` raises, Cancelled.
    """

    def pages() -> Iterable[list[Page]]:
        for number, view in enumerate(views):
            progress(number, len(views), "fiches")
            yield lay_out(view)

    return pdf_file(chain.from_iterable(pages()), _properties(title, views[0]))


def lay_out(view: FormView) -> list[Page]:
    """The pages of a form, recorded."""
    flow = Flow(BOTTOM - FOOTER_SPACE)
    flow.on_new_page = lambda page: running_header(page, view)
    draw_head(flow, view)
    draw_child(flow, view)
    draw_adults(flow, view)
    if view.kind is FormKind.HEALTH:
        form_health.draw(flow, view)
    else:
        form_authorisations.draw(flow, view)
    draw_signature(flow, view)
    for number, page in enumerate(flow.pages, start=1):
        _footer(page, view, number, len(flow.pages))
    return flow.pages


def _properties(title: str, view: FormView) -> Properties:
    return Properties(clean(title), clean(view.town), clean(f"Année scolaire {view.year}"), view.day)


def _footer(page: Page, view: FormView, number: int, count: int) -> None:
    said = clean(f"{view.town} · {view.kind.label} {view.year} · fiche n° {view.printed_number}")
    page.rule(LEFT, RIGHT, FOOTER - mm(4.5), LINE)
    page.text(LEFT, FOOTER, elide(said, MUTED_SMALL.face, MUTED_SMALL.size, mm(140)), MUTED_SMALL)
    page.text_right(RIGHT, FOOTER, f"Page {number}/{count}", MUTED_SMALL)
