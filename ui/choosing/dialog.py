"""The choice of a database as one sees it: two ways of working, and what the second one needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from backoffice.kernel.address import DatabaseAddress
from ui.choosing.presenter import ChoosingPresenter
from ui.dialogs import choose_file_to_read
from ui.forms import FieldSpec
from ui.jobs import Jobs
from ui.presenting import Banner
from ui.theme.tokens import Theme
from ui.widgets.basics import BannerBar, button, label
from ui.widgets.form import Form
from ui.widgets.reading_order import follow_reading_order
from ui.widgets.scrolled import scrolled

_WIDTH = 560
_SHORT, _TALL = 330, 640
_MOST_OF_THE_SCREEN = 0.9
_ALONE = "Les données restent dans un fichier de cet ordinateur. Il n'y a rien à installer."
_SHARED = "Plusieurs agents y travaillent ensemble. L'administrateur vous a donné ce qu'il faut saisir ici."


def choose_database(
    parent: QWidget | None, theme: Theme, jobs: Jobs, current: DatabaseAddress | None = None,
    refused: Exception | None = None,
) -> DatabaseAddress | None:
    """Ask which database to work on, and keep the answer; None when the agent gave up.

    `current`: the one open now, else the usual one; `refused`: why it could not be opened.
    """
    dialog = ChooseDatabase(parent, theme, jobs, current, refused)
    return dialog.chosen if dialog.exec() else None


class ChooseDatabase(QDialog):
    """Everything that may take time is done in a job of `jobs`, which outlive the dialog."""

    def __init__(
        self, parent: QWidget | None, theme: Theme, jobs: Jobs, current: DatabaseAddress | None = None,
        refused: Exception | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.chosen: DatabaseAddress | None = None
        self.setWindowTitle("Back-office Enfance")
        self.presenter = ChoosingPresenter(self, jobs.runner(self))
        self.alone = QRadioButton("Je travaille &seul(e) sur cet ordinateur")
        self.shared = QRadioButton("Base &partagée de la commune")
        self.banner = BannerBar(theme)
        self.form = Form(theme)
        self.form.rearranged.connect(lambda: follow_reading_order(self))
        self.attempt = button("&Essayer la connexion", self._try, theme)
        self.opening = button("Ouv&rir", self._open, theme, kind="primary")
        self.giving_up = button("Annuler", self.reject, theme)
        self.another_file = button("Ouvrir un autre &fichier…", self._choose_file, theme, kind="link")
        self._doing = label(kind="secondary")
        self._held: QWidget | None = None  # where the keyboard was before the wait
        self._build()
        self.alone.toggled.connect(lambda on: self.presenter.choose(shared=not on))
        self.presenter.start(current, refused)
        self.opening.setDefault(True)

    def _build(self) -> None:
        theme = self._theme
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, theme.px(8), 0)
        column.setSpacing(theme.px(8))
        for choice, words in ((self.alone, _ALONE), (self.shared, _SHARED)):
            choice.setAccessibleDescription(words)
            column.addWidget(choice)
            under = label(words, "secondary", wrap=True)
            indented = QVBoxLayout()
            indented.setContentsMargins(theme.px(16) + 8, 0, 0, theme.px(8))
            indented.setSpacing(theme.px(4))
            indented.addWidget(under)
            if choice is self.alone:
                indented.addWidget(self.another_file, 0, Qt.AlignmentFlag.AlignLeft)
            column.addLayout(indented)
        column.addWidget(self.form)
        column.addStretch(1)
        foot = QHBoxLayout()
        foot.setSpacing(theme.px(8))
        foot.addWidget(self.attempt)
        foot.addWidget(self._doing, 1)
        foot.addWidget(self.opening)
        foot.addWidget(self.giving_up)
        layout = QVBoxLayout(self)
        margin = theme.px(20)
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.px(16))
        layout.addWidget(label("Où sont les données ?", "title"))
        layout.addWidget(self.banner)
        layout.addWidget(scrolled(inside), 1)
        layout.addLayout(foot)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's own name
        super().showEvent(event)
        if self.focusWidget() is None:  # else where something is to be corrected
            (self.shared if self.shared.isChecked() else self.alone).setFocus()

    def _fit(self, *, shared: bool) -> None:
        room = self.screen().availableSize() * _MOST_OF_THE_SCREEN
        self.resize(QSize(self._theme.px(_WIDTH), self._theme.px(_TALL if shared else _SHORT)).boundedTo(room))

    def _try(self) -> None:
        self.presenter.try_connection(self.form.values())

    def _open(self) -> None:
        self.presenter.open(self.form.values())

    def _choose_file(self) -> None:
        path = choose_file_to_read(self, "Ouvrir une base", "Base de données (*.sqlite);;Tous les fichiers (*)")
        if path is not None:
            self.presenter.open_file(path)

    # --- what the presenter asks ------------------------------------------------------------------------------

    def show_kind(self, *, shared: bool) -> None:
        for choice, on in ((self.alone, not shared), (self.shared, shared)):
            choice.blockSignals(True)
            choice.setChecked(on)
            choice.blockSignals(False)
        self.form.setVisible(shared)
        self.attempt.setVisible(shared)
        self.another_file.setVisible(not shared)
        self._fit(shared=shared)

    def show_fields(self, fields: Sequence[FieldSpec]) -> None:
        self.form.show_fields(fields)

    def show_errors(self, errors: Mapping[str, str]) -> None:
        for key in self.form.values():
            self.form.show_error(key, errors.get(key, ""))
        if errors:
            self.form.focus_on(next(iter(errors)))

    def show_banner(self, banner: Banner | None) -> None:
        self.banner.show_banner(banner)

    def show_busy(self, words: str) -> None:
        self._doing.setText(words)
        if words:
            self._held = self.focusWidget()
        for widget in (self.alone, self.shared, self.another_file, self.form, self.attempt, self.opening):
            widget.setEnabled(not words)
        if not words and self._held is not None:
            self._held.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self, address: DatabaseAddress) -> None:
        self.chosen = address
        self.accept()
