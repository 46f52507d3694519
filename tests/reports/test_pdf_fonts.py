"""What `reports/pdf/fonts.py` expects of ReportLab's insides, so that a new version fails here and says where."""

import struct

import pytest
from reportlab.pdfbase.ttfonts import TTFontFace

from backoffice.kernel.errors import EnvironmentFault
from reports.pdf import fonts
from reports.pdf.text import clean, elide, wrap


@pytest.fixture(scope="module")
def face() -> TTFontFace:
    return TTFontFace(str(fonts.FONT_FOLDER / "SourceSans3-Regular.ttf"))


def test_reportlab_gives_glyphs_widths_and_metrics(face: TTFontFace) -> None:
    assert face.charToGlyph[ord("A")] > 0
    assert face.charWidths[ord("0")] == face.charWidths[ord("1")] > 0
    assert isinstance(face.name, bytes)
    for metric in ("ascent", "descent", "capHeight", "stemV", "italicAngle", "flags", "defaultWidth"):
        assert isinstance(getattr(face, metric), int | float), metric
    assert len(face.bbox) == 4


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


def test_the_subset_is_the_same_each_time(face: TTFontFace) -> None:
    assert face.makeSubset([0, 65, 66]) == face.makeSubset([0, 65, 66])


def test_the_shared_subset_holds_what_french_invoices_need() -> None:
    text = "Reste à payer : 1\u202f234,56\u00a0€ — « L’Œuvre », n° 12, ½ journée, Ÿ, −5 × 2 (a\\b)"
    pieces = fonts.REGULAR.encode(text, fonts.RareCharacters())
    assert [name for name, _ in pieces] == ["R"]


def test_all_signs_of_the_shared_subset_are_in_both_fonts() -> None:
    for sign in fonts._USUAL:
        assert sign in fonts.REGULAR.known
        assert sign in fonts.SEMIBOLD.known


def test_a_missing_font_is_a_fault_of_the_machine() -> None:
    with pytest.raises(EnvironmentFault, match=r"font\.unreadable"):
        fonts.Face("X", "Absent.ttf").width("a", 10)


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
