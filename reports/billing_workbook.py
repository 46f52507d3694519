"""The month's billing as an Excel file for the régie.

« Synthèse » adds up, one row per service and their total; then one sheet per service, one row per invoice or
credit note; then every line of every invoice, and the amounts carried over. Totals are numbers, never formulas:
what the régie reads is what was issued. Nothing is due on a credit note, nor on the invoice it cancels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from backoffice.billing.views import (
    BillingMonth,
    CarriedView,
    InvoiceKind,
    InvoiceView,
    LineView,
    WorkbookService,
)
from backoffice.kernel.money import ZERO, Money
from reports.invoice_words import of_month
from reports.workbook import Column, Kind, TableWorkbook

SUMMARY, DETAIL, CARRIED = "Synthèse", "Détail des lignes", "Reports"


@dataclass(frozen=True, slots=True)
class ServiceTotals:
    """A row of the summary. `net` = `invoiced` + `credited` (negative); `still_due` adds up the service's rows."""

    service: str
    revenue_office: str
    invoices: int
    invoiced: Money
    credit_notes: int
    credited: Money
    already_paid: Money
    still_due: Money
    carried: int
    carried_amount: Money

    @property
    def net(self) -> Money:
        return self.invoiced + self.credited

    @classmethod
    def of(cls, service: WorkbookService) -> ServiceTotals:
        credit = [view for view in service.invoices if view.kind is InvoiceKind.CREDIT_NOTE]
        invoices = [view for view in service.invoices if view.kind is not InvoiceKind.CREDIT_NOTE]
        return cls(service.name, service.revenue_office,
                   len(invoices), Money.total(view.total for view in invoices),
                   len(credit), Money.total(view.total for view in credit),
                   Money.total(view.already_paid for view in service.invoices),
                   Money.total(view.still_due for view in service.invoices),
                   len({carried.family_id for carried in service.carried}),
                   Money.total(carried.amount for carried in service.carried))

    def __add__(self, other: ServiceTotals) -> ServiceTotals:
        return ServiceTotals("Total", "", self.invoices + other.invoices, self.invoiced + other.invoiced,
                             self.credit_notes + other.credit_notes, self.credited + other.credited,
                             self.already_paid + other.already_paid, self.still_due + other.still_due,
                             self.carried + other.carried, self.carried_amount + other.carried_amount)


@dataclass(frozen=True, slots=True)
class _Line:
    service: str
    invoice: InvoiceView
    line: LineView


def _months(view: InvoiceView) -> str:
    """« 09/2025, 10/2025 »: the months of the lines."""
    months = sorted({line.month for line in view.lines})
    return ", ".join(f"{month.month:02d}/{month.year}" for month in months)


def _state(view: InvoiceView) -> str:
    if view.kind is InvoiceKind.CREDIT_NOTE:
        return "Avoir"
    if view.cancelled_by:
        return "Annulée"
    if view.still_due <= ZERO:
        return "Soldée"
    return "À payer" if not view.already_paid else "Partielle"


_NATURE = {InvoiceKind.INVOICE: "Facture", InvoiceKind.CREDIT_NOTE: "Avoir", InvoiceKind.HISTORIC: "Reprise"}

_SUMMARY: tuple[Column[ServiceTotals], ...] = (
    Column("Service", 34, Kind.TEXT, lambda row: row.service),
    Column("Régie", 46, Kind.TEXT, lambda row: row.revenue_office),
    Column("Factures", 10, Kind.COUNT, lambda row: row.invoices),
    Column("Montant facturé", 18, Kind.EUROS, lambda row: row.invoiced.euros),
    Column("Avoirs", 9, Kind.COUNT, lambda row: row.credit_notes),
    Column("Montant des avoirs", 19, Kind.EUROS, lambda row: row.credited.euros),
    Column("Net", 16, Kind.EUROS, lambda row: row.net.euros),
    Column("Déjà réglé", 16, Kind.EUROS, lambda row: row.already_paid.euros),
    Column("Reste à payer", 16, Kind.EUROS, lambda row: row.still_due.euros),
    Column("Reports", 10, Kind.COUNT, lambda row: row.carried),
    Column("Montant reporté", 18, Kind.EUROS, lambda row: row.carried_amount.euros),
)

_INVOICE: tuple[Column[InvoiceView], ...] = (
    Column("Numéro", 19, Kind.TEXT, lambda view: view.number),
    Column("Nature", 10, Kind.TEXT, lambda view: _NATURE[view.kind]),
    # A reference is never added up, and as a number Excel would show 15 digits of it as 1E+14.
    Column("Référence", 17, Kind.TEXT, lambda view: "" if view.debt_number is None else str(view.debt_number)),
    Column("Émise le", 11, Kind.DAY, lambda view: view.issued_on),
    Column("Échéance", 11, Kind.DAY, lambda view: view.due_on),
    Column("Famille", 36, Kind.TEXT, lambda view: view.family_name),
    Column("Dossier", 13, Kind.TEXT, lambda view: view.family_reference),
    Column("Payeurs", 52, Kind.TEXT, lambda view: " ; ".join(payer.name for payer in view.payers)),
    Column("Mois", 17, Kind.TEXT, _months),
    Column("État", 11, Kind.TEXT, _state),
    Column("Annulée par / annule", 21, Kind.TEXT, lambda view: view.cancelled_by or view.cancels_number or ""),
    Column("Montant", 14, Kind.EUROS, lambda view: view.total.euros),
    Column("Déjà réglé", 14, Kind.EUROS, lambda view: view.already_paid.euros),
    Column("Reste à payer", 15, Kind.EUROS, lambda view: view.still_due.euros),
)

_LINE: tuple[Column[_Line], ...] = (
    Column("Service", 26, Kind.TEXT, lambda row: row.service),
    Column("Numéro", 19, Kind.TEXT, lambda row: row.invoice.number),
    Column("Famille", 26, Kind.TEXT, lambda row: row.invoice.family_name),
    Column("Enfant", 26, Kind.TEXT, lambda row: row.line.child_name),
    Column("Activité", 26, Kind.TEXT, lambda row: row.line.activity),
    Column("Prestation", 30, Kind.TEXT, lambda row: row.line.label),
    Column("Mois", 10, Kind.MONTH, lambda row: row.line.month.first_day),
    Column("Du", 11, Kind.DAY, lambda row: row.line.first_day),
    Column("Au", 11, Kind.DAY, lambda row: row.line.last_day),
    Column("Reporté", 10, Kind.TEXT, lambda row: "oui" if row.line.carried else "non"),
    Column("Unité", 10, Kind.TEXT, lambda row: row.line.unit),
    Column("Quantité", 12, Kind.QUANTITY, lambda row: row.line.quantity),
    Column("Prix unitaire", 14, Kind.EUROS,
           lambda row: None if row.line.unit_price is None else row.line.unit_price.euros),
    Column("Montant", 14, Kind.EUROS, lambda row: row.line.amount.euros),
)

_CARRIED: tuple[Column[CarriedView], ...] = (
    Column("Service", 34, Kind.TEXT, lambda row: row.service_name),
    Column("Mois", 12, Kind.MONTH, lambda row: row.month.first_day),
    Column("Famille", 34, Kind.TEXT, lambda row: row.family_name),
    Column("Dossier", 13, Kind.TEXT, lambda row: f"Dossier {row.family_id}"),
    Column("Montant reporté", 18, Kind.EUROS, lambda row: row.amount.euros),
)


def billing_workbook(month: BillingMonth) -> bytes:
    """The Excel file of a month. Same month, same bytes."""
    stream = BytesIO()
    write_billing_workbook(month, stream)
    return stream.getvalue()


def write_billing_workbook(month: BillingMonth, stream: IO[bytes]) -> None:
    """Writes the Excel file of a month to a binary stream; memory does not grow with the rows."""
    book = TableWorkbook(f"Facturation {of_month(month.month)}", month.issuer_name, month.month.last_day)
    totals = [ServiceTotals.of(service) for service in month.services]
    book.add(SUMMARY, _SUMMARY, totals, [column.read(grand_total(totals)) for column in _SUMMARY])
    # The fixed sheets come last but keep their names: a service called « Reports » gets « Reports (2) ».
    book.reserve(DETAIL, CARRIED)
    for service in month.services:
        book.add(service.name, _INVOICE, service.invoices)
    book.add(DETAIL, _LINE, _lines(month), reserved=True)
    carried = (row for service in month.services for row in service.carried)
    book.add(CARRIED, _CARRIED, carried, reserved=True)
    book.write(stream)


def grand_total(totals: list[ServiceTotals]) -> ServiceTotals:
    """The « Total » row: the sum of the services' rows, column by column."""
    return sum(totals, ServiceTotals("Total", "", 0, ZERO, 0, ZERO, ZERO, ZERO, 0, ZERO))


def _lines(month: BillingMonth) -> Iterator[_Line]:
    for service in month.services:
        for invoice in service.invoices:
            for line in invoice.lines:
                yield _Line(service.name, invoice, line)
