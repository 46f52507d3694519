"""The tab « Documents & inscriptions »: what blocks, what is asked and where it stands, who is registered to what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from backoffice.documents.form_lists import FormLine
from backoffice.documents.forms import FormKind
from backoffice.documents.kinds import ObligationState
from backoffice.registrations.queries import RegistrationLine
from ui.dialogs import choose_files_to_read
from ui.screens.family.documents import PaperLine, Papers, PapersPresenter
from ui.theme.tokens import Theme
from ui.widgets.basics import Empty, Panel, button, label
from ui.widgets.flow import FlowLayout
from ui.widgets.form_marks import FORM_MARKS
from ui.widgets.scrolled import scrolled
from ui.widgets.table.columns import Column, Kind, Mark
from ui.widgets.table.view import Table

R = TypeVar("R")
_LEAST_ROWS = 4
_KINDS = "Documents (*.pdf *.jpg *.jpeg *.png *.heic *.heif *.tif *.tiff);;Tous les fichiers (*)"
_MARKS = MappingProxyType(
    {
        ObligationState.MISSING: Mark("circle-alert", "danger"),
        ObligationState.SENT: Mark("clock", "info"),
        ObligationState.VALIDATED: Mark("circle-check", "success"),
        ObligationState.REJECTED: Mark("x", "danger"),
        ObligationState.EXPIRED: Mark("history", "danger"),
        ObligationState.WAIVED: Mark("clock", "warning"),
    }
)
_OPTIONAL = Mark("circle-slash", "text_muted")
_STAYS = MappingProxyType(
    {
        "En cours": Mark("circle-check", "success"),
        "À venir": Mark("clock", "info"),
        "Terminée": Mark("history", "text_muted"),
        "Demandée": Mark("hourglass", "warning"),
        "Retirée": Mark("x", "text_muted"),
    }
)


class DocumentsTab(QWidget):
    """Files dropped anywhere on it are joined; the line chosen says what they are."""

    def __init__(self, theme: Theme, presenter: PapersPresenter) -> None:
        super().__init__()
        self._theme, self._presenter = theme, presenter
        self._today = date.min
        self.setAcceptDrops(presenter.may_join)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(12))
        layout.addLayout(self._build_headline())
        layout.addWidget(self._build_asked(), 3)
        layout.addWidget(self._build_forms(), 2)
        layout.addWidget(self._build_stays(), 2)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(inside))

    def _build_headline(self) -> QHBoxLayout:
        self.headline = label(kind="strong", wrap=True)
        self.counted = label(kind="secondary", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(self._theme.px(4))
        words.addWidget(self.headline)
        words.addWidget(self.counted)
        line = QHBoxLayout()
        line.addLayout(words, 1)
        self.seeing = button("&Voir comme la famille", self._presenter.see_as_family, self._theme, icon_name="eye",
                             shortcut="F8")
        self.seeing.setToolTip("Ce que le portail montre à la famille (F8)")
        line.addWidget(self.seeing, 0, Qt.AlignmentFlag.AlignTop)
        return line

    def _build_forms(self) -> Panel:
        panel = Panel(self._theme, "Fiches à signer")
        self.forms: Table[FormLine] = Table("Fiches à signer", self._form_columns(), self._theme)
        self.forms.setMinimumHeight(self._theme.size("row_height", "table") * _LEAST_ROWS)
        panel.body.addWidget(self.forms, 1)
        foot = FlowLayout(self._theme.px(8))
        presenter = self._presenter
        self.opening = button("&Générer…", self._on(self.forms, presenter.open_form), self._theme, icon_name="printer")
        self.opening.setToolTip("À lire et imprimer, sans renseignement de santé")
        self.filling = button("Générer avec la sa&nté…", self._on(self.forms, presenter.fill_form), self._theme,
                              icon_name="lock")
        self.filling.setToolTip("Ouvre la fiche santé : la raison est demandée et enregistrée")
        self.sending = button("&Envoyer par courriel", self._on(self.forms, presenter.send_form), self._theme,
                              icon_name="mail")
        self.sending.setToolTip("Sans renseignement de santé")
        for gesture in (self.opening, self.filling, self.sending):
            foot.addWidget(gesture)
        panel.body.addLayout(foot)
        self.forms.chosen.connect(lambda _row: self._show_gestures())
        self.forms.activated_row.connect(presenter.open_form)
        self._forms_panel = panel
        return panel

    @staticmethod
    def _form_columns() -> Sequence[Column[FormLine]]:
        return (
            Column("Enfant", lambda line: line.child, width=22, strong=True, tip=lambda line: line.child),
            Column("Fiche", lambda line: line.kind.label, width=22),
            Column("État", lambda line: "Non demandée" if line.is_optional else line.state.label, Kind.STATE, width=16,
                   mark=lambda line: _OPTIONAL if line.is_optional else FORM_MARKS[line.state]),
            Column("Suivi", lambda line: line.followed.told, width=56, tip=lambda line: line.followed.told),
        )

    def _build_asked(self) -> Panel:
        panel = Panel(self._theme, "Documents demandés")
        self.table: Table[PaperLine] = Table("Documents demandés", self._columns(), self._theme)
        self.table.setMinimumHeight(self._theme.size("row_height", "table") * _LEAST_ROWS)
        self._nothing = Empty(self._theme)
        self._asked = QStackedWidget()
        self._asked.setMinimumHeight(self._theme.size("row_height", "table") * _LEAST_ROWS)
        self._asked.addWidget(self.table)
        self._asked.addWidget(self._nothing)
        panel.body.addWidget(self._asked, 1)
        foot = FlowLayout(self._theme.px(8))
        self.joining = button("&Joindre…", self.join, self._theme, icon_name="plus")
        self.joining.setToolTip("Choisir les fichiers d'un document, ou les déposer ici")
        self.waiving = button("Dé&rogation…", self._on(self.table, self._presenter.waive), self._theme,
                              icon_name="clock")
        self.waiving.setToolTip("Laisser inscrire sans ce document jusqu'à un jour")
        self.joining.setVisible(self._presenter.may_join)
        for gesture in (self.joining, self.waiving):
            foot.addWidget(gesture)
        panel.body.addLayout(foot)
        self.table.chosen.connect(lambda _row: self._show_gestures())
        self.table.activated_row.connect(lambda _row: self.join())
        return panel

    def _build_stays(self) -> Panel:
        panel = Panel(self._theme, "Inscriptions")
        self.stays: Table[RegistrationLine] = Table("Inscriptions", self._stay_columns(), self._theme)
        self.stays.setMinimumHeight(self._theme.size("row_height", "table") * 2)
        self._nobody = Empty(self._theme)
        self._stays = QStackedWidget()
        self._stays.setMinimumHeight(self._theme.size("row_height", "table") * 3)
        self._stays.addWidget(self.stays)
        self._stays.addWidget(self._nobody)
        panel.body.addWidget(self._stays, 1)
        foot = FlowLayout(self._theme.px(8))
        self.registering = button("&Inscrire un enfant…", self._presenter.register, self._theme, icon_name="plus")
        self.ending = button("Dernier j&our…", self._on(self.stays, self._presenter.end), self._theme,
                             icon_name="history")
        for gesture in (self.registering, self.ending):
            foot.addWidget(gesture)
        panel.body.addLayout(foot)
        self.stays.activated_row.connect(self._presenter.end)
        return panel

    def _columns(self) -> Sequence[Column[PaperLine]]:
        return (
            Column("Document", lambda line: line.obligation.name, width=52, strong=True,
                   tip=lambda line: line.obligation.name),
            Column("Pour", lambda line: line.whom, width=18, tip=lambda line: line.whom),
            Column("État", lambda line: line.state, Kind.STATE, width=13,
                   mark=lambda line: _OPTIONAL if line.is_optional else _MARKS[line.obligation.state]),
            Column("Jusqu'au", lambda line: line.obligation.until, Kind.DATE, width=11),
            Column("Obligatoire", lambda line: "Oui" if line.obligation.is_mandatory else "", width=11),
            Column("Commentaire", lambda line: line.obligation.comment, width=26,
                   tip=lambda line: line.obligation.comment),
        )

    def _stay_columns(self) -> Sequence[Column[RegistrationLine]]:
        return (
            Column("Enfant", lambda line: self._names.get(line.child_id, ""), width=22, strong=True),
            Column("Activité", lambda line: f"{line.service} : {line.activity}", width=34,
                   tip=lambda line: f"{line.service} : {line.activity}"),
            Column("Du", lambda line: line.period.start, Kind.DATE, width=11),
            Column("Au", lambda line: line.period.end, Kind.DATE, width=11),
            Column("État", lambda line: line.moment(self._today), Kind.STATE, width=12,
                   mark=lambda line: _STAYS[line.moment(self._today)]),
        )

    # --- what is shown ----------------------------------------------------------------------------------------------

    def show_papers(self, papers: Papers | None) -> None:
        """None: not known yet, or not for this agent."""
        if papers is None:
            self._names: dict[int, str] = {}
            told = "" if self._presenter.may_see else (
                "Vous n'avez pas le droit « Voir les pièces des familles » : demandez-le à l'administrateur de la base."
            )
            self.headline.setText(told)
            self.counted.setText("")
            self.table.set_rows(())
            self.forms.set_rows(())
            self._forms_panel.hide()
            self.seeing.hide()
            self.stays.set_rows(())
            self._show_gestures()
            return
        self._today, self._names = papers.today, dict(papers.obligations.names)
        self.headline.setText(papers.headline)
        self.headline.setProperty("kind", "error" if papers.is_blocking else "strong")
        self.headline.style().polish(self.headline)
        self.counted.setText(papers.counted)
        self.counted.setVisible(bool(papers.counted))
        self.table.set_rows(papers.lines)
        self._asked.setCurrentWidget(self.table if papers.lines else self._nothing)
        if papers.types or not self._presenter.may_configure:
            self._nothing.say("Les documents demandés paraissent ici dès qu'un enfant est inscrit.")
        else:
            self._nothing.say("La liste proposée reprend les pièces que demandent la plupart des communes.",
                              "Adopter la liste", self._presenter.adopt)
        self.forms.set_rows(papers.forms)
        self._forms_panel.setVisible(bool(papers.forms))
        self.seeing.setVisible(True)
        self.stays.set_rows(papers.registrations)
        self._stays.setCurrentWidget(self.stays if papers.registrations else self._nobody)
        self._nobody.say("Aucun enfant de cette famille n'est inscrit à une activité.")
        self._show_gestures()

    def _show_gestures(self) -> None:
        line = self.table.current_row()
        self.waiving.setVisible(
            self._presenter.may_waive and line is not None and line.obligation.is_mandatory
            and line.obligation.state is not ObligationState.VALIDATED
        )
        form = self.forms.current_row()
        self.opening.setVisible(self._presenter.may_make)
        self.filling.setVisible(self._presenter.may_fill and form is not None and form.kind is FormKind.HEALTH)
        self.sending.setVisible(self._presenter.may_send)
        self.registering.setVisible(self._presenter.may_register)
        self.ending.setVisible(self._presenter.may_register and bool(self.stays.table_model.rowCount()))

    # --- gestures -----------------------------------------------------------------------------------------------------

    def join(self) -> None:
        """Choose the files of one document."""
        if self._presenter.may_join:
            self._presenter.join(choose_files_to_read(self, "Joindre un document", _KINDS), self.table.current_row())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's own name
        if _local_files(event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's own name
        files = _local_files(event.mimeData().urls())
        if files:
            event.acceptProposedAction()
            self._presenter.join(files, self.table.current_row())

    @staticmethod
    def _on(table: Table[R], run: Callable[[R], None]) -> Callable[[], None]:
        def on_row() -> None:
            row = table.current_row()
            if row is not None:
                run(row)

        return on_row


def _local_files(urls: Sequence[QUrl]) -> list[Path]:
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
