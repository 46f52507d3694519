"""Ctrl+K: one word finds a family, a child, a phone or an invoice, and Enter opens it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout

from backoffice.kernel.progress import Progress
from ui.presenting import Place, Runner, banner_for
from ui.theme.icons import icon
from ui.theme.tokens import Theme

if TYPE_CHECKING:
    from backoffice.families.queries import LinkPlace
    from backoffice.kernel.application import Application
    from backoffice.search.queries import Hit

# By HitKind; the field is on screen before the wing that finds is loaded.
ICONS: Mapping[str, str] = {
    "family": "house",
    "adult": "user",
    "child": "baby",
    "contact": "users",
    "invoice": "receipt",
}
_SHOWN = 10
_LEAVING = {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.MouseFocusReason}
_INVITATION, _ITS_KEY = "Nom, téléphone, facture…", "   Ctrl+K"
_AROUND = 64  # logical pixels: the sign, the margins


def place_of(hit: Hit) -> Place:
    """The page that shows a hit."""
    if hit.kind == "invoice":
        return Place("invoices", {"invoice": str(hit.id)})
    return Place("family", {"id": str(hit.family_id)})


def _found(app: Application, text: str, _progress: Progress) -> Sequence[Hit]:
    from backoffice.search.queries import Search

    return app.ask(Search(text, _SHOWN))


def _places(app: Application, _progress: Progress) -> Sequence[LinkPlace]:
    from backoffice.families.queries import LinkPlaces

    return app.ask(LinkPlaces())


class SearchBox(QLineEdit):
    """The field of the top bar and its answers below. What is typed before `serve` is looked for then.

    `given_up`: the keyboard goes back where it was.
    """

    given_up = Signal()

    def __init__(self, theme: Theme, run: Runner, go: Callable[[Place], None]) -> None:
        super().__init__()
        self._theme = theme
        self._app: Application | None = None
        self._run = run
        self._go = go
        self._hits: Sequence[Hit] = ()
        self._answered = True  # the list is about the words in the field
        self._open_when_answered = False
        self._left = False
        self.setPlaceholderText(_INVITATION)
        self.setAccessibleName("Recherche universelle")
        self.setClearButtonEnabled(True)
        self.addAction(
            icon("search", theme.colour("text_muted"), theme.size("icon", "default")),
            QLineEdit.ActionPosition.LeadingPosition,
        )
        self._popup = QFrame(self, Qt.WindowType.Popup | Qt.WindowType.NoDropShadowWindowHint)
        self._popup.setProperty("kind", "panel")
        self._popup.setFocusProxy(self)
        layout = QVBoxLayout(self._popup)
        layout.setContentsMargins(4, 4, 4, 4)
        self._list = QListWidget()
        self._list.setAccessibleName("Résultats de la recherche")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemClicked.connect(lambda item: self._open(self._list.row(item)))
        layout.addWidget(self._list)
        self._popup.installEventFilter(self)
        self.textEdited.connect(self._look)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        """Where there is little room, the key goes first."""
        super().resizeEvent(event)
        whole = _INVITATION + _ITS_KEY
        room = event.size().width() - self._theme.px(_AROUND)
        self.setPlaceholderText(whole if self.fontMetrics().horizontalAdvance(whole) <= room else _INVITATION)

    def serve(self, app: Application) -> None:
        """The town is open."""
        self._app = app
        if self.text():
            self._look(self.text())

    def wake(self) -> None:
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def _look(self, text: str) -> None:
        self._answered = self._open_when_answered = self._left = False
        if not text.strip():
            self._popup.hide()
        elif self._app is not None:
            self._run.read(partial(_found, self._app, text), self._show, self._fail, topic="search")

    def _show(self, hits: Sequence[Hit]) -> None:
        if not self._awaited:
            return
        self._show_list(hits, "Aucun résultat.")
        self._answered = True
        if self._open_when_answered:
            self._open(0)
        if not hits and self._app is not None and self._app.actor.may("families.link"):
            self._run.read(
                partial(_places, self._app),
                self._offer_elsewhere,
                lambda _error: None,  # a help, not a duty: the page of links says what fails
                topic="places",
            )

    def _offer_elsewhere(self, places: Sequence[LinkPlace]) -> None:
        """Nobody here: perhaps another service of a shared database knows them."""
        if places and not self._hits and self._popup.isVisible() and self._list.count() == 1:
            elsewhere = QListWidgetItem("Connu d'un autre service ? Demander le rattachement…")
            size = self._theme.size("icon", "default")
            elsewhere.setIcon(icon("link", self._theme.colour("text_secondary"), size))
            self._list.addItem(elsewhere)
            self._list.setCurrentRow(1)
            self._fit(2)

    def leave(self) -> None:
        """The agent went elsewhere: an answer that comes now does not take the keyboard back."""
        self._left = True

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's own name
        if event.reason() in _LEAVING:
            self.leave()
        super().focusOutEvent(event)

    @property
    def _awaited(self) -> bool:
        return bool(self.text().strip()) and not self._left

    def _show_list(self, hits: Sequence[Hit], otherwise: str) -> None:
        self._hits = hits
        self._list.clear()
        for hit in hits:
            item = QListWidgetItem(f"{hit.title}   {hit.detail}")
            size = self._theme.size("icon", "default")
            item.setIcon(icon(ICONS[hit.kind], self._theme.colour("text_secondary"), size))
            self._list.addItem(item)
        if not hits:
            nothing = QListWidgetItem(otherwise)
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(nothing)
        else:
            self._list.setCurrentRow(0)
        self._fit(max(len(hits), 1))
        self._popup.move(self.mapToGlobal(QPoint(0, self.height() + 2)))
        if not self._popup.isVisible():
            self._popup.show()
        self.setFocus()

    def _fit(self, lines: int) -> None:
        row = self._theme.size("row_height", "table")
        for line in range(self._list.count()):
            self._list.item(line).setSizeHint(QSize(1, row))  # as wide as the list: what is longer is elided
        self._popup.resize(max(self.width(), self._theme.px(480)), row * lines + self._theme.px(16))

    def _fail(self, error: Exception) -> None:
        banner = banner_for(error)
        if banner is not None and self._awaited:
            self._show_list((), banner.text)

    def _open(self, line: int) -> None:
        if not self._hits and line == 1:  # nobody was found here: the line below asks elsewhere
            text = self.text().strip()
            self._popup.hide()
            self.clear()
            self._go(Place("links", {"text": text}))
        elif 0 <= line < len(self._hits):
            self._popup.hide()
            self.clear()
            self._go(place_of(self._hits[line]))
            self.given_up.emit()

    def _enter(self) -> None:
        # Keys are faster than answers: the list may still be about the letters before.
        if self._answered and self._popup.isVisible():
            self._open(self._list.currentRow())
        else:
            self._open_when_answered = not self._answered

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's own name
        # A popup takes the keyboard: what is typed goes on to the field.
        if watched is self._popup and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            self.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = event.key()
        if key in {Qt.Key.Key_Down, Qt.Key.Key_Up} and self._popup.isVisible():
            step = 1 if key == Qt.Key.Key_Down else -1
            self._list.setCurrentRow((self._list.currentRow() + step) % max(self._list.count(), 1))
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._enter()
        elif key == Qt.Key.Key_Escape:
            self._popup.hide()
            self.clear()
            self.given_up.emit()
        else:
            super().keyPressEvent(event)
