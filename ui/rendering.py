"""PDF pages turned into pictures by a child process: a damaged file can neither freeze nor end the window. No Qt."""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import signal
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Lock
from typing import Any

from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.progress import Progress

PATIENCE_SECONDS = 15.0
_TURN_SECONDS = 0.05
_POINTS_PER_INCH = 72
_SCREEN_DPI = 96
_MOST_PIXELS = 40_000_000  # A4 at 600 dots per inch: a zoom beyond shows nothing more


@dataclass(frozen=True, slots=True)
class Sheet:
    """Which page, and how large: `zoom` 1.0 is the size of paper, None fits `width` pixels. `sharpness`: pixels of
    the screen for each of ours."""

    page: int = 0
    zoom: float | None = None
    width: int = 600
    sharpness: float = 1.0


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as pixels (blue, green, red, nothing), with what it says for those who do not see it."""

    page: int
    pages: int
    zoom: float
    width: int
    height: int
    stride: int
    pixels: bytes
    text: str


class PageRenderer:
    """One long-lived child process, begun at the first page, begun again when it ends, stopped when too slow.

    Called from several threads, it serves them in turn.
    """

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._turn = Lock()
        self._process: SpawnProcess | None = None
        self._line: Connection | None = None
        self._held = ""      # the document the child already has
        self._asked = 0

    def render(self, pdf: bytes, sheet: Sheet, progress: Progress) -> PagePicture:
        """The picture of a page. Raises EnvironmentFault `preview.failed`, `preview.too_slow`, Cancelled."""
        while not self._turn.acquire(timeout=_TURN_SECONDS):
            progress(0, 1, "Aperçu")
        try:
            return self._render(pdf, sheet, progress)
        finally:
            self._turn.release()

    def close(self) -> None:
        """Let the child go. Another page would begin a new one."""
        process, line = self._process, self._line
        self._process = self._line = None
        self._held = ""
        if process is not None:
            process.kill()
            process.join()
        if line is not None:
            line.close()

    @property
    def child_id(self) -> int | None:
        """The process at work, for tests and « À propos »."""
        return self._process.pid if self._process is not None else None

    def _render(self, pdf: bytes, sheet: Sheet, progress: Progress) -> PagePicture:
        digest = hashlib.sha256(pdf).hexdigest()
        self._asked += 1
        asked = self._asked
        line = self._ask(asked, pdf, digest, sheet)
        deadline = time.monotonic() + self._patience
        while True:
            progress(0, 1, "Aperçu")
            try:
                if not line.poll(_TURN_SECONDS):
                    if time.monotonic() > deadline:
                        self.close()
                        raise EnvironmentFault("preview.too_slow")
                    continue
                number, answer = line.recv()
            except (EOFError, OSError) as exc:
                self.close()
                raise EnvironmentFault("preview.failed") from exc
            if number != asked:
                continue  # what a page that nobody wants any more had asked
            if isinstance(answer, PagePicture):
                return answer
            self._held = ""
            raise EnvironmentFault("preview.failed")

    def _ask(self, asked: int, pdf: bytes, digest: str, sheet: Sheet) -> Connection:
        for _ in range(2):  # a child that ended since the last page is replaced without a word
            line = self._open_line()
            try:
                line.send((asked, None if digest == self._held else pdf, sheet))
            except OSError:
                self.close()
                continue
            self._held = digest
            return line
        raise EnvironmentFault("preview.failed")

    def _open_line(self) -> Connection:
        if self._process is not None and self._line is not None and self._process.is_alive():
            return self._line
        self.close()
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs,), name="backoffice-pdf", daemon=True)
        process.start()
        theirs.close()
        self._process, self._line = process, ours
        return ours


def serve(line: Connection) -> None:
    """The child: answers until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's affair
    document: Any = None
    with contextlib.suppress(EOFError, OSError):
        while True:
            asked, pdf, sheet = line.recv()
            try:
                if pdf is not None:
                    document = _open(pdf)
                answer: PagePicture | None = _picture(document, sheet)
            except Exception:  # noqa: BLE001 - whatever a file does, the parent hears that it cannot be shown
                answer = None
            line.send((asked, answer))


def _open(pdf: bytes) -> Any:
    import pypdfium2

    return pypdfium2.PdfDocument(pdf)


def _picture(document: Any, sheet: Sheet) -> PagePicture:
    pages = len(document)
    number = min(max(sheet.page, 0), pages - 1)
    page = document[number]
    paper_width, paper_height = page.get_size()
    natural = _SCREEN_DPI / _POINTS_PER_INCH * sheet.sharpness
    scale = natural * sheet.zoom if sheet.zoom is not None else max(sheet.width, 1) * sheet.sharpness / paper_width
    scale = min(scale, (_MOST_PIXELS / (paper_width * paper_height)) ** 0.5)
    bitmap = page.render(scale=scale, prefer_bgrx=True, draw_annots=True)
    text = page.get_textpage().get_text_bounded()
    return PagePicture(
        number,
        pages,
        scale / natural,
        bitmap.width,
        bitmap.height,
        bitmap.stride,
        bytes(bitmap.buffer),
        " ".join(text.split()),
    )
