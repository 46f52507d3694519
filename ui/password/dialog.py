"""« Changer mon mot de passe » as one sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from backoffice.kernel.application import Application
from ui.forms import FieldSpec
from ui.jobs import Jobs
from ui.password.presenter import PasswordPresenter
from ui.presenting import Banner
from ui.theme.tokens import Theme
from ui.widgets.basics import BannerBar, button, label
from ui.widgets.form import Form
from ui.widgets.reading_order import follow_reading_order
from ui.widgets.scrolled import scrolled

_WIDTH, _HEIGHT = 560, 500


def change_my_password(parent: QWidget, theme: Theme, app: Application, jobs: Jobs) -> str:
    """What to tell once it is done; empty when the agent gave up."""
    dialog = ChangePassword(parent, theme, app, jobs)
    return dialog.told if dialog.exec() else ""


class ChangePassword(QDialog):
    """What was typed goes with the dialog."""

    def __init__(self, parent: QWidget | None, theme: Theme, app: Application, jobs: Jobs) -> None:
        super().__init__(parent)
        self._busy = False
        self.told = ""
        self.setWindowTitle("Changer mon mot de passe")
        self.presenter = PasswordPresenter(self, app, jobs.runner(self))
        self.banner = BannerBar(theme)
        self.form = Form(theme)
        self.form.typed.connect(self.presenter.typed)
        self.proposal = button("&Proposer une phrase de passe", self.presenter.propose, theme)
        self.verb = button("&Changer", self._change, theme, kind="primary")
        self._doing = label(kind="secondary")
        self._held: QWidget | None = None  # where the keyboard was before the wait
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, theme.px(8), 0)
        column.setSpacing(theme.px(12))
        column.addWidget(self.form)
        column.addWidget(self.proposal, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(8))
        foot.addWidget(self._doing, 1)
        foot.addWidget(self.verb)
        foot.addWidget(button("Annuler", self.reject, theme))
        layout = QVBoxLayout(self)
        margin = theme.px(20)
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.px(16))
        layout.addWidget(label("Changer mon mot de passe", "title"))
        layout.addWidget(self.banner)
        layout.addWidget(scrolled(inside), 1)
        layout.addLayout(foot)
        self.resize(QSize(theme.px(_WIDTH), theme.px(_HEIGHT)).boundedTo(self.screen().availableSize() * 0.9))
        self.presenter.start()
        follow_reading_order(self)
        self.form.focus_on("current")
        self.verb.setDefault(True)

    def _change(self) -> None:
        self.presenter.change(self.form.values())

    def reject(self) -> None:
        if not self._busy:  # the server may have the new one already: its answer is waited for
            super().reject()

    # --- what the presenter asks ------------------------------------------------------------------------------

    def show_fields(self, fields: Sequence[FieldSpec]) -> None:
        self.form.show_fields(fields)

    def show_value(self, key: str, text: str) -> None:
        self.form.set_value(key, text)

    def show_typed(self, *, shown: bool) -> None:
        for key in ("new", "again"):
            entry = self.form.entry(key)
            if isinstance(entry, QLineEdit):
                entry.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)

    def show_errors(self, errors: Mapping[str, str]) -> None:
        for key in self.form.values():
            self.form.show_error(key, errors.get(key, ""))
        if errors:
            self.form.focus_on(next(iter(errors)))

    def show_banner(self, banner: Banner | None) -> None:
        self.banner.show_banner(banner)

    def show_busy(self, words: str) -> None:
        self._busy = bool(words)
        self._doing.setText(words)
        if words:
            self._held = self.focusWidget()
        for widget in (self.form, self.proposal, self.verb):
            widget.setEnabled(not words)
        if not words and self._held is not None:
            self._held.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self, told: str) -> None:
        self.told = told
        self.accept()
