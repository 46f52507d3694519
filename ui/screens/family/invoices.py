"""« Factures » : every document of the family, newest first; Enter opens one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from backoffice.billing.lists import InvoiceListRow
from ui.screen import Surroundings
from ui.screens.family.marks import invoice_mark
from ui.screens.family.presenter import FamilyPresenter
from ui.widgets.table.columns import Column, Kind
from ui.widgets.table.page import ListPane

COLUMNS: Sequence[Column[InvoiceListRow]] = (
    Column("Numéro", lambda row: row.number, width=16, strong=True),
    Column("Mois", lambda row: row.billed_month, width=15),
    Column("Service", lambda row: row.service_name, width=24),
    Column("Émise le", lambda row: row.issued_on, Kind.DATE, width=11),
    Column("Échéance", lambda row: row.due_on, Kind.DATE, width=11),
    Column("Total, €", lambda row: row.total, Kind.MONEY, width=11),
    Column("Réglé, €", lambda row: row.paid, Kind.MONEY, width=11),
    Column("Reste dû, €", lambda row: row.still_due, Kind.MONEY, width=11),
    Column("État", lambda row: row.state.label, Kind.STATE, width=22, mark=invoice_mark),
)


class InvoicesTab(QWidget):
    """A list like the others; nothing of it can be changed here."""

    def __init__(self, around: Surroundings, presenter: FamilyPresenter) -> None:
        super().__init__()
        self.list: ListPane[InvoiceListRow] = ListPane(
            around, "family/invoices", "factures", COLUMNS, placeholder="Numéro, mois, service, montant…"
        )
        self.list.opened.connect(presenter.open_invoice)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)

    def show_rows(self, rows: Sequence[InvoiceListRow] | None) -> None:
        """None: this agent may not see invoices."""
        self.list.say_when_empty(
            "Aucune facture pour cette famille. Elles paraissent ici dès qu'un mois est facturé."
            if rows is not None
            else "Vous n'avez pas le droit « Voir les factures » : demandez-le à l'administrateur de la base."
        )
        self.list.set_rows(rows or (), lambda row: row.haystack)
