"""Cancelling an invoice by a credit note: a reason that the family reads, a day, a question. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Protocol
from uuid import uuid4

from backoffice.billing.cancelling import CancelInvoice
from backoffice.billing.views import InvoiceView
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import NO_BREAK_SPACE, euros
from backoffice.kernel.periods import SchoolYear, french_day, parse_french_day
from ui.explanations import on_screen
from ui.presenting import Banner, Desk, Question, Severity, banner_for


class CancellingPage(Protocol):
    """What is asked of the page: a form beside the document, and its errors."""

    def show_banner(self, banner: Banner | None) -> None: ...

    def show_form(self, title: str, day: str) -> None: ...

    def hide_form(self) -> None: ...

    def show_form_errors(self, reason: str, day: str) -> None: ...


class Cancelling:
    """One cancellation at a time; `done` hears the number of the credit note."""

    def __init__(self, page: CancellingPage, desk: Desk, done: Callable[[str], None]) -> None:
        self._page = page
        self._desk = desk
        self._done = done
        self._invoice: InvoiceView | None = None
        self._sending = False

    def begin(self, invoice: InvoiceView) -> None:
        """Show the form; the day proposed is today, unless the invoice bears a later one."""
        self._invoice = invoice
        day = max(self._desk.app.clock.today(), invoice.issued_on)
        self._page.show_form(f"Annuler {invoice.number} par un avoir", french_day(day))

    def give_up(self) -> None:
        if self._invoice is not None:
            self._invoice = None
            self._page.hide_form()

    def send(self, reason: str, day: str) -> None:
        """Check what was typed, ask, then issue the credit note."""
        invoice = self._invoice
        if invoice is None or self._sending:
            return
        reason_error, day_error, issued_on = "", "", None
        if not reason.strip():
            reason_error = sentence(UserError("billing.reason_missing"))
        try:
            issued_on = parse_french_day(day, SchoolYear.of(self._desk.app.clock.today()))
            if issued_on < invoice.issued_on:
                wrong = UserError("billing.credit_before_invoice", number=invoice.number, day=invoice.issued_on)
                day_error = sentence(wrong)
        except UserError as error:
            day_error = sentence(error)
        self._page.show_form_errors(reason_error, day_error)
        if reason_error or day_error or issued_on is None:
            return
        command = CancelInvoice(invoice.number, reason.strip(), issued_on, uuid4())
        self._desk.ask(_question(invoice, issued_on), lambda: self._execute(command))

    def _execute(self, command: CancelInvoice) -> None:
        app = self._desk.app
        self._sending = True
        self._page.show_banner(None)
        self._desk.run.write(
            lambda progress: app.execute(command, progress=progress),
            lambda number: self._issued(command, number),
            lambda error: self._refused(error, command),
            "Annulation par un avoir",
        )

    def _issued(self, command: CancelInvoice, number: str) -> None:
        self._sending = False
        self.give_up()
        self._desk.tell(f"Facture {command.number} annulée par l'avoir {number}", None)
        self._done(number)

    def _refused(self, error: Exception, command: CancelInvoice) -> None:
        self._sending = False
        if isinstance(error, UserError) and error.code == "operation.already_done":
            # The answer was lost on the way, not the work.
            self.give_up()
            self._page.show_banner(Banner(Severity.INFO, f"La facture {command.number} était déjà annulée."))
            self._done("")
            return
        self._page.show_banner(banner_for(error, lambda: self._execute(command)))


def _question(invoice: InvoiceView, issued_on: date) -> Question:
    total = on_screen(euros(invoice.total))
    return Question(
        f"Annuler la facture {invoice.number} ?",
        f"Famille {invoice.family_name}{NO_BREAK_SPACE}: un avoir de {total} est émis le {french_day(issued_on)}. "
        "La facture reste lisible, ses journées sont de nouveau à facturer. Un avoir ne s'annule pas.",
        "Émettre l'avoir",
        "Garder la facture",
        dangerous=True,
    )
