"""Pixels made clearer, and how sharp they are. On the thread of a job, never of the window. No Qt."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image, ImageFilter, ImageOps

from ui.rendering import PagePicture
from ui.widgets.preview.pages import Look

_MEASURED_WIDTH = 560  # as a page is first seen: sharper is of no use to who reads it
_PALEST = 40            # grey levels between ink and paper: less is too pale to be read
_SHARPEST_SHARE = 0.002  # the pixels that carry the strokes of letters, on the emptiest of pages
_EDGES = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=4, offset=128)

HARD_TO_READ = 0.15
"""Under it a page is said to be hard to read. Measured on A4 pages of text of 9 to 14 points, 560 pixels wide, drawn
sharp then blurred by a Gaussian: 0.7 to 1 sharp, 0.17 to 0.23 at one pixel, under 0.13 from one pixel and a half."""


def dressed(picture: PagePicture, look: Look) -> PagePicture:
    """The same page with this look."""
    if look is Look.AS_SENT:
        return picture
    image = _image(picture)
    if look is Look.BLACK_WHITE:
        grey = ImageOps.autocontrast(image.convert("L"), cutoff=(1, 4))
        level = _paper_and_ink(grey)
        image = grey.point([0 if value < level else 255 for value in range(256)]).convert("RGB")
    else:
        image = ImageOps.autocontrast(image, cutoff=(1, 4), preserve_tone=True)
        image = image.filter(ImageFilter.UnsharpMask(2, 90, 2))
    return replace(
        picture, width=image.width, height=image.height, stride=image.width * 4, pixels=image.tobytes("raw", "BGRX")
    )


def clearness(picture: PagePicture) -> float | None:
    """How steep the strokes of the page are beside its contrast: 0 is fog. None for an empty page."""
    grey = _image(picture).convert("L")
    if grey.width > _MEASURED_WIDTH:
        grey = grey.resize((_MEASURED_WIDTH, max(grey.height * _MEASURED_WIDTH // grey.width, 3)),
                           Image.Resampling.BOX)
    levels = grey.histogram()
    contrast = _at_share(levels, 0.999) - _at_share(levels, 0.001)
    if contrast < _PALEST // 4:
        return None
    if contrast < _PALEST:
        return 0.0
    edges = grey.filter(_EDGES).crop((1, 1, grey.width - 1, grey.height - 1)).histogram()
    slopes = [0] * 129
    for value, count in enumerate(edges):
        slopes[abs(value - 128)] += count
    return min(_at_share(slopes, 1 - _SHARPEST_SHARE) * 4 / contrast / 2, 1.0)


def _image(picture: PagePicture) -> Image.Image:
    size = (picture.width, picture.height)
    return Image.frombuffer("RGB", size, picture.pixels, "raw", "BGRX", picture.stride, 1)


def _at_share(levels: list[int], share: float) -> int:
    """The level under which this share of the pixels lies."""
    wanted, seen = sum(levels) * share, 0
    for level, count in enumerate(levels):
        seen += count
        if seen >= wanted:
            return level
    return len(levels) - 1


def _paper_and_ink(grey: Image.Image) -> int:
    """The level that parts them best (Otsu, 1979)."""
    levels = grey.histogram()
    total, whole = sum(levels), sum(level * count for level, count in enumerate(levels))
    best, threshold, dark, dark_sum = -1.0, 128, 0, 0
    for level, count in enumerate(levels):
        dark += count
        dark_sum += level * count
        if not dark or dark == total:
            continue
        apart = dark_sum / dark - (whole - dark_sum) / (total - dark)
        between = dark * (total - dark) * apart * apart
        if between > best:
            best, threshold = between, level + 1
    return threshold
