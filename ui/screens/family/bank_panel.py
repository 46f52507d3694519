"""The panel « Prélèvement » of the synthesis."""

from __future__ import annotations

from datetime import date
from functools import partial

from PySide6.QtWidgets import QWidget

from backoffice.bank.queries import Mandate
from backoffice.kernel.periods import french_day
from ui.screens.family.bank import MANDATE, BankPresenter, Debit
from ui.screens.family.pieces import facts, said
from ui.screens.family.words import period_words
from ui.theme.tokens import Theme
from ui.widgets.basics import Panel, button, line
from ui.widgets.flow import FlowLayout

_NONE = "Non : la famille paie autrement."


def debit_panel(theme: Theme, bank: BankPresenter, debit: Debit, today: date) -> Panel:
    """The mandate of today, then those before or to come; « oui » or « non » for who may not see an account."""
    panel = Panel(theme, "Prélèvement")
    if bank.may_edit and debit.mandates is not None:
        words = "Nouveau mandat" if debit.mandates else "Ajouter"
        add = button(words, partial(bank.begin, MANDATE), theme, kind="link", icon_name="plus")
        add.setAccessibleName("Prélèvement : ajouter un mandat")
        panel.add_gesture(add)
    held = debit.held
    if held is None:
        panel.body.addWidget(said("Oui" if debit.pays else _NONE, "strong" if debit.pays else "secondary"))
    else:
        panel.body.addWidget(said(f"Oui, {period_words(held.period, today)}", "strong"))
        panel.body.addWidget(_details(theme, debit, held))
        panel.body.addWidget(_gestures(theme, bank, debit, held))
    for mandate in debit.others:
        panel.body.addWidget(line())
        panel.body.addWidget(said(f"Mandat {period_words(mandate.period, today)}", "secondary"))
        panel.body.addWidget(said(debit.account(mandate)))
        panel.body.addWidget(_gestures(theme, bank, debit, mandate))
    return panel


def _details(theme: Theme, debit: Debit, mandate: Mandate) -> QWidget:
    found = QWidget()
    found.setLayout(facts(theme, [
        ("Compte", debit.account(mandate)),
        ("Titulaire", mandate.holder),
        ("Mandat", f"{mandate.mandate_reference}, signé le {french_day(mandate.signed_on)}"),
    ], least=72))
    return found


def _gestures(theme: Theme, bank: BankPresenter, debit: Debit, mandate: Mandate) -> QWidget:
    found = QWidget()
    flow = FlowLayout(theme.px(8), found)
    day = french_day(mandate.period.start)
    if debit.is_shown(mandate):
        gesture = button("Masquer", bank.hide_account, theme, icon_name="lock")
        gesture.setAccessibleName(f"Masquer le compte du mandat du {day}")
    else:
        gesture = button("Afficher", partial(bank.show_account, mandate), theme, icon_name="eye")
        gesture.setAccessibleName(f"Afficher le compte du mandat du {day} : c'est enregistré")
        gesture.setToolTip("Afficher le numéro de compte entier : c'est enregistré")
    flow.addWidget(gesture)
    if bank.may_edit:
        edit = button("Modifier", partial(bank.begin, f"{MANDATE}:{mandate.id}"), theme, icon_name="pencil")
        edit.setAccessibleName(f"Modifier le mandat du {day}")
        flow.addWidget(edit)
    return found
