"""« Synthèse » : the whole family at a glance; each panel opens what it sums up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from backoffice.billing.lists import InvoiceListRow
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import FamilyFile, Member
from backoffice.families.rules import quotient_words
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE, euros
from backoffice.kernel.periods import french_day
from ui.screens.family.marks import invoice_mark, still_due
from ui.screens.family.pieces import Columns, facts, head, said, with_icon
from ui.screens.family.presenter import Tab
from ui.screens.family.words import (
    born_words,
    one_payer_of_two,
    payer_words,
    period_words,
    role_words,
)
from ui.theme.icons import icon
from ui.theme.tokens import Theme
from ui.widgets.basics import Panel, button, label, line
from ui.widgets.table.columns import shown

_INVOICES_SHOWN = 5


@dataclass(frozen=True)
class Gestures:
    """What the synthesis opens. `may_edit`: whether to offer what changes the file; `may_try`: what prices it."""

    show_tab: Callable[[Tab], None]
    begin: Callable[[str], None]
    open_invoice: Callable[[InvoiceListRow], None]
    open_family: Callable[[int], None]
    try_tariff: Callable[[], None]
    may_edit: bool
    may_try: bool


def summary(
    theme: Theme,
    file: FamilyFile,
    invoices: Sequence[InvoiceListRow] | None,
    today: date,
    gestures: Gestures,
    beside: Sequence[QWidget] = (),
) -> QWidget:
    """The panels of a family. `invoices` None: this agent may not see them; `beside`: those of other wings."""
    make = _Panels(theme, file, today, gestures)
    right = [make.quotient()]
    if invoices is not None:
        right.append(make.account(invoices))
    middle = [make.children(), make.contacts(), *beside]
    return Columns(theme, [[make.adults()], middle, right], (5, 7, 5), 300)


class _Panels:
    def __init__(self, theme: Theme, file: FamilyFile, today: date, gestures: Gestures) -> None:
        self._theme = theme
        self._file = file
        self._today = today
        self._gestures = gestures

    def adults(self) -> Panel:
        panel = self._panel("Adultes & payeurs", "Voir", Tab.ADULTS)
        for index, adult in enumerate(self._file.adults):
            if index:
                panel.body.addWidget(line())
            panel.body.addLayout(self._adult(adult))
        if not self._file.adults:
            panel.body.addWidget(said("Aucun responsable.", "secondary"))
        if one_payer_of_two(self._file):
            warning = sentence(UserError("family.one_payer_of_two"))
            panel.body.addWidget(with_icon(self._theme, "triangle-alert", warning, "warning", "warning"))
        if not self._file.payers_today:
            words = "Aucun payeur aujourd'hui : rien ne peut être facturé à cette famille."
            panel.body.addWidget(with_icon(self._theme, "circle-alert", words, "danger", "danger"))
        panel.body.addWidget(line())
        panel.body.addLayout(facts(self._theme, self._home_facts()))
        return panel

    def _adult(self, adult: Member) -> QVBoxLayout:
        layout = QVBoxLayout()
        layout.setSpacing(self._theme.px(4))
        place = label("titulaire" if adult.is_holder else "", "secondary")
        layout.addLayout(head(self._theme, said(adult.name, "strong"), place))
        person = adult.person
        phones = " · ".join(phone for phone in (person.mobile, person.phone) if phone)
        for name, text in (("phone", phones), ("mail", person.email),
                           ("receipt", payer_words(self._file, adult, self._today))):
            if text:
                layout.addWidget(with_icon(self._theme, name, text))
        return layout

    def _home_facts(self) -> list[tuple[str, str]]:
        homes = self._file.homes
        rows = []
        for index, home in enumerate(homes):
            whose = (f"chez {', '.join(home.people)}",) if len(homes) > 1 else ()
            rows.append(("" if index else "Adresse", "\n".join((*home.lines, *whose))))
        family = self._file.family
        return [*rows, ("Factures", family.billing_email), ("CAF ou MSA", family.caf_number)]

    def children(self) -> Panel:
        panel = self._panel("Enfants", "Voir", Tab.CHILDREN)
        for index, child in enumerate(self._file.children):
            if index:
                panel.body.addWidget(line())
            panel.body.addLayout(self._child(child))
        if not self._file.children:
            panel.body.addWidget(said("Pas encore d'enfant dans cette famille.", "secondary"))
        if self._gestures.may_edit and not self._file.children:
            add = button("Ajouter un enfant", partial(self._gestures.begin, "add:child"), self._theme,
                         icon_name="plus")
            panel.body.addWidget(add, 0, Qt.AlignmentFlag.AlignLeft)
        return panel

    def _child(self, child: Member) -> QVBoxLayout:
        layout = QVBoxLayout()
        layout.setSpacing(self._theme.px(4))
        name = said(child.person.first_name, "group")
        layout.addLayout(head(self._theme, name, label(child.person.last_name, "secondary")))
        layout.addWidget(said(born_words(child.person, self._today) or "date de naissance inconnue", "secondary"))
        for family in child.other_families:
            words = f"aussi dans le dossier {family.name.replace('&', '&&')}"
            open_ = partial(self._gestures.open_family, family.id)
            other = button(words, open_, self._theme, kind="link", icon_name="link")
            layout.addWidget(other, 0, Qt.AlignmentFlag.AlignLeft)
        return layout

    def contacts(self) -> Panel:
        panel = self._panel("Entourage", "Voir", Tab.CONTACTS)
        for contact in self._file.contacts:
            phones = " · ".join(phone for phone in (contact.person.mobile, contact.person.phone) if phone)
            panel.body.addLayout(head(self._theme, said(contact.name), label(phones, "secondary")))
        if not self._file.contacts:
            panel.body.addWidget(said("Personne d'autre à prévenir ni à autoriser.", "secondary"))
        return panel

    def quotient(self) -> Panel:
        panel = self._panel("Quotient & ressources", "Voir", Tab.VALUES)
        held, income = self._file.quotient_today, self._file.income_today
        if held is not None:
            panel.body.addWidget(label(quotient_words(held.value), "figure"))
            details = [period_words(held.period, self._today), held.source]
            panel.body.addWidget(said(" · ".join(text for text in details if text), "secondary"))
        else:
            words = "Aucun quotient en vigueur aujourd'hui."
            panel.body.addWidget(with_icon(self._theme, "triangle-alert", words, "warning", "warning"))
            if self._gestures.may_edit:
                add = button("Ajouter un quotient", partial(self._gestures.begin, "quotient"), self._theme,
                             icon_name="plus")
                panel.body.addWidget(add, 0, Qt.AlignmentFlag.AlignLeft)
        if income is not None:
            panel.body.addWidget(line())
            amount = euros(income.annual).replace(NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE)
            known = [("Ressources", f"{amount} par an"), ("À charge", _children(income.dependent_children))]
            panel.body.addLayout(facts(self._theme, known))
        if self._gestures.may_try:
            attempt = button("Essayer un tarif", self._gestures.try_tariff, self._theme, icon_name="calculator")
            panel.body.addWidget(attempt, 0, Qt.AlignmentFlag.AlignLeft)
        return panel

    def account(self, invoices: Sequence[InvoiceListRow]) -> Panel:
        panel = self._panel("Compte", "Factures", Tab.INVOICES)
        if not invoices:
            panel.body.addWidget(said("Aucune facture pour cette famille.", "secondary"))
            return panel
        due = euros(still_due(invoices)).replace(NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE)
        panel.body.addWidget(label(due, "figure"))
        panel.body.addWidget(said("reste dû, d'après les règlements connus", "secondary"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._theme.px(8))
        grid.setVerticalSpacing(self._theme.px(4))
        grid.setColumnStretch(1, 1)
        for row, invoice in enumerate(invoices[:_INVOICES_SHOWN]):
            grid.addWidget(self._invoice(invoice), row, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(said(invoice.state.label, "secondary"), row, 1)
            grid.addWidget(label(shown(invoice.total)), row, 2, Qt.AlignmentFlag.AlignRight)
        panel.body.addLayout(grid)
        return panel

    def _invoice(self, invoice: InvoiceListRow) -> QPushButton:
        found = button(invoice.number, partial(self._gestures.open_invoice, invoice), self._theme, kind="link")
        mark = invoice_mark(invoice)
        found.setIcon(icon(mark.icon, self._theme.colour(mark.token), self._theme.size("icon", "default")))
        found.setToolTip(f"Facture {invoice.number} du {french_day(invoice.issued_on)}")
        found.setAccessibleName(f"Ouvrir la facture {invoice.number}, {invoice.state.label}")
        return found

    def _panel(self, title: str, words: str, tab: Tab) -> Panel:
        panel = Panel(self._theme, title)
        gesture = button(words, partial(self._gestures.show_tab, tab), self._theme, kind="link")
        gesture.setAccessibleName(f"{title} : {words.lower()}")
        panel.add_gesture(gesture)
        return panel


def _children(count: int) -> str:
    return f"{count} enfant{'s' if count > 1 else ''}"


def details(theme: Theme, file: FamilyFile, member: Member, today: date) -> QWidget:
    """All that the file says of one person, in words."""
    person = member.person
    found = QWidget()
    layout = QVBoxLayout(found)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(theme.px(8))
    born = born_words(person, today)
    pays = payer_words(file, member, today) if member.role is MemberRole.ADULT or member.pays else ""
    layout.addLayout(
        facts(
            theme,
            [
                ("Place", role_words(member)),
                ("Factures", pays),
                ("Naissance", born),
                ("Nom de naissance", person.birth_name),
                ("Mobile", person.mobile),
                ("Téléphone", person.phone),
                ("Courriel", person.email),
                ("Adresse", "\n".join(member.address)),
            ],
        )
    )
    if not (person.mobile or person.phone or person.email) and member.role is not MemberRole.CHILD:
        words = "Ni téléphone ni courriel : personne ne peut la joindre."
        layout.addWidget(with_icon(theme, "triangle-alert", words, "warning", "warning"))
    layout.addStretch(1)
    return found
