"""The preview of what a family sent: one document, its previous version beside it, on this screen or another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QScreen, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from ui.presenting import Runner
from ui.theme.tokens import Theme
from ui.widgets.basics import Empty
from ui.widgets.preview.fetching import Fetcher, PictureStore
from ui.widgets.preview.leaf import Leaf
from ui.widgets.preview.pages import Fit, PreviewDocument, PreviewFile, Renderer, Room, Wanted
from ui.widgets.preview.thumbnails import Thumbnails
from ui.widgets.preview.tools import Tool, Tools

_NOTHING_BEFORE = "Aucune version acceptée avant celle-ci."


class Preview(QWidget):
    """`show_document` begins; `make_ready` prepares the next one while this one is read.

    `turned`: the agent gave a file another rotation (`PreviewFile`), to be kept. `painted`: a page is on the screen.
    `went_full`: the window of the other screen is there, for the keys of the page.
    `earlier_wanted`: the version beside is asked for; `show_earlier` answers. Two renderers: what is made ready, or is
    slow because it is broken, never keeps the page that is read waiting.
    """

    turned = Signal(object)
    painted = Signal()
    earlier_wanted = Signal()
    went_full = Signal(object)  # FullScreen

    def __init__(
        self, theme: Theme, runner: Runner, make_renderer: Callable[[], Renderer], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._run = runner
        self.store = PictureStore()
        now, ahead = make_renderer(), make_renderer()
        for renderer in (now, ahead):
            self.destroyed.connect(partial(_close, renderer))
        fetcher = Fetcher(now, self.store)
        self._ahead = Fetcher(ahead, self.store)
        self.leaf = Leaf(theme, runner, fetcher, self.store, "Pièce")
        self.beside = Leaf(theme, runner, fetcher, self.store, "Version acceptée avant")
        self.beside.hide()
        self.thumbnails = Thumbnails(theme, runner, Fetcher(ahead, self.store, measures=False))
        self.tools = Tools(theme, self._groups())
        self.tools.size_button.clicked.connect(self.fit)
        self._both = QSplitter(Qt.Orientation.Horizontal)
        self._both.setChildrenCollapsible(False)
        self._both.addWidget(self.leaf)
        self._both.addWidget(self.beside)
        for place in (0, 1):
            self._both.setStretchFactor(place, 1)
        self.body = QWidget()  # what goes to the other screen, with its state
        inside = QVBoxLayout(self.body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(theme.px(4))
        inside.addWidget(self.tools)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.thumbnails)
        row.addWidget(self._both, 1)
        inside.addLayout(row, 1)
        self._away = Empty(theme)
        self._away.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.body)
        layout.addWidget(self._away)
        self.full: FullScreen | None = None
        self.leaf.changed.connect(self._tell)
        self.leaf.painted.connect(self.painted)
        self.thumbnails.chosen.connect(self.leaf.go_to)
        bind_keys(self, self)
        self.say("")

    def _groups(self) -> tuple[tuple[Tool, ...], ...]:
        leaf = self.leaf
        return (
            (Tool("Page précédente", "chevron-left", "Page préc.", partial(leaf.turn, -1)),
             Tool("Page suivante", "chevron-right", "Page suiv.", partial(leaf.turn, 1))),
            (Tool("Réduire", "zoom-out", "Ctrl −", partial(leaf.step, -1)),
             Tool("Agrandir", "zoom-in", "Ctrl +", partial(leaf.step, 1))),
            (Tool("Tourner à droite", "rotate-cw", "R ; Maj+R à gauche", partial(self.rotate, 1), "Tourner"),
             Tool("Contraste", "contrast", "C", self.next_look, "Contraste"),
             Tool("Comparer à la version acceptée avant", "columns-2", "Ctrl+B", self.toggle_beside, "Comparer"),
             Tool("Plein écran, sur l'autre écran s'il y en a un", "maximize", "F11", self.toggle_full,
                  "Plein écran")),
        )

    # --- what is shown ----------------------------------------------------------------------------------------

    def show_document(self, document: PreviewDocument) -> None:
        self.thumbnails.show_document(document)
        self.leaf.show_document(document)
        if not self.beside.isHidden():
            self.leaf.head.setText(f"Cette pièce\n{document.about}")
            self.beside.say("")
            self.earlier_wanted.emit()

    def say(self, text: str) -> None:
        """A sentence instead of a document: nothing is chosen, or it cannot be shown."""
        self.thumbnails.show_document(None)
        self.leaf.say(text)

    def show_earlier(self, document: PreviewDocument | None, words: str = _NOTHING_BEFORE) -> None:
        """The version accepted before this one; without one, `words`."""
        if document is None:
            self.beside.head.setText("Version acceptée avant\n")
            self.beside.head.show()
            self.beside.say(words)
            return
        self.beside.head.setText(document.title)
        self.beside.head.show()
        self.beside.show_document(document)

    def make_ready(self, document: PreviewDocument) -> None:
        """Its first page will be there before it is asked for."""
        room, file = self._room_for(document), document.files[0]
        wanted, ahead = Wanted(file, 0, self._usual_size(), room), self._ahead
        self._run.read(lambda progress: ahead.fetch(wanted, progress), lambda _: None, lambda _: None, "page ahead")

    def _room_for(self, document: PreviewDocument) -> Room:
        """Its pages take or leave the room of the thumbnails."""
        room = self.leaf.room()
        several = document.pages > 1
        if several == self.thumbnails.isVisibleTo(self.body):
            return room
        by = self.thumbnails.width() * (-1 if several else 1)
        return Room(max(room.width + by, 80), room.height, room.sharpness)

    def _usual_size(self) -> Fit:
        return self.leaf.fit if isinstance(self.leaf.fit, Fit) else Fit.WIDTH

    # --- gestures ---------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """To the width, then to the page, in turn."""
        self.leaf.resize_to(Fit.PAGE if self.leaf.fit is Fit.WIDTH else Fit.WIDTH)

    def rotate(self, quarters: int) -> None:
        file: PreviewFile | None = self.leaf.rotate(quarters)
        if file is not None:
            self.thumbnails.turn(file.key, file.turns)
            self.turned.emit(file)

    def page_on(self, direction: int) -> None:
        """A screen further in the page, then the next page."""
        bar = self.leaf.desk.verticalScrollBar()
        if bar.value() == (bar.maximum() if direction > 0 else bar.minimum()):
            self.leaf.turn(direction)
        else:
            bar.setValue(bar.value() + direction * bar.pageStep())

    def next_look(self) -> None:
        self.leaf.look_as(self.leaf.look.following)

    def toggle_beside(self) -> None:
        if self.beside.isHidden():
            about = self.leaf.document.about if self.leaf.document is not None else ""
            self.leaf.head.setText(f"Cette pièce\n{about}")
            self.leaf.head.show()
            self.beside.show()
            half = self._both.width() // 2
            self._both.setSizes([half, half])
            self.earlier_wanted.emit()
        else:
            self.beside.say("")
            self.beside.hide()
            self.leaf.head.hide()
        self._tell()

    def toggle_full(self) -> None:
        if self.full is not None:
            self.full.close()
        elif self.leaf.document is not None:
            self._away.say("L'aperçu est en plein écran.", "Le ramener ici (F11)", self.toggle_full)
            self._away.show()
            self.full = FullScreen(self, other_screen(self))
            self.full.closed.connect(self._came_back)
            self.went_full.emit(self.full)
            self.full.begin()

    def _came_back(self) -> None:
        if self.full is None:
            return
        self.layout().addWidget(self.body)  # type: ignore[union-attr]
        self.body.show()
        self._away.hide()
        full, self.full = self.full, None
        full.deleteLater()
        self.leaf.desk.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell(self) -> None:
        self.tools.show_leaf(self.leaf)
        self.thumbnails.show_page(self.leaf.page)
        known = self.leaf.document is not None
        self.tools.tool("columns-2").setEnabled(known)
        self.tools.tool("maximize").setEnabled(known)


class FullScreen(QWidget):
    """The same preview on a whole screen; F11 or Esc brings it back. Its other keys are those of the page."""

    closed = Signal()

    def __init__(self, preview: Preview, screen: QScreen) -> None:
        super().__init__(preview, Qt.WindowType.Window)
        self.setWindowTitle("Aperçu — Back-office Enfance")
        self._screen = screen
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(preview.body)
        bind_keys(preview, self)

    def begin(self) -> None:
        self.setGeometry(self._screen.geometry())
        self.showFullScreen()
        self.activateWindow()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's own name
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: object) -> None:  # noqa: N802, ARG002 - Qt's own name
        self.closed.emit()


def bind_keys(preview: Preview, where: QWidget) -> None:
    """The keys of a preview, wherever the keyboard is in that window as long as it is seen."""
    keys: tuple[tuple[QKeySequence | QKeySequence.StandardKey, Callable[[], object]], ...] = (
        (QKeySequence.StandardKey.ZoomIn, partial(preview.leaf.step, 1)),
        (QKeySequence("Ctrl+="), partial(preview.leaf.step, 1)),  # the same key without Shift
        (QKeySequence.StandardKey.ZoomOut, partial(preview.leaf.step, -1)),
        (QKeySequence("Ctrl+0"), preview.fit),
        (QKeySequence("Ctrl+B"), preview.toggle_beside),
        (QKeySequence("F11"), preview.toggle_full),
    )
    for key, run in keys:
        shortcut = QShortcut(key, where)
        shortcut.activated.connect(run)


def _close(renderer: Renderer, *_: object) -> None:
    """Drops what « destroyed » sends."""
    renderer.close()


def other_screen(widget: QWidget) -> QScreen:
    """The screen beside the one of the window; the same when it is alone."""
    here = widget.screen()
    return next((screen for screen in QGuiApplication.screens() if screen is not here), here)


