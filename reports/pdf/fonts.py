"""Source Sans 3 as ReportLab fonts that share their work between files.

ReportLab keeps a subset of the font for each document, made of the characters met, and cuts, describes and
compresses it when the file is saved: about 3 ms a font, more than all the rest of a one-page file. Here the usual
French characters are subset 0 of every document, so what is computed for one file serves the next. The rare ones
go to further subsets, made by ReportLab as for any font, in the order the document meets them: same document, same
bytes, whatever was rendered before.

What this module expects of ReportLab's insides, which `tests/reports/test_pdf_fonts.py` checks first:
`TTFont.state`, `State.subsets` and `State.nextCode`; `TTFontFace.makeSubset`, where byte n draws the n-th
code point; and that `addObjects` leaves its streams and font dictionaries in `PDFDocument.idToObject`.
"""

from __future__ import annotations

import io
import zlib
from functools import cached_property, lru_cache
from itertools import groupby
from threading import Lock

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import DummyDoc, PDFArray, PDFDocument, PDFStream
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.resources import resource_path

REPLACEMENT = "□"
"""Drawn instead of a character that the font does not have."""

# Every sign a French invoice usually holds. A sign outside costs its document about 3 kB and 0.5 ms, so the list is
# short rather than complete: each one here weighs in every file.
_USUAL = ("\u00a0\u202f§«»°²·½×ÀÂÄÇÈÉÊËÎÏÔÖÙÛÜàâäçèéêëîïôöùûüÿŒœŸÆæñáíóúãß"
          "–—‘’“”…•−€□≤≥→✓")
_LAST_OF_PLANE_0 = "\uffff"
_SUBSET_SIZE = 256
_REMEMBERED = 64                        # subsets, their streams and their widths: 3 MB at most


class SharedSubsetFont(TTFont):
    """A TrueType font whose subset 0 is the same in all documents, and formatted once per process."""

    def __init__(self, name: str, content: bytes) -> None:
        # validate: the sums of the tables are checked, so a damaged file fails here and not in the middle of a page.
        super().__init__(name, io.BytesIO(content), validate=1, asciiReadable=True)
        # ASCII keeps its place, which leaves the files readable by other tools; 0 is « no character ».
        self._codes = [0] * 32 + [*range(32, 127), 0] + [ord(sign) for sign in _USUAL]
        self._byte_of = {code: position for position, code in enumerate(self._codes) if code}
        self._usual = frozenset(map(chr, self._byte_of))
        cut = lru_cache(_REMEMBERED)(self.face.makeSubset)
        self.face.makeSubset = lambda subset: cut(tuple(subset))  # type: ignore[method-assign]

    def splitString(  # noqa: N802 - ReportLab's name
            self, text: str, doc: PDFDocument, encoding: str = "utf-8") -> list[tuple[int, bytes]]:
        """Pieces of a text: (number of the subset, its bytes).

        No-break spaces stay what they are for whoever copies or searches the text; ReportLab makes them plain.
        """
        if doc not in self.state:
            state = self.state[doc] = TTFont.State(asciiReadable=True, ttf=self)
            state.subsets[0] = [*self._codes]
            state.nextCode = _SUBSET_SIZE       # the next character met opens subset 1
        pieces: list[tuple[int, bytes]] = []
        for usual, run in groupby(text, self._usual.__contains__):
            piece = "".join(run)
            if usual:
                pieces.append((0, piece.translate(self._byte_of).encode("latin-1")))
            else:
                pieces += super().splitString(piece, doc, encoding)
        return pieces

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802 - ReportLab's name
        """Adds the font's objects to a document about to be saved, their costly parts from memory."""
        super().addObjects(doc)
        for thing in doc.idToObject.values():
            if isinstance(thing, PDFStream):
                thing.filters = [_RememberedFlate]
            elif hasattr(thing, "Widths") and isinstance(thing.Widths, PDFArray):
                thing.Widths = _formatted(tuple(thing.Widths.sequence))


class _RememberedFlate:
    """A ReportLab stream filter that compresses the same content once."""

    pdfname = "FlateDecode"

    @staticmethod
    @lru_cache(_REMEMBERED)
    def encode(content: str | bytes) -> bytes:
        return zlib.compress(content.encode("ascii") if isinstance(content, str) else content, 9)


@lru_cache(_REMEMBERED)
def _formatted(numbers: tuple[float, ...]) -> bytes:
    return PDFArray(numbers).format(DummyDoc())


class Face:
    """One weight of the family, read from its file at the first use.

    Raises EnvironmentFault, then: `resource.missing`, or `font.unreadable` when the file is damaged.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._font: SharedSubsetFont | None = None
        self._loading = Lock()

    @property
    def font(self) -> SharedSubsetFont:
        """The font, known to ReportLab by its name. It must stay the same for all threads: documents hold on to it."""
        if self._font is None:
            with self._loading:
                if self._font is None:
                    self._font = self._load()
                    pdfmetrics.registerFont(self._font)
        return self._font

    def _load(self) -> SharedSubsetFont:
        path = resource_path("fonts", f"{self.name}.ttf")
        try:
            return SharedSubsetFont(self.name, path.read_bytes())
        except (TTFError, OSError) as exc:
            raise EnvironmentFault("font.unreadable", name=path.name) from exc

    @cached_property
    def known(self) -> frozenset[str]:
        """The characters that can be drawn. ReportLab does not describe those past U+FFFF to readers."""
        return frozenset(sign for sign in map(chr, self.font.face.charToGlyph) if sign <= _LAST_OF_PLANE_0)

    def width(self, text: str, size: float) -> float:
        """Length of a line of text in points."""
        return self.font.stringWidth(text, size)


REGULAR = Face("SourceSans3-Regular")
SEMIBOLD = Face("SourceSans3-SemiBold")
