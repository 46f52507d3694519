"""One document beside the list: its pages, its explanation, its gestures, the form that cancels it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.explanations import Chapter
from ui.presenting import Runner
from ui.screens.invoices.presenter import Document, InvoicesPresenter
from ui.theme.tokens import Theme
from ui.widgets.basics import Empty, Field, Panel, button, chip, label
from ui.widgets.explanation import ExplanationView
from ui.widgets.flow import FlowLayout
from ui.widgets.pdf_preview import PdfPreview
from ui.widgets.side import SidePanel

_NOTHING = "Choisissez une facture dans la liste pour la lire ici."


class DocumentPanel(SidePanel):
    """« Document » or « Expliquer », and what can be done with it."""

    def __init__(self, theme: Theme, runner: Runner, presenter: InvoicesPresenter) -> None:
        super().__init__(theme, "Document")
        self._presenter = presenter
        self.preview = PdfPreview(theme, runner)
        self.explanation = ExplanationView(theme)
        self._note = label(wrap=True)
        explained = QWidget()
        column = QVBoxLayout(explained)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._note)
        column.addWidget(self.explanation, 1)
        self.nothing = Empty(theme)
        self.nothing.say(_NOTHING)
        self._stack = QStackedWidget()
        for page in (self.nothing, self.preview, explained):
            self._stack.addWidget(page)
        self._explained = explained
        self._paper_chip = chip("&Document", self.show_paper, checked=True)
        self._explain_chip = chip("E&xpliquer", self.explain)
        self._group = QButtonGroup(self)
        kinds = QHBoxLayout()
        kinds.setSpacing(theme.px(8))
        for found in (self._paper_chip, self._explain_chip):
            found.setAccessibleName(found.text().replace("&", ""))
            self._group.addButton(found)
            kinds.addWidget(found)
        kinds.addStretch(1)
        self.body.setSpacing(theme.px(8))
        self.body.addLayout(kinds)
        self.body.addWidget(self._stack, 1)
        self._form_of(theme)
        gestures = FlowLayout(theme.px(8))
        self.save = button("Enre&gistrer…", presenter.save, theme, icon_name="download")
        self.save.setAccessibleName("Enregistrer le PDF…")
        self.save.setToolTip("Enregistrer le PDF")
        self.print_button = button("Imprim&er…", presenter.print_, theme, icon_name="printer")
        self.print_button.setToolTip("Imprimer ce document, ou ceux que vous avez choisis dans la liste (Ctrl+P)")
        self.cancel = button("A&nnuler par un avoir…", presenter.begin_cancelling, theme, icon_name="undo-2")
        self.family = button("Famille (F2)", presenter.open_family, theme, icon_name="users")
        self.family.setAccessibleName("Ouvrir la famille")
        self.family.setToolTip("Ouvrir la famille (F2)")
        for gesture in (self.print_button, self.save, self.cancel, self.family):
            gestures.addWidget(gesture)
        self.body.addLayout(gestures)
        self._why_not = label(kind="caption", wrap=True)
        self.body.addWidget(self._why_not)
        self.show_document(None)

    def _form_of(self, theme: Theme) -> None:
        self.form = Panel(theme)
        self.form.hide()
        self._form_title = label(kind="strong", wrap=True)
        self.reason = QLineEdit()
        self.reason.setMaxLength(300)
        self.day = QLineEdit()
        self.day.setMaximumWidth(theme.px(140))
        self._reason_field = Field(theme, "Motif, &que la famille lira", self.reason, required=True)
        self._day_field = Field(theme, "Avoir émis le", self.day)
        send = button("Émettre l'avoir…", self._send, theme, kind="danger")
        give_up = button("Renoncer", self._give_up, theme)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.px(8))
        buttons.addWidget(send)
        buttons.addWidget(give_up)
        buttons.addStretch(1)
        self.form.body.addWidget(self._form_title)
        self.form.body.addWidget(self._reason_field)
        self.form.body.addWidget(self._day_field)
        self.form.body.addLayout(buttons)
        self.reason.returnPressed.connect(self._send)
        self.day.returnPressed.connect(self._send)
        self.body.addWidget(self.form)

    # --- what is shown ----------------------------------------------------------------------------------------

    def show_document(self, document: Document | None) -> None:
        """Show a document, or invite to choose one."""
        there = document is not None
        for gesture in (self.print_button, self.save, self.family, self._paper_chip, self._explain_chip):
            gesture.setEnabled(there)
        why_not = document.not_cancellable if document else ""
        self.cancel.setEnabled(there and not why_not)
        self._why_not.setText(why_not)
        self._why_not.setVisible(bool(why_not))
        self.cancel.setAccessibleDescription(why_not)
        if document is None:
            self.show_title("Document")
            self._stack.setCurrentWidget(self.nothing)
            return
        row = document.row
        title = f"{row.number} · {row.family_name}"
        self.show_title(title)
        self.preview.show_document(f"{row.state.label} {row.number}", document.pdf)
        explaining = self._explain_chip.isChecked()
        self._stack.setCurrentWidget(self._explained if explaining else self.preview)

    def show_explained(self, found: Sequence[Chapter], note: str) -> None:
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self.explanation.show_chapters(found)

    def show_paper(self) -> None:
        self._paper_chip.setChecked(True)
        self._presenter.show_paper()
        self._stack.setCurrentWidget(self.preview)

    def explain(self) -> None:
        self._explain_chip.setChecked(True)
        self._stack.setCurrentWidget(self._explained)
        self._presenter.explain()

    def read(self) -> None:
        """Put the keyboard on what is read."""
        if self._stack.currentWidget() is self._explained:
            self.explanation.setFocus()
        else:
            self.preview.paper.setFocus()

    # --- the form ---------------------------------------------------------------------------------------------

    def show_form(self, title: str, day: str) -> None:
        self._form_title.setText(title)
        self.form.setAccessibleName(title)
        self.reason.clear()
        self.day.setText(day)
        self.show_form_errors("", "")
        self.form.show()
        self.reason.setFocus()

    def hide_form(self) -> None:
        if self.form.isVisible():
            self.form.hide()
            self.read()

    def show_form_errors(self, reason: str, day: str) -> None:
        self._reason_field.show_error(reason)
        self._day_field.show_error(day)
        if reason:
            self.reason.setFocus()
        elif day:
            self.day.setFocus()

    def close_panel(self) -> None:
        """Esc: the form first, then the panel."""
        if self.form.isVisible():
            self._give_up()
        else:
            super().close_panel()

    def _send(self) -> None:
        self._presenter.cancelling.send(self.reason.text(), self.day.text())

    def _give_up(self) -> None:
        self._presenter.cancelling.give_up()
