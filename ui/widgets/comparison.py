"""What was typed beside what another agent saved meanwhile: a choice for each field, with ← and →."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QRadioButton, QVBoxLayout, QWidget

from ui.merging import Comparison, Difference, Side, Version, taken_words
from ui.theme.tokens import Theme
from ui.widgets.basics import button, clear, label, line, restyle
from ui.widgets.columns import SideBySide
from ui.widgets.scrolled import bring_to_sight

_WIDE_ENOUGH = 300
_WORDS: Mapping[Side, str] = {Side.MINE: "Votre saisie", Side.THEIRS: "Enregistré entre-temps"}
_TOWARDS: Mapping[int, Side] = {
    Qt.Key.Key_Left: Side.MINE, Qt.Key.Key_Up: Side.MINE, Qt.Key.Key_Right: Side.THEIRS, Qt.Key.Key_Down: Side.THEIRS,
}


class SideCard(QFrame):
    """One of both: whose it is, and what it says. The whole of it may be clicked."""

    def __init__(self, theme: Theme, difference: Difference, side: Side, version: Version) -> None:
        super().__init__()
        self.setProperty("kind", "choice")
        self.radio = QRadioButton(_WORDS[side])
        self.radio.setAccessibleName(f"{difference.title}, {_WORDS[side].lower()} : {version.words}")
        self.radio.setAccessibleDescription(f"Avant : {difference.before.words}")
        words = label(version.words, wrap=True)
        layout = QVBoxLayout(self)
        margin = theme.px(8)
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.px(4))
        layout.addWidget(self.radio)
        layout.addWidget(words)
        if side is Side.MINE and not difference.offered:
            self.radio.setEnabled(False)
            layout.addWidget(label("N'est plus proposé.", "caption", wrap=True))
        layout.addStretch(1)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's own name
        super().mousePressEvent(event)
        if self.radio.isEnabled():
            self.radio.setFocus(Qt.FocusReason.MouseFocusReason)
            self.radio.click()

    def show_chosen(self, *, chosen: bool) -> None:
        self.radio.setChecked(chosen)
        self.setProperty("state", "chosen" if chosen else "")
        restyle(self)


class Choice(QWidget):
    """One field: what it was, then both sides. `chosen` tells what the agent takes."""

    chosen = Signal(object)
    entered = Signal()

    def __init__(self, theme: Theme, difference: Difference) -> None:
        super().__init__()
        self._title = label(kind="strong", wrap=True)
        self._name = difference.title
        self.setAccessibleName(difference.title)
        self._group = QButtonGroup(self)
        self._cards = {
            Side.MINE: SideCard(theme, difference, Side.MINE, difference.mine),
            Side.THEIRS: SideCard(theme, difference, Side.THEIRS, difference.theirs),
        }
        for side, card in self._cards.items():
            self._group.addButton(card.radio)
            card.radio.installEventFilter(self)
            card.radio.clicked.connect(partial(self.chosen.emit, side))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(4))
        layout.addWidget(self._title)
        layout.addWidget(label(f"Avant : {difference.before.words}", "small", wrap=True))
        mine, theirs = self._cards.values()
        layout.addWidget(SideBySide(theme, mine, theirs, (1, 1), _WIDE_ENOUGH, fill=True))
        self.show_side(difference.chosen)

    def show_side(self, side: Side | None) -> None:
        self._group.setExclusive(False)  # so that none may be checked
        for each, card in self._cards.items():
            card.show_chosen(chosen=each is side)
        self._group.setExclusive(True)
        words = {None: "à choisir", Side.OTHER: "autre valeur, tapée dans la fiche"}.get(side, "")
        self._title.setText(f"{self._name} ({words})" if words else self._name)

    def take_keyboard(self) -> None:
        """On the side chosen, else on the first that may be."""
        radios = [card.radio for card in self._cards.values() if card.radio.isEnabled()]
        held = next((radio for radio in radios if radio.isChecked()), radios[0])
        held.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's own name
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self.entered.emit()
                return True
            side = _TOWARDS.get(event.key())
            if side is not None:
                radio = self._cards[side].radio
                if radio.isEnabled():
                    radio.setFocus(Qt.FocusReason.OtherFocusReason)
                    radio.click()
                return True
        return super().eventFilter(watched, event)


class ComparisonBox(QWidget):
    """Above the form while the record is compared. `chosen` tells a field and whose value it takes, `all_theirs` that
    the other version is taken whole."""

    chosen = Signal(str, object)
    all_theirs = Signal()
    entered = Signal()
    rearranged = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self._shown: tuple[tuple[str, Version, Version], ...] = ()
        self._choices: dict[str, Choice] = {}
        self.body.setSpacing(theme.px(12))
        self.setAccessibleName("Votre saisie et ce qui fut enregistré entre-temps")
        self.hide()

    def show_comparison(self, comparison: Comparison) -> None:
        """Show what differs; only what is chosen changes while the same fields are compared."""
        wanted = tuple((one.key, one.mine, one.theirs) for one in comparison.differences)
        told = tuple(taken_words(comparison))
        if wanted != self._shown or not self._choices:
            self._build(comparison, told)
            self._shown = wanted
        for one in comparison.differences:
            self._choices[one.key].show_side(one.chosen)
        self.setVisible(bool(wanted or told))

    def take_keyboard(self, key: str) -> None:
        """On the choice of a field, brought to sight."""
        choice = self._choices.get(key)
        if choice is not None:
            choice.take_keyboard()
            bring_to_sight(choice)

    def _build(self, comparison: Comparison, told: tuple[str, ...]) -> None:
        clear(self.body)
        self._choices = {}
        if comparison.differences:
            self.body.addWidget(label("← votre saisie, → ce qui fut enregistré ; Tab : le champ suivant. La fiche, "
                                      "dessous, suit.", "caption", wrap=True))
        for one in comparison.differences:
            choice = self._choices[one.key] = Choice(self._theme, one)
            choice.chosen.connect(partial(self.chosen.emit, one.key))
            choice.entered.connect(self.entered)
            self.body.addWidget(choice)
        if told:
            self.body.addWidget(label("Changé par l'autre agent seulement, déjà dans la fiche", "small", wrap=True))
        for words in told:
            words_of_one = label(words, wrap=True)
            words_of_one.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.body.addWidget(words_of_one)
        whole = button("Tout reprendre", self.all_theirs.emit, self._theme)
        whole.setToolTip("La fiche telle que l'autre agent l'a enregistrée ; votre saisie peut revenir")
        self.body.addWidget(whole, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(line())
        self.rearranged.emit()
