"""The list of families: everybody, found in a word, opened with Enter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QButtonGroup, QWidget

from backoffice.families.kinds import MemberRole
from backoffice.families.queries import PersonListRow
from ui.presenting import Place
from ui.screen import Screen, Surroundings
from ui.screens.families.presenter import FamiliesPresenter
from ui.widgets.basics import button, chip
from ui.widgets.table.columns import Column, Kind
from ui.widgets.table.page import ListPane

COLUMNS: Sequence[Column[PersonListRow]] = (
    Column("Nom", lambda row: row.last_name, width=20, strong=True),
    Column("Prénom", lambda row: row.first_name, width=16),
    Column("Lien", lambda row: row.role.label, width=12),
    Column("Né(e) le", lambda row: row.birth_date, Kind.DATE, width=11),
    Column("Famille", lambda row: row.family_name, width=28),
    Column("Dossier", lambda row: row.family_id, Kind.NUMBER, width=8),
    Column("QF", lambda row: row.quotient, Kind.NUMBER, width=9),
    Column("Téléphone", lambda row: row.phone, width=15),
    Column("Commune", lambda row: row.city, width=18),
    Column("Courriel", lambda row: row.email, width=26),
)


class FamiliesView(Screen):
    """One table, chips by role, one primary gesture."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Familles")
        self.presenter = FamiliesPresenter(self, around.desk)
        self.list: ListPane[PersonListRow] = ListPane(
            around, "families", "personnes", COLUMNS, placeholder="Nom, prénom, téléphone, commune…"
        )
        self.list.say_when_empty(
            "Aucune famille dans cette base. Créez la première, ou reprenez les données d'un autre logiciel "
            "depuis Administration.",
            "Créer une famille",
            self.presenter.create,
        )
        group = QButtonGroup(self)
        for words, role in (
            ("Tous", None),
            ("Enfants", MemberRole.CHILD),
            ("Responsables", MemberRole.ADULT),
            ("Entourage", MemberRole.CONTACT),
        ):
            found = chip(words, partial(self.presenter.keep_role, role), checked=role is None)
            group.addButton(found)
            self.list.filters.addWidget(found)
        self.gestures.addWidget(
            button("&Nouvelle famille", self.presenter.create, self.theme, kind="primary", icon_name="plus",
                   shortcut="Ctrl+N")
        )
        self.list.opened.connect(self.presenter.open)
        self.body.addWidget(self.list)

    def open(self, place: Place) -> None:  # noqa: ARG002 - every visit shows the same list
        self.presenter.load()

    def refresh(self) -> None:
        self.presenter.load()

    def search_entry(self) -> QWidget:
        return self.list.search

    def show_people(self, rows: Sequence[PersonListRow]) -> None:
        self.list.set_rows(rows, lambda row: row.haystack)
