"""The table of work: what, how many, until when, and the gesture that starts it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyleOptionViewItem, QWidget

from backoffice.home.work import WorkKey
from ui.presenting import Severity
from ui.screens.home.presenter import WorkLine
from ui.theme.fonts import font
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme, ThemeName
from ui.widgets.table.columns import Column, Kind, Mark
from ui.widgets.table.delegate import Look, RowDelegate
from ui.widgets.table.model import Index
from ui.widgets.table.view import Table

_WHAT, _COUNT, _DETAIL, _DEADLINE, _START = range(5)
_ICONS = {
    WorkKey.OPEN_MONTH: "receipt",
    WorkKey.WITHOUT_PAYER: "user",
    WorkKey.WITHOUT_QUOTIENT: "calculator",
    WorkKey.ENDING_QUOTIENTS: "calendar-days",
    WorkKey.MISSING_DEPARTURES: "log-out",
    WorkKey.CLOCKS_TO_CHECK: "clock",
    WorkKey.OVERDUE: "euro",
    WorkKey.CARRIED: "history",
    WorkKey.LINKS_WAITING: "link",
    WorkKey.LINKS_ANSWERED: "link",
    WorkKey.PROVISIONAL: "hourglass",
    WorkKey.DOCUMENTS: "inbox",
    WorkKey.ARRIVALS: "mail",
    WorkKey.LETTERS: "mail",
}
_URGENT = {Severity.DANGER: Mark("triangle-alert", "danger"), Severity.WARNING: Mark("clock", "warning")}
_START_WORDS = "Commencer"
_KEY = "Entrée"
_FRAME = 2  # around every table, as the style sheet draws it
_WIDE = 960  # logical pixels: narrower, the detail goes under the words of its line
_LEAST_WORDS = 200  # logical pixels, for what is to do

COLUMNS: Sequence[Column[WorkLine]] = (
    Column("À faire, par échéance", lambda line: line.label, width=34, strong=True,
           mark=lambda line: Mark(_ICONS[line.key], "text_secondary"),
           tip=lambda line: f"{line.label} : {line.count}, {line.detail}"),
    Column("À traiter", lambda line: line.count, Kind.NUMBER, width=10, strong=True),
    Column("Détail", lambda line: line.detail, width=40,
           mark=lambda line: Mark("circle-alert", "danger") if line.blocking else None),
    Column("Échéance", lambda line: line.deadline, Kind.STATE, width=25,
           mark=lambda line: _URGENT[line.urgency] if line.urgency else None,
           tip=lambda line: line.deadline_tip),
    Column("", lambda _line: _START_WORDS, width=20, tip=lambda line: f"Commencer : {line.label} ({_KEY})"),
)


class WorkTable(Table[WorkLine]):
    """As high as its lines. Enter, a double click or a click on « Commencer » starts a line."""

    started = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._theme = theme
        self._two_lines = False
        super().__init__("Travail à faire, par échéance", COLUMNS, theme, parent)
        self.setSortingEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._painter = _WorkDelegate(theme, self)
        self.setItemDelegate(self._painter)
        header = self.horizontalHeader()
        header.setSectionsMovable(False)
        header.setSectionsClickable(False)
        header.setStretchLastSection(False)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        for section in range(len(COLUMNS)):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.Fixed)
        self.activated_row.connect(self.started)
        self._fit()

    def show_lines(self, lines: Sequence[WorkLine]) -> None:
        """Show the work, keeping the line under the keyboard."""
        self.set_rows(lines)
        self._fit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's own name
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == _START and event.button() == Qt.MouseButton.LeftButton:
            self.started.emit(self.table_model.row(index.row()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(super().sizeHint().width(), self._height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(super().minimumSizeHint().width(), self._height())

    def _height(self) -> int:
        rows = max(self.table_model.rowCount(), 1) * self.verticalHeader().defaultSectionSize()
        return rows + self.horizontalHeader().sizeHint().height() + 2 * _FRAME

    def _fit(self) -> None:
        """Give the room to the words; on a narrow page the detail goes under them."""
        theme, header = self._theme, self.horizontalHeader()
        narrow = self.viewport().width() < theme.px(_WIDE)
        self._painter.two_lines = narrow
        header.setSectionHidden(_DETAIL, narrow)
        for section in (_WHAT, _DETAIL):
            stretched = (section == _WHAT) is narrow
            mode = QHeaderView.ResizeMode.Stretch if stretched else QHeaderView.ResizeMode.Fixed
            header.setSectionResizeMode(section, mode)
        metrics = QFontMetrics(font(theme, "body_strong"))
        beside = theme.size("icon", "default") + theme.px(24)
        words = [(line.label, line.deadline) for line in self.table_model.rows_seen()]
        longest = max((metrics.horizontalAdvance(label) for label, _ in words), default=0)
        if not narrow:
            header.resizeSection(_WHAT, max(longest + beside + theme.px(12), theme.px(260)))
        deadline = max([metrics.horizontalAdvance(text) for _, text in words] + [theme.px(100)])
        header.resizeSection(_COUNT, metrics.horizontalAdvance(COLUMNS[_COUNT].title) + theme.px(20))
        header.resizeSection(_DEADLINE, deadline + beside + theme.px(8))
        start = self._painter.button_width(with_key=not narrow) + theme.px(16)
        taken = header.sectionSize(_COUNT) + header.sectionSize(_DEADLINE) + start
        # On the narrowest page the words come before the button: Enter and a double click start the line too.
        header.setSectionHidden(_START, narrow and self.viewport().width() - taken < theme.px(_LEAST_WORDS))
        header.resizeSection(_START, start)
        room = header.sectionSize(_WHAT) - beside
        height = self._tallest(room) if narrow else theme.size("row_height", "table_home")
        self.verticalHeader().setDefaultSectionSize(height)
        self.setFixedHeight(self._height())

    def _tallest(self, room: int) -> int:
        """The height of a line whose detail stands under its words, on as many lines as the longest asks for."""
        metrics = QFontMetrics(font(self._theme, "body"))
        words = QRect(0, 0, max(room, 1), 10_000)
        heights = [
            metrics.boundingRect(words, Qt.TextFlag.TextWordWrap, line.detail).height()
            for line in self.table_model.rows_seen()
        ]
        return max([*heights, metrics.height()]) + metrics.height() + self._theme.px(12)


class _WorkDelegate(RowDelegate):
    """Secondary detail, coloured deadline, and the button of the line under the keyboard."""

    two_lines = False

    def __init__(self, theme: Theme, table: QWidget) -> None:
        super().__init__(theme, table)
        self._table = table

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._bold, self._body, self._small = (font(theme, step) for step in ("body_strong", "body", "caption"))
        self._quiet = self.make_look("body", "text_secondary")
        self._urgent = {severity: self.make_look("body_strong", severity.value) for severity in _URGENT}

    def button_width(self, *, with_key: bool) -> int:
        width = QFontMetrics(self._bold).horizontalAdvance(_START_WORDS) + self.theme.px(24)
        return width + (self._key_width() + self.theme.px(8) if with_key else 0)

    def look_of(self, column: Column[Any], row: Any) -> Look:
        if column is COLUMNS[_DEADLINE]:
            return self._urgent.get(row.urgency, self._quiet)
        return self._quiet if column is COLUMNS[_DETAIL] else super().look_of(column, row)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if index.column() == _START:
            self.paint_ground(painter, option)
            self._paint_start(painter, option)
        elif index.column() == _WHAT and self.two_lines:
            self.paint_ground(painter, option)
            self._paint_two_lines(painter, option, self._line_at(index))
        else:
            super().paint(painter, option, index)

    def _paint_start(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        """A button on the line under the keyboard, a link on the others."""
        # Enter only starts this line while the table has the keyboard.
        theme, selected = self.theme, self._is_selected(option) and self._table.hasFocus()
        height = theme.px(28)
        width = self.button_width(with_key=selected and not self.two_lines)
        room = option.rect.adjusted(0, 0, -theme.px(8), -1)
        box = QRect(room.right() - width + 1, room.center().y() - height // 2 + 1, width, height)
        painter.save()
        painter.setFont(self._bold)
        words = box.adjusted(theme.px(12), 0, -theme.px(12), 0)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        middle = Qt.AlignmentFlag.AlignVCenter
        if selected:
            # In high contrast the row itself has the accent colour: the button turns over once more.
            high = theme.name is ThemeName.HIGH_CONTRAST
            text = QColor(theme.colour("accent" if high else "accent_text"))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.colour("accent_text" if high else "accent")))
            painter.drawRoundedRect(box, theme.line("control"), theme.line("control"))
            painter.setPen(text)
            painter.drawText(words, left | middle, _START_WORDS)
            if not self.two_lines:
                self._paint_key(painter, box, text)
        else:
            shade = theme.on_selected("link") if self._is_selected(option) else theme.colour("link")
            painter.setPen(QColor(shade))
            painter.drawText(words, right | middle, _START_WORDS)
        painter.restore()

    def _paint_key(self, painter: QPainter, box: QRect, colour: QColor) -> None:
        width, height = self._key_width(), self.theme.px(18)
        key = QRect(box.right() - width - self.theme.px(8) + 1, box.center().y() - height // 2 + 1, width, height)
        painter.setPen(colour)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(key, self.theme.line("key"), self.theme.line("key"))
        painter.setFont(self._small)
        painter.drawText(key, Qt.AlignmentFlag.AlignCenter, _KEY)

    def _paint_two_lines(self, painter: QPainter, option: QStyleOptionViewItem, line: WorkLine) -> None:
        theme, selected = self.theme, self._is_selected(option)
        colour = theme.on_selected if selected else theme.colour
        size, gap = theme.size("icon", "default"), theme.px(8)
        rect = option.rect.adjusted(gap, 0, -gap, -1)
        painter.save()
        picture = pixmap(_ICONS[line.key], colour("text_secondary"), size)
        painter.drawPixmap(rect.left(), rect.center().y() - size // 2, picture)
        strong = QFontMetrics(self._bold)
        words = rect.adjusted(size + gap, theme.px(6), 0, -theme.px(6))
        label = strong.elidedText(line.label, Qt.TextElideMode.ElideRight, words.width())
        painter.setFont(self._bold)
        painter.setPen(QColor(colour("text")))
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, label)
        painter.setFont(self._body)
        painter.setPen(QColor(colour("danger" if line.blocking else "text_secondary")))
        wrapped = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        painter.drawText(words.adjusted(0, strong.height(), 0, 0), wrapped, line.detail)
        painter.restore()

    def _key_width(self) -> int:
        return QFontMetrics(self._small).horizontalAdvance(_KEY) + self.theme.px(12)

    @staticmethod
    def _is_selected(option: QStyleOptionViewItem) -> bool:
        return bool(option.state & QStyle.StateFlag.State_Selected)

    @staticmethod
    def _line_at(index: Index | QModelIndex) -> WorkLine:
        model = index.model()
        line: WorkLine = model.row(index.row())  # type: ignore[attr-defined]
        return line
