"""Pages ready to be painted: rendered by a child process, kept while there is room. Called from jobs. No Qt."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from threading import Lock

from backoffice.kernel.progress import Progress
from ui.rendering import PagePicture, Sheet
from ui.widgets.preview.looks import clearness, dressed
from ui.widgets.preview.pages import Fit, Renderer, Room, Shown, Wanted

_MOST_BYTES = 160_000_000  # some thirty pages as wide as half a screen


class PictureStore:
    """Pages that were made, the oldest forgotten first; served to several threads."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most = most_bytes
        self._held = 0
        self._pictures: OrderedDict[Wanted, Shown] = OrderedDict()
        self._clear: dict[tuple[str, int], float | None] = {}
        self._turn = Lock()

    def find(self, wanted: Wanted) -> Shown | None:
        with self._turn:
            found = self._pictures.get(_key(wanted))
            if found is not None:
                self._pictures.move_to_end(_key(wanted))
            return found

    def keep(self, shown: Shown) -> None:
        key = _key(shown.wanted)
        with self._turn:
            before = self._pictures.pop(key, None)
            self._held += len(shown.pixels) - (len(before.pixels) if before is not None else 0)
            self._pictures[key] = shown
            while self._held > self._most and len(self._pictures) > 1:
                _, oldest = self._pictures.popitem(last=False)
                self._held -= len(oldest.pixels)

    def clear_of(self, wanted: Wanted, picture: PagePicture) -> float | None:
        """Measured once for each page."""
        key = (wanted.file.key, wanted.page)
        with self._turn:
            if key in self._clear:
                return self._clear[key]
        found = clearness(picture)
        with self._turn:
            self._clear[key] = found
        return found

    def forget(self) -> None:
        """Nothing of what families sent stays in memory."""
        with self._turn:
            self._pictures.clear()
            self._held = 0


class Fetcher:
    """Makes a page as it is wanted, unless it is there already.

    `measures`: whether how well it can be read is told with it; a thumbnail has too few pixels for that.
    """

    def __init__(self, renderer: Renderer, store: PictureStore, *, measures: bool = True) -> None:
        self._renderer = renderer
        self._store = store
        self._measures = measures

    def fetch(self, wanted: Wanted, progress: Progress) -> Shown:
        """Raises EnvironmentFault `preview.failed`, `preview.too_slow`, Cancelled."""
        found = self._store.find(wanted)
        if found is not None:
            return found
        room = wanted.room
        sheet = Sheet(
            wanted.page, None if isinstance(wanted.size, Fit) else wanted.size, max(room.width, 1), room.sharpness,
            room.height if wanted.size is Fit.PAGE else 0, wanted.file.turns % 4,
        )
        picture = self._renderer.render(wanted.file.content, sheet, progress)
        clear = self._store.clear_of(wanted, picture) if self._measures else None
        seen = dressed(picture, wanted.look)
        shown = Shown(
            wanted, seen.pages, seen.zoom, seen.width, seen.height, seen.stride, seen.pixels, seen.text, clear
        )
        self._store.keep(shown)
        return shown


def _key(wanted: Wanted) -> Wanted:
    """What makes two pages the same pixels: not the bytes, which the key of the file names."""
    room = wanted.room
    if not isinstance(wanted.size, Fit):
        room = Room(0, 0, room.sharpness)
    elif wanted.size is Fit.WIDTH:
        room = Room(room.width, 0, room.sharpness)
    return replace(wanted, file=replace(wanted.file, name="", content=b"", pages=0), room=room)
