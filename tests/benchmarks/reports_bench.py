"""What invoices and the workbook cost, beside the libraries at their barest. Prints figures, decides nothing.

    python -m tests.benchmarks.reports_bench [invoices] [workbook rows]

Each measure runs in a process of its own, imports and data apart, and says CPU seconds and peak memory.

- « facture » : one file per invoice, as the program makes them.
  Said again for four times more: what each costs should not grow; the peak does by the views, about 8 KiB each.
- « canvas » : a bare ReportLab canvas that draws the same strings, lines and boxes at the same places with the same
  fonts, all in one file, pages compressed; with ReportLab's own settings, then without ASCII 85, as ours.
- « canvas, un fichier chacune » : the same canvas, one file each, which is what a naive program does.
- « classeur » and « openpyxl write_only » : the same cells with the same formats, by us and straight.
"""

from __future__ import annotations

import io
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from multiprocessing.queues import Queue
from typing import TYPE_CHECKING, Any

from backoffice.billing.views import BillingMonth, InvoiceView, WorkbookService
from tests.reports.samples import OCTOBER, invoice, meal

if TYPE_CHECKING:
    from reports.pdf.page import Page

Measure = Callable[[int], tuple[float, int]]


def peak_mib() -> float:
    """Peak resident memory of this process in MiB; 0 where the system does not say."""
    try:
        import resource
    except ImportError:                 # Windows
        return _windows_peak_mib()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _windows_peak_mib() -> float:
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        _fields_ = [("cb", wintypes.DWORD), ("page_faults", wintypes.DWORD),
                    *((name, ctypes.c_size_t) for name in ("peak", "now", "a", "b", "c", "d", "pagefile", "e"))]

    windll = getattr(ctypes, "windll", None)
    if windll is None:
        return 0.0
    counters = Counters()
    counters.cb = ctypes.sizeof(counters)
    process = windll.kernel32.GetCurrentProcess
    process.restype = wintypes.HANDLE
    known = windll.psapi.GetProcessMemoryInfo(wintypes.HANDLE(process()), ctypes.byref(counters), counters.cb)
    return counters.peak / (1024 * 1024) if known else 0.0


def make_views(count: int) -> list[InvoiceView]:
    """One-page invoices of 6 to 12 lines, two children, no two alike."""
    views = []
    for index in range(count):
        lines = [meal(f"{child} FAMILLE{index}", quantity=str((index + row) % 20 + 1), price=415 + index % 90,
                      label=label, activity=activity)
                 for row in range(3 + index % 4)
                 for child, label, activity in (("Léa", f"Prestation {row}", f"Activité {row // 2}"),
                                                ("Noé", f"Prestation {row}", f"Activité {row // 2}"))]
        views.append(replace(invoice(*lines, number=f"CANT-F2511{index:05d}", debt=251100000 + index,
                                     family=f"FAMILLE{index} Camille"), id=index))
    return views


def bench_invoices(count: int) -> tuple[float, int]:
    from reports.invoice_pdf import render_invoice, render_invoices
    views = make_views(count)
    render_invoice(meal_only())         # fonts read and subset once per process: not the cost of an invoice
    start = time.process_time()
    size = sum(len(content) for _, content in render_invoices(views))
    return time.process_time() - start, size


def meal_only() -> InvoiceView:
    return invoice(meal())


def _replay(canvas: Any, page: Page) -> None:
    """A recorded page as anybody would draw it: each thing with its own colour and font."""
    from reports.pdf.page import PAGE_HEIGHT
    for box in page.boxes:
        canvas.setFillColorRGB(*box.fill.rgb)
        canvas.rect(box.left, PAGE_HEIGHT - box.top - box.height, box.width, box.height, stroke=0, fill=1)
    for rule in page.rules:
        canvas.setStrokeColorRGB(*rule.colour.rgb)
        canvas.setLineWidth(rule.thickness)
        canvas.line(rule.left, PAGE_HEIGHT - rule.y, rule.right, PAGE_HEIGHT - rule.y)
    for text in page.texts:
        canvas.setFillColorRGB(*text.style.colour.rgb)
        canvas.setFont(f"Bare {text.style.face.name}", text.style.size)
        canvas.drawString(text.x, PAGE_HEIGHT - text.y, text.text)
    canvas.showPage()


def bare_canvas(views: Iterable[InvoiceView], *, one_file: bool = True, ascii85: bool = True) -> tuple[float, int]:
    """CPU seconds and bytes of a plain canvas that draws these invoices, layout apart."""
    from reportlab import rl_config
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    from backoffice.kernel.resources import resource_path
    from reports.invoice_pdf import lay_out
    from reports.pdf.fonts import REGULAR, SEMIBOLD
    documents = [lay_out(view) for view in views]
    for face in (REGULAR, SEMIBOLD):
        face.font.unregister()          # ReportLab keeps one font per typeface, and it would be ours
        pdfmetrics.registerFont(TTFont(f"Bare {face.name}", str(resource_path("fonts", f"{face.name}.ttf"))))
    rl_config.useA85 = int(ascii85)     # `reports.pdf.document` has turned it off
    size = 0
    start = time.process_time()
    for batch in ([documents] if one_file else [[document] for document in documents]):
        stream = io.BytesIO()
        canvas = Canvas(stream, pageCompression=1, invariant=1)
        for document in batch:
            for page in document:
                _replay(canvas, page)
        canvas.save()
        size += stream.tell()
    return time.process_time() - start, size


def bench_canvas(count: int) -> tuple[float, int]:
    return bare_canvas(make_views(count))


def bench_canvas_binary(count: int) -> tuple[float, int]:
    return bare_canvas(make_views(count), ascii85=False)


def bench_canvas_each(count: int) -> tuple[float, int]:
    return bare_canvas(make_views(count), one_file=False)


def make_month(rows: int) -> BillingMonth:
    views = make_views(max(1, rows // 10))  # an invoice has 9 lines on average
    half = len(views) // 2
    return BillingMonth(OCTOBER, "Commune de Valbrume", (
        WorkbookService("CANT", "Restauration scolaire", "Régie « Restauration »", tuple(views[:half]), ()),
        WorkbookService("PERI", "Accueil périscolaire", "Régie « Périscolaire »", tuple(views[half:]), ())))


def bench_workbook(rows: int) -> tuple[float, int]:
    from reports.billing_workbook import write_billing_workbook
    month = make_month(rows)
    stream = io.BytesIO()
    start = time.process_time()
    write_billing_workbook(month, stream)
    return time.process_time() - start, stream.tell()


def bench_openpyxl(rows: int) -> tuple[float, int]:
    return bare_workbook(make_month(rows))


def bare_workbook(month: BillingMonth) -> tuple[float, int]:
    """CPU seconds and bytes of the same cells and number formats, read beforehand from our own file."""
    from openpyxl import Workbook, load_workbook
    from openpyxl.cell import WriteOnlyCell

    from reports.billing_workbook import billing_workbook
    read = load_workbook(io.BytesIO(billing_workbook(month)), read_only=True)
    sheets: list[tuple[str, list[list[tuple[Any, Any]]]]] = [
        (sheet.title, [[(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows()])
              for sheet in read.worksheets]
    stream = io.BytesIO()
    start = time.process_time()
    book = Workbook(write_only=True)
    for title, table in sheets:
        sheet = book.create_sheet(title)
        for row in table:
            cells: list[object] = []
            for value, number_format in row:
                if isinstance(value, str) or value is None:
                    cells.append(value)
                    continue
                cell = WriteOnlyCell(sheet, value)
                cell.number_format = number_format
                cells.append(cell)
            sheet.append(cells)
    book.save(stream)
    return time.process_time() - start, stream.tell()


def _run(measure: Measure, count: int, answers: Queue[tuple[float, int, float]]) -> None:
    seconds, size = measure(count)
    answers.put((seconds, size, peak_mib()))


def in_fresh_process(name: str, measure: Measure, count: int) -> float:
    """Runs the measure in a new interpreter, prints its line, returns the CPU seconds."""
    context = multiprocessing.get_context("spawn")
    answers: Queue[tuple[float, int, float]] = context.Queue()
    process = context.Process(target=_run, args=(measure, count, answers))
    process.start()
    seconds, size, peak = answers.get()
    process.join()
    print(f"{name:32} {seconds:8.2f} s CPU {seconds / count * 1000:8.3f} ms each {size / 1024:10.0f} KiB "
          f"{peak:7.0f} MiB peak")
    return seconds


def main() -> None:
    invoices = int(sys.argv[1]) if len(sys.argv) > 1 else 1083
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    ours = in_fresh_process("facture, un fichier chacune", bench_invoices, invoices)
    bare = in_fresh_process("canvas, un seul fichier", bench_canvas, invoices)
    binary = in_fresh_process("canvas, un seul, sans ASCII 85", bench_canvas_binary, invoices)
    each = in_fresh_process("canvas, un fichier chacune", bench_canvas_each, invoices)
    print(f"  -> {ours / bare:.2f} x canvas en un fichier ({ours / binary:.2f} x sans ASCII 85), "
          f"{ours / each:.2f} x canvas un fichier chacune")
    more = in_fresh_process(f"facture, {4 * invoices} fichiers", bench_invoices, 4 * invoices)
    print(f"  -> {more / ours:.2f} x pour 4 x plus de factures")
    ours = in_fresh_process("classeur", bench_workbook, rows)
    bare = in_fresh_process("openpyxl write_only", bench_openpyxl, rows)
    print(f"  -> {ours / bare:.2f} x openpyxl write_only")


if __name__ == "__main__":
    main()
