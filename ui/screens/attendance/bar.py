"""The bar under the table: what is chosen, its state in one key, its times, and why it cannot change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from backoffice.attendance.rules import AttendanceState
from ui.screens.attendance.lines import NOTHING, Selection
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme
from ui.widgets.basics import Field, Panel, button, label, restyle
from ui.widgets.flow import FlowLayout

# Words, the key that does the same from the table, and the icon of each state an agent gives.
GESTURES = (
    (AttendanceState.PRESENT, "Prése&nce", "P", "check"),
    (AttendanceState.ABSENT, "A&bsence", "A", "square-x"),
    (AttendanceState.EXCUSED, "Absence justifié&e", "J", "circle-slash"),
    (AttendanceState.BOOKED, "Réser&vé", "R", "clock"),
)


class SelectionBar(Panel):
    """Tells gestures; keeps what is being typed until it is saved or given up."""

    state_asked = Signal(object)
    times_asked = Signal()
    removal_asked = Signal()
    invoice_asked = Signal(str)
    clock_asked = Signal()
    absence_asked = Signal()
    given_up = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        self.setAccessibleName("Lignes choisies")
        self._theme = theme
        self.selection: Selection = NOTHING
        self.arrived, self.left = QLineEdit(), QLineEdit()
        self._arrived_field = Field(theme, "Arr&ivée", self.arrived)
        self._left_field = Field(theme, "&Départ", self.left)
        for entry in (self.arrived, self.left):
            entry.setPlaceholderText("8h05")
            entry.setMaximumWidth(theme.px(96))
            entry.setMinimumWidth(theme.px(72))
            entry.returnPressed.connect(self.times_asked)
            entry.textEdited.connect(self._refresh_save)
            entry.installEventFilter(self)
        self._title = label(kind="strong")
        self._detail = label(kind="small")
        words = QWidget()
        column = QVBoxLayout(words)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._title)
        column.addWidget(self._detail)
        words.setMinimumWidth(theme.px(230))
        self._clock = button("Historique… (C)", self.clock_asked.emit, theme, kind="link")
        self._clock.setToolTip("Ce qui a été pointé, et le corriger avec sa raison (C, depuis le tableau)")
        self._absence = button("Absence… (M)", self.absence_asked.emit, theme, kind="link")
        self._absence.setToolTip("Motif, jours et justificatif d'une absence (M, depuis le tableau)")
        more = QHBoxLayout()
        more.setSpacing(theme.px(4))
        more.addWidget(self._clock)
        more.addWidget(self._absence)
        more.addStretch(1)
        column.addLayout(more)
        self._save = button("Enre&gistrer les heures", self.times_asked.emit, theme)
        self._remove = button("Reti&rer", self.removal_asked.emit, theme, kind="link")
        self._remove.setToolTip("Retirer du jour (Suppr, depuis le tableau)")
        flow = FlowLayout(theme.px(8), bottom=True)
        flow.addWidget(words)
        self._states: list[QPushButton] = []
        for state, text, key, name in GESTURES:
            found = button(f"{text} ({key})", self._asker(state), theme, icon_name=name)
            found.setToolTip(f"{key}, depuis le tableau")
            self._states.append(found)
            flow.addWidget(found)
        for widget in (self._arrived_field, self._left_field, self._save, self._remove):
            flow.addWidget(widget)
        self._reason = _Reason(theme, self._ask_invoice)
        flow.addWidget(self._reason)
        self._error = label(kind="error", wrap=True)
        self._error.hide()
        self.body.addStretch(1)
        self.body.addLayout(flow)
        self.body.addWidget(self._error)
        self.body.addStretch(1)
        self._gestures = (*self._states, self._arrived_field, self._left_field, self._save, self._remove)
        # As high with its reason as with its fields: the table does not move when the line changes.
        margins = self.body.contentsMargins()
        self.setMinimumHeight(self._arrived_field.sizeHint().height() + margins.top() + margins.bottom())
        self.show_selection(NOTHING)

    # --- what the page asks -----------------------------------------------------------------------------------

    def show_selection(self, selection: Selection) -> None:
        """Show other lines. What is being typed for the same lines stays."""
        typing = self.dirty and selection.ids == self.selection.ids and selection.editable
        self.selection = selection
        self._title.setText(selection.title)
        self._detail.setText(selection.detail)
        self._detail.setVisible(bool(selection.detail))
        self._reason.show_reason(selection.reason, with_invoice=bool(selection.invoice))
        for widget in self._gestures:
            widget.setVisible(selection.editable)
        # Looked at even when it cannot be corrected any more.
        self._clock.setVisible(bool(selection.ids) and not selection.many)
        self._absence.setVisible(selection.editable and not selection.many)
        for entry in (self.arrived, self.left):
            entry.setPlaceholderText("inchangée" if selection.many else "8h05")
        if not typing:
            self.arrived.setText(selection.arrived)
            self.left.setText(selection.left)
            self.show_errors("", "")
        self._refresh_save()

    def show_errors(self, arrived: str, left: str) -> None:
        """Say what is wrong with the times under them, on one line, and put the keyboard there."""
        for entry, text in ((self.arrived, arrived), (self.left, left)):
            entry.setProperty("state", "error" if text else "")
            entry.setAccessibleDescription(text)
            restyle(entry)
        text = arrived if arrived == left else f"{arrived} {left}".strip()
        self._error.setText(f"▲ {text}" if text else "")
        self._error.setVisible(bool(text))
        if arrived or left:
            self._type_in(self.arrived if arrived else self.left)

    @property
    def dirty(self) -> bool:
        """Whether times were typed that are not saved."""
        return self.selection.editable and (
            self.arrived.text().strip() != self.selection.arrived or self.left.text().strip() != self.selection.left
        )

    @property
    def typing_in(self) -> QLineEdit | None:
        return next((entry for entry in (self.arrived, self.left) if entry.hasFocus()), None)

    def edit(self) -> None:
        """F2: type the time that is missing, the arrival first."""
        if self.selection.editable:
            self._type_in(self.left if self.arrived.text() and not self.left.text() else self.arrived)

    def settle(self) -> None:
        """What is typed is being recorded: nothing is left to save."""
        arrived, left = self.arrived.text().strip(), self.left.text().strip()
        self.selection = replace(self.selection, arrived=arrived, left=left)
        self._refresh_save()

    def give_up(self) -> None:
        """Esc: the times as they were."""
        self.arrived.setText(self.selection.arrived)
        self.left.setText(self.selection.left)
        self.show_errors("", "")
        self._refresh_save()
        self.given_up.emit()

    # --- inside -----------------------------------------------------------------------------------------------

    def _asker(self, state: AttendanceState) -> Callable[[], None]:
        return lambda: self.state_asked.emit(state)

    def _ask_invoice(self) -> None:
        self.invoice_asked.emit(self.selection.invoice)

    def _refresh_save(self) -> None:
        self._save.setEnabled(self.dirty)

    @staticmethod
    def _type_in(entry: QLineEdit) -> None:
        entry.setFocus(Qt.FocusReason.OtherFocusReason)
        entry.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's own name
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.give_up()
            return True
        return super().eventFilter(watched, event)


class _Reason(QWidget):
    """Why nothing can be done here, with the invoice one click away."""

    def __init__(self, theme: Theme, see_invoice: Callable[[], None]) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(8))
        lock = QLabel()
        size = theme.size("icon", "default")
        lock.setPixmap(pixmap("lock", theme.colour("text_secondary"), size))
        self._words = label(kind="secondary")
        self._see = button("Voir la fa&cture", see_invoice, theme, kind="link")
        for widget in (lock, self._words, self._see):
            layout.addWidget(widget)

    def show_reason(self, reason: str, *, with_invoice: bool) -> None:
        self._words.setText(reason)
        self._see.setVisible(with_invoice)
        self.setVisible(bool(reason))
