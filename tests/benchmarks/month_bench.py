"""A whole month of a town, step by step, in fresh processes. Prints figures, decides nothing.

    python -m tests.benchmarks.month_bench [families …]      (500 and 2000 when none is said)

The town is made by `../shared/real/commune/make_commune.py`. Each step runs in a process of its own, start-up and
opening apart, and says CPU seconds and peak memory:

- « reprise » : the town taken over into an empty embedded database;
- « aperçu et émission » : the preview an agent looks at, then the issue in one transaction;
- « PDF » : one file per invoice, beside a bare ReportLab canvas that draws the same pages in one file;
- « classeur » : the workbook of the régie, beside openpyxl write_only with the same cells.
"""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date
from multiprocessing.queues import Queue
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.reports_bench import peak_mib

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backoffice.kernel.application import Application

MAKER = Path(__file__).resolve().parents[3] / "shared" / "real" / "commune" / "make_commune.py"
ISSUED_ON = date(2025, 11, 15)

Step = Callable[[Path], float]


@contextmanager
def opened(folder: Path) -> Iterator[Application]:
    """The town's database, ready: what an agent waited for before this step."""
    from backoffice.bootstrap import open_application
    from backoffice.catalog.calendar import load_public_holidays
    from backoffice.kernel.address import DatabaseAddress

    load_public_holidays()  # as the command line and the window do before anybody bills
    app = open_application(DatabaseAddress.of_file(folder / "town.sqlite"))
    try:
        yield app
    finally:
        app.database.close()


def take_over(folder: Path) -> float:
    from backoffice.importing.commune.writer import ImportCommune

    with opened(folder) as app:
        start = time.process_time()
        app.execute(ImportCommune(folder / "town.json"))
        return time.process_time() - start


def preview_and_issue(folder: Path) -> float:
    from backoffice.billing.issuing import IssueMonth
    from backoffice.billing.queries import PreviewMonth
    from backoffice.kernel.periods import Month

    with opened(folder) as app:
        start = time.process_time()
        app.ask(PreviewMonth(Month(2025, 10), ISSUED_ON))
        app.execute(IssueMonth(Month(2025, 10), ISSUED_ON))
        return time.process_time() - start


def write_files(folder: Path) -> float:
    from backoffice.billing.documents import write_month_files
    from backoffice.kernel.periods import Month
    from backoffice.kernel.progress import silent
    from reports.invoice_pdf import render_invoices

    with opened(folder) as app:
        start = time.process_time()
        write_month_files(app, Month(2025, 10), (), folder / "pdf", render_invoices, silent)
        return time.process_time() - start


def draw_bare(folder: Path) -> float:
    from backoffice.billing.queries import DocumentsOfMonth, InvoicesByIds
    from backoffice.kernel.periods import Month
    from tests.benchmarks.reports_bench import bare_canvas

    with opened(folder) as app:
        ids = tuple(document.id for document in app.ask(DocumentsOfMonth(Month(2025, 10))))
        views = app.ask(InvoicesByIds(ids))
        return bare_canvas(views)[0]


def write_workbook(folder: Path) -> float:
    from backoffice.billing.queries import BillingMonthView
    from backoffice.kernel.periods import Month
    from reports.billing_workbook import write_billing_workbook

    with opened(folder) as app:
        month = app.ask(BillingMonthView(Month(2025, 10)))
        start = time.process_time()
        with (folder / "month.xlsx").open("wb") as stream:
            write_billing_workbook(month, stream)
        return time.process_time() - start


def write_bare_workbook(folder: Path) -> float:
    from backoffice.billing.queries import BillingMonthView
    from backoffice.kernel.periods import Month
    from tests.benchmarks.reports_bench import bare_workbook

    with opened(folder) as app:
        return bare_workbook(app.ask(BillingMonthView(Month(2025, 10))))[0]


def _run(step: Step, folder: Path, answers: Queue[tuple[float, float]]) -> None:
    seconds = step(folder)
    answers.put((seconds, peak_mib()))


def measure(name: str, step: Step, folder: Path) -> float:
    """Runs a step in a new interpreter, prints its line, returns the CPU seconds."""
    context = multiprocessing.get_context("spawn")
    answers: Queue[tuple[float, float]] = context.Queue()
    process = context.Process(target=_run, args=(step, folder, answers))
    process.start()
    seconds, peak = answers.get()
    process.join()
    print(f"  {name:36} {seconds:8.2f} s CPU {peak:7.0f} MiB peak", flush=True)
    return seconds


def bench_town(families: int) -> float:
    """Every step for one town; returns what the month costs to issue, PDFs and workbook included."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = subprocess.run(
            [sys.executable, str(MAKER), str(families), str(folder / "town.json")], check=True, capture_output=True
        )
        print(f"{families} familles ({made.stdout.decode().strip()})", flush=True)
        measure("reprise", take_over, folder)
        issue = measure("aperçu et émission", preview_and_issue, folder)
        files = measure("PDF, un fichier par facture", write_files, folder)
        bare = measure("canvas nu, mêmes pages, un fichier", draw_bare, folder)
        book = measure("classeur", write_workbook, folder)
        cells = measure("openpyxl write_only, mêmes cellules", write_bare_workbook, folder)
        print(f"  -> PDF {files / bare:.2f} x le canvas nu, classeur {book / cells:.2f} x openpyxl", flush=True)
        return issue + files + book


def main() -> None:
    towns = [int(text) for text in sys.argv[1:]] or [500, 2000]
    costs = [bench_town(families) for families in towns]
    for (small, one), (large, other) in zip(
        list(zip(towns, costs, strict=True)), list(zip(towns, costs, strict=True))[1:], strict=False
    ):
        print(f"{large / small:.1f} x les familles : {other / one:.2f} x le coût du mois")


if __name__ == "__main__":
    main()
