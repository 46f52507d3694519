"""Which invoices a chip keeps. No Qt; worked out in a job, away from the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

from backoffice.billing.lists import InvoiceListRow, InvoiceState
from backoffice.billing.views import InvoiceKind
from backoffice.kernel.money import ZERO


class Filter(StrEnum):
    """The chips above the list; the values are those of places (« filter=overdue »)."""

    ALL = "all"
    TO_PAY = "to_pay"
    OVERDUE = "overdue"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return {
            "all": "T&outes",
            "to_pay": "À pa&yer",
            "overdue": "En &retard",
            "cancelled": "A&voirs et annulées",
        }[self.value]


_TO_PAY = frozenset({InvoiceState.TO_PAY, InvoiceState.PARTLY_PAID})
_CANCELLED = frozenset({InvoiceState.CANCELLED, InvoiceState.CREDIT_NOTE})


def by_filter(rows: Sequence[InvoiceListRow], today: date) -> Mapping[Filter, Sequence[InvoiceListRow]]:
    """The rows that each chip keeps."""
    return {
        Filter.ALL: rows,
        Filter.TO_PAY: [row for row in rows if row.state in _TO_PAY],
        Filter.OVERDUE: overdue(rows, today),
        Filter.CANCELLED: [row for row in rows if row.state in _CANCELLED],
    }


def overdue(rows: Sequence[InvoiceListRow], today: date) -> Sequence[InvoiceListRow]:
    """Past their last day to pay, with something left to pay.

    As on the home page, only where payments are known: when none is recorded among ours (or among those taken
    over), all of them would look unpaid.
    """
    known = {row.kind for row in rows if row.paid > ZERO}
    return [
        row
        for row in rows
        if row.kind in known
        and row.kind is not InvoiceKind.CREDIT_NOTE
        and row.due_on is not None
        and row.due_on < today
        and row.still_due > ZERO
    ]
