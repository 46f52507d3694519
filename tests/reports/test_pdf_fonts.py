"""How fonts share their work between files, and what `reports/pdf/fonts.py` expects of ReportLab's insides for that.

A new version of ReportLab that changes them fails here, and each test says what moved.
"""

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.pdfbase.pdfdoc import PDFDocument, PDFStream
from reportlab.pdfbase.ttfonts import TTFont, TTFontFace

from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.resources import resource_path
from reports.invoice_pdf import render_invoice
from reports.pdf import fonts
from reports.pdf.text import clean, elide, wrap
from tests.reports import samples

NAME = "SourceSans3-Regular"


@pytest.fixture(scope="module")
def face() -> TTFontFace:
    return TTFontFace(str(resource_path("fonts", f"{NAME}.ttf")))


def _saved(font: TTFont, text: str) -> PDFDocument:
    """A document that shows the text, its font objects made."""
    document = PDFDocument(compression=1)
    for subset, _ in font.splitString(text, document):
        font.getSubsetInternalName(subset, document)
    font.addObjects(document)
    return document


def _streams(document: PDFDocument) -> dict[str, bytes]:
    return {name: thing.format(document) for name, thing in document.idToObject.items()
            if isinstance(thing, PDFStream)}


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The subsets that ReportLab asks of the regular face, in order."""
    asked: list[list[int]] = []
    face = fonts.REGULAR.font.face
    cut: Callable[[list[int]], bytes] = face.makeSubset

    def spy(subset: list[int]) -> bytes:
        asked.append(list(subset))
        return cut(subset)

    monkeypatch.setattr(face, "makeSubset", spy)
    return asked


def test_reportlab_subsets_by_position_in_the_list(face: TTFontFace) -> None:
    """Byte n of the text must draw the n-th code point given to makeSubset: a format 6 table for (1, 0)."""
    program = face.makeSubset([0, ord("b"), ord("a")])
    tables = {program[at:at + 4]: struct.unpack(">LL", program[at + 8:at + 16])
              for at in range(12, 12 + 16 * struct.unpack(">H", program[4:6])[0], 16)}
    start, _ = tables[b"cmap"]
    header = struct.unpack(">9H3H", program[start:start + 24])
    assert header[:9] == (0, 1, 1, 0, 0, 12, 6, 16, 0)
    assert header[9:11] == (0, 3)
    glyphs = struct.unpack(">3H", program[start + 22:start + 28])
    assert glyphs == (0, 1, 2)


def test_reportlab_takes_the_first_subset_we_give_and_opens_its_own_for_rare_characters(cuts: list[list[int]]) -> None:
    usual = fonts.REGULAR.font._codes
    _saved(fonts.REGULAR.font, "Été")
    assert cuts == [usual]
    _saved(fonts.REGULAR.font, "Łukasz Ж")
    assert cuts == [usual, usual, [0, ord("Ł"), ord("Ж")]]


def test_what_is_made_for_a_file_serves_the_next() -> None:
    first = _streams(_saved(fonts.REGULAR.font, "Premier"))
    before = [remembered.cache_info().misses for remembered in (fonts._RememberedFlate.encode, fonts._formatted)]
    second = _streams(_saved(fonts.REGULAR.font, "Deuxième"))
    after = [remembered.cache_info().misses for remembered in (fonts._RememberedFlate.encode, fonts._formatted)]
    assert len(first) == 2                 # the font program and its map to Unicode
    assert (second, after) == (first, before)
    assert all(b"/FlateDecode" in content for content in first.values())


def test_the_objects_are_those_of_a_plain_reportlab_font() -> None:
    """Remembering changes nothing but the level of compression."""
    plain = TTFont("plain", str(resource_path("fonts", f"{NAME}.ttf")))
    ours = _saved(fonts.REGULAR.font, "Été").idToObject
    theirs = _saved(plain, "Été").idToObject
    assert [type(thing) for thing in ours.values()] == [type(thing) for thing in theirs.values()]


def test_a_file_declares_no_other_font() -> None:
    content = render_invoice(samples.one_child())
    assert content.count(b"/Type /Font ") == 2
    assert b"Helvetica" not in content


def test_the_shared_subset_holds_what_french_invoices_need() -> None:
    text = "Reste à payer : 1\u202f234,56\u00a0€ — « L’Œuvre », n° 12, ½ journée, Ÿ, −5 × 2 (a\\b)"
    pieces = fonts.REGULAR.font.splitString(text, PDFDocument())
    assert [subset for subset, _ in pieces] == [0]


def test_the_shared_subset_fits_and_is_in_both_fonts() -> None:
    assert len(fonts.REGULAR.font._codes) <= 256
    for face in (fonts.REGULAR, fonts.SEMIBOLD):
        assert face.known.issuperset(fonts._USUAL + fonts.REPLACEMENT)
    assert fonts.REGULAR.known == fonts.SEMIBOLD.known    # `clean` asks the first only


def test_a_missing_font_is_a_fault_of_the_machine() -> None:
    with pytest.raises(EnvironmentFault, match=r"resource\.missing"):
        fonts.Face("Absent").width("a", 10)


@pytest.mark.parametrize("damage", [
    lambda content: b"", lambda content: b"<html>" * 99, lambda content: content[:200_000],
    lambda content: content[:150_000] + bytes(99) + content[150_099:],
])
def test_a_damaged_font_is_a_fault_of_the_machine(damage: Callable[[bytes], bytes], tmp_path: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"{NAME}.ttf"
    path.write_bytes(damage(resource_path("fonts", path.name).read_bytes()))
    monkeypatch.setattr(fonts, "resource_path", lambda *parts: path)
    with pytest.raises(EnvironmentFault, match=r"font\.unreadable"):
        fonts.Face(NAME).width("a", 10)


def test_the_program_may_live_in_a_folder_with_accents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "Données de l’été, n°\u00a02" / "font.ttf"
    path.parent.mkdir()
    shutil.copy(resource_path("fonts", f"{NAME}.ttf"), path)
    monkeypatch.setattr(fonts, "resource_path", lambda *parts: path)
    assert fonts.Face("elsewhere").width("été", 10) == fonts.REGULAR.width("été", 10)


@pytest.mark.parametrize(("given", "kept"), [
    ("👨\u200d👩\u200d👧", "□□□"), ("👍🏽", "□"), ("a\u0301", "á"), ("q\u0301", "q"),
    ("a\r\nb", "a  b"), ("\ud800", ""), ("  x ", "x"),
    ("é\u200f", "é"), ("\u2069b", "b"),
])
def test_text_is_made_safe(given: str, kept: str) -> None:
    assert clean(given) == kept


def test_a_long_name_is_elided_at_its_end() -> None:
    short = elide("Marie-Antoinette DE LA TOUR", fonts.REGULAR, 10, 60)
    assert short.startswith("Marie")
    assert short.endswith("…")
    assert fonts.REGULAR.width(short, 10) <= 60


def test_wrapping_keeps_every_word_and_never_overflows() -> None:
    text = "un deux trois " + "X" * 90 + " quatre"
    lines = wrap(text, fonts.REGULAR, 10, 100)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(fonts.REGULAR.width(line, 10) <= 100 for line in lines)
