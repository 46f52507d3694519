"""Writing a month's PDFs, one file for each document; a broken series resumes where it stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert, select

from backoffice.billing.queries import DocumentsOfMonth, InvoicesByIds, InvoiceToPrint
from backoffice.billing.tables import InvoiceFileRow, InvoiceRow
from backoffice.billing.views import InvoiceView
from backoffice.kernel.application import Application, Command, Context, use_case
from backoffice.kernel.batches import batches
from backoffice.kernel.bulk import remove
from backoffice.kernel.filestore import disk_faults, make_folder, safe_name, sweep, write_whole
from backoffice.kernel.periods import Month
from backoffice.kernel.progress import Progress

Renderer = Callable[[Iterable[InvoiceView]], Iterator[tuple[InvoiceView, bytes]]]

_DOCUMENTS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A PDF on disk: its SHA-256, and whether it was drawn with the mark of a cancelled invoice."""

    invoice_id: int
    digest: str
    cancelled: bool


@dataclass(frozen=True)
class RecordFiles(Command[None]):
    """Remember the PDFs that are now on disk."""

    files: tuple[WrittenFile, ...]


@use_case(RecordFiles, permission="billing.read", action="invoice.files_written")
def record_files(command: RecordFiles, context: Context) -> None:
    session = context.session
    ids = [file.invoice_id for file in command.files]
    # Two processes may write the same files: they follow one another on the invoices they share.
    session.execute(select(InvoiceRow.id).where(InvoiceRow.id.in_(ids)).order_by(InvoiceRow.id).with_for_update())
    remove(session, InvoiceFileRow, ids)
    cancelled = set(session.scalars(select(InvoiceRow.cancels_id).where(InvoiceRow.cancels_id.in_(ids))))
    # An invoice cancelled while its PDF was being drawn is not remembered: the next call draws its mark.
    rows = [
        {"invoice_id": file.invoice_id, "digest": file.digest, "written_at": context.now}
        for file in command.files
        if file.cancelled == (file.invoice_id in cancelled)
    ]
    if rows:
        session.execute(insert(InvoiceFileRow), rows)
    context.record("invoice files", count=len(rows))


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """How many PDFs were written now, and how many were already there, whole."""

    written: int
    kept: int


def write_month_files(
    app: Application,
    month: Month,
    service_codes: tuple[str, ...],
    folder: Path,
    render: Renderer,
    progress: Progress,
) -> WrittenFiles:
    """Write the PDF of every document of the month that is not in the folder yet, whole and unchanged.

    Each slice is written, then remembered: whatever interrupts it, the next call goes on from there.
    Raises EnvironmentFault (disk, rights), Cancelled.
    """
    documents = app.ask(DocumentsOfMonth(month, service_codes))
    if documents:
        make_folder(folder)
        sweep(folder)
    missing = [document for document in documents if not _is_there(folder, document)]
    kept = done = len(documents) - len(missing)
    for some in batches(missing, _DOCUMENTS_AT_ONCE):
        progress(done, len(documents), "Écriture des PDF")
        views = app.ask(InvoicesByIds(tuple(document.id for document in some)))
        files = []
        for view, pdf in render(views):
            write_whole(folder / safe_name(view.number, ".pdf"), pdf, durable=False)
            files.append(WrittenFile(view.id, hashlib.sha256(pdf).hexdigest(), view.cancelled_by is not None))
        app.execute(RecordFiles(tuple(files)))
        done += len(files)
    progress(done, len(documents), "Écriture des PDF")
    return WrittenFiles(done - kept, kept)


def _is_there(folder: Path, document: InvoiceToPrint) -> bool:
    path = folder / safe_name(document.number, ".pdf")
    if document.digest is None or not path.exists():
        return False
    with disk_faults(path):
        return hashlib.sha256(path.read_bytes()).hexdigest() == document.digest
