"""The list of families: everybody, found in a word, opened with Enter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QPushButton, QWidget

from backoffice.families.kinds import MemberRole
from backoffice.families.queries import PersonListRow
from ui.presenting import Place
from ui.screen import Screen, Surroundings
from ui.screens.families.presenter import FamiliesPresenter, Reason
from ui.theme.icons import icon
from ui.widgets.basics import button, chip
from ui.widgets.table.columns import Column, Kind, shown
from ui.widgets.table.page import ListPane
from ui.widgets.table.views import SavedView

_CENTS = Decimal("0.01")

VIEWS = (SavedView("Enfants par date de naissance", {"role": MemberRole.CHILD.value}, sorted_by="Né(e) le"),)


class FamiliesView(Screen):
    """One table, chips by role, one primary gesture; a chip more when only some families are shown."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Familles")
        self.presenter = FamiliesPresenter(self, around.desk)
        self._why: Mapping[int, str] = {}
        self.list: ListPane[PersonListRow] = ListPane(
            around, "families", "personnes", self._columns(), placeholder="Nom, prénom, téléphone, commune…",
            title="Familles", filters=self.presenter, views=VIEWS,
        )
        self._roles = QButtonGroup(self)
        self._chips: dict[MemberRole | None, QPushButton] = {}
        for words, role in (
            ("T&ous", None),
            ("&Enfants", MemberRole.CHILD),
            ("&Responsables", MemberRole.ADULT),
            ("Entoura&ge", MemberRole.CONTACT),
        ):
            found = chip(words, partial(self.presenter.keep_role, role), checked=role is None)
            found.setAccessibleName(words.replace("&", ""))
            self._roles.addButton(found)
            self._chips[role] = found
            self.list.filters.addWidget(found)
        self._reason = self._reason_chip()
        self.list.filters.addWidget(self._reason)
        if self.presenter.may_create:
            self.gestures.addWidget(
                button("&Nouvelle famille", self.presenter.create, self.theme, kind="primary", icon_name="plus",
                       shortcut="Ctrl+N")
            )
        self.list.opened.connect(self.presenter.open_family)
        self.body.addWidget(self.list)

    def _columns(self) -> Sequence[Column[PersonListRow]]:
        return (
            Column("Nom", lambda row: row.last_name, width=16, strong=True, key=lambda row: row.sort_name),
            Column("Prénom", lambda row: row.first_name, width=14),
            Column("Place", lambda row: row.role.label, width=11),
            Column("Né(e) le", lambda row: row.birth_date, Kind.DATE, width=10),
            Column("Famille", lambda row: row.family_name, width=22),
            Column("À régler", lambda row: self._why.get(row.family_id), width=34),
            Column("Dossier", lambda row: row.family_id, Kind.NUMBER, width=7),
            Column("QF", _quotient, Kind.NUMBER, width=9, key=lambda row: row.quotient),
            Column("Téléphone", lambda row: row.phone, width=13),
            Column("Commune", lambda row: row.city, width=16),
            Column("Courriel", lambda row: row.email, width=26),
        )

    def _reason_chip(self) -> QPushButton:
        found = chip("", self.presenter.everybody, checked=True)
        found.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the cross after the words
        found.setIcon(icon("x", self.theme.colour("text"), self.theme.size("icon", "inline")))
        found.hide()
        return found

    def open(self, place: Place) -> None:
        self.list.take_keyboard()
        self.presenter.open(place)
        self.list.open_at(place)

    def refresh(self) -> None:
        self.presenter.load()

    def search_entry(self) -> QWidget:
        return self.list.search

    # --- what the presenter asks ----------------------------------------------------------------------------------

    def show_people(self, rows: Sequence[PersonListRow]) -> None:
        before = self.list.table.current_row()
        self.list.set_rows(rows, lambda row: row.haystack, partial(self._choose_again, before))

    def _choose_again(self, before: PersonListRow | None) -> None:
        """The same person, wherever the list now shows her."""
        if before is None:
            return
        same = (before.person_id, before.family_id)
        line = self.list.table.table_model.position_of(lambda row: (row.person_id, row.family_id) == same)
        if line is not None:
            self.list.table.choose(line)

    def show_role(self, role: MemberRole | None) -> None:
        self._chips[role].setChecked(True)

    def show_reason(self, reason: Reason | None, why: Mapping[int, str]) -> None:
        self._why = why
        self.list.table.force_column("À régler", seen=reason is not None)
        self._reason.setVisible(reason is not None)
        self.follows_structure = self.follows_year = reason is not None  # everybody is of every structure
        self.show_scope()
        if reason is not None:
            count = f" ({shown(len(why))})" if why else ""
            self._reason.setText(f"{reason.words}{count}")
            self._reason.setChecked(True)
            self._reason.setToolTip("Voir toutes les familles")
            self._reason.setAccessibleName(f"Retirer le filtre : {reason.words}")

    def say_nothing(self, text: str, gesture: str) -> None:
        under_reason = self._reason.isVisibleTo(self)
        run = self.presenter.everybody if under_reason else self.presenter.create
        self.list.say_when_empty(text, gesture, run)


def _quotient(row: PersonListRow) -> Decimal | None:
    return None if row.quotient is None else row.quotient.quantize(_CENTS)
