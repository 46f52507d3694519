"""The tab of documents: what the town asks families for, and the form of one type beside the list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from backoffice.documents.types import DocumentTypeLine
from ui.drafting import Drafting
from ui.drafts import Task, Typed
from ui.screen import Surroundings
from ui.screens.administration.types import (
    OWNERS,
    TypesPresenter,
    asked_words,
    is_over,
    state_words,
    validity_words,
    weight_words,
)
from ui.widgets.basics import button
from ui.widgets.side import Beside
from ui.widgets.table.columns import Column, Kind, Mark
from ui.widgets.table.page import ListPane
from ui.widgets.task_form import TaskForm
from ui.widgets.task_panel import TaskPanel, follow

_EMPTY = (
    "La commune ne demande encore aucune pièce : rien n'est exigé des familles et rien n'est bloqué. Adoptez la liste "
    "proposée, puis retirez ou changez ce qui ne vous convient pas ; ou ajoutez vos pièces une à une."
)


class TypesTab(QWidget):
    """Enter or F2 opens the form of a type, Ctrl+N that of a new one."""

    def __init__(self, around: Surroundings, presenter: TypesPresenter, drafting: Drafting) -> None:
        super().__init__()
        theme = around.theme
        self._presenter = presenter
        self.list: ListPane[DocumentTypeLine] = ListPane(
            around, "types", "pièces", self._columns(), placeholder="Nom, service, code…"
        )
        self._add = button("Nou&velle pièce", presenter.add, theme, kind="primary", icon_name="plus")
        self._adopt = button("Compléter avec la liste proposée…", presenter.adopt, theme)
        gestures = QHBoxLayout()
        gestures.setSpacing(theme.px(8))
        gestures.addWidget(self._add)
        gestures.addWidget(self._adopt)
        gestures.addStretch(1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        column.addLayout(gestures)
        column.addWidget(self.list, 1)
        self.panel = TaskPanel(theme)
        follow(self.panel, drafting)
        self._beside = Beside(theme, left, self.panel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.px(12), 0, 0)
        layout.addWidget(self._beside)
        self.list.opened.connect(presenter.edit)
        for key, run in (("F2", self._edit), ("Ctrl+N", presenter.add)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.activated.connect(run)

    def _columns(self) -> Sequence[Column[DocumentTypeLine]]:
        return (
            Column("Pièce", lambda row: row.name, width=42, strong=True, tip=lambda row: row.name),
            Column("Pour", lambda row: OWNERS[row.owner], width=16),
            Column("Obligatoire", weight_words, width=20),
            Column("Demandée par", asked_words, width=26, tip=asked_words),
            Column("État", lambda row: state_words(row, self._presenter.today), Kind.STATE, width=18,
                   mark=self._mark),
            Column("Vaut", lambda row: validity_words(row.values), width=27),
            Column("Groupe", lambda row: row.values.group, width=12),
            Column("Gardée (jours)", lambda row: row.values.retention_days, Kind.NUMBER, width=13),
            Column("Formulaire", lambda row: row.values.form, width=20),
            Column("Code", lambda row: row.code, width=16),
        )

    def _mark(self, row: DocumentTypeLine) -> Mark:
        asked = bool(row.requirements) and not is_over(row, self._presenter.today)
        return Mark("circle-check", "success") if asked else Mark("circle-slash", "text_muted")

    # --- what the page asks -----------------------------------------------------------------------------------

    def show_types(self, lines: Sequence[DocumentTypeLine]) -> None:
        before = self.list.table.current_row()
        self.list.say_when_empty(_EMPTY, "Adopter la liste proposée…", self._presenter.adopt)
        self._adopt.setVisible(bool(lines) and bool(self._presenter.proposed))
        self.list.set_rows(lines, None, partial(self._choose_again, before))

    def _choose_again(self, before: DocumentTypeLine | None) -> None:
        if before is not None:
            line = self.list.table.table_model.position_of(lambda row: row.id == before.id)
            if line is not None:
                self.list.table.choose(line)

    def show_task(self, task: Task, values: Typed) -> None:
        self.panel.show_task(task, values)
        self._beside.open_panel()

    def hide_task(self) -> None:
        self._beside.close_panel()
        self.list.take_keyboard()

    @property
    def form_typed(self) -> TaskForm:
        return self.panel.task_form

    def search_entry(self) -> QWidget:
        return self.list.search

    def _edit(self) -> None:
        row = self.list.table.current_row()
        if row is not None:
            self._presenter.edit(row)
