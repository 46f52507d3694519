"""Pixels made clearer, and how sharp they are. On the thread of a job, never of the window. No Qt."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image, ImageFilter, ImageOps

from backoffice.documents.safety import photos
from ui.rendering import PagePicture
from ui.widgets.preview.pages import Look


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
    """How well it can be read, as files are judged (see `photos.HARD_TO_READ`). None for an empty page."""
    return photos.clearness(_image(picture))


def _image(picture: PagePicture) -> Image.Image:
    size = (picture.width, picture.height)
    return Image.frombuffer("RGB", size, picture.pixels, "raw", "BGRX", picture.stride, 1)


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
