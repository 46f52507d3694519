"""« Fiches à signer » : the forms of the children who are registered, and what is done with many of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QButtonGroup, QComboBox, QPushButton, QStackedWidget, QWidget

from backoffice.documents.form_lists import FormLine
from backoffice.documents.forms import FormKind
from ui.dialogs import choose_folder
from ui.presenting import Paper, Place
from ui.screen import Screen, Surroundings
from ui.screens.forms.presenter import EVERYWHERE, FormsPresenter, Kept, Round
from ui.widgets.basics import Empty, button, chip, restyle
from ui.widgets.flow import FlowLayout
from ui.widgets.folding import Foldaway
from ui.widgets.form_marks import FORM_MARKS
from ui.widgets.table.columns import Column, Kind, shown
from ui.widgets.table.view import Table


class FormsView(Screen):
    """Gestures are about the lines chosen; when one alone is, about every line shown."""

    follows_structure = True
    keys = (
        ("Entrée", "Ouvrir le dossier de la famille"),
        ("Ctrl+A", "Choisir toutes les lignes ; Maj+flèches en choisit plusieurs"),
        ("Ctrl+I", "Fiches en un seul document, à lire et imprimer"),
        ("Ctrl+E", "Envoyer par courriel, sans renseignement de santé"),
    )

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Fiches à signer")
        self.presenter = FormsPresenter(self, around.desk)
        theme, presenter = self.theme, self.presenter
        self._chips: dict[Kept, QPushButton] = {}
        self.table: Table[FormLine] = Table("Fiches à signer", self._columns(), theme, run=around.desk.run)
        self.table.activated_row.connect(presenter.open_family)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_gestures())
        self.table.table_model.rows_shown.connect(self._show_gestures)
        self.table.remember(around.preferences, "forms/table")
        self._print = button("&Imprimer…", self._with(presenter.print_), theme, icon_name="printer", shortcut="Ctrl+I")
        self._write = button("É&crire les PDF…", self._with(presenter.write), theme, icon_name="download")
        self._send = button("En&voyer par courriel…", self._with(presenter.send), theme, kind="primary",
                            icon_name="mail", shortcut="Ctrl+E")
        self._print.setToolTip("Toutes dans un document, à lire puis imprimer (Ctrl+I)")
        self._write.setToolTip("Un PDF par fiche, dans un dossier")
        self._send.setToolTip("Sans renseignement de santé (Ctrl+E)")
        for gesture in (self._print, self._write, self._send):
            self.gestures.addWidget(gesture)
        self._build_filters()
        self._nothing = Empty(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._nothing)
        self.body.addWidget(self._stack, 1)
        self._show_gestures()

    def _build_filters(self) -> None:
        choices = QWidget()
        row = FlowLayout(self.theme.px(8), choices)
        group = QButtonGroup(self)
        for kept in Kept:
            found = self._chips[kept] = chip(kept.label, partial(self.presenter.keep, kept),
                                             checked=kept is Kept.TO_DO)
            group.addButton(found)
            row.addWidget(found)
        self.place = QComboBox()
        self.place.setAccessibleName("Activité")
        self.place.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.place.setMinimumContentsLength(24)
        self.place.activated.connect(lambda _index: self.presenter.keep_place(self.place.currentData()))
        row.addWidget(self.place)
        self.kind = QComboBox()
        self.kind.setAccessibleName("Fiche")
        self.kind.addItem("Toutes les fiches", None)
        for kind in FormKind:
            self.kind.addItem(kind.label, kind)
        self.kind.activated.connect(lambda _index: self.presenter.keep_kind(self.kind.currentData()))
        row.addWidget(self.kind)
        self.body.addWidget(Foldaway(self.theme, "Filtres", choices))
        self.body.addWidget(choices)

    @staticmethod
    def _columns() -> Sequence[Column[FormLine]]:
        return (
            Column("Enfant", lambda line: line.child, width=21, strong=True, tip=lambda line: line.child),
            Column("Fiche", lambda line: line.kind.label, width=20),
            Column("État", lambda line: line.state.label, Kind.STATE, width=15,
                   mark=lambda line: FORM_MARKS[line.state], tip=lambda line: line.followed.told),
            Column("Générée le", lambda line: line.followed.generated_day, Kind.DATE, width=11),
            Column("Envoyée le", lambda line: line.followed.sent_day, Kind.DATE, width=11),
            Column("Revenue le", lambda line: line.followed.returned_day, Kind.DATE, width=11),
            Column("Inscrit à", lambda line: ", ".join(line.places), width=26, tip=lambda line: "\n".join(line.places)),
            Column("Famille", lambda line: line.family, width=18, tip=lambda line: line.family),
            Column("Courriel", lambda line: "Oui" if line.has_address else "Aucun", width=9),
        )

    # --- what the shell asks ------------------------------------------------------------------------------------------

    def open(self, place: Place) -> None:
        self.presenter.open(place)
        self.table.setFocus()

    def refresh(self) -> None:
        self.presenter.load()

    # --- what the presenter asks --------------------------------------------------------------------------------------

    def show_round(self, found: Round) -> None:
        for kept, one in self._chips.items():
            one.setText(f"{kept.label} {shown(found.counts[kept])}")
            one.setAccessibleName(one.text())
            restyle(one)
        self._chips[found.kept].setChecked(True)
        self.place.clear()
        self.place.addItem("Toutes les activités", EVERYWHERE)
        for name in found.places:
            self.place.addItem(name, name)
        self.place.setCurrentIndex(max(self.place.findData(found.place), 0))
        self.kind.setCurrentIndex(max(self.kind.findData(found.kind), 0))
        self.table.set_rows(found.lines)
        self._nothing.say(found.empty)
        self._stack.setCurrentWidget(self.table if found.lines else self._nothing)
        self._show_gestures()

    def choose_folder(self) -> Path | None:
        return choose_folder(self, "Dossier des fiches")

    def show_paper(self, paper: Paper) -> None:
        self.around.show_paper(paper)

    # --- gestures -----------------------------------------------------------------------------------------------------

    def _lines(self) -> list[FormLine]:
        chosen = self.table.selected_rows()
        return chosen if len(chosen) > 1 else self.table.table_model.rows_seen()

    def _with(self, run: Callable[[Sequence[FormLine]], None]) -> Callable[[], None]:
        return lambda: run(self._lines())

    def _show_gestures(self) -> None:
        count = len(self._lines())
        for gesture, words, may in (
            (self._print, "&Imprimer", self.presenter.may_make), (self._write, "É&crire", self.presenter.may_make),
            (self._send, "En&voyer", self.presenter.may_send),
        ):
            gesture.setText(f"{words} {shown(count)} fiche{'s' if count > 1 else ''}…")
            gesture.setAccessibleName(gesture.text().replace("&", ""))
            gesture.setEnabled(bool(count))
            gesture.setVisible(may)
