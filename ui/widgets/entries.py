"""The widget of each kind of value a form asks, and how it is read back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from backoffice.catalog.rules import WEEKDAYS
from ui.dialogs import choose_file_to_read
from ui.forms import YES, Entry, FieldSpec
from ui.theme.tokens import Theme

_PLACEHOLDERS = {Entry.DAY: "jj/mm/aaaa", Entry.TIME: "8:30"}
_WIDTHS = {Entry.DAY: 12, Entry.TIME: 8, Entry.MONEY: 12, Entry.NUMBER: 10}
_RIGHT = {Entry.MONEY, Entry.NUMBER}


def width_of(spec: FieldSpec) -> int:
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
    if spec.entry is Entry.FILE:
        file = FileEntry(theme, spec)
        file.changed.connect(changed)
        return file, file.line.text
    line = QLineEdit(spec.value)
    if spec.entry is Entry.PASSWORD:
        line.setEchoMode(QLineEdit.EchoMode.Password)
    line.setPlaceholderText(spec.placeholder or _PLACEHOLDERS.get(spec.entry, ""))
    line.setReadOnly(bool(spec.locked))
    line.setAccessibleName(spec.words)
    if spec.entry in _RIGHT:
        line.setAlignment(Qt.AlignmentFlag.AlignRight)
    width = width_of(spec)
    if width:
        letter = QFontMetrics(line.font()).averageCharWidth()
        line.setFixedWidth(letter * width + theme.px(28))
    line.textChanged.connect(lambda _text: changed())
    return line, line.text


def _paragraph(theme: Theme, spec: FieldSpec, changed: Callable[[], object]) -> tuple[QWidget, Callable[[], str]]:
    text = QPlainTextEdit(spec.value)
    text.setTabChangesFocus(True)
    text.setPlaceholderText(spec.placeholder)
    lines = min(max(spec.value.count("\n") + 2, 3), 8) if spec.entry is Entry.LINES else max(spec.least, 5)
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
    elif isinstance(entry, FileEntry):
        entry.line.setText(text)
    elif isinstance(entry, WeekdaysEntry):
        entry.write(text)


class FileEntry(QWidget):
    """A path that is typed, or chosen among the files of this computer."""

    changed = Signal()

    def __init__(self, theme: Theme, spec: FieldSpec) -> None:
        super().__init__()
        self._title = spec.words
        self._kinds = ";;".join(words for _value, words in spec.options)
        self.line = QLineEdit(spec.value)
        self.line.setPlaceholderText(spec.placeholder)
        self.line.setAccessibleName(spec.words)
        self.line.textChanged.connect(lambda _text: self.changed.emit())
        choose = QPushButton("Choisir…")
        choose.setAccessibleName(f"Choisir : {spec.words}")
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(8))
        layout.addWidget(self.line, 1)
        layout.addWidget(choose)
        self.setFocusProxy(self.line)

    def _choose(self) -> None:
        found = choose_file_to_read(self, self._title, self._kinds)
        if found is not None:
            self.line.setText(str(found))


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

    def write(self, value: str) -> None:
        for number, day in enumerate(self._days):
            day.setChecked(str(number) in value)

    def value(self) -> str:
        return "".join(str(number) for number, day in enumerate(self._days) if day.isChecked())
