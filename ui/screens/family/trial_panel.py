"""The panel of « Essayer un tarif »: what is tried, and the price that explains itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from ui.forms import FieldSpec
from ui.screens.family.trial import Trial
from ui.theme.tokens import Theme
from ui.widgets.basics import button, label, line
from ui.widgets.explanation import ExplanationView
from ui.widgets.form import Form
from ui.widgets.side import SidePanel


class TrialPanel(SidePanel):
    """`typed` tells all that stands in the fields, at each change."""

    typed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Essayer un tarif", parent)
        self._theme = theme
        self.form = Form(theme)
        self.form.changed.connect(lambda: self.typed.emit(self.form.values()))
        self.explanation = ExplanationView(theme)
        self.explanation.setMinimumHeight(theme.px(160))
        self.problem = label(kind="secondary", wrap=True)
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._gesture: QPushButton | None = None
        self.body.addWidget(self.form)
        self.body.addWidget(line())
        self.body.addWidget(self.explanation, 1)
        self.body.addWidget(self.problem)
        self.body.addStretch(0)
        self.body.addWidget(label("Un essai : rien n'est enregistré.", "caption", wrap=True))

    def show_fields(self, specs: Sequence[FieldSpec]) -> None:
        self.form.show_fields(specs)
        self.form.focus_first()

    def show_errors(self, errors: Mapping[str, str]) -> None:
        self.form.show_errors(errors)

    def show_price(self, trial: Trial) -> None:
        self.explanation.setVisible(bool(trial.chapters))
        self.explanation.show_chapters(trial.chapters)
        self.problem.setVisible(bool(trial.problem))
        self.problem.setText(trial.problem)
        if self._gesture is not None:
            self._gesture.deleteLater()
            self._gesture = None
        if trial.gesture is not None:
            self._gesture = button(trial.gesture.label, trial.gesture.run, self._theme, icon_name="plus")
            self.body.insertWidget(self.body.indexOf(self.problem) + 1, self._gesture, 0, Qt.AlignmentFlag.AlignLeft)
