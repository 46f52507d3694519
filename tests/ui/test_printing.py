"""A document sent to a printer: every page asked for, in its orientation, as many times as wanted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtPrintSupport import QPrinter

from backoffice.kernel.errors import Cancelled, EnvironmentFault
from backoffice.kernel.progress import silent
from reports.table_pdf import PrintedColumn, render_table
from tests.reports.samples import a_list
from ui.printing import print_pdf


@dataclass
class Paper:
    """A printer whose paper is a PDF file."""

    printer: QPrinter
    path: Path

    @property
    def sheets(self) -> list[tuple[int, int]]:
        """The size of each sheet, in points."""
        document = pypdfium2.PdfDocument(self.path)
        try:
            return [(round(width), round(height)) for width, height in (page.get_size() for page in document)]
        finally:
            document.close()


@pytest.fixture
def paper(qapp: object, tmp_path: Path) -> Paper:
    path = tmp_path / "imprimé à l'écran.pdf"
    printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    return Paper(printer, path)


def test_every_page_is_printed_and_counted(paper: Paper) -> None:
    told: list[tuple[int, int]] = []
    print_pdf(paper.printer, render_table(a_list(150)), lambda done, total, _what: told.append((done, total)))
    assert paper.sheets == [(595, 842)] * 4
    assert told[-1] == (4, 4)


def test_a_wide_list_turns_the_paper(paper: Paper) -> None:
    wide = [PrintedColumn(f"Une colonne de plus, la {number}e") for number in range(5)]
    print_pdf(paper.printer, render_table(a_list(2, *wide)), silent)
    assert paper.sheets == [(842, 595)]


def test_only_the_pages_asked_for_are_printed(paper: Paper) -> None:
    paper.printer.setPrintRange(QPrinter.PrintRange.PageRange)
    paper.printer.setFromTo(2, 3)
    print_pdf(paper.printer, render_table(a_list(150)), silent)
    assert len(paper.sheets) == 2


def test_stopping_prints_no_more(paper: Paper) -> None:
    def stop(done: int, total: int, what: str) -> None:
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        print_pdf(paper.printer, render_table(a_list(150)), stop)


@pytest.mark.qt_log_ignore("QPainter::begin")  # Qt says it too
def test_a_printer_that_refuses_says_so(paper: Paper, tmp_path: Path) -> None:
    paper.printer.setOutputFileName(str(tmp_path / "nowhere" / "x.pdf"))
    with pytest.raises(EnvironmentFault) as caught:
        print_pdf(paper.printer, render_table(a_list(1)), silent)
    assert caught.value.code == "print.refused"
