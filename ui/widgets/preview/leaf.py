"""One document on a desk: the page it is open at, its size and look, and what is said while there is no page."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ui.presenting import Runner, banner_for
from ui.theme.tokens import Theme
from ui.widgets.basics import Empty, label
from ui.widgets.preview.fetching import Fetcher, PictureStore
from ui.widgets.preview.pages import Fit, Look, PreviewDocument, PreviewFile, Room, Shown, Wanted
from ui.widgets.preview.paper import Desk

STEPS = (0.25, 0.33, 0.5, 0.67, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
_RESIZING_PAUSE_MS = 60
_LOADING_AFTER_MS = 400


class Leaf(QWidget):
    """Reads a document page by page. `changed`: another page, size, look or state is shown."""

    changed = Signal()
    painted = Signal()

    def __init__(self, theme: Theme, runner: Runner, fetcher: Fetcher, store: PictureStore, name: str) -> None:
        super().__init__()
        self._run = runner
        self._fetcher = fetcher
        self._store = store
        self._topic = f"page {name}"
        self.document: PreviewDocument | None = None
        self.page = 0
        self.fit: Fit | float = Fit.WIDTH
        self.look = Look.AS_SENT
        self.shown: Shown | None = None
        self._turns: dict[str, int] = {}
        self.head = label(kind="small", wrap=True)
        self.head.setContentsMargins(theme.px(4), 0, theme.px(4), 0)
        self.head.hide()
        self.desk = Desk(theme, name)
        self.empty = Empty(theme)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.desk)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(4))
        layout.addWidget(self.head)
        layout.addWidget(self.stack, 1)
        self._pause = self._timer(_RESIZING_PAUSE_MS, self._refit)
        self._loading = self._timer(_LOADING_AFTER_MS, self._say_loading)
        self.desk.turned.connect(self.turn)
        self.desk.wheeled.connect(self.step)
        self.desk.resized.connect(self._resized)

    def _timer(self, milliseconds: int, run: object) -> QTimer:
        found = QTimer(self)
        found.setSingleShot(True)
        found.setInterval(milliseconds)
        found.timeout.connect(run)
        return found

    # --- what is shown ----------------------------------------------------------------------------------------

    def show_document(self, document: PreviewDocument) -> None:
        """From its first page, at the size chosen last."""
        self.document = document
        self.page = 0
        self._turns = {file.key: file.turns for file in document.files}
        if not isinstance(self.fit, Fit):
            self.fit = Fit.WIDTH
        if self.look is not Look.AS_SENT:
            self.look = Look.AS_SENT
        self.shown = None
        self.draw()

    def say(self, text: str) -> None:
        """A sentence instead of a document."""
        self.document = None
        self.shown = None
        self._loading.stop()
        self.empty.say(text)
        self.stack.setCurrentWidget(self.empty)
        self.changed.emit()

    @property
    def pages(self) -> int:
        return self.document.pages if self.document is not None else 0

    @property
    def file(self) -> PreviewFile | None:
        """The file of the page shown, turned as it is now."""
        if self.document is None:
            return None
        found = self.document.files[self.document.at(self.page)[0]]
        return replace(found, turns=self._turns[found.key])

    def wanted(self, page: int | None = None) -> Wanted | None:
        if self.document is None:
            return None
        place, inner = self.document.at(self.page if page is None else page)
        file = self.document.files[place]
        return Wanted(replace(file, turns=self._turns[file.key]), inner, self.fit, self.room(), self.look)

    def room(self) -> Room:
        size = self.desk.room() if self.desk.width() > 1 else self.stack.size()
        return Room(size.width(), size.height(), self.devicePixelRatioF())

    # --- gestures ---------------------------------------------------------------------------------------------

    def turn(self, pages: int) -> None:
        self.go_to(self.page + pages)

    def go_to(self, page: int) -> None:
        wanted = min(max(page, 0), self.pages - 1)
        if wanted != self.page and wanted >= 0:
            self.page = wanted
            self.draw()

    def step(self, direction: int) -> None:
        now = self.shown.zoom if self.shown is not None else 1.0
        ahead = [step for step in STEPS if (step - now) * direction > 0.01]
        if ahead:
            self.resize_to(ahead[0] if direction > 0 else ahead[-1])

    def resize_to(self, size: Fit | float) -> None:
        self.fit = size
        self.draw()

    def look_as(self, look: Look) -> None:
        self.look = look
        self.draw()

    def rotate(self, quarters: int) -> PreviewFile | None:
        """Turn the file of the page shown, every page of it; answers it as it is now."""
        file = self.file
        if file is None or self.shown is None:
            return None
        self._turns[file.key] = (file.turns + quarters) % 4
        self.draw()
        return self.file

    # --- drawing ----------------------------------------------------------------------------------------------

    def draw(self) -> None:
        wanted = self.wanted()
        if wanted is None:
            return
        ready = self._store.find(wanted)
        if ready is not None:  # nobody waits for what is there
            self._drawn(ready)
            return
        if self.shown is None:
            self._loading.start()
        fetcher = self._fetcher
        self._run.read(lambda progress: fetcher.fetch(wanted, progress), self._drawn, self._refused, self._topic)

    def _drawn(self, shown: Shown) -> None:
        document, wanted = self.document, self.wanted()
        if document is None or wanted is None or _as_asked(shown.wanted) != _as_asked(wanted):
            return  # something else is wanted since
        self._loading.stop()
        first = self.shown is None or _page_of(self.shown) != _page_of(shown)
        self.shown = shown
        self.desk.paper.show_page(shown)
        spoken = f"{document.title}, page {self.page + 1} sur {self.pages}"
        for widget in (self.desk, self.desk.paper):
            widget.setAccessibleName(spoken)
            widget.setAccessibleDescription(shown.text)
        self.stack.setCurrentWidget(self.desk)
        if first:
            self.desk.verticalScrollBar().setValue(0)
        if self._misfits(shown):
            self._pause.start()
        self.changed.emit()
        self.painted.emit()

    def _refused(self, error: Exception) -> None:
        self._loading.stop()
        found = banner_for(error, self.draw)
        if found is None:
            return
        self.shown = None
        action = found.actions[0] if found.actions else None
        self.empty.say(found.text, action.label if action else "", action.run if action else None)
        self.stack.setCurrentWidget(self.empty)
        self.changed.emit()

    def _say_loading(self) -> None:
        self.empty.say("La page arrive…")
        self.stack.setCurrentWidget(self.empty)

    def _resized(self) -> None:
        if self.document is not None and isinstance(self.fit, Fit):
            self._pause.start()

    def _refit(self) -> None:
        if self.shown is not None and self._misfits(self.shown):
            self.draw()

    def _misfits(self, shown: Shown) -> bool:
        """Whether the page was drawn for another room: it came while its place was being made."""
        before, now = shown.wanted.room, self.room()
        wider = abs(before.width - now.width) > 1 or before.sharpness != now.sharpness
        return isinstance(self.fit, Fit) and (wider or (self.fit is Fit.PAGE and abs(before.height - now.height) > 1))


def _as_asked(wanted: Wanted) -> tuple[object, ...]:
    """Without its room, which may have changed while it was made: it is then painted, and made again."""
    return wanted.file.key, wanted.file.turns, wanted.page, wanted.size, wanted.look


def _page_of(shown: Shown) -> tuple[str, int]:
    return shown.wanted.file.key, shown.wanted.page
