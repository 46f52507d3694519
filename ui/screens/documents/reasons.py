"""Why a piece is rejected: numbered reasons, and the words the family will read, open to change."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from backoffice.documents.starting import RejectReason
from ui.screens.documents.keycap import KeyButton, draw_key, key_width
from ui.theme.tokens import Theme
from ui.widgets.basics import label
from ui.widgets.scrolled import bring_to_sight

_UNSHIFTED = "&é\"'(-è_ç"  # the digits of a French keyboard, without Shift
_TEXT_LINES = 3


class _Numbered(QStyledItemDelegate):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        return QSize(self._theme.px(120), self._theme.size("row_height", "reason_item") + self._theme.px(2))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, rect = self._theme, QRect(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            painter.fillRect(rect, QColor(theme.colour("selected")))
            painter.fillRect(QRect(rect.x(), rect.y(), theme.line("selection_bar"), rect.height()),
                             QColor(theme.colour("accent")))
        colour = QColor(theme.on_selected("text") if chosen else theme.colour("text"))
        key = str(index.row() + 1)
        cap = QRect(rect.x() + theme.px(8), rect.center().y() - theme.px(8), key_width(theme, key), theme.px(18))
        draw_key(painter, theme, cap, key, colour)
        painter.setPen(colour)
        words = rect.adjusted(cap.right() - rect.x() + theme.px(10), 0, -theme.px(4), 0)
        text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()


class _List(QListWidget):
    numbered = Signal(int)
    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's own name
        text = event.text()
        place = int(text) - 1 if text.isdecimal() else _UNSHIFTED.find(text) if text else -1
        if 0 <= place < self.count():
            self.numbered.emit(place)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class _Words(QPlainTextEdit):
    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's own name
        plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if plain and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class RejectPanel(QWidget):
    """`changed`: another reason or other words (`RejectReason`, the words); `rejected` with the same; `given_up`."""

    changed = Signal(object, str)
    rejected = Signal(object, str)
    given_up = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._reasons: Sequence[RejectReason] = ()
        self._own: dict[str, str] = {}  # the words changed for a reason, while the panel is open
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(6))
        layout.addWidget(label("Rejeter : motif, de 1 à 9, puis Entrée", "strong", wrap=True))
        self.list = _List()
        self._painted = _Numbered(theme)
        self.list.setItemDelegate(self._painted)
        self.list.setAccessibleName("Motifs de rejet")
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._row = theme.size("row_height", "reason_item") + theme.px(2)
        layout.addWidget(self.list)
        self.words = _Words()
        self.words.setTabChangesFocus(True)
        self.words.setAccessibleName("Ce que la famille lira")
        self.words.setFixedHeight(self.words.fontMetrics().lineSpacing() * _TEXT_LINES + theme.px(20))
        title = QLabel("Te&xte pour la famille")
        title.setProperty("kind", "small")
        title.setBuddy(self.words)
        layout.addWidget(title)
        layout.addWidget(self.words)
        self.error = label(kind="error", wrap=True)
        self.error.hide()
        layout.addWidget(self.error)
        self.reject = KeyButton(theme, "Re&jeter et suivant", "Entrée", self._reject, icon_name="x", kind="danger")
        self.back = KeyButton(theme, "A&nnuler", "Échap", self.given_up.emit)
        self.bar = QWidget()  # at the foot of the column, always in sight
        foot = QHBoxLayout(self.bar)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(theme.px(8))
        foot.addWidget(self.reject, 1)
        foot.addWidget(self.back)
        self.list.itemSelectionChanged.connect(self._moved)
        self.list.numbered.connect(self.choose)
        self.list.entered.connect(self._reject)
        self.list.itemClicked.connect(lambda _item: self.words.setFocus())
        self.words.entered.connect(self._reject)
        self.words.textChanged.connect(self._typed)

    def begin(self, reasons: Sequence[RejectReason]) -> None:
        """Ask why; nothing is chosen for the agent."""
        self._reasons = reasons
        self._own.clear()
        self.list.blockSignals(True)
        self.list.clear()
        for reason in reasons:
            self.list.addItem(QListWidgetItem(reason.label))
        self.list.clearSelection()
        self.list.blockSignals(False)
        self.list.setFixedHeight(self._row * max(len(reasons), 1) + 2)
        self._write("")
        self.show_error("")
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        bring_to_sight(self.list)

    @property
    def reason(self) -> RejectReason | None:
        # Not the current row: the keyboard that comes in a list goes to its first row, and that chooses nothing.
        chosen = self.list.selectionModel().selectedRows()
        return self._reasons[chosen[0].row()] if chosen else None

    def choose(self, place: int) -> None:
        """By its number: its words can be changed at once."""
        self.list.setCurrentRow(place)
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)
        bring_to_sight(self.words)
        cursor = self.words.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.words.setTextCursor(cursor)

    def show_error(self, text: str) -> None:
        self.error.setText(f"▲ {text}" if text else "")
        self.error.setVisible(bool(text))
        self.words.setAccessibleDescription(text)

    def _moved(self) -> None:
        reason = self.reason
        if reason is not None:
            self._write(self._own.get(reason.code, reason.words))
            self.show_error("")
            self.changed.emit(reason, self.words.toPlainText())

    def _write(self, text: str) -> None:
        self.words.blockSignals(True)
        self.words.setPlainText(text)
        self.words.blockSignals(False)

    def _typed(self) -> None:
        if self.reason is not None:
            self._own[self.reason.code] = self.words.toPlainText()
            self.show_error("")
            self.changed.emit(self.reason, self.words.toPlainText())

    def _reject(self) -> None:
        if self.reason is None:
            self.show_error("Choisissez d'abord un motif : son numéro suffit.")
            self.list.setFocus()
        elif not self.words.toPlainText().strip():
            self.show_error("Écrivez ce que la famille lira : elle doit savoir quoi renvoyer.")
            self.words.setFocus()
        else:
            self.rejected.emit(self.reason, self.words.toPlainText())
