"""What only a child process does: open a file and look inside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import Any

from backoffice.documents.safety import rules
from backoffice.documents.safety.photos import HARD_TO_READ, TooManyPixels, clearness, measured

_KEYS = {
    "/JS": "script", "/JavaScript": "script", "/AA": "opening", "/EmbeddedFiles": "attachment", "/EF": "attachment",
    "/AcroForm": "form", "/XFA": "form",
}  # fmt: skip
_VALUES = {
    "/JavaScript": "script", "/Launch": "launch", "/EmbeddedFile": "attachment", "/RichMedia": "attachment",
    "/Movie": "attachment", "/Sound": "attachment", "/SubmitForm": "sending", "/ImportData": "sending",
    "/Rendition": "attachment", "/GoToR": "elsewhere", "/GoToE": "elsewhere",
}  # fmt: skip
_NAMING = ("/S", "/Type", "/Subtype")  # the keys under which a PDF says what a thing is
_PLAIN_SCANS = frozenset({"1", "L", "P", "RGB", "CMYK"})
_PAPER_DPI = 200
_CODES = frozenset(
    f"judged.{name}"
    for name in ("too_many_pixels", "damaged", "animated", "encrypted", "too_many_pages", "restricted")
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a file is let in."""

    pages: int
    pixels: int
    objects: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found inside. `code`: why it is refused; `content`: what a scanner's picture was made into."""

    code: str = ""
    pages: int = 0
    flags: tuple[str, ...] = ()
    content: bytes | None = None

    def is_plausible(self, bounds: Bounds) -> bool:
        """Whether it could be ours: a child that a file has taken over may answer anything."""
        if self.code:
            return self.code in _CODES and self.content is None
        known = set(self.flags) <= rules.FLAGS.keys()
        return known and 1 <= self.pages <= bounds.pages and (self.content is None or self.content[:5] == b"%PDF-")


def look(_state: dict[str, Any], asked: tuple[bytes, Bounds]) -> Seen:
    """Open a file whose first bytes are those of something we show. Raises MemoryError."""
    content, bounds = asked
    kind = rules.media_type(content)
    try:
        if kind == rules.PDF:
            return _pdf(content, bounds)
        if kind == rules.TIFF:
            return _scan(content, bounds)
        return _photo(content, kind, bounds)
    except TooManyPixels:
        return Seen("judged.too_many_pixels")
    except (OSError, SyntaxError, ValueError, EOFError):
        return Seen("judged.damaged")


def _photo(content: bytes, kind: str, bounds: Bounds) -> Seen:
    picture = measured(content, bounds.pixels)
    if kind == rules.PNG and getattr(picture, "n_frames", 1) > 1:
        return Seen("judged.animated")
    picture.load()  # whole: what is cut short is said now, not to whoever opens it
    return Seen(pages=1, flags=("blurred",) if (clearness(picture) or 0.0) < HARD_TO_READ else ())


def _pdf(content: bytes, bounds: Bounds) -> Seen:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as wrong:
        return Seen("judged.encrypted" if "password" in str(wrong).lower() else "judged.damaged")
    pages = len(document)
    if pages == 0:
        return Seen("judged.damaged")
    if pages > bounds.pages:
        return Seen("judged.too_many_pages", pages)
    page = document[0]
    width, height = page.get_size()
    page.render(scale=min(1.0, 600 / max(width, height, 1)))
    return _inert(content, pages, bounds)


def _inert(content: bytes, pages: int, bounds: Bounds) -> Seen:
    """What a PDF would do if it were opened elsewhere. What cannot be walked whole is said."""
    import pikepdf

    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            if pdf.is_encrypted:
                return Seen("judged.restricted", pages)
            found: set[str] = set()
            for count, flag in enumerate(_walk(pdf)):
                if count > bounds.objects:
                    found.add("dense")
                    break
                found.add(flag)
    except pikepdf.PasswordError:
        return Seen("judged.encrypted", pages)
    except (pikepdf.PdfError, RuntimeError, ValueError):
        return Seen(pages=pages, flags=("damaged",))
    return Seen(pages=pages, flags=tuple(sorted(found - {""})))


def _walk(pdf: Any) -> Iterator[str]:
    """What each object does, "" for nothing: indirect ones, and those written inside others, however deep."""
    import pikepdf

    for each in chain((pdf.trailer,), pdf.objects):
        waiting = [each]
        while waiting:
            here = waiting.pop()
            yield ""
            if isinstance(here, pikepdf.Array):
                inside: list[Any] = list(here)
            elif isinstance(here, pikepdf.Dictionary | pikepdf.Stream):
                yield from _acts(here)
                inside = [here.get(key) for key in here.keys() if key != "/Parent"]  # noqa: SIM118 - not a mapping
            else:
                continue
            waiting.extend(value for value in inside if isinstance(value, pikepdf.Object) and not value.is_indirect)


def _acts(here: Any) -> Iterator[str]:
    import pikepdf

    for key in here.keys():  # noqa: SIM118
        if key in _KEYS:
            yield _KEYS[key]
        elif key in _NAMING:
            value = here.get(key)
            yield _VALUES.get(str(value), "") if isinstance(value, pikepdf.Name) else ""
        elif key == "/OpenAction":
            value = here.get(key)  # a place in the document is what nearly every PDF opens at
            if isinstance(value, pikepdf.Dictionary) and value.get("/S") != pikepdf.Name.GoTo:
                yield "opening"


def _scan(content: bytes, bounds: Bounds) -> Seen:
    """A scanner's TIFF made a PDF: browsers, telephones and our preview do not read TIFF."""
    from PIL import ImageSequence

    picture = measured(content, bounds.pixels)
    pages = int(getattr(picture, "n_frames", 1))
    if pages > bounds.pages:
        return Seen("judged.too_many_pages", pages)
    modes = set()
    for number in range(pages):
        picture.seek(number)
        if picture.width * picture.height > bounds.pixels:
            return Seen("judged.too_many_pixels")
        modes.add(picture.mode)
    picture.seek(0)
    made = BytesIO()
    if modes <= _PLAIN_SCANS:  # one page in memory at a time
        picture.save(made, "PDF", save_all=True, resolution=_PAPER_DPI)
    else:
        first, *others = (_plain(frame) for frame in ImageSequence.Iterator(picture))
        first.save(made, "PDF", save_all=True, append_images=others, resolution=_PAPER_DPI)
    return Seen(pages=pages, flags=("converted",), content=made.getvalue())


def _plain(frame: Any) -> Any:
    return frame.copy() if frame.mode in _PLAIN_SCANS else frame.convert("L" if frame.mode[0] in "LI" else "RGB")
