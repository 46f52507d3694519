"""The tabs of people: who is there, and beside the list all that is known of the one chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from backoffice.families.kinds import ChangeGroup, MemberRole
from backoffice.families.queries import FamilyFile, Member
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from ui.screens.family.health import HealthPresenter
from ui.screens.family.health_card import health_section
from ui.screens.family.marks import period_mark
from ui.screens.family.pieces import said, with_icon
from ui.screens.family.presenter import FamilyPresenter
from ui.screens.family.summary import details
from ui.screens.family.words import (
    ADD_WORDS,
    PayersLine,
    age_words,
    one_payer_of_two,
    payers_history,
)
from ui.theme.tokens import Theme
from ui.widgets.basics import Empty, Panel, button, clear, label
from ui.widgets.flow import FlowLayout
from ui.widgets.scrolled import scrolled
from ui.widgets.table.columns import Column, Kind, Mark
from ui.widgets.table.view import Table

_ROOM_FOR_TWO = 720
_LEAST_ROWS = 4
_NOBODY = {
    MemberRole.ADULT: "Aucun responsable dans cette famille.",
    MemberRole.CHILD: "Pas encore d'enfant dans cette famille.",
    MemberRole.CONTACT: "Personne d'autre à prévenir ni à autoriser à venir chercher les enfants.",
}
_TITLES = {MemberRole.ADULT: "Responsables", MemberRole.CHILD: "Enfants", MemberRole.CONTACT: "Entourage"}


class PeopleTab(QWidget):
    """The people of one role; for adults, who pays as well."""

    def __init__(
        self, theme: Theme, role: MemberRole, presenter: FamilyPresenter, health: HealthPresenter
    ) -> None:
        super().__init__()
        self._theme = theme
        self._role = role
        self._presenter = presenter
        self._health = health
        self._alerts: frozenset[int] = frozenset()
        self._file: FamilyFile | None = None
        self._today = date.min
        self.table: Table[Member] = Table(_TITLES[role], self._columns(), theme)
        self.empty = Empty(theme)
        self._list = QStackedWidget()
        self._list.addWidget(self.table)
        self._list.addWidget(self.empty)
        self.card = PersonCard(theme, presenter, self._beneath)
        self.payers = PayersPanel(theme, presenter) if role is MemberRole.ADULT else None
        self.table.setMinimumHeight(theme.size("row_height", "table") * _LEAST_ROWS)
        self.card.setMinimumHeight(theme.px(220))
        left = QWidget()
        stacked = QVBoxLayout(left)
        stacked.setContentsMargins(0, 0, 0, 0)
        stacked.setSpacing(theme.px(12))
        stacked.addWidget(self._list, 2)
        if self.payers is not None:
            stacked.addWidget(self.payers, 3)
        inside = QWidget()
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, inside)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.px(12))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._area = scrolled(inside)
        whole.addWidget(self._area)
        self._layout.addWidget(left, 3)
        self._layout.addWidget(self.card, 2)
        self.table.chosen.connect(self._choose)
        self.table.activated_row.connect(self._edit)

    def show_file(self, file: FamilyFile, today: date) -> None:
        self._file, self._today = file, today
        people = [member for member in file.members if member.role is self._role]
        before = self.table.current_row()
        self.table.set_rows(people)
        if before is not None:
            self.choose_person(before.person_id)
        if not people:
            add = partial(self._presenter.add, self._role)
            self.empty.say(_NOBODY[self._role], ADD_WORDS[self._role] if self._presenter.may_edit else "", add)
        self._list.setCurrentWidget(self.table if people else self.empty)
        self._choose(self.table.current_row())
        if self.payers is not None:
            self.payers.show_file(file, today)

    def choose_person(self, person_id: int) -> None:
        row = self.table.table_model.position_of(lambda member: member.person_id == person_id)
        if row is not None:
            self.table.choose(row)

    def show_alerts(self, children: frozenset[int]) -> None:
        """The children with an allergy or a PAI."""
        if children != self._alerts:
            self._alerts = children
            if self._file is not None:
                self.show_file(self._file, self._today)

    def show_health(self) -> None:
        """What is known of the health of the child chosen changed: bring what was asked for in sight."""
        child = self.table.current_row()
        self._choose(child)
        if child is not None and (self._health.opened(child) or self._health.readings(child) is not None):
            QTimer.singleShot(0, self.card, self._show_beneath)

    def _show_beneath(self) -> None:
        if self.card.isVisible():
            self._area.ensureWidgetVisible(self.card)
            self.card.show_beneath()

    def _beneath(self, member: Member) -> QWidget | None:
        """What the card says of a child's health, below the rest."""
        if member.role is not MemberRole.CHILD:
            return None
        alert = member.person_id in self._alerts
        return health_section(self._theme, self._health, member, self._today, alert=alert)

    def show_card(self, *, seen: bool) -> None:
        """The card makes room for what is typed beside the file."""
        self.card.setVisible(seen and self.table.current_row() is not None)

    def _choose(self, member: Member | None) -> None:
        if member is None or self._file is None:
            self.card.hide()
            return
        self.card.show_member(self._file, member, self._today)
        self.card.setVisible(self._presenter.is_room)

    def _edit(self, member: Member) -> None:
        self._presenter.edit_person(member)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's own name
        super().resizeEvent(event)
        wide = event.size().width() >= self._theme.px(_ROOM_FOR_TWO)
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._layout.direction() != direction:
            self._layout.setDirection(direction)

    def _columns(self) -> Sequence[Column[Member]]:
        name: Column[Member] = Column("Nom", lambda member: member.name, width=26, strong=True)
        phone: Column[Member] = Column("Téléphone", _reached, width=15)
        if self._role is MemberRole.CHILD:
            alert: Column[Member] = Column("Santé", self._alert, Kind.STATE, width=16, mark=self._alert_mark)
            return (
                name,
                Column("Né(e) le", lambda member: member.person.birth_date, Kind.DATE, width=11),
                Column("Âge", self._age, width=8),
                *((alert,) if self._health.may_see_alerts else ()),
                Column("Aussi dans", lambda member: ", ".join(f.name for f in member.other_families), width=24),
            )
        if self._role is MemberRole.CONTACT:
            return (name, phone, Column("Commune", lambda member: member.person.city, width=18))
        return (
            name,
            Column("Place", lambda member: "titulaire" if member.is_holder else "", width=9),
            Column("Payeur", self._pays, Kind.STATE, width=11, mark=_payer_mark),
            phone,
        )

    def _age(self, member: Member) -> str | None:
        born = member.person.birth_date
        return age_words(born, self._today) if born else None

    def _alert(self, member: Member) -> str:
        return "allergie ou PAI" if member.person_id in self._alerts else ""

    def _alert_mark(self, member: Member) -> Mark | None:
        return Mark("triangle-alert", "warning") if member.person_id in self._alerts else None

    def _pays(self, member: Member) -> str:
        if self._file is None or not member.pays:
            return ""
        first = self._file.payers_today[0].person_id == member.person_id
        return "seul" if len(self._file.payers_today) == 1 else "principal" if first else "second"


def _reached(member: Member) -> str:
    return member.person.mobile or member.person.phone


def _payer_mark(member: Member) -> Mark | None:
    return Mark("receipt", "text_secondary") if member.pays else None


class PersonCard(Panel):
    """All that is known of one person, and what can be done."""

    def __init__(
        self, theme: Theme, presenter: FamilyPresenter, beneath: Callable[[Member], QWidget | None]
    ) -> None:
        super().__init__(theme)
        self._theme = theme
        self._presenter = presenter
        self._beneath = beneath
        self._member: Member | None = None
        self._name = label(kind="group", wrap=True)
        self.body.addWidget(self._name)
        self._gestures = FlowLayout(theme.px(8))
        self.body.addLayout(self._gestures)
        self._inside = QWidget()
        self._room = QVBoxLayout(self._inside)
        self._room.setContentsMargins(0, 0, 0, 0)
        self._area = scrolled(self._inside, "Fiche de la personne")
        self._below: QWidget | None = None
        self.body.addWidget(self._area, 1)

    def show_member(self, file: FamilyFile, member: Member, today: date) -> None:
        self._member = member
        self._name.setText(member.name)
        self.setAccessibleName(member.name)
        clear(self._room)
        self._room.addWidget(details(self._theme, file, member, today))
        for family in member.other_families:
            words = f"Aussi dans le dossier {family.name.replace('&', '&&')}"
            open_ = partial(self._presenter.open_family, family.id)
            other = button(words, open_, self._theme, kind="link", icon_name="link")
            self._room.addWidget(other, 0, Qt.AlignmentFlag.AlignLeft)
        self._below = self._beneath(member)
        if self._below is not None:
            self._room.addWidget(self._below)
        self._room.addStretch(1)
        clear(self._gestures)
        if self._presenter.may_edit:
            edit = button("Modifier", partial(self._presenter.edit_person, member), self._theme, icon_name="pencil")
            edit.setToolTip("Modifier la fiche (F2)")
            self._gestures.addWidget(edit)
            self._gestures.addWidget(self._place_button(member))
        aside = self._presenter.aside
        history = button("Historique", partial(aside.show_changes, member.person_id), self._theme, icon_name="history")
        history.setAccessibleName(f"Historique de {member.name}")
        self._gestures.addWidget(history)
        if member.role is MemberRole.CHILD and aside.trial.allowed:
            attempt = button("Essayer un tarif", partial(aside.try_tariff, member.person_id), self._theme,
                             icon_name="calculator")
            attempt.setAccessibleName(f"Essayer un tarif pour {member.name}")
            self._gestures.addWidget(attempt)

    def show_beneath(self) -> None:
        """Bring what is below in sight, under the keyboard."""
        if self._below is not None:
            self._area.verticalScrollBar().setValue(self._below.y())
            self._area.setFocus()

    def _place_button(self, member: Member) -> QPushButton:
        found = button("Place dans la fam&ille", lambda: None, self._theme)
        menu = QMenu(found)
        for words, run in self._places(member):
            menu.addAction(words, run)
        found.setMenu(menu)
        return found

    def _places(self, member: Member) -> list[tuple[str, Callable[[], None]]]:
        """What can become of this person here."""
        presenter = self._presenter
        found: list[tuple[str, Callable[[], None]]] = []
        if member.role is MemberRole.ADULT:
            words = "N'est plus titulaire du dossier" if member.is_holder else "Devient titulaire du dossier"
            found.append((words, partial(presenter.set_holder, member, holder=not member.is_holder)))
        for role, words in (
            (MemberRole.ADULT, "Devient responsable"),
            (MemberRole.CONTACT, "Passe dans l'entourage"),
            (MemberRole.CHILD, "Devient enfant de la famille"),
        ):
            if role is not member.role:
                found.append((words, partial(presenter.change_role, member, role)))
        found.append(("Retirer de la famille", partial(presenter.remove, member)))
        return found


class PayersPanel(Panel):
    """Who invoices name, since when, and who they named before."""

    def __init__(self, theme: Theme, presenter: FamilyPresenter) -> None:
        super().__init__(theme, "Nommés sur les factures")
        self._theme = theme
        self._words = QVBoxLayout()
        self._words.setSpacing(theme.px(4))
        self.table: Table[PayersLine] = Table("Historique des payeurs", _PAYERS, theme)
        self.table.setMinimumHeight(theme.size("row_height", "table") * _LEAST_ROWS)
        self.body.addLayout(self._words)
        self.body.addWidget(self.table, 1)
        tell = partial(presenter.aside.show_changes, group=ChangeGroup.PAYERS)
        history = button("Historique", tell, theme, kind="link")
        history.setAccessibleName("Historique des payeurs : qui a changé quoi")
        self.add_gesture(history)
        if presenter.may_edit:
            change = button("Changer à partir d'une date", partial(presenter.begin, "payers"), theme, kind="link")
            self.add_gesture(change)

    def show_file(self, file: FamilyFile, today: date) -> None:
        clear(self._words)
        if not file.payers_today:
            words = "Personne aujourd'hui : rien ne peut être facturé à cette famille."
            self._words.addWidget(with_icon(self._theme, "circle-alert", words, "danger", "danger"))
        elif one_payer_of_two(file):
            words = sentence(UserError("family.one_payer_of_two"))
            self._words.addWidget(with_icon(self._theme, "triangle-alert", words, "warning", "warning"))
        else:
            named = " et ".join(payer.name for payer in file.payers_today)
            self._words.addWidget(said(named, "strong"))
        lines = payers_history(file.payers, today)
        self.table.set_rows(lines)
        self.table.setVisible(bool(lines))


_PAYERS: Sequence[Column[PayersLine]] = (
    Column("Du", lambda line: line.period.start, Kind.DATE, width=11),
    Column("Au", lambda line: line.period.end, Kind.DATE, width=11),
    Column("Payeur principal", lambda line: line.main, width=26, strong=True),
    Column("Second payeur", lambda line: line.second, width=26),
    Column("État", lambda line: line.state, Kind.STATE, width=12, mark=lambda line: period_mark(line.state)),
)
