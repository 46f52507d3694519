"""Photos as they are looked at: upright, at any zoom, and said to be hard to read when they are."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from backoffice.documents.safety.judging import judge
from backoffice.documents.safety.photos import Photo
from backoffice.documents.safety.verdict import NewFile
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.progress import silent
from backoffice.kernel.resources import resource_path
from tests.documents.safety.hostile import pdf, photo, plain, sideways
from ui.rendering import PageRenderer, Sheet


@pytest.fixture(scope="module")
def renderer() -> Iterator[PageRenderer]:
    made = PageRenderer(patience=60)
    yield made
    made.close()


def _text(radius: float) -> bytes:
    """A page of text photographed, its lens off by so much."""
    picture = Image.new("L", (1200, 1600), 235)
    draw = ImageDraw.Draw(picture)
    letters = ImageFont.truetype(str(resource_path("fonts", "SourceSans3-Regular.ttf")), 22)
    for line in range(40, 1560, 40):
        draw.text((40, line), "Attestation d'assurance scolaire, valable jusqu'au 31 août 2027", 30, letters)
    out = BytesIO()
    picture.filter(ImageFilter.GaussianBlur(radius)).save(out, "JPEG")
    return out.getvalue()


def test_a_photo_nobody_can_read_is_said_so_and_let_in() -> None:
    sharp, blurred = judge([NewFile("nette.jpg", _text(0)), NewFile("floue.jpg", _text(6))])

    assert (sharp.accepted, sharp.flags) == (True, ())
    assert (blurred.accepted, blurred.flags) == (True, ("blurred",))


def test_a_photo_taken_sideways_is_shown_upright_and_turns_from_there(renderer: PageRenderer) -> None:
    sizes = []
    for rotation in range(4):
        picture = renderer.render(sideways(), Sheet(zoom=1.0, rotation=rotation), silent)
        sizes.append((picture.width, picture.height))

    assert sizes == [(40, 80), (80, 40), (40, 80), (80, 40)]


@pytest.mark.parametrize("kind", ["pdf", "jpg", "png", "heic"])
def test_every_kind_is_shown_at_the_size_asked(renderer: PageRenderer, kind: str) -> None:
    picture = renderer.render(plain()[kind], Sheet(width=300), silent)

    assert abs(picture.width - 300) <= 1
    assert len(picture.pixels) == picture.stride * picture.height


def test_a_large_photo_is_decoded_small_then_again_when_it_is_looked_at_closely(renderer: PageRenderer) -> None:
    """First smaller, because it is faster; its lines are then as fine as in the whole one."""
    whole = Image.new("L", (2400, 3200), 255)
    draw = ImageDraw.Draw(whole)
    for line in range(0, 3200, 8):
        draw.line((0, line, 2400, line), 0, 2)
    out = BytesIO()
    whole.convert("RGB").save(out, "JPEG", quality=95)

    fitted = renderer.render(out.getvalue(), Sheet(width=300), silent)
    close = renderer.render(out.getvalue(), Sheet(zoom=1.0), silent)

    assert (fitted.width, fitted.height) == (300, 400)
    assert (close.width, close.height) == (2400, 3200)
    column = close.pixels[1200 * 4::close.stride]
    assert sum(abs(one - other) > 60 for one, other in zip(column, whole.crop((1200, 0, 1201, 3200)).tobytes(),
                                                           strict=True)) < 32


@pytest.mark.parametrize("side", [200, 40])
def test_a_photo_is_decoded_no_smaller_than_it_is_shown(side: int) -> None:
    opened = Photo(photo((1600, 1200)))

    shown = opened.at_least(side * 2, side)

    assert side <= shown.height < 1200
    assert opened.at_least(10, 10) is shown
    assert opened.at_least(1600, 1200).size == (1600, 1200)


def test_what_is_transparent_is_shown_on_white(renderer: PageRenderer) -> None:
    out = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")

    assert renderer.render(out.getvalue(), Sheet(zoom=1.0), silent).pixels[:3] == b"\xff\xff\xff"


@pytest.mark.parametrize(("mode", "kind"), [("RGBA", "PNG"), ("RGB", "PNG"), ("CMYK", "JPEG"), ("L", "JPEG")])
def test_the_largest_photo_let_in_is_shown(renderer: PageRenderer, mode: str, kind: str) -> None:
    out = BytesIO()
    Image.new(mode, (7_000, 5_700)).save(out, kind)

    assert renderer.render(out.getvalue(), Sheet(width=600), silent).width == 600


def test_a_page_as_large_as_it_gets_fits_in_the_child(renderer: PageRenderer) -> None:
    picture = renderer.render(pdf(), Sheet(zoom=100.0), silent)

    assert 39_000_000 < picture.width * picture.height <= 40_100_000


@pytest.mark.parametrize("content", [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", photo(kind="GIF"), b""])
def test_what_is_never_let_in_is_not_even_opened(renderer: PageRenderer, content: bytes) -> None:
    with pytest.raises(EnvironmentFault, match=r"preview\.failed"):
        renderer.render(content, Sheet(), silent)
