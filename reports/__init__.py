"""Frozen views in, bytes out: what families and the régie receive.

`RENDERERS` lists every output by name: a test asks of each that the same view gives the same bytes. To add one:
write a function `(frozen view) -> bytes` in a module of this folder, register it here, add its golden test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backoffice.billing.views import BillingMonth, InvoiceView
    from backoffice.clocking.badges import CardSheet
    from backoffice.documents.forms import FormView
    from backoffice.letters.queries import PaperLetter
    from reports.day_lists import DayList
    from reports.table_pdf import PrintedTable

# ReportLab and openpyxl are loaded by the first file made: a window that shows families does not pay for them.


def _invoice_pdf(view: InvoiceView) -> bytes:
    from reports.invoice_pdf import render_invoice
    return render_invoice(view)


def _billing_workbook(month: BillingMonth) -> bytes:
    from reports.billing_workbook import billing_workbook
    return billing_workbook(month)


def _table_pdf(table: PrintedTable) -> bytes:
    from reports.table_pdf import render_table
    return render_table(table)


def _letters_pdf(letters: Sequence[PaperLetter]) -> bytes:
    from reports.letter_pdf import render_letters
    return render_letters(letters)
def _cards_pdf(sheet: CardSheet) -> bytes:
    from reports.card_pdf import render_cards
    return render_cards(sheet)


def _form_pdf(view: FormView) -> bytes:
    from reports.form_pdf import render_form
    return render_form(view)


def _day_list_pdf(listed: DayList) -> bytes:
    from reports.day_lists import day_list_pdf
    return day_list_pdf(listed)


def _day_list_workbook(listed: DayList) -> bytes:
    from reports.day_lists import day_list_workbook
    return day_list_workbook(listed)


Renderer = Callable[[Any], bytes]

RENDERERS: Mapping[str, Renderer] = MappingProxyType({
    "invoice.pdf": _invoice_pdf,                # InvoiceView
    "billing_month.xlsx": _billing_workbook,    # BillingMonth
    "table.pdf": _table_pdf,                    # PrintedTable
    "letters.pdf": _letters_pdf,                # the PaperLetters, in their order
    "cards.pdf": _cards_pdf,                    # CardSheet
    "form.pdf": _form_pdf,                      # FormView
    "day_list.pdf": _day_list_pdf,              # DayList
    "day_list.xlsx": _day_list_workbook,        # the same
})
