"""Pages of PDF and photos turned into pixels by a child process: a hostile file can neither freeze nor end the window.
No Qt."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from backoffice.documents.safety.photos import Photo
from backoffice.kernel.children import ChildEnded, ChildTooSlow, LimitedChild
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.progress import Progress

PATIENCE_SECONDS = 15.0
_POINTS_PER_INCH = 72
_SCREEN_DPI = 96
_MOST_PIXELS = 40_000_000  # A4 at 600 dots per inch: a zoom beyond shows nothing more
_MOST_TEXT = 100_000  # letters of a page, for those who do not see it


@dataclass(frozen=True, slots=True)
class Sheet:
    """Which page, and how large: `zoom` 1.0 is the size of paper (a pixel of a photo is a pixel of the screen), None
    fits `width` pixels, and `height` too when it is not 0. `sharpness`: pixels of the screen for each of ours.
    `rotation`: quarter turns to the right."""

    page: int = 0
    zoom: float | None = None
    width: int = 600
    sharpness: float = 1.0
    height: int = 0
    rotation: int = 0


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

    @property
    def is_whole(self) -> bool:
        """Whether its pixels are those it says: Qt reads as far as it is told, and the child may tell anything."""
        fits = 0 <= self.page < self.pages and 0 < 4 * self.width <= self.stride
        return fits and self.height > 0 and self.zoom > 0 and len(self.pixels) == self.stride * self.height


class PageRenderer:
    """Pages of documents, drawn by one limited child process that keeps the document it drew last.

    Called from several threads, it serves them in turn.
    """

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._child = LimitedChild("ui.rendering:draw", PagePicture, patience=patience, label="Aperçu", again=True)
        self._held = ""  # the document the child already has

    def render(self, document: bytes, sheet: Sheet, progress: Progress) -> PagePicture:
        """The picture of a page. Raises EnvironmentFault `preview.failed`, `preview.too_slow`, Cancelled."""
        digest = hashlib.sha256(document).hexdigest()

        def asked(fresh: bool) -> tuple[bytes | None, Sheet]:
            known = not fresh and digest == self._held
            self._held = digest
            return None if known else document, sheet

        try:
            answer = self._child.ask(asked, progress)
        except ChildTooSlow as exc:
            raise EnvironmentFault("preview.too_slow") from exc
        except ChildEnded as exc:
            raise EnvironmentFault("preview.failed") from exc
        if isinstance(answer, PagePicture):
            if answer.is_whole:
                return answer
            self._child.close()  # it was made to lie
        self._held = ""
        raise EnvironmentFault("preview.failed")

    def close(self) -> None:
        """Let the child go. Another page would begin a new one."""
        self._child.close()

    @property
    def child_id(self) -> int | None:
        """The process at work, for tests and « À propos »."""
        return self._child.pid


def draw(state: dict[str, Any], asked: tuple[bytes | None, Sheet]) -> PagePicture:
    """In the child: the picture of a page of the document it is given, or of the one it had."""
    content, sheet = asked
    if content is not None:
        state.clear()
        state["document"] = _open(content)
    document = state["document"]
    return _image_picture(document, sheet) if isinstance(document, Photo) else _picture(document, sheet)


def _open(content: bytes) -> Any:
    if content.startswith(b"%PDF-"):
        import pypdfium2

        return pypdfium2.PdfDocument(content)
    return Photo(content)


def _scale(sheet: Sheet, width: float, height: float, natural: float) -> float:
    """Pixels for one unit of the page, turned as it will be."""
    if sheet.zoom is not None:
        scale = natural * sheet.zoom
    else:
        scale = max(sheet.width, 1) * sheet.sharpness / width
        if sheet.height:
            scale = min(scale, sheet.height * sheet.sharpness / height)
    return float(min(scale, (_MOST_PIXELS / (width * height)) ** 0.5))


def _turned(sheet: Sheet, width: float, height: float) -> tuple[float, float]:
    return (height, width) if sheet.rotation % 2 else (width, height)


def _picture(document: Any, sheet: Sheet) -> PagePicture:
    pages = len(document)
    number = min(max(sheet.page, 0), pages - 1)
    page = document[number]
    natural = _SCREEN_DPI / _POINTS_PER_INCH * sheet.sharpness
    scale = _scale(sheet, *_turned(sheet, *page.get_size()), natural)
    bitmap = page.render(scale=scale, rotation=90 * (sheet.rotation % 4), prefer_bgrx=True, draw_annots=True)
    text = page.get_textpage().get_text_bounded()
    return PagePicture(
        number,
        pages,
        scale / natural,
        bitmap.width,
        bitmap.height,
        bitmap.stride,
        bytes(bitmap.buffer),
        " ".join(text[:_MOST_TEXT].split()),
    )


def _image_picture(photo: Photo, sheet: Sheet) -> PagePicture:
    from PIL import Image

    quarter = {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}
    scale = _scale(sheet, *_turned(sheet, photo.width, photo.height), sheet.sharpness)
    size = (max(round(photo.width * scale), 1), max(round(photo.height * scale), 1))
    shown = photo.at_least(*size).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    if turn := quarter.get(sheet.rotation % 4):
        shown = shown.transpose(turn)
    pixels = shown.tobytes("raw", "BGRX")
    zoom, (width, height) = scale / sheet.sharpness, shown.size
    return PagePicture(0, 1, zoom, width, height, width * 4, pixels, "")
