"""The panel that puts an unexpected child into the day."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from backoffice.attendance.rules import AttendanceState
from backoffice.families.queries import PersonListRow
from ui.screen import Surroundings
from ui.screens.attendance.adding import SlotChoice
from ui.widgets.basics import Field, button, label
from ui.widgets.side import SidePanel
from ui.widgets.table.columns import Column, Kind
from ui.widgets.table.page import ListPane

_STATES = (AttendanceState.PRESENT, AttendanceState.BOOKED)

_COLUMNS: Sequence[Column[PersonListRow]] = (
    Column("Enfant", lambda row: f"{row.last_name} {row.first_name}", width=26, strong=True,
           tip=lambda row: f"{row.last_name} {row.first_name}, famille {row.family_name}"),
    Column("Né(e) le", lambda row: row.birth_date, Kind.DATE, width=11),
)


class AddingPanel(SidePanel):
    """Search a child, choose a slot, add; the panel stays for the next one."""

    add_asked = Signal(object, object, object)  # PersonListRow | None, slot id | None, AttendanceState

    def __init__(self, around: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(around.theme, "Ajouter un enfant", parent)
        theme = around.theme
        self.children_list: ListPane[PersonListRow] = ListPane(
            around, "attendance-children", "enfants", _COLUMNS, placeholder="Nom ou prénom de l'enfant"
        )
        self.children_list.say_when_empty("Aucun enfant dans cette base : créez d'abord sa famille.")
        self.children_list.setMinimumHeight(theme.px(200))
        self.slot = QComboBox()
        self.slot.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.slot.setMinimumContentsLength(16)
        self.state = QComboBox()
        for state in _STATES:
            self.state.addItem(state.label, state)
        self._error = label(kind="error", wrap=True)
        self._error.hide()
        self.body.addWidget(self.children_list, 1)
        self.body.addWidget(Field(theme, "Créneau &horaire", self.slot))
        self.body.addWidget(Field(theme, "&Le noter", self.state))
        self.body.addWidget(self._error)
        self.body.addWidget(button("Ajouter à la journée", self._ask, theme, kind="primary", shortcut="Ctrl+S"))
        self.children_list.opened.connect(lambda _row: self._ask())

    def show_slots(self, slots: Sequence[SlotChoice], likely: int | None) -> None:
        """The slots of the day, beginning with the likely one."""
        self.slot.clear()
        for slot in slots:
            self.slot.addItem(slot.label, slot.slot_id)
        self.slot.setCurrentIndex(max(self.slot.findData(likely), 0) if slots else -1)

    def show_error(self, text: str) -> None:
        self._error.setText(f"▲ {text}" if text else "")
        self._error.setVisible(bool(text))

    def ready(self) -> None:
        """For the next child."""
        self.children_list.search.clear()
        self.children_list.search.setFocus()

    def _ask(self) -> None:
        child = self.children_list.table.current_row()
        # Qt keeps the text of a state, not the state.
        self.add_asked.emit(child, self.slot.currentData(), AttendanceState(self.state.currentData()))
