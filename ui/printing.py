"""A PDF sent to a printer: its pages are drawn by a child process (see `ui.rendering`), then painted on paper.

Qt paints on a printer from any thread: none of it waits on the window's.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPageLayout, QPainter
from PySide6.QtPrintSupport import QPrinter

from backoffice.kernel.errors import Cancelled, EnvironmentFault
from backoffice.kernel.progress import Progress
from ui.rendering import PagePicture, PageRenderer, Sheet

_DOTS_PER_INCH = 300  # as fine as the eye sees on paper; four times the dots would be sixteen times the memory
_SCREEN_DPI = 96


def print_pdf(printer: QPrinter, pdf: bytes, progress: Progress) -> None:
    """Print the pages that the agent asked for. Raises EnvironmentFault `print.refused`, `preview.…`, Cancelled."""
    renderer = PageRenderer()
    try:
        _print(printer, pdf, renderer, progress)
    finally:
        renderer.close()


def _print(printer: QPrinter, pdf: bytes, renderer: PageRenderer, progress: Progress) -> None:
    zoom = min(printer.resolution(), _DOTS_PER_INCH) / _SCREEN_DPI

    def drawn(number: int, done: int, total: int) -> PagePicture:
        # Drawing asks whether to stop; what is said meanwhile is how many pages are printed.
        return renderer.render(pdf, Sheet(number, zoom), lambda *_: progress(done, total, "Impression"))

    picture = drawn(0, 0, 1)
    printer.setFullPage(True)
    landscape = picture.width > picture.height
    printer.setPageOrientation(QPageLayout.Orientation.Landscape if landscape else QPageLayout.Orientation.Portrait)
    copies = 1 if printer.supportsMultipleCopies() else printer.copyCount()
    numbers = _asked(printer, picture.pages) * copies
    painter = QPainter()
    _accepted(painter.begin(printer))
    try:
        for done, number in enumerate(numbers):
            if number != picture.page:
                picture = drawn(number, done, len(numbers))
            if done:
                _accepted(printer.newPage())
            _paint(painter, printer, picture)
    except (Cancelled, EnvironmentFault):
        printer.abort()
        raise
    finally:
        painter.end()
    progress(len(numbers), len(numbers), "Impression")


def _accepted(done: bool) -> None:
    if not done:
        raise EnvironmentFault("print.refused")


def _asked(printer: QPrinter, pages: int) -> list[int]:
    if printer.printRange() is not QPrinter.PrintRange.PageRange:
        return list(range(pages))
    return list(range(max(printer.fromPage(), 1) - 1, min(printer.toPage() or pages, pages)))


def _paint(painter: QPainter, printer: QPrinter, picture: PagePicture) -> None:
    """The page as large as the sheet allows, in its middle: at its own size on the paper it was made for."""
    image = QImage(picture.pixels, picture.width, picture.height, picture.stride, QImage.Format.Format_RGB32)
    sheet = printer.pageLayout().fullRectPixels(printer.resolution())
    size = QSize(picture.width, picture.height).scaled(sheet.size(), Qt.AspectRatioMode.KeepAspectRatio)
    where = QRect(sheet.topLeft(), size)
    where.moveCenter(sheet.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(where, image)
