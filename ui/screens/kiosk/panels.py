"""What opens beside the tiles: who may take a child home, a correction to sign, leaving, one's own code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from backoffice.clocking.code_rules import Signer
from backoffice.clocking.roster import Adult
from ui.screens.kiosk.presenter import Sheet
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme
from ui.widgets.basics import Field, button, clear, label
from ui.widgets.side import SidePanel

W = TypeVar("W", bound=QWidget)

_LONGEST_CODE = 8
_PAD = 4  # keys of the pad on a line: with its three lines, a correction holds on a small screen


def touchable(widget: W) -> W:
    """High enough for a finger."""
    widget.setProperty("touch", "true")
    return widget


class CodePad(QWidget):
    """Who signs, and their code: typed, or touched on the pad. `entered` is told by Enter and by its last button."""

    def __init__(self, theme: Theme, signers: Sequence[Signer], enter: Callable[[], object], words: str) -> None:
        super().__init__()
        self.who = QComboBox()
        self.who.setMaxVisibleItems(12)
        self.who.addItem("Choisissez votre nom", "")
        for signer in signers:
            self.who.addItem(signer.name, signer.login)
        if len(signers) == 1:
            self.who.setCurrentIndex(1)
        self.code = QLineEdit()
        self.code.setEchoMode(QLineEdit.EchoMode.Password)
        self.code.setMaxLength(_LONGEST_CODE)
        self.code.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.code.returnPressed.connect(lambda: enter())  # noqa: PLW0108 - nothing is sent along
        self._field = Field(theme, "Votre cod&e", self.code)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(12))
        layout.addWidget(Field(theme, "Qui si&gne", self.who))
        layout.addWidget(self._field)
        pad = QGridLayout()
        pad.setSpacing(theme.px(8))
        for place, digit in enumerate("1234567890"):
            key = button(digit, partial(self.code.insert, digit), theme)
            key.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard stays on the code
            pad.addWidget(touchable(key), place // _PAD, place % _PAD)
        back = button("Effacer", self.code.backspace, theme)
        back.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        pad.addWidget(touchable(back), 2, 2, 1, 2)
        layout.addLayout(pad)
        layout.addWidget(touchable(button(words, enter, theme, kind="primary")))
        for entry in (self.who, self.code):
            touchable(entry)

    @property
    def login(self) -> str:
        return str(self.who.currentData())

    def show_error(self, text: str) -> None:
        self._field.show_error(text)
        if text:
            self.code.clear()
            self.code.setFocus(Qt.FocusReason.OtherFocusReason)

    def take_keyboard(self) -> None:
        (self.code if self.login else self.who).setFocus(Qt.FocusReason.OtherFocusReason)


class KioskPanel(SidePanel):
    """One of its four contents at a time."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._theme = theme
        self.pad: CodePad | None = None
        self.arrived: QLineEdit | None = None
        self.left_at: QLineEdit | None = None
        self.reason: QComboBox | None = None
        self.code_again: QLineEdit | None = None
        self.own_code: QLineEdit | None = None
        self._fields: dict[str, Field] = {}

    # --- contents ---------------------------------------------------------------------------------------------

    def show_sheet(self, sheet: Sheet) -> None:
        """The alert first, then the parents and who else may take the child home."""
        body = self._begin(sheet.tile.name)
        body.addWidget(label(sheet.tile.words, "strong"))
        if sheet.child.alert:
            body.addWidget(self._sign("triangle-alert", "danger",
                                      "Alerte santé : allergie ou PAI. Suivez la consigne du classeur."))
        body.addWidget(label("Peuvent venir le chercher", "group", wrap=True))
        for adult in sheet.child.adults:
            body.addWidget(self._adult(adult))
        if not sheet.child.adults:
            body.addWidget(label("Personne n'est noté dans le dossier : appelez le service.", "secondary", wrap=True))
        body.addStretch(1)

    def show_correction(
        self, sheet: Sheet, signers: Sequence[Signer], reasons: Sequence[str],
        save: Callable[[str, str, str, str, str], object],
    ) -> None:
        body = self._begin(f"Corriger : {sheet.tile.name}")
        theme = self._theme
        if not signers:
            words = "Personne n'a encore de code ici : chaque agent enregistre le sien avec « Mon code… »."
            body.addWidget(label(words, "secondary", wrap=True))
            body.addStretch(1)
            return
        self.arrived, self.left_at, self.reason = QLineEdit(sheet.arrived), QLineEdit(sheet.left), QComboBox()
        self.reason.addItem("Choisissez pourquoi", "")
        for reason in reasons:
            self.reason.addItem(reason, reason)
        titles = (("arrived", "Arri&vée", self.arrived), ("left", "&Départ", self.left_at),
                  ("reason", "Pour&quoi", self.reason))
        times = QHBoxLayout()
        times.setSpacing(theme.px(12))
        for name, title, entry in titles:
            self._fields[name] = Field(theme, title, touchable(entry))
            if name == "reason":
                body.addLayout(times)
                body.addWidget(self._fields[name])
            else:
                times.addWidget(self._fields[name], 1)

        def enter() -> None:
            if self.pad and self.arrived and self.left_at and self.reason:
                save(self.arrived.text(), self.left_at.text(), str(self.reason.currentData()), self.pad.login,
                     self.pad.code.text())

        self.pad = CodePad(theme, signers, enter, "Corriger")
        body.addWidget(self.pad)
        body.addStretch(1)
        self.arrived.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_leaving(self, signers: Sequence[Signer], leave: Callable[[str, str], object]) -> None:
        body = self._begin("Quitter le plein écran")

        def enter() -> None:
            if self.pad:
                leave(self.pad.login, self.pad.code.text())

        self.pad = CodePad(self._theme, signers, enter, "Quitter")
        body.addWidget(self.pad)
        body.addStretch(1)
        self.pad.take_keyboard()

    def show_own_code(self, save: Callable[[str, str], object]) -> None:
        body = self._begin("Mon code de kiosque")
        theme = self._theme
        body.addWidget(label(
            "De 4 à 8 chiffres, à vous seul. Il signe vos corrections au kiosque et permet d'en sortir.",
            "secondary", wrap=True,
        ))
        entries = []
        for name, title in (("own", "Nou&veau code"), ("again", "Une secon&de fois")):
            entry = QLineEdit()
            entry.setEchoMode(QLineEdit.EchoMode.Password)
            entry.setMaxLength(_LONGEST_CODE)
            entry.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
            self._fields[name] = Field(theme, title, touchable(entry))
            body.addWidget(self._fields[name])
            entries.append(entry)
        self.own_code, self.code_again = entries
        first, second = entries

        def enter() -> None:
            save(first.text(), second.text())

        second.returnPressed.connect(enter)
        body.addWidget(touchable(button("&Enregistrer", enter, theme, kind="primary")))
        body.addStretch(1)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_errors(self, **errors: str) -> None:
        for name, field in self._fields.items():
            field.show_error(errors.get(name, ""))
        if self.pad is not None:
            self.pad.show_error(errors.get("code", ""))

    # --- pieces -----------------------------------------------------------------------------------------------

    def _begin(self, title: str) -> QVBoxLayout:
        """An empty panel with this title."""
        self.pad = self.arrived = self.left_at = self.reason = self.own_code = self.code_again = None
        self._fields = {}
        clear(self.body)
        self.show_title(title)
        return self.body

    def _adult(self, adult: Adult) -> QWidget:
        role = "Parent" if adult.parent else "Personne autorisée"
        line = QWidget()
        row = QVBoxLayout(line)
        row.setContentsMargins(0, self._theme.px(4), 0, self._theme.px(4))
        row.setSpacing(0)
        row.addWidget(label(adult.name, "strong", wrap=True))
        row.addWidget(label(f"{role} · {adult.phone}" if adult.phone else role, "small", wrap=True))
        return line

    def _sign(self, icon_name: str, token: str, words: str) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._theme.px(8))
        sign = QLabel()
        size = self._theme.size("icon", "kiosk")
        sign.setPixmap(pixmap(icon_name, self._theme.colour(token), size))
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(words, token, wrap=True), 1)
        return line
