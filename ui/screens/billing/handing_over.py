"""After issuing: the PDF for the families, the workbook for the régie. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from backoffice.billing.documents import WrittenFiles, write_month_files
from backoffice.billing.queries import BillingMonthView
from backoffice.kernel.errors import Cancelled
from backoffice.kernel.filestore import make_folder, write_whole
from backoffice.kernel.money import NO_BREAK_SPACE
from backoffice.kernel.periods import Month
from backoffice.kernel.progress import Progress
from ui.presenting import Action, Banner, Desk, Severity, banner_for
from ui.screens.billing.words import plural


class HandingOverPage(Protocol):
    """What is asked of the page: where to write, and a banner."""

    def show_banner(self, banner: Banner | None) -> None: ...

    def choose_folder(self) -> Path | None: ...

    def choose_workbook(self, name: str) -> Path | None: ...


class HandingOver:
    """Writes files away from the window; what was stopped goes on from there."""

    def __init__(self, page: HandingOverPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk

    def documents(self, month: Month, services: tuple[str, ...]) -> None:
        """Write the PDF of each document of the month to a folder of the agent's choice."""
        folder = self._page.choose_folder()
        if folder is not None:
            self._write_documents(month, services, folder)

    def _write_documents(self, month: Month, services: tuple[str, ...], folder: Path) -> None:
        app = self._desk.app

        def work(progress: Progress) -> WrittenFiles:
            from reports.invoice_pdf import render_invoices

            return write_month_files(app, month, services, folder, render_invoices, progress)

        def again() -> None:
            self._write_documents(month, services, folder)

        self._page.show_banner(None)
        self._desk.run.hand_over(
            work,
            lambda files: self._written(files, folder),
            lambda error: self._documents_refused(error, again),
            "Écriture des PDF",
        )

    def _written(self, files: WrittenFiles, folder: Path) -> None:
        said = f"{plural(files.written, 'PDF écrit', 'PDF écrits')} dans {folder}."
        if files.kept:
            said += f" {plural(files.kept, 'y était déjà', 'y étaient déjà')}."
        self._page.show_banner(Banner(Severity.SUCCESS, said))

    def _documents_refused(self, error: Exception, again: Callable[[], None]) -> None:
        if isinstance(error, Cancelled):
            text = "Écriture arrêtée : les PDF déjà écrits sont gardés."
            self._page.show_banner(Banner(Severity.INFO, text, (Action("Reprendre", again),)))
        else:
            self._page.show_banner(banner_for(error, again))

    def workbook(self, month: Month, services: tuple[str, ...]) -> None:
        """Write the month's workbook to a file of the agent's choice."""
        path = self._page.choose_workbook(f"facturation-{month}.xlsx")
        if path is not None:
            self._write_workbook(month, services, path)

    def _write_workbook(self, month: Month, services: tuple[str, ...], path: Path) -> None:
        app = self._desk.app

        def work(progress: Progress) -> None:
            from reports.billing_workbook import billing_workbook

            progress(0, 3, "Classeur de la régie")
            view = app.ask(BillingMonthView(month, services), progress=progress)
            progress(1, 3, "Classeur de la régie")
            content = billing_workbook(view)
            progress(2, 3, "Classeur de la régie")
            make_folder(path.parent)
            write_whole(path, content)

        self._page.show_banner(None)
        self._desk.run.hand_over(
            work,
            lambda _: self._page.show_banner(Banner(Severity.SUCCESS, f"Classeur écrit{NO_BREAK_SPACE}: {path}")),
            lambda error: self._page.show_banner(
                banner_for(error, lambda: self._write_workbook(month, services, path))
            ),
            "Classeur de la régie",
        )
