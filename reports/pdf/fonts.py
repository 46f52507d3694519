"""Source Sans 3 as PDF font objects: one shared subset of usual characters, small extra ones for the rare.

The only module that relies on ReportLab's insides. It asks of `TTFontFace`: `charToGlyph`, `charWidths`,
`defaultWidth`, the metrics of the descriptor, and `makeSubset(code points)`, whose result is a TrueType file where
byte n draws the n-th code point. `tests/reports/test_pdf_fonts.py` fails first if one of them changes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path

from reportlab.pdfbase.ttfonts import TTFError, TTFontFace

from backoffice.kernel.errors import EnvironmentFault

FONT_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "fonts"

REPLACEMENT = "□"
"""Drawn instead of a character that the font does not have."""

# Every sign a French invoice usually holds. A sign outside costs its document about 3 kB and 1 ms, so the list
# is short rather than complete: each one here weighs in every file.
_USUAL = ("\u00a0\u202f§«»°²·½×ÀÂÄÇÈÉÊËÎÏÔÖÙÛÜàâäçèéêëîïôöùûüÿŒœŸÆæñáíóúãß"
          "–—‘’“”…•−€□≤≥→✓")
_SYMBOLIC, _NONSYMBOLIC = 1 << 2, 1 << 5
_OBJECTS_PER_SUBSET = 4
_CHARACTERS_PER_EXTRA = 255


class _Widths(dict[str, float]):
    """Advance of each character, in em; one that the font lacks is as wide as its replacement."""

    def __missing__(self, character: str) -> float:
        return self[REPLACEMENT]


class Face:
    """One weight of the family: measures text, turns it into PDF strings, gives its font objects.

    The file is read at the first use, which raises EnvironmentFault `font.unreadable` when it is missing or
    damaged.
    """

    def __init__(self, tag: str, file_name: str) -> None:
        self.tag = tag
        self._file_name = file_name

    @cached_property
    def _font(self) -> TTFontFace:
        try:
            return TTFontFace(str(FONT_FOLDER / self._file_name))
        except (TTFError, OSError) as exc:
            raise EnvironmentFault("font.unreadable", name=self._file_name) from exc

    @cached_property
    def known(self) -> frozenset[str]:
        """The characters that the font can draw."""
        return frozenset(map(chr, self._font.charToGlyph))

    @cached_property
    def _widths(self) -> _Widths:
        return _Widths({chr(code): advance / 1000 for code, advance in self._font.charWidths.items()})

    @cached_property
    def _codes(self) -> list[int]:
        """The shared subset: the code point that each byte draws, 0 for none; ASCII keeps its place."""
        return [0] * 32 + list(range(32, 127)) + [0] + [ord(sign) for sign in _USUAL if sign in self.known]

    @cached_property
    def _usual(self) -> frozenset[str]:
        return frozenset(chr(code) for code in self._codes if code)

    @cached_property
    def _bytes(self) -> dict[int, str]:
        plain = {code: chr(position) for position, code in enumerate(self._codes) if code}
        return plain | {ord(sign): "\\" + sign for sign in "()\\"}

    def width(self, text: str, size: float) -> float:
        """Length of a line of text in points."""
        return sum(map(self._widths.__getitem__, text)) * size

    def encode(self, text: str, rare: RareCharacters) -> list[tuple[str, str]]:
        """Pieces to show one after the other: (font resource name, escaped bytes as Latin-1 characters)."""
        if self._usual.issuperset(text):
            return [(self.tag, text.translate(self._bytes))]
        pieces: list[tuple[str, str]] = []
        for character in text:
            if character not in self.known:
                character = REPLACEMENT  # noqa: PLW2901 - from here on it is the sign that is drawn
            if character in self._usual:
                name, code = self.tag, character.translate(self._bytes)
            else:
                name, code = rare.place(self, character)
            if pieces and pieces[-1][0] == name:
                pieces[-1] = (name, pieces[-1][1] + code)
            else:
                pieces.append((name, code))
        return pieces

    def objects(self, first_number: int) -> list[bytes]:
        """The four PDF objects of the shared subset, the font itself first."""
        return _font_objects(self._font, self._codes, "AAAAAA", first_number)

    def extra_objects(self, characters: tuple[str, ...], number: int, first_number: int) -> list[bytes]:
        """The four PDF objects of a document's own subset."""
        subset_tag = "AAAA" + chr(ord("B") + number // 26) + chr(ord("A") + number % 26)
        return _font_objects(self._font, (0, *map(ord, characters)), subset_tag, first_number)


class RareCharacters:
    """What one document draws outside the shared subset, in the order met: same document, same bytes."""

    def __init__(self) -> None:
        self._placed: dict[Face, dict[str, int]] = {}

    def place(self, face: Face, character: str) -> tuple[str, str]:
        """Font resource name and escaped byte that draw this character in this document."""
        placed = self._placed.setdefault(face, {})
        number, code = divmod(placed.setdefault(character, len(placed)), _CHARACTERS_PER_EXTRA)
        return f"{face.tag}{number}", f"\\{code + 1:03o}"

    def objects(self, first_number: int) -> tuple[list[bytes], dict[str, int]]:
        """Font objects to append to the document, and the object number of each resource name."""
        bodies: list[bytes] = []
        names: dict[str, int] = {}
        for face, placed in self._placed.items():
            characters = tuple(placed)
            for number, start in enumerate(range(0, len(characters), _CHARACTERS_PER_EXTRA)):
                names[f"{face.tag}{number}"] = first_number + len(bodies)
                piece = characters[start:start + _CHARACTERS_PER_EXTRA]
                bodies += face.extra_objects(piece, number, first_number + len(bodies))
        return bodies, names


REGULAR = Face("R", "SourceSans3-Regular.ttf")
SEMIBOLD = Face("S", "SourceSans3-SemiBold.ttf")


@cache
def shared_objects() -> tuple[list[bytes], dict[str, int]]:
    """Font objects 1 to 8 of every document, and the object number of each resource name."""
    bodies: list[bytes] = []
    names: dict[str, int] = {}
    for face in (REGULAR, SEMIBOLD):
        names[face.tag] = len(bodies) + 1
        bodies += face.objects(len(bodies) + 1)
    return bodies, names


def _font_objects(font: TTFontFace, codes: Sequence[int], subset_tag: str, first_number: int) -> list[bytes]:
    name = f"{subset_tag}+{font.name.decode('ascii')}"
    descriptor, cmap, program = range(first_number + 1, first_number + _OBJECTS_PER_SUBSET)
    widths = " ".join(f"{font.charWidths.get(code, font.defaultWidth):g}" if code else "0" for code in codes)
    # A symbolic simple font shows glyphs by byte, which is how makeSubset numbers them.
    flags = font.flags & ~_NONSYMBOLIC | _SYMBOLIC
    box = " ".join(f"{edge:g}" for edge in font.bbox)
    return [
        (f"<</Type/Font/Subtype/TrueType/BaseFont/{name}/FirstChar 0/LastChar {len(codes) - 1}"
         f"/Widths[{widths}]/FontDescriptor {descriptor} 0 R/ToUnicode {cmap} 0 R>>").encode("ascii"),
        (f"<</Type/FontDescriptor/FontName/{name}/Flags {flags}/FontBBox[{box}]/ItalicAngle {font.italicAngle:g}"
         f"/Ascent {font.ascent:g}/Descent {font.descent:g}/CapHeight {font.capHeight:g}/StemV {font.stemV:g}"
         f"/FontFile2 {program} 0 R>>").encode("ascii"),
        stream(_to_unicode(codes)),
        _font_program(font, tuple(codes)),
    ]


@lru_cache(maxsize=256)
def _font_program(font: TTFontFace, codes: tuple[int, ...]) -> bytes:
    content = font.makeSubset(list(codes))
    return stream(content, f"/Length1 {len(content)}", level=9)


def _to_unicode(codes: Iterable[int]) -> bytes:
    """The CMap by which a reader copies, searches and speaks the text."""
    entries = [f"<{position:02X}> <{chr(code).encode('utf-16-be').hex().upper()}>"
               for position, code in enumerate(codes) if code]
    blocks = [entries[start:start + 100] for start in range(0, len(entries), 100)]  # 100: limit of the format
    return "\n".join([
        "/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap",
        "/CIDSystemInfo <</Registry (Adobe)/Ordering (UCS)/Supplement 0>> def",
        "/CMapName /Adobe-Identity-UCS def", "/CMapType 2 def",
        "1 begincodespacerange", "<00> <FF>", "endcodespacerange",
        *(line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")),
        "endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]).encode("ascii")


def stream(content: bytes, entries: str = "", level: int = 6) -> bytes:
    """The body of a compressed stream object."""
    packed = zlib.compress(content, level)
    return f"<<{entries}/Filter/FlateDecode/Length {len(packed)}>>stream\n".encode("ascii") + packed + b"\nendstream"
