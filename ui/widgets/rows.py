"""Rows of a form that come and go: the brackets of a tariff."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from ui.forms import Entry, FieldSpec, is_asked
from ui.theme.tokens import Theme
from ui.widgets.basics import button, clear, label, restyle
from ui.widgets.entries import make_entry


class RowsEntry(QFrame):
    """The same few fields several times: brackets of a tariff. Each row can go; one more is a key away."""

    changed = Signal()
    rearranged = Signal()  # rows came or went

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

    def show_error(self, text: str, place: str = "") -> None:
        """Say what is wrong with the rows, or at a place in them (« 0/price »); no text takes everything away."""
        if not text:
            for row in self._entries:
                for entry, _read in row.values():
                    self._mark(entry, "")
        entry_there = self._entry_at(place)
        if entry_there is not None:
            self._mark(entry_there, text)
            text = f"Ligne {int(place.partition('/')[0]) + 1} : {text}"
        self._error.setText(f"▲ {text}" if text else "")
        self._error.setVisible(bool(text))

    def entry_to_type(self, place: str = "") -> QWidget | None:
        """The entry at a place, else the first."""
        first = next((entry for row in self._entries for entry, _read in row.values()), None)
        return self._entry_at(place) or first

    def _entry_at(self, place: str) -> QWidget | None:
        index, _, key = place.partition("/")
        row = self._entries[int(index)] if index.isdecimal() and int(index) < len(self._entries) else {}
        return row[key][0] if key in row else None

    @staticmethod
    def _mark(entry: QWidget, text: str) -> None:
        entry.setProperty("state", "error" if text else "")
        entry.setAccessibleDescription(text)
        restyle(entry)

    def _fill(self, rows: Sequence[Mapping[str, str]]) -> None:
        clear(self._grid)
        self._entries = []
        if rows:
            for column, spec in enumerate(self._spec.columns):
                self._grid.addWidget(label("" if spec.entry is Entry.FLAG else spec.words, "caption"), 0, column)
        for index, row in enumerate(rows):
            made: dict[str, tuple[QWidget, Callable[[], str]]] = {}
            for column, spec in enumerate(self._spec.columns):
                own = replace(spec, value=row.get(spec.key, spec.value))
                entry, read = make_entry(self._theme, own, self.changed.emit)
                entry.setAccessibleName(f"{spec.words}, ligne {index + 1}")
                self._grid.addWidget(entry, index + 1, column, Qt.AlignmentFlag.AlignVCenter)
                made[spec.key] = (entry, read)
            if len(rows) > self._spec.least:
                remove = button("", partial(self._remove, index), self._theme, kind="link",
                                icon_name="x")
                remove.setAccessibleName(f"Retirer la ligne {index + 1}")
                remove.setToolTip(f"Retirer la ligne {index + 1}")
                self._grid.addWidget(remove, index + 1, len(self._spec.columns))
            self._entries.append(made)
        self._ask_what_applies()

    def _ask_what_applies(self) -> None:
        for row in self._entries:
            values = {key: read() for key, (_entry, read) in row.items()}
            for spec in self._spec.columns:
                if spec.only_if[0]:
                    row[spec.key][0].setVisible(is_asked(spec, values))

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
        self.rearranged.emit()
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
        self.rearranged.emit()
        self.changed.emit()
