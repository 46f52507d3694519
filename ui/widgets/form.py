"""A form built from its description: labelled entries, rows that come and go, errors beside what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from backoffice.catalog.rules import WEEKDAYS
from ui.forms import YES, Entry, FieldSpec, is_asked
from ui.theme.tokens import Theme
from ui.widgets.basics import Field, button, clear, label, restyle

_PLACEHOLDERS = {Entry.DAY: "jj/mm/aaaa", Entry.TIME: "8:30"}
_WIDTHS = {Entry.DAY: 12, Entry.TIME: 8, Entry.MONEY: 12, Entry.NUMBER: 10}
_RIGHT = {Entry.MONEY, Entry.NUMBER}


class Form(QWidget):
    """Shows fields, answers what was typed by key.

    `changed` follows every keystroke, `typed` tells it by field, `left` that the keyboard leaves a field.
    """

    changed = Signal()
    typed = Signal(str, str)
    left = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.px(12))
        self._read: dict[str, Callable[[], str]] = {}
        self._errors: dict[str, Callable[[str], None]] = {}
        self._entries: dict[str, QWidget] = {}
        self._rows: dict[str, RowsEntry] = {}
        self._conditional: list[tuple[FieldSpec, QWidget]] = []
        self.changed.connect(self._ask_what_applies)

    def show_fields(self, specs: Sequence[FieldSpec]) -> None:
        """Ask for other things."""
        clear(self._layout)
        self._read, self._errors, self._entries, self._rows = {}, {}, {}, {}
        self._conditional = []
        line: QHBoxLayout | None = None
        for position, spec in enumerate(specs):
            field = self._field(spec)
            if spec.heading:
                self._layout.addWidget(label(spec.heading, "strong"))
            if not spec.beside or line is None:
                line = QHBoxLayout()
                line.setSpacing(self._theme.px(12))
                self._layout.addLayout(line)
            last = not (position + 1 < len(specs) and specs[position + 1].beside)
            # The last field of a line takes what is left: its error and its hint have room to be read.
            line.addWidget(field, 1 if last or not _width(spec) else 0, Qt.AlignmentFlag.AlignTop)
        self._layout.addStretch(1)
        self._ask_what_applies()

    def _ask_what_applies(self) -> None:
        values = self.values() if self._conditional else {}
        for spec, field in self._conditional:
            field.setVisible(is_asked(spec, values))

    def values(self) -> dict[str, str]:
        found = {key: read() for key, read in self._read.items()}
        for rows in self._rows.values():
            found |= rows.values()
        return found

    def show_errors(self, errors: Mapping[str, str], *, move: bool = True) -> None:
        """Say what is wrong beside each field; `move` puts the keyboard on the first."""
        for key, show in self._errors.items():
            show(errors.get(key, ""))
        for rows in self._rows.values():
            rows.show_errors(errors)
        if not move:
            return
        first = next((entry for key, entry in self._entries.items() if key in errors), None)
        if first is None:
            first = next((entry for rows in self._rows.values() if (entry := rows.first_of(errors))), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_first(self) -> None:
        for entry in self._entries.values():
            if entry.focusPolicy() != Qt.FocusPolicy.NoFocus:
                entry.setFocus(Qt.FocusReason.OtherFocusReason)
                if isinstance(entry, QLineEdit):
                    entry.selectAll()
                return

    def entry(self, key: str) -> QWidget:
        """The widget where this is typed."""
        return self._entries[key]

    def show_error(self, key: str, text: str) -> None:
        """Say what is wrong beside one field; an empty text takes it away."""
        if key in self._errors:
            self._errors[key](text)

    def set_value(self, key: str, text: str) -> None:
        """Write in a field, as if it had been typed so."""
        if key in self._entries:
            write_entry(self._entries[key], text)

    def focus_on(self, key: str) -> None:
        """Put the keyboard on a field, its text selected."""
        entry = self._entries.get(key)
        if entry is not None:
            entry.setFocus(Qt.FocusReason.OtherFocusReason)
            if isinstance(entry, QLineEdit):
                entry.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's own name
        if event.type() == QEvent.Type.FocusOut:
            reason = event.reason() if isinstance(event, QFocusEvent) else None
            if reason not in {Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason}:
                self.left.emit(str(watched.property("key")))
        elif event.type() == QEvent.Type.Wheel and isinstance(watched, QComboBox) and not watched.hasFocus():
            event.ignore()  # the wheel scrolls the form: it must not change a choice on its way
            return True
        return super().eventFilter(watched, event)

    def _tell(self, key: str) -> None:
        self.changed.emit()
        if key in self._read:
            self.typed.emit(key, self._read[key]())

    def _field(self, spec: FieldSpec) -> QWidget:
        if spec.entry is Entry.ROWS:
            rows = RowsEntry(self._theme, spec)
            rows.changed.connect(self.changed)
            self._rows[spec.key] = rows
            self._errors[spec.key] = rows.show_error
            return rows
        entry, read = make_entry(self._theme, spec, lambda: self._tell(spec.key))
        entry.setProperty("key", spec.key)
        entry.installEventFilter(self)
        self._read[spec.key] = read
        self._entries[spec.key] = entry
        if spec.entry is Entry.FLAG:
            entry.setAccessibleName(spec.words)
            self._errors[spec.key] = lambda _text: None
            return entry
        field = Field(self._theme, spec.title, entry, required=spec.required and not spec.locked,
                      hint=spec.locked or spec.hint)
        self._errors[spec.key] = field.show_error
        return field


def _width(spec: FieldSpec) -> int:
    return spec.width or _WIDTHS.get(spec.entry, 0)


def make_entry(theme: Theme, spec: FieldSpec, changed: Callable[[], object]) -> tuple[QWidget, Callable[[], str]]:
    """The widget of one field, and how to read it."""
    if spec.entry in {Entry.LONG, Entry.LINES}:
        return _paragraph(theme, spec, changed)
    if spec.entry is Entry.CHOICE:
        return _choice(spec, changed)
    if spec.entry is Entry.SUGGEST:
        return _suggestions(spec, changed)
    if spec.entry is Entry.FLAG:
        box = QCheckBox(spec.title)
        box.setChecked(spec.value == YES)
        box.toggled.connect(lambda _on: changed())
        return box, lambda: YES if box.isChecked() else ""
    if spec.entry is Entry.WEEKDAYS:
        days = WeekdaysEntry(theme, spec.value)
        days.changed.connect(changed)
        return days, days.value
    line = QLineEdit(spec.value)
    line.setPlaceholderText(spec.placeholder or _PLACEHOLDERS.get(spec.entry, ""))
    line.setReadOnly(bool(spec.locked))
    line.setAccessibleName(spec.words)
    if spec.entry in _RIGHT:
        line.setAlignment(Qt.AlignmentFlag.AlignRight)
    width = _width(spec)
    if width:
        letter = QFontMetrics(line.font()).averageCharWidth()
        line.setFixedWidth(letter * width + theme.px(28))
    line.textChanged.connect(lambda _text: changed())
    return line, line.text


def _paragraph(theme: Theme, spec: FieldSpec, changed: Callable[[], object]) -> tuple[QWidget, Callable[[], str]]:
    text = QPlainTextEdit(spec.value)
    text.setTabChangesFocus(True)
    text.setPlaceholderText(spec.placeholder)
    lines = min(max(spec.value.count("\n") + 2, 3), 8) if spec.entry is Entry.LINES else 5
    text.setFixedHeight(QFontMetrics(text.font()).lineSpacing() * lines + theme.px(16))
    text.textChanged.connect(lambda: changed())  # noqa: PLW0108 - one way of calling for every entry
    return text, text.toPlainText


def _choice(spec: FieldSpec, changed: Callable[[], object]) -> tuple[QWidget, Callable[[], str]]:
    box = QComboBox()
    for value, words in spec.options:
        box.addItem(words, value)
    box.setCurrentIndex(max(box.findData(spec.value), 0))
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(spec.width or 12)
    box.setEnabled(not spec.locked)
    box.currentIndexChanged.connect(lambda _index: changed())
    return box, lambda: str(box.currentData())


def _suggestions(spec: FieldSpec, changed: Callable[[], object]) -> tuple[QWidget, Callable[[], str]]:
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    for value, _words in spec.options:
        box.addItem(value)
    box.setCurrentText(spec.value)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(spec.width or 12)
    box.currentTextChanged.connect(lambda _text: changed())
    return box, box.currentText


def write_entry(entry: QWidget, text: str) -> None:
    """Put a value in what `make_entry` made."""
    if isinstance(entry, QLineEdit):
        entry.setText(text)
    elif isinstance(entry, QPlainTextEdit):
        entry.setPlainText(text)
    elif isinstance(entry, QCheckBox):
        entry.setChecked(text == YES)
    elif isinstance(entry, QComboBox) and entry.isEditable():
        entry.setCurrentText(text)
    elif isinstance(entry, QComboBox):
        entry.setCurrentIndex(max(entry.findData(text), 0))


class WeekdaysEntry(QWidget):
    """Seven days that stay pressed."""

    changed = Signal()

    def __init__(self, theme: Theme, value: str) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(4))
        self._days: list[QPushButton] = []
        for number, name in enumerate(WEEKDAYS):
            day = QPushButton(f"{name[:2].capitalize()}.")
            day.setAccessibleName(name)
            day.setToolTip(name)
            day.setCheckable(True)
            day.setChecked(str(number) in value)
            day.setProperty("kind", "chip")
            day.toggled.connect(lambda _on: self.changed.emit())
            layout.addWidget(day)
            self._days.append(day)
        layout.addStretch(1)
        self.setFocusProxy(self._days[0])

    def value(self) -> str:
        return "".join(str(number) for number, day in enumerate(self._days) if day.isChecked())


class RowsEntry(QFrame):
    """The same few fields several times: brackets of a tariff. Each row can go; one more is a key away."""

    changed = Signal()

    def __init__(self, theme: Theme, spec: FieldSpec) -> None:
        super().__init__()
        self._theme = theme
        self._spec = spec
        self.setAccessibleName(spec.words)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.px(12))
        self._grid.setVerticalSpacing(theme.px(4))
        self._grid.setColumnStretch(len(spec.columns) + 1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(4))
        layout.addWidget(label(spec.words, "small"))
        layout.addLayout(self._grid)
        self._error = label(kind="error", wrap=True)
        self._error.hide()
        layout.addWidget(self._error)
        self._more = button(spec.add_words, self._add, theme, kind="link", icon_name="plus")
        foot = QHBoxLayout()
        foot.addWidget(self._more)
        foot.addStretch(1)
        layout.addLayout(foot)
        if spec.hint:
            layout.addWidget(label(spec.hint, "caption", wrap=True))
        self._entries: list[dict[str, tuple[QWidget, Callable[[], str]]]] = []
        self.changed.connect(self._ask_what_applies)
        self._fill(spec.rows)

    def values(self) -> dict[str, str]:
        return {
            f"{self._spec.key}/{index}/{key}": read()
            for index, row in enumerate(self._entries)
            for key, (_entry, read) in row.items()
        }

    def show_error(self, text: str) -> None:
        self._error.setText(f"▲ {text}" if text else "")
        self._error.setVisible(bool(text))

    def show_errors(self, errors: Mapping[str, str]) -> None:
        own = {key: text for key, text in errors.items() if key.startswith(f"{self._spec.key}/")}
        for index, row in enumerate(self._entries):
            for key, (entry, _read) in row.items():
                text = own.get(f"{self._spec.key}/{index}/{key}", "")
                entry.setProperty("state", "error" if text else "")
                entry.setAccessibleDescription(text)
                restyle(entry)
        if own:
            key, text = next(iter(own.items()))
            self.show_error(f"Ligne {int(key.split('/')[1]) + 1} : {text}")

    def first_of(self, errors: Mapping[str, str]) -> QWidget | None:
        for index, row in enumerate(self._entries):
            for key, (entry, _read) in row.items():
                if f"{self._spec.key}/{index}/{key}" in errors:
                    return entry
        return None

    def _fill(self, rows: Sequence[Mapping[str, str]]) -> None:
        clear(self._grid)
        self._entries = []
        if rows:
            for column, spec in enumerate(self._spec.columns):
                self._grid.addWidget(label("" if spec.entry is Entry.FLAG else spec.words, "caption"), 0, column)
        for index, row in enumerate(rows):
            made: dict[str, tuple[QWidget, Callable[[], str]]] = {}
            for column, spec in enumerate(self._spec.columns):
                own = replace(spec, value=row.get(spec.key, ""))
                entry, read = make_entry(self._theme, own, self.changed.emit)
                entry.setAccessibleName(f"{spec.words}, ligne {index + 1}")
                self._grid.addWidget(entry, index + 1, column, Qt.AlignmentFlag.AlignVCenter)
                made[spec.key] = (entry, read)
            if len(rows) > self._spec.least:
                remove = button("", lambda index=index: self._remove(index), self._theme, kind="link",
                                icon_name="x")
                remove.setAccessibleName(f"Retirer la ligne {index + 1}")
                remove.setToolTip(f"Retirer la ligne {index + 1}")
                self._grid.addWidget(remove, index + 1, len(self._spec.columns))
            self._entries.append(made)
        self._order_keyboard()
        self._ask_what_applies()

    def _ask_what_applies(self) -> None:
        for row in self._entries:
            values = {key: read() for key, (_entry, read) in row.items()}
            for spec in self._spec.columns:
                if spec.only_if[0]:
                    row[spec.key][0].setVisible(is_asked(spec, values))

    def _order_keyboard(self) -> None:
        """Rows made again come last in the window's order: put them back where they are read."""
        before = self._more.previousInFocusChain()
        while before is not None and before is not self._more and (
            self.isAncestorOf(before) or before is self or not before.focusPolicy() & Qt.FocusPolicy.TabFocus
        ):
            before = before.previousInFocusChain()
        if before is None or before is self._more or before.window() is not self.window():
            return
        for position, row in enumerate(self._entries):
            gesture = self._grid.itemAtPosition(position + 1, len(self._spec.columns))
            last = [gesture.widget()] if gesture is not None else []
            for entry in [*(entry for entry, _read in row.values()), *last]:
                QWidget.setTabOrder(before, entry)
                before = entry

    def _typed(self) -> list[dict[str, str]]:
        return [{key: read() for key, (_entry, read) in row.items()} for row in self._entries]

    def _add(self) -> None:
        rows = self._typed()
        # The last row holds « and above »: a new one comes before it.
        place = max(len(rows) - 1, 0) if self._spec.least else len(rows)
        rows.insert(place, {})
        self._fill(rows)
        self.show_error("")
        next(iter(self._entries[place].values()))[0].setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _remove(self, index: int) -> None:
        rows = self._typed()
        del rows[index]
        self._fill(rows)
        self.show_error("")
        left = self._entries[min(index, len(rows) - 1)] if rows else {}
        for entry, _read in left.values():
            entry.setFocus(Qt.FocusReason.OtherFocusReason)
            break
        self.changed.emit()
