"""A document leaves the window: to a printer, to a file. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from backoffice.kernel.filestore import make_folder, write_whole
from backoffice.kernel.progress import Progress
from ui.presenting import Desk, Paper

Printer: TypeAlias = Callable[[bytes, Progress], None]
"""Sends a PDF to the printer that the agent chose; called in a job."""


def print_paper(desk: Desk, paper: Paper, printer: Printer, failed: Callable[[Exception], None]) -> None:
    """Send a document to a printer, one page after the other."""
    desk.run.hand_over(
        lambda progress: printer(paper.pdf, progress),
        lambda _: desk.tell(f"Envoyé à l'imprimante : {paper.title}", None),
        failed,
        "Impression",
    )


def save_paper(desk: Desk, paper: Paper, path: Path, failed: Callable[[Exception], None]) -> None:
    """Write a document where the agent says."""

    def work(_progress: Progress) -> None:
        make_folder(path.parent)
        write_whole(path, paper.pdf)

    desk.run.hand_over(work, lambda _: desk.tell(f"PDF enregistré : {path}", None), failed, "Enregistrement du PDF")
