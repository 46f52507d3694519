"""Photos, in the child process: opened within limits, turned as the camera was held, measured for sharpness."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Any

_MOST_SIDE = 4000  # what is kept for the screen: a page photographed at 300 dots per inch
_MEASURED_SIDE = 800
_READERS = ("JPEG", "PNG", "HEIF", "TIFF")  # no other reader of Pillow ever sees a family's file
BLURRED = 0.3  # from here on a photo is said to be hard to read: a hint, never a decision


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


def opened(content: bytes, most_pixels: int = 40_000_000) -> Any:
    """The picture as one looks at it: upright, in colours the screen knows, no larger than it needs."""
    from PIL import ImageOps

    picture = measured(content, most_pixels)
    picture.draft("RGB", (_MOST_SIDE, _MOST_SIDE))  # a JPEG is then decoded smaller, and faster
    picture.thumbnail((_MOST_SIDE, _MOST_SIDE), reducing_gap=2.0)  # first: what follows copies every pixel
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        paper = _ready().new("RGBA", upright.size, "white")
        upright = _ready().alpha_composite(paper, upright.convert("RGBA"))
    return upright.convert("RGB")


def blur_of(picture: Any) -> float:
    """How little it shows of edges: about 0 for a sharp text, near 1 for a blurred one. A hint, never a decision."""
    from PIL import ImageFilter, ImageStat

    small = picture.convert("L")
    small.thumbnail((_MEASURED_SIDE, _MEASURED_SIDE))
    edges = small.filter(ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128))
    spread = ImageStat.Stat(edges.crop((1, 1, max(edges.width - 1, 2), max(edges.height - 1, 2)))).stddev[0]
    contrast = max(ImageStat.Stat(small).stddev[0], 1.0)
    return float(max(0.0, min(1.0, 1.0 - spread / contrast * 4)))
