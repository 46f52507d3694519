"""Recorded pages turned into a PDF file by ReportLab. Same pages, same bytes: no clock, no random identifier."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from threading import Lock

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from reports.pdf.fonts import REGULAR
from reports.pdf.page import PAGE_HEIGHT, PAGE_WIDTH, Page

CREATOR = "Back-office Enfance"

# Compressed pages need not be text: ASCII 85 is for mail systems of the eighties, and makes files a quarter larger.
rl_config.useA85 = 0

# ReportLab keeps the state of a font and the place read in its file on objects that all documents share.
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, slots=True)
class Properties:
    """What a reader shows under « Propriétés du document ». `day` stands for the dates of creation and change."""

    title: str
    author: str
    subject: str
    day: date


def pdf_file(pages: Iterable[Page], properties: Properties) -> bytes:
    """A complete file. Several threads may call it: they draw in turn, which costs nothing under Python's own lock.

    Raises EnvironmentFault `resource.missing`, `font.unreadable`.
    """
    with _ONE_AT_A_TIME:
        file = io.BytesIO()
        canvas = Canvas(file, (PAGE_WIDTH, PAGE_HEIGHT), pageCompression=1, invariant=1, pdfVersion=(1, 7),
                        lang="fr-FR",
                        # Without it each file declares Helvetica too. The stubs take the name for a number.
                        initialFontName=REGULAR.font.fontName)  # type: ignore[arg-type]
        canvas.setTitle(properties.title)
        canvas.setAuthor(properties.author)
        canvas.setSubject(properties.subject)
        canvas.setCreator(CREATOR)
        canvas.setDateFormatter(lambda *_: f"D:{properties.day:%Y%m%d}000000Z")
        canvas.setViewerPreference("DisplayDocTitle", "true")
        for page in pages:
            canvas.setPageSize((page.width, page.height))
            page.draw(canvas)
            canvas.showPage()
        canvas.save()
    return file.getvalue()
