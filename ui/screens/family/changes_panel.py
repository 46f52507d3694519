"""The panel of « Historique »: two filters, the changes as a page of text, who made the file."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from ui.screens.family.changes import Option, Shown
from ui.theme.tokens import Theme
from ui.widgets.basics import Empty, Field, label
from ui.widgets.columns import SideBySide
from ui.widgets.reading import ReadingView
from ui.widgets.side import SidePanel

_ROOM_FOR_TWO = 460


class ChangesPanel(SidePanel):
    """`person_chosen` and `group_chosen` tell the value of what was chosen."""

    person_chosen = Signal(str)
    group_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Historique", parent)
        self.person = _choice()
        self.group = _choice()
        self.page = ReadingView(theme, "Changements, du plus récent au plus ancien")
        self.page.setMinimumHeight(theme.px(160))
        self._empty = Empty(theme)
        self._origin = label(kind="small", wrap=True)
        self._origin.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        filters = (Field(theme, "&Qui", self.person), Field(theme, "&Valeur", self.group))
        self.body.addWidget(SideBySide(theme, *filters, (1, 1), _ROOM_FOR_TWO))
        self.body.addWidget(self.page, 1)
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(self._origin)
        self.person.activated.connect(lambda _index: self.person_chosen.emit(str(self.person.currentData())))
        self.group.activated.connect(lambda _index: self.group_chosen.emit(str(self.group.currentData())))

    def show_changes(self, shown: Shown) -> None:
        _offer(self.person, shown.people, shown.person)
        _offer(self.group, shown.groups, shown.group)
        self.page.setVisible(bool(shown.moments))
        self._empty.setVisible(not shown.moments)
        self._empty.say(shown.nothing)
        with self.page.written() as page:
            for moment in shown.moments:
                page.line(moment.when, "small", "text_secondary", above=16)
                for told in moment.told:
                    page.line(told.what, "body_strong", "text", above=4)
                    page.line(told.words, "body", "text", above=0)
        self._origin.setText(f"{shown.cut} {shown.origin}".strip())


def _choice() -> QComboBox:
    """As wide as the panel, however long the names."""
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(12)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return box


def _offer(box: QComboBox, options: Sequence[Option], chosen: str) -> None:
    """Show these options; the list is only made again when it is another one."""
    if [(box.itemData(index), box.itemText(index)) for index in range(box.count())] != list(options):
        box.clear()
        for value, words in options:
            box.addItem(words, value)
    box.setCurrentIndex(max(box.findData(chosen), 0))
