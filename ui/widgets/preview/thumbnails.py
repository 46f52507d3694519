"""The pages of a document, small, beside the page that is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ui.presenting import Runner
from ui.theme.tokens import Theme
from ui.widgets.preview.fetching import Fetcher
from ui.widgets.preview.pages import Fit, PreviewDocument, Room, Shown, Wanted

_WIDTH, _HEIGHT = 48, 68
_Index = QModelIndex | QPersistentModelIndex


class _Pages(QAbstractListModel):
    """One row a page; its picture is asked for when it is first seen."""

    def __init__(self, ask: Callable[[int], None]) -> None:
        super().__init__()
        self._ask = ask
        self._asked: set[int] = set()
        self._pictures: dict[int, QPixmap] = {}
        self.count = 0

    def reset(self, count: int) -> None:
        self.beginResetModel()
        self.count = count
        self._asked.clear()
        self._pictures.clear()
        self.endResetModel()

    def put(self, page: int, picture: QPixmap) -> None:
        self._pictures[page] = picture
        index = self.index(page)
        self.dataChanged.emit(index, index)

    def ask_again(self) -> None:
        self._asked.clear()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's own
        return 0 if parent.isValid() else self.count

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        page = index.row()
        if role == Qt.ItemDataRole.DisplayRole:
            return str(page + 1)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"Page {page + 1} sur {self.count}"
        if role == Qt.ItemDataRole.DecorationRole:
            if page not in self._asked:
                self._asked.add(page)
                self._ask(page)
            return self._pictures.get(page)
        return None


class _Small(QStyledItemDelegate):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:  # noqa: N802
        theme = self._theme
        return QSize(theme.px(_WIDTH) + theme.px(12), theme.px(_HEIGHT) + theme.px(26))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme, rect = self._theme, QRect(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        size = QSize(theme.px(_WIDTH), theme.px(_HEIGHT))
        if isinstance(picture, QPixmap):
            size = picture.deviceIndependentSize().toSize().boundedTo(size)
        place = QRect(rect.center().x() - size.width() // 2, rect.y() + theme.px(4), size.width(), size.height())
        painter.save()
        painter.fillRect(place, QColor("#FFFFFF"))  # paper, in every theme
        if isinstance(picture, QPixmap):
            painter.drawPixmap(place, picture)
        pen = QPen(QColor(theme.colour("accent" if chosen else "border_control")), 3 if chosen else 1)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(place.adjusted(-1, -1, 0, 0))
        painter.setPen(QColor(theme.colour("text" if chosen else "text_secondary")))
        words = QRect(rect.x(), place.bottom() + theme.px(2), rect.width(), theme.px(18))
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, str(index.row() + 1))
        painter.restore()


class Thumbnails(QListView):
    """`chosen`: a page to go to. Seen only when there are several."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, runner: Runner, fetcher: Fetcher) -> None:
        super().__init__()
        self._theme = theme
        self._run = runner
        self._fetcher = fetcher
        self._document: PreviewDocument | None = None
        self._turns: dict[str, int] = {}
        self._waiting: list[int] = []
        self._fetching = False
        self._pages = _Pages(self._ask)
        self.setModel(self._pages)
        self._delegate = _Small(theme)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Pages de la pièce")
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(theme.px(_WIDTH) + theme.px(26))
        self.selectionModel().currentChanged.connect(lambda now, _: self.chosen.emit(now.row()))
        self.hide()

    def show_document(self, document: PreviewDocument | None) -> None:
        self._document = document
        self._turns = {file.key: file.turns for file in document.files} if document is not None else {}
        self._waiting.clear()
        several = document is not None and document.pages > 1
        self.blockSignals(True)
        self._pages.reset(document.pages if several and document is not None else 0)
        self.blockSignals(False)
        self.setVisible(several)

    def show_page(self, page: int) -> None:
        if self.currentIndex().row() != page and page < self._pages.count:
            self.blockSignals(True)
            self.setCurrentIndex(self._pages.index(page))
            self.blockSignals(False)

    def turn(self, key: str, turns: int) -> None:
        """A file was turned: its pages with it."""
        self._turns[key] = turns
        self._pages.ask_again()
        self.viewport().update()

    def _ask(self, page: int) -> None:
        self._waiting.append(page)
        self._fetch_one()

    def _fetch_one(self) -> None:
        """One at a time: they must not keep the threads that the page itself waits for."""
        document = self._document
        if self._fetching or document is None or not self._waiting:
            return
        page = self._waiting.pop(0)
        place, inner = document.at(page)
        file = document.files[place]
        file = replace(file, turns=self._turns[file.key])
        room = Room(self._theme.px(_WIDTH), self._theme.px(_HEIGHT), self.devicePixelRatioF())
        wanted, fetcher = Wanted(file, inner, Fit.PAGE, room), self._fetcher
        self._fetching = True
        self._run.read(
            lambda progress: fetcher.fetch(wanted, progress), partial(self._fetched, document, page), self._missed
        )

    def _missed(self, _error: Exception) -> None:
        """Its frame stays empty: the page itself says why when it is read."""
        self._fetching = False
        self._fetch_one()

    def _fetched(self, document: PreviewDocument, page: int, shown: Shown) -> None:
        self._fetching = False
        if document is self._document:
            image = QImage(shown.pixels, shown.width, shown.height, shown.stride, QImage.Format.Format_RGB32)
            picture = QPixmap.fromImage(image)
            picture.setDevicePixelRatio(shown.wanted.room.sharpness)
            self._pages.put(page, picture)
        self._fetch_one()
