"""The shape and colour beside a state word: what is paid, what holds today. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from backoffice.billing.lists import InvoiceListRow, InvoiceState
from backoffice.billing.views import InvoiceKind
from backoffice.kernel.money import Money
from ui.widgets.table.columns import Mark

_INVOICES = MappingProxyType(
    {
        InvoiceState.TO_PAY: Mark("clock", "warning"),
        InvoiceState.PARTLY_PAID: Mark("clock", "warning"),
        InvoiceState.SETTLED: Mark("circle-check", "success"),
        InvoiceState.CANCELLED: Mark("x", "text_muted"),
        InvoiceState.CREDIT_NOTE: Mark("undo-2", "text_secondary"),
        InvoiceState.HISTORIC: Mark("history", "text_muted"),
    }
)
_PERIODS = MappingProxyType(
    {
        "en vigueur": Mark("circle-check", "success"),
        "à venir": Mark("clock", "info"),
        "terminé": Mark("history", "text_muted"),
    }
)


def invoice_mark(row: InvoiceListRow) -> Mark:
    return _INVOICES[row.state]


def period_mark(state: str) -> Mark:
    """For the words of `words.state_words`."""
    return _PERIODS[state]


def still_due(rows: Sequence[InvoiceListRow]) -> Money:
    """What is left to pay. Invoices taken over count only where their payments came with them."""
    known = any(row.paid for row in rows if row.kind is InvoiceKind.HISTORIC)
    return Money.total(row.still_due for row in rows if known or row.kind is not InvoiceKind.HISTORIC)
