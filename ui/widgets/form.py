"""A form built from its description: labelled entries, rows that come and go, errors beside what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ui.forms import Entry, FieldSpec, is_asked
from ui.theme.tokens import Theme
from ui.widgets.basics import Field, clear, label
from ui.widgets.entries import make_entry, width_of, write_entry
from ui.widgets.rows import RowsEntry
from ui.widgets.scrolled import bring_to_sight

_NO_FOCUS = Qt.FocusPolicy.NoFocus


class Form(QWidget):
    """Shows fields, answers what was typed by key.

    `changed` follows every keystroke, `typed` tells it by field, `typed_rows` with all the rows of a field, `left` that
    the keyboard leaves a field, `entered` that Enter was pressed in one, `rearranged` that fields came or went: whoever
    holds the form then puts Tab in order.
    """

    changed = Signal()
    typed = Signal(str, str)
    typed_rows = Signal(str, object)
    left = Signal(str)
    entered = Signal()
    rearranged = Signal()

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
            if spec.only_if[0]:
                self._conditional.append((spec, field))
            if spec.heading:
                self._layout.addWidget(label(spec.heading, "strong"))
            if not spec.beside or line is None:
                line = QHBoxLayout()
                line.setSpacing(self._theme.px(12))
                self._layout.addLayout(line)
            last = not (position + 1 < len(specs) and specs[position + 1].beside)
            # The last field of a line takes what is left: its error and its hint have room to be read.
            line.addWidget(field, 1 if last or not width_of(spec) else 0, Qt.AlignmentFlag.AlignTop)
        self._layout.addStretch(1)
        self._ask_what_applies()
        self.rearranged.emit()

    def _ask_what_applies(self) -> None:
        values = self.values() if self._conditional else {}
        for spec, field in self._conditional:
            field.setVisible(is_asked(spec, values))

    def values(self) -> dict[str, str]:
        found = {key: read() for key, read in self._read.items()}
        for rows in self._rows.values():
            found |= rows.values()
        return found

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Say what is wrong beside each field, while the keyboard stays where it is."""
        for key in (*self._errors, *errors):
            self.show_error(key, errors.get(key, ""))

    def entry(self, key: str) -> QWidget:
        """The widget where this is typed."""
        return self._entries[key]

    def show_error(self, key: str, text: str) -> None:
        """Say what is wrong beside one field, or in one row of it; an empty text takes it away."""
        field, _, place = key.partition("/")
        if place and field in self._rows:
            self._rows[field].show_error(text, place)
        elif key in self._errors:
            self._errors[key](text)

    def set_value(self, key: str, text: str) -> None:
        """Write in a field, as if it had been typed so."""
        if key in self._entries:
            write_entry(self._entries[key], text)

    def held(self) -> str:
        """The field that has the keyboard; empty when none has."""
        return next((key for key, entry in self._entries.items() if entry.hasFocus()), "")

    def focus_first(self) -> None:
        """Put the keyboard on the first field that takes it."""
        first = next((key for key, entry in self._entries.items() if entry.focusPolicy() != _NO_FOCUS), "")
        self.focus_on(first)

    def focus_on(self, key: str) -> None:
        """Put the keyboard on a field and bring it to sight, its text selected."""
        field, _, place = key.partition("/")
        rows = self._rows.get(field)
        entry = rows.entry_to_type(place) if rows is not None else self._entries.get(key)
        if entry is not None:
            entry.setFocus(Qt.FocusReason.OtherFocusReason)
            if isinstance(entry, QLineEdit):
                entry.selectAll()
            bring_to_sight(entry.parentWidget() or entry)  # with what is said under it

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

    def _tell_rows(self, key: str) -> None:
        self.changed.emit()
        self.typed_rows.emit(key, self._rows[key].values())

    def _field(self, spec: FieldSpec) -> QWidget:
        if spec.entry is Entry.ROWS:
            rows = RowsEntry(self._theme, spec)
            rows.changed.connect(partial(self._tell_rows, spec.key))
            rows.rearranged.connect(self.rearranged)
            self._rows[spec.key] = rows
            self._errors[spec.key] = rows.show_error
            return rows
        entry, read = make_entry(self._theme, spec, lambda: self._tell(spec.key))
        entry.setProperty("key", spec.key)
        entry.installEventFilter(self)
        if isinstance(entry, QLineEdit):
            entry.returnPressed.connect(self.entered)
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
