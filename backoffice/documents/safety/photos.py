"""Photos, in the child process: opened within limits, turned as the camera was held, measured for sharpness."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Any

_MOST_SIDE = 4000  # what is kept for the screen: a page photographed at 300 dots per inch
_ORIENTATION = 0x0112
_LYING = frozenset({5, 6, 7, 8})  # of the orientations of a camera, those that change sides
_MEASURED_WIDTH = 560  # as a page is first seen: sharper is of no use to who reads it
_PALEST = 40            # grey levels between ink and paper: less is too pale to be read
_SHARPEST_SHARE = 0.002  # the pixels that carry the strokes of letters, on the emptiest of pages
_READERS = ("JPEG", "PNG", "HEIF", "TIFF")  # no other reader of Pillow ever sees a family's file

HARD_TO_READ = 0.15
"""Under it a page is said to be hard to read. Measured on A4 pages of text of 9 to 14 points, 560 pixels wide, drawn
sharp then blurred by a Gaussian: 0.7 to 1 sharp, 0.17 to 0.23 at one pixel, under 0.13 from one pixel and a half."""


class TooManyPixels(Exception):
    """A picture larger than any camera makes."""


@cache
def _ready() -> Any:
    from PIL import Image
    from pillow_heif import register_heif_opener

    register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None  # our own limit is asked before anything is decoded
    return Image


def measured(content: bytes, most_pixels: int) -> Any:
    """A picture whose size is known and whose pixels are not read yet. Raises TooManyPixels and what Pillow raises."""
    picture = _ready().open(BytesIO(content), formats=_READERS)
    if picture.width * picture.height > most_pixels:
        raise TooManyPixels
    return picture


class Photo:
    """A photo as one looks at it: upright, in colours the screen knows, decoded no larger than it was looked at so far.

    `width`, `height`: in pixels, what is shown of it at most. Raises TooManyPixels and what Pillow raises.
    """

    def __init__(self, content: bytes, most_pixels: int = 40_000_000) -> None:
        self._content, self._most_pixels = content, most_pixels
        self._picture: Any = None
        self._unread: Any = measured(content, most_pixels)
        width, height = self._unread.size
        if self._unread.getexif().get(_ORIENTATION) in _LYING:
            width, height = height, width
        self._share = min(1.0, _MOST_SIDE / max(width, height))
        self.width, self.height = (max(round(side * self._share), 1) for side in (width, height))

    def at_least(self, width: int, height: int) -> Any:
        """The picture, larger than this unless it is not so large."""
        wanted = min(width, self.width), min(height, self.height)
        if self._picture is None or self._picture.width < wanted[0] or self._picture.height < wanted[1]:
            self._picture = None  # its memory first
            self._picture = self._decoded(min(*wanted))
        return self._picture

    def _decoded(self, side: int) -> Any:
        from PIL import ImageOps

        picture, self._unread = self._unread or measured(self._content, self._most_pixels), None
        picture.draft("RGB", (side, side))  # a JPEG is then decoded smaller, and faster
        picture.load()  # before `thumbnail`, which would ask for another draft
        picture.thumbnail((_MOST_SIDE, _MOST_SIDE), reducing_gap=2.0)  # first: what follows copies every pixel
        upright = ImageOps.exif_transpose(picture)
        if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
            paper = _ready().new("RGBA", upright.size, "white")
            upright = _ready().alpha_composite(paper, upright.convert("RGBA"))
        return upright.convert("RGB")


def clearness(picture: Any) -> float | None:
    """How steep the strokes of a page are beside its contrast: 0 is fog, see `HARD_TO_READ`. None for an empty page.

    A hint, never a decision. Pillow's own pictures only: pixels, not files.
    """
    from PIL import Image

    grey = picture.convert("L")
    if grey.width > _MEASURED_WIDTH:
        height = max(grey.height * _MEASURED_WIDTH // grey.width, 3)
        grey = grey.resize((_MEASURED_WIDTH, height), Image.Resampling.BOX)
    levels = grey.histogram()
    contrast = _at_share(levels, 0.999) - _at_share(levels, 0.001)
    if contrast < _PALEST // 4:
        return None
    if contrast < _PALEST:
        return 0.0
    edges = grey.filter(_edges()).crop((1, 1, max(grey.width - 1, 2), max(grey.height - 1, 2))).histogram()
    slopes = [0] * 129
    for value, count in enumerate(edges):
        slopes[abs(value - 128)] += count
    return min(_at_share(slopes, 1 - _SHARPEST_SHARE) * 4 / contrast / 2, 1.0)


@cache
def _edges() -> Any:
    from PIL import ImageFilter

    return ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=4, offset=128)


def _at_share(levels: list[int], share: float) -> int:
    """The level under which this share of the pixels lies."""
    wanted, seen = sum(levels) * share, 0
    for level, count in enumerate(levels):
        seen += count
        if seen >= wanted:
            return level
    return len(levels) - 1
