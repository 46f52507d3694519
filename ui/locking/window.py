"""What covers a locked desk: whose it is, and a password to give it back. Nothing of the town is in it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from ui.dialogs import ask
from ui.presenting import Question
from ui.theme.icons import pixmap
from ui.theme.tokens import Theme
from ui.widgets.basics import Field, Panel, button, label
from ui.widgets.scrolled import scrolled

_WIDTH = 420
_ICON = 32


class LockWindow(QWidget):
    """`entered` gives what was typed, `other_asked` wants another agent, `leaving` closes the program."""

    entered = Signal(str, str)
    other_asked = Signal(bool)
    leaving = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._may_close = False
        self._other = False
        self.setWindowTitle("Verrouillé — Back-office Enfance")
        self.setAccessibleName("Poste verrouillé")
        self._who = label(kind="group", wrap=True)
        self._kept = label("Ce qui était en cours de saisie est gardé.", "secondary", wrap=True)
        self.login = QLineEdit()
        self.login_field = Field(theme, "&Identifiant", self.login)
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password_field = Field(theme, "&Mot de passe", self.password)
        self.verb = button("&Déverrouiller", self._enter, theme, kind="primary")
        self.other = button("&Changer d'agent…", lambda: self.other_asked.emit(not self._other), theme)
        self.quitting = button("&Fermer le programme", self.close, theme, kind="link")
        self.login.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self._enter)
        self._waiting = QTimer(self)
        self._waiting.setInterval(1000)
        self._waiting.timeout.connect(self._wait_on)
        self._seconds = 0
        self._build()

    def _build(self) -> None:
        theme = self._theme
        panel = Panel(theme)
        panel.setFixedWidth(theme.px(_WIDTH))
        panel.body.setContentsMargins(*[theme.px(24)] * 4)
        panel.body.setSpacing(theme.px(12))
        sign = QLabel()
        sign.setPixmap(pixmap("lock", theme.colour("text"), theme.px(_ICON)))
        panel.body.addWidget(sign)
        panel.body.addWidget(label("Poste verrouillé", "title"))
        panel.body.addWidget(self._who)
        panel.body.addWidget(self._kept)
        panel.body.addWidget(self.login_field)
        panel.body.addWidget(self.password_field)
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(8))
        foot.addWidget(self.verb)
        foot.addWidget(self.other)
        foot.addStretch(1)
        panel.body.addLayout(foot)
        panel.body.addWidget(self.quitting, 0, Qt.AlignmentFlag.AlignLeft)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(panel)
        across.addStretch(1)
        inside = QWidget()
        middle = QVBoxLayout(inside)
        middle.addStretch(1)
        middle.addLayout(across)
        middle.addStretch(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolled(inside))

    def _enter(self) -> None:
        if self.verb.isEnabled():
            self.entered.emit(self.login.text(), self.password.text())

    # --- what the presenter asks ------------------------------------------------------------------------------

    def show_who(self, name: str, *, other: bool) -> None:
        self._other = other
        self._who.setText("Un autre agent prend ce poste" if other else name)
        self._kept.setText(
            f"Ce que {name} était en train de saisir l'attendra tant que le programme reste ouvert." if other
            else "Ce que vous étiez en train de saisir est gardé."
        )
        self.login_field.setVisible(other)
        self.verb.setText("&Ouvrir" if other else "&Déverrouiller")
        self.other.setText(f"&Revenir à {name}" if other else "&Changer d'agent…")
        self.password.clear()
        self.show_error("")
        (self.login if other else self.password).setFocus()

    def show_error(self, text: str) -> None:
        self.password_field.show_error(text)
        if text:
            self.password.selectAll()
            self.password.setFocus()

    def show_busy(self, *, busy: bool) -> None:
        for widget in (self.login, self.password, self.verb, self.other):
            widget.setEnabled(not busy)
        if not busy:
            self.password.setFocus()

    def show_wait(self, seconds: int) -> None:
        self._seconds = seconds
        self.show_busy(busy=True)
        self._waiting.start()
        self._say_wait()

    def _wait_on(self) -> None:
        self._seconds -= 1
        if self._seconds > 0:
            self._say_wait()
            return
        self._waiting.stop()
        self.password_field.show_error("")
        self.show_busy(busy=False)

    def _say_wait(self) -> None:
        self.password_field.show_error(f"Trop d'essais : attendez {self._seconds} s.")

    # --- leaving ----------------------------------------------------------------------------------------------

    def put_away(self) -> None:
        """The desk is given back."""
        self._may_close = True
        self.close()
        self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's own name
        if self._may_close:
            event.accept()
            return
        event.ignore()
        question = Question(
            "Fermer le programme ?", "Ce qui n'est pas enregistré sera perdu.", "Fermer", "Rester verrouillé",
            dangerous=True,
        )
        if ask(self, question):
            self.leaving.emit()
