"""What the preview shows, and the one thing it asks of whoever turns files into pixels. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from typing import Protocol

from backoffice.kernel.progress import Progress
from ui.rendering import PagePicture, Sheet


class Renderer(Protocol):
    """Turns a page of a file into pixels, in a process that may be lost without harm."""

    def render(self, content: bytes, sheet: Sheet, progress: Progress, /) -> PagePicture:
        """Raises EnvironmentFault `preview.failed`, `preview.too_slow`, Cancelled."""

    def close(self) -> None: ...


class Look(StrEnum):
    """How the pixels are shown: as they came, with more contrast, in black and white."""

    AS_SENT = "as_sent"
    CONTRAST = "contrast"
    BLACK_WHITE = "black_white"

    @property
    def label(self) -> str:
        return {"as_sent": "Tel que reçu", "contrast": "Contraste renforcé", "black_white": "Noir et blanc"}[self.value]

    @property
    def following(self) -> Look:
        looks = tuple(Look)
        return looks[(looks.index(self) + 1) % len(looks)]


class Fit(StrEnum):
    """The size that follows the room there is."""

    WIDTH = "width"
    PAGE = "page"

    @property
    def label(self) -> str:
        return {"width": "Largeur", "page": "Page"}[self.value]


@dataclass(frozen=True, slots=True)
class PreviewFile:
    """A file as it is read. `key` names these very bytes; `turns`: quarter turns to the right that an agent gave it;
    `pages`: as far as is known."""

    key: str
    name: str
    content: bytes = field(repr=False)
    pages: int = 1
    turns: int = 0


@dataclass(frozen=True, slots=True)
class PreviewDocument:
    """Files read one after the other. `title` is read to those who do not see them; `about`: « jpg · 602 Ko »."""

    title: str
    files: Sequence[PreviewFile]
    about: str = ""

    @property
    def pages(self) -> int:
        return sum(file.pages for file in self.files)

    def at(self, page: int) -> tuple[int, int]:
        """Which file, and which of its pages."""
        ends = list(accumulate(file.pages for file in self.files))
        place = next((place for place, end in enumerate(ends) if page < end), len(ends) - 1)
        return place, page - (ends[place] - self.files[place].pages)


@dataclass(frozen=True, slots=True)
class Room:
    """Where a page must go, in logical pixels. `sharpness`: pixels of the screen for each of ours."""

    width: int
    height: int
    sharpness: float = 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page as it is to be seen: `size` is a fit, or a zoom where 1.0 is the size of paper."""

    file: PreviewFile
    page: int
    size: Fit | float
    room: Room
    look: Look = Look.AS_SENT


@dataclass(frozen=True, slots=True)
class Shown:
    """A page ready to be painted. `pixels`: blue, green, red, nothing. `clear`: how well it can be read, from 0 to 1,
    None when it has nothing to read."""

    wanted: Wanted
    pages: int
    zoom: float
    width: int
    height: int
    stride: int
    pixels: bytes = field(repr=False)
    text: str = field(repr=False, default="")
    clear: float | None = None
