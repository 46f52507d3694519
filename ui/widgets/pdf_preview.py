"""A PDF read inside the window: page by page, at any size, drawn by a child process (see `ui.rendering`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from ui.presenting import Runner, banner_for
from ui.rendering import PagePicture, PageRenderer, Sheet
from ui.theme.tokens import Theme
from ui.widgets.basics import Empty, button, label

_STEPS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
_RESIZING_PAUSE_MS = 60
_FRAME = 4        # both sides of the frame when it has the keyboard
_NARROWEST = 100


class PdfPreview(QWidget):
    """Ctrl +, Ctrl − and Ctrl 0 change the size, Page up and Page down turn the pages.

    The keys work wherever the keyboard is in the window, as long as the preview is seen.
    """

    def __init__(self, theme: Theme, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._run = runner
        renderer = self._renderer = PageRenderer()
        self.destroyed.connect(lambda: renderer.close())  # noqa: PLW0108 - drops what « destroyed » sends
        self._pdf: bytes | None = None
        self._name = ""
        self._page = 0
        self._zoom: float | None = None
        self._picture: PagePicture | None = None
        self.sheet = _Sheet()
        self.paper = _Desk(self._turn)
        self.paper.setWidget(self.sheet)
        self.paper.setMinimumHeight(theme.px(160))
        self.empty = Empty(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.paper)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(8))
        layout.addLayout(self._tools())
        layout.addWidget(self._stack, 1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_RESIZING_PAUSE_MS)
        self._pause.timeout.connect(self._refit)
        for keys, run in (
            (QKeySequence.StandardKey.ZoomIn, partial(self._step, 1)),
            (QKeySequence.StandardKey.ZoomOut, partial(self._step, -1)),
            (QKeySequence("Ctrl+="), partial(self._step, 1)),  # the same key without Shift
            (QKeySequence("Ctrl+0"), self.fit_width),
        ):
            QShortcut(keys, self).activated.connect(run)
        self.say("")

    def _tools(self) -> QHBoxLayout:
        theme = self._theme
        self._before = self._tool("Page précédente", "arrow-left", partial(self.turn, -1), "Page préc.")
        self._after = self._tool("Page suivante", "arrow-right", partial(self.turn, 1), "Page suiv.")
        self._where = label(kind="small")
        self._smaller = self._tool("Réduire", "zoom-out", partial(self._step, -1), "Ctrl −")
        self._larger = self._tool("Agrandir", "zoom-in", partial(self._step, 1), "Ctrl +")
        self._size = label(kind="small")
        self._fit = button("&Largeur", self.fit_width, theme, kind="link")
        self._fit.setToolTip("Ajuster à la largeur (Ctrl 0)")
        tools = QHBoxLayout()
        tools.setSpacing(theme.px(4))
        for widget in (self._before, self._where, self._after):
            tools.addWidget(widget)
        tools.addStretch(1)
        for widget in (self._smaller, self._size, self._larger, self._fit):
            tools.addWidget(widget)
        return tools

    def _tool(self, name: str, icon_name: str, run: partial[None], keys: str) -> QWidget:
        found = button("", run, self._theme, kind="link", icon_name=icon_name)
        found.setAccessibleName(name)
        found.setToolTip(f"{name} ({keys})")
        return found

    # --- what is shown ----------------------------------------------------------------------------------------

    def show_document(self, name: str, pdf: bytes) -> None:
        """Show a document from its first page. `name` is read to those who do not see it."""
        self._name = name
        self._pdf = pdf
        self._page = 0
        self._draw()

    def say(self, text: str) -> None:
        """A sentence instead of a document."""
        self._pdf = None
        self._picture = None
        self.empty.say(text)
        self._stack.setCurrentWidget(self.empty)
        self._tell()

    @property
    def text(self) -> str:
        """What the page shown says."""
        return self._picture.text if self._picture is not None else ""

    @property
    def page(self) -> int:
        return self._page

    @property
    def pages(self) -> int:
        """How many, as far as is known."""
        return self._picture.pages if self._picture is not None else 1

    @property
    def zoom(self) -> float:
        """1.0 for the size of paper."""
        return self._picture.zoom if self._picture is not None else 1.0

    def turn(self, pages: int) -> None:
        last = self._picture.pages - 1 if self._picture is not None else 0
        wanted = min(max(self._page + pages, 0), last)
        if wanted != self._page:
            self._page = wanted
            self._draw()

    def fit_width(self) -> None:
        self._zoom = None
        self._draw()

    def _turn(self, pages: int) -> bool:
        """Whether there was a page to turn to."""
        before = self._page
        self.turn(pages)
        return self._page != before

    def _step(self, direction: int) -> None:
        now = self.zoom
        ahead = [step for step in _STEPS if (step - now) * direction > 0.01]
        if ahead:
            self._zoom = ahead[0] if direction > 0 else ahead[-1]
            self._draw()

    # --- drawing ----------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        if self._pdf is None:
            return
        pdf, renderer = self._pdf, self._renderer
        sheet = Sheet(self._page, self._zoom, self._width_for_page(), self.devicePixelRatioF())
        self._run.read(lambda progress: renderer.render(pdf, sheet, progress), self._drawn, self._refused, "page")

    def _drawn(self, picture: PagePicture) -> None:
        if self._pdf is None:
            return
        turned = self._picture is None or self._picture.page != picture.page
        self._picture = picture
        self._page = picture.page
        self.sheet.show_picture(picture, self.devicePixelRatioF())
        self.sheet.setAccessibleName(f"{self._name}, page {picture.page + 1} sur {picture.pages}")
        self.sheet.setAccessibleDescription(picture.text)
        self.paper.setAccessibleName(self.sheet.accessibleName())
        self.paper.setAccessibleDescription(picture.text)
        self._stack.setCurrentWidget(self.paper)
        if self._misfits(picture):
            self._pause.start()
        if turned:
            self.paper.verticalScrollBar().setValue(0)
        self._tell()

    def _refused(self, error: Exception) -> None:
        found = banner_for(error, self._draw)
        if found is None:
            return
        self._picture = None
        action = found.actions[0] if found.actions else None
        if action is None:
            self.empty.say(found.text)
        else:
            self.empty.say(found.text, action.label, action.run)
        self._stack.setCurrentWidget(self.empty)
        self._tell()

    def _tell(self) -> None:
        picture = self._picture
        self._where.setText(f"Page {picture.page + 1} sur {picture.pages}" if picture else "")
        self._size.setText(f"{round(picture.zoom * 100)}\u00a0%" if picture else "")
        self._before.setEnabled(picture is not None and picture.page > 0)
        self._after.setEnabled(picture is not None and picture.page + 1 < picture.pages)
        for tool in (self._smaller, self._larger, self._fit):
            tool.setEnabled(picture is not None)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        if self._zoom is None:
            self._pause.start()

    def _refit(self) -> None:
        picture = self._picture
        if picture is not None and self._misfits(picture):
            self._draw()

    def _misfits(self, picture: PagePicture) -> bool:
        """Whether the page was drawn for another width: it came while its place was being made."""
        wanted = self._width_for_page() * self.devicePixelRatioF()
        return self._zoom is None and abs(picture.width - wanted) > 1

    def _width_for_page(self) -> int:
        """The place for a page, its scroll bar counted: a page that fits must not lose its place to its own bar."""
        bar = self.paper.verticalScrollBar().sizeHint().width()
        return max(self._stack.width() - bar - 2 * self.paper.frameWidth() - _FRAME, _NARROWEST)


class _Desk(QScrollArea):
    """What the page lies on. At its end, Page down turns it."""

    def __init__(self, turn: Callable[[int], bool]) -> None:
        super().__init__()
        self._turn = turn
        self.setProperty("kind", "sunken")
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        bar = self.verticalScrollBar()
        if event.key() == Qt.Key.Key_PageDown and bar.value() == bar.maximum() and self._turn(1):
            return
        if event.key() == Qt.Key.Key_PageUp and bar.value() == bar.minimum() and self._turn(-1):
            return
        super().keyPressEvent(event)


class _Sheet(QWidget):
    """The page itself: its pixels are painted where they are seen, never copied."""

    def __init__(self) -> None:
        super().__init__()
        self._pixels = b""
        self._image = QImage()

    def show_picture(self, picture: PagePicture, sharpness: float) -> None:
        self._pixels = picture.pixels  # the image reads them where they are
        self._image = QImage(
            self._pixels, picture.width, picture.height, picture.stride, QImage.Format.Format_RGB32
        )
        self.resize(QSize(round(picture.width / sharpness), round(picture.height / sharpness)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        seen = event.rect()
        ratio = self._image.width() / max(self.width(), 1)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        source = QRect(
            round(seen.x() * ratio), round(seen.y() * ratio), round(seen.width() * ratio), round(seen.height() * ratio)
        )
        painter.drawImage(seen, self._image, source)
        painter.end()
