"""Decides what the page of invoices shows and does: find, read, explain, cancel, keep. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias

from backoffice.attendance.day import DayRow
from backoffice.billing.cancelling import InvoiceCancelled
from backoffice.billing.explaining import DaysOfCharge
from backoffice.billing.issuing import MonthIssued
from backoffice.billing.lists import InvoiceListRow, ListInvoices
from backoffice.billing.months import BillingMonths, MonthFigures
from backoffice.billing.queries import InvoicesByIds
from backoffice.billing.views import InvoiceKind, InvoiceView
from backoffice.catalog.queries import ListServices, Service
from backoffice.importing.takeover import DataImported
from backoffice.kernel.batches import batches
from backoffice.kernel.errors import UserError
from backoffice.kernel.events import Event
from backoffice.kernel.filestore import safe_name
from backoffice.kernel.periods import Month
from backoffice.kernel.progress import Progress
from ui.explanations import Chapter, chapters
from ui.papers import Printer, print_paper, save_paper
from ui.presenting import Banner, Desk, Paper, Place, banner_for, read_for
from ui.screens.invoices.cancelling import Cancelling, CancellingPage
from ui.screens.invoices.rows import Filter, by_filter
from ui.widgets.table.columns import shown

_LATEST = "latest"
_READ_AT_ONCE = 50  # documents between two looks at « Arrêter »
_NOTHING_PAID = "Aucun règlement n'est enregistré pour ces factures : leurs retards ne sont pas connus."


class Whole(StrEnum):
    """Beside the months, as far as a list may go."""

    YEAR = "year"
    ALWAYS = "always"


When: TypeAlias = Month | Whole


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was issued, its PDF, and why it cannot be cancelled (empty: it can)."""

    row: InvoiceListRow
    view: InvoiceView
    pdf: bytes
    not_cancellable: str


@dataclass(frozen=True, slots=True)
class Listed:
    """What one reading of the list brought."""

    months: Sequence[MonthFigures]
    services: Sequence[Service]
    when: When
    rows: Mapping[Filter, Sequence[InvoiceListRow]]


class InvoicesPage(CancellingPage, Protocol):
    """What the presenter asks of its page."""

    def show_banner(self, banner: Banner | None) -> None: ...

    def fault_over(self, reread: Callable[[], None]) -> None: ...

    def show_choices(self, months: Sequence[Month], when: When, services: Sequence[Service], service: str) -> None: ...

    def is_seen(self) -> bool: ...

    def show_rows(
        self, rows: Mapping[Filter, Sequence[InvoiceListRow]], kept: Filter, empty: str, selected: int | None
    ) -> None:
        """Show the rows of a chip and put the keyboard on the document `selected`, when it is there."""
        ...

    def show_document(self, document: Document | None) -> None: ...

    def show_explained(self, found: Sequence[Chapter], note: str) -> None: ...

    def choose_pdf(self, name: str) -> Path | None: ...

    def choose_printer(self, title: str) -> Printer | None: ...

    def chosen_rows(self) -> Sequence[InvoiceListRow]: ...

    def show_together(self, paper: Paper) -> None: ...


class InvoicesPresenter:
    """A month of documents (the latest, unless told otherwise); the one under the keyboard is read beside."""

    def __init__(self, page: InvoicesPage, desk: Desk) -> None:
        self._page = page
        self._desk = desk
        self._context = desk.context
        self._when: When | None = None  # the latest month
        self._service = ""
        self._kept = Filter.ALL
        self._listed: Listed | None = None
        self._selected: int | None = None
        self._row: InvoiceListRow | None = None  # the one under the keyboard
        self._wanted_number = ""
        self._document: Document | None = None
        self._explaining = False
        self.cancelling = Cancelling(page, desk, self._cancelled)
        for kind in (MonthIssued, InvoiceCancelled, DataImported):
            desk.hear(kind, self._changed)
        self._context.listen(self._follow)

    # --- the list ---------------------------------------------------------------------------------------------

    def open(self, *, invoice: int | None = None, month: Month | None = None, kept: Filter | None = None) -> None:
        """Come here: for a document, a month, a chip, or to what was here before."""
        self._page.show_banner(None)
        if invoice is not None:
            self._selected, self._kept, self._service = invoice, Filter.ALL, ""
            self._find(invoice)
            return
        if kept is not None:
            # Late invoices are of any month; the other chips stay within the month.
            self._kept, self._when = kept, self._of_any_month() if kept is Filter.OVERDUE else None
        if month is not None:
            self._when = month
        self.load()  # at each visit: other agents bill and cancel too

    def _find(self, invoice: int) -> None:
        """Show the month of this document."""
        app = self._desk.app
        self._desk.run.read(
            lambda progress: app.ask(InvoicesByIds((invoice,)), progress=progress)[0].billed_month,
            self._month_found,
            partial(self._not_found, invoice),
            "list",
        )

    def _month_found(self, month: Month | None) -> None:
        self._when = month or Whole.ALWAYS
        self.load()

    def _of_any_month(self) -> Whole:
        """As the home page counts: whatever is late today; of one year when another than this one is chosen."""
        return Whole.ALWAYS if self._context.other_year is None else Whole.YEAR

    def _not_found(self, invoice: int, error: Exception) -> None:
        """Say so above the list of before: a document that is not there is no reason to show nothing."""
        self._selected = None
        self._page.show_banner(banner_for(error, reread=partial(self._find, invoice)))
        if isinstance(error, UserError):
            self.load()

    def load(self) -> None:
        """Read the months and the documents of the one that is chosen."""
        app, wanted, service = self._desk.app, self._when, self._service
        structure, year = self._context.structure_id, self._context.year
        may_see_services = app.actor.may("catalog.read")

        def work(progress: Progress) -> Listed:
            known = app.ask(BillingMonths(structure_id=structure), progress=progress)
            months = [one for one in known if one.month.first_day in year]
            services = app.ask(ListServices(structure)) if may_see_services else ()
            when = wanted or _latest(months) or Whole.YEAR
            query = ListInvoices(
                month=when if isinstance(when, Month) else None,
                service_codes=(service,) if service else (),
                structure_id=structure,
                year=year if when is Whole.YEAR else None,
            )
            rows = app.ask(query, progress=progress)
            return Listed(months, services, when, by_filter(rows, app.clock.today()))

        read_for(self._page, self._desk, work, self._loaded, self.load, "list")

    def _loaded(self, listed: Listed) -> None:
        self._listed = listed
        self._when = listed.when
        self._page.show_choices([one.month for one in listed.months], listed.when, listed.services, self._service)
        if self._wanted_number:
            found = (row.id for row in listed.rows[Filter.ALL] if row.number == self._wanted_number)
            self._selected = next(found, self._selected)
            self._wanted_number, self._kept = "", Filter.ALL
        self._show_rows()

    def choose_month(self, when: When) -> None:
        """Show this month, the whole school year, or everything."""
        self._when = when
        self.load()

    def _follow(self) -> None:
        """Another structure, or another year: its latest month."""
        self._when, self._service = None, ""
        if self._page.is_seen():
            self.load()

    def choose_service(self, code: str) -> None:
        """Show this service, or all of them."""
        self._service = code
        self.load()

    def keep(self, kept: Filter) -> None:
        self._kept = kept
        self._show_rows()

    def filters(self) -> Mapping[str, str]:
        """`state` (a chip), `service` (its code), `month` (« latest », « 2026-10 », « year »; none: of every year)."""
        state = "" if self._kept is Filter.ALL else self._kept.value
        found = {"state": state, "service": self._service, "month": self._when_kept()}
        return {name: value for name, value in found.items() if value}

    def _when_kept(self) -> str:
        latest = _latest(self._listed.months) if self._listed is not None else None
        if self._when in {None, latest}:
            return _LATEST
        return "" if self._when is Whole.ALWAYS else str(self._when)

    def apply_filters(self, wanted: Mapping[str, str]) -> None:
        state, month = wanted.get("state", ""), wanted.get("month", "")
        self._kept = Filter(state) if state in set(Filter) else Filter.ALL
        self._service = wanted.get("service", "")
        if not month:
            self._when = Whole.ALWAYS
        elif month == Whole.YEAR:
            self._when = Whole.YEAR
        else:
            self._when = None if month == _LATEST else Month.parse(month)
        self.load()

    def filters_in_words(self) -> Sequence[str]:
        names = {one.code: one.name for one in self._listed.services} if self._listed is not None else {}
        words = [self._when_words(), self._context.structure_kept, names.get(self._service, "")]
        chip = "" if self._kept is Filter.ALL else self._kept.label.replace("&", "").lower()
        return [word for word in (*words, chip) if word]

    def _when_words(self) -> str:
        if isinstance(self._when, Month):
            return self._when.in_french
        return "toutes les années" if self._when is Whole.ALWAYS else f"année {self._context.year}"

    def _show_rows(self) -> None:
        if self._listed is not None:
            self._page.show_rows(self._listed.rows, self._kept, self._empty_words(), self._selected)

    def _empty_words(self) -> str:
        if self._kept is Filter.OVERDUE:
            known = self._listed is not None and any(row.paid for row in self._listed.rows[Filter.ALL])
            return "Aucune facture en retard." if known else _NOTHING_PAID
        if self._kept is not Filter.ALL:
            return "Aucun document de ce genre ici."
        if isinstance(self._when, Month):
            return f"Aucune facture pour {self._when.in_french}."
        if self._when is Whole.YEAR:
            return f"Aucune facture pour l'année {self._context.year} : elles viennent de Facturation."
        return "Aucune facture : la première viendra de Facturation."

    def _changed(self, _event: Event) -> None:
        if self._page.is_seen():
            self.load()

    # --- the document -----------------------------------------------------------------------------------------

    def select(self, row: InvoiceListRow | None) -> None:
        """Read the document under the keyboard and make its PDF."""
        if row is None:
            self._document, self._selected, self._row = None, None, None
            self.cancelling.give_up()
            self._page.show_document(None)
            return
        self._row = row
        self._selected = row.id  # also when it is there already: another one may be on its way
        if self._document is not None and row == self._document.row:
            return
        app = self._desk.app

        def work(progress: Progress) -> Document:
            from reports.invoice_pdf import render_invoice

            (view,) = app.ask(InvoicesByIds((row.id,)), progress=progress)
            return Document(row, view, render_invoice(view), self._why_not(row))

        self._desk.run.read(work, self._read, lambda error: self._document_refused(error, row), "document")

    def _select_again(self) -> None:
        self.select(self._row)

    def _why_not(self, row: InvoiceListRow) -> str:
        if row.kind is InvoiceKind.HISTORIC:
            return "Facture reprise d'un autre logiciel : elle s'annule là où elle a été émise."
        if row.kind is InvoiceKind.CREDIT_NOTE:
            return "Un avoir ne s'annule pas."
        if row.cancelled_by:
            return f"Déjà annulée par l'avoir {row.cancelled_by}."
        if not self._desk.app.actor.may("billing.cancel"):
            return "Vous n'avez pas le droit d'annuler une facture : demandez-le à l'administrateur de la base."
        return ""

    def _read(self, document: Document) -> None:
        if document.row.id != self._selected:
            return
        self._page.fault_over(self._select_again)
        self.cancelling.give_up()
        self._document = document
        self._page.show_document(document)
        if self._explaining:
            self.explain()

    def _document_refused(self, error: Exception, row: InvoiceListRow) -> None:
        if row.id != self._selected:
            return
        self._document = None
        self._page.show_document(None)
        self._page.show_banner(banner_for(error, reread=self._select_again))

    def show_paper(self) -> None:
        """Read the document itself."""
        self._explaining = False

    def explain(self) -> None:
        """Line by line: quantity × price = amount, why, and on which days."""
        self._explaining = True
        document, app = self._document, self._desk.app
        if document is None:
            self._page.show_explained((), "")
            return
        lines, month = document.view.lines, document.view.billed_month
        note = _note(document.view)
        self._page.show_explained(chapters(lines, month), note)
        cancelled = document.view.cancelled_by is not None or document.view.kind is not InvoiceKind.INVOICE
        if cancelled:
            return

        def work(_progress: Progress) -> Sequence[Chapter]:
            days: dict[int, tuple[DayRow, ...]] = {
                place: app.ask(DaysOfCharge(line.id)) for place, line in enumerate(lines)
            }
            return chapters(lines, month, days)

        def done(found: Sequence[Chapter]) -> None:
            if document is self._document:
                self._page.show_explained(found, note)

        # Without its days the explanation already stands: a fault here takes nothing away.
        self._desk.run.read(work, done, lambda _: None, "explanation")

    def open_family(self) -> None:
        if self._document is not None:
            self._desk.go(Place("family", {"id": str(self._document.row.family_id)}))

    def save(self) -> None:
        """Write the PDF where the agent says."""
        paper = self._paper
        if paper is not None:
            path = self._page.choose_pdf(safe_name(paper.name, ".pdf"))
            if path is not None:
                self._save(path, paper)

    def _save(self, path: Path, paper: Paper) -> None:
        self._page.show_banner(None)
        save_paper(self._desk, paper, path, lambda error: self._page.show_banner(
            banner_for(error, lambda: self._save(path, paper))
        ))

    def print_(self) -> None:
        """Send the document to the printer that the agent chooses; several are read together first, on paper."""
        rows = self._page.chosen_rows()
        if len(rows) > 1:
            self._lay_out_together(rows)
            return
        paper = self._paper
        printer = self._page.choose_printer(paper.title) if paper is not None else None
        if paper is not None and printer is not None:
            self._page.show_banner(None)
            print_paper(self._desk, paper, printer, lambda error: self._page.show_banner(banner_for(error)))

    def _lay_out_together(self, rows: Sequence[InvoiceListRow]) -> None:
        app, today = self._desk.app, self._desk.app.clock.today()
        title = f"{shown(len(rows))} documents"

        def work(progress: Progress) -> Paper:
            from reports.invoice_pdf import render_together

            return Paper(title, f"{title} {today.isoformat()}", render_together(title, views(progress), today))

        def views(progress: Progress) -> Iterator[InvoiceView]:
            for place, some in enumerate(batches([row.id for row in rows], _READ_AT_ONCE)):
                progress(place * _READ_AT_ONCE, len(rows), "Mise en page")
                yield from app.ask(InvoicesByIds(tuple(some)))

        def again() -> None:
            self._lay_out_together(rows)

        self._desk.run.read(
            work, self._page.show_together, lambda error: self._page.show_banner(banner_for(error, again)),
            "print", "Mise en page",
        )

    @property
    def _paper(self) -> Paper | None:
        document = self._document
        if document is None:
            return None
        return Paper(f"{document.row.state.label} {document.row.number}", document.row.number, document.pdf)

    # --- cancelling -------------------------------------------------------------------------------------------

    def begin_cancelling(self) -> None:
        """Ask why, and from which day."""
        if self._document is not None and not self._document.not_cancellable:
            self.cancelling.begin(self._document.view)

    def _cancelled(self, number: str) -> None:
        """Show the credit note."""
        self._wanted_number = number
        self._document = None
        self.load()


def _latest(months: Sequence[MonthFigures]) -> Month | None:
    """The latest month with documents."""
    issued = [one.month for one in months if one.invoice_count or one.historic_count]
    return issued[-1] if issued else None


def _note(view: InvoiceView) -> str:
    """What is said above the lines of a document that does not stand alone."""
    if view.kind is InvoiceKind.CREDIT_NOTE:
        return f"Cet avoir annule la facture {view.cancels_number}. Motif : {view.reason}"
    if view.cancelled_by:
        return f"Facture annulée par l'avoir {view.cancelled_by} : ses journées sont de nouveau à facturer."
    if view.kind is InvoiceKind.HISTORIC:
        return "Facture reprise d'un autre logiciel : ses montants sont ceux qu'il avait calculés."
    return ""
