"""What the page of invoices decides, without a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from backoffice.billing.history import HistoricInvoice, add_historic_invoices
from backoffice.billing.lists import InvoiceListRow, ListInvoices
from backoffice.catalog.queries import Service
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month, SchoolYear
from backoffice.kernel.progress import Progress
from tests.reports.reading import text_of
from tests.support.agent import Agent, Later
from tests.support.banner import BannerShown
from tests.support.desk import OCTOBER, SEPTEMBER, Desk, open_desk
from ui.explanations import Chapter
from ui.papers import Printer
from ui.presenting import Paper
from ui.screens.invoices.presenter import Document, InvoicesPresenter, When, Whole
from ui.screens.invoices.rows import Filter, overdue


@dataclass
class Page(BannerShown):
    """The last thing shown of each kind; the first row, or the one asked for, is under the keyboard."""

    presenter: InvoicesPresenter | None = None
    path: Path | None = None
    months: Sequence[Month] = ()
    when: When | None = None
    services: Sequence[str] = ()
    rows: Sequence[InvoiceListRow] = ()
    kept: Filter | None = None
    empty: str = ""
    document: Document | None = None
    explained: Sequence[Chapter] = ()
    note: str = ""
    form: tuple[str, str] | None = None
    errors: tuple[str, str] = ("", "")
    printer: Printer | None = None
    chosen: Sequence[InvoiceListRow] = ()
    together: Paper | None = None

    def show_choices(self, months: Sequence[Month], when: When, services: Sequence[Service], service: str) -> None:
        self.months, self.when, self.services = months, when, [found.code for found in services]

    def is_seen(self) -> bool:
        return True

    def show_rows(
        self, rows: Mapping[Filter, Sequence[InvoiceListRow]], kept: Filter, empty: str, selected: int | None
    ) -> None:
        self.rows, self.kept, self.empty = rows[kept], kept, empty
        row = next((row for row in self.rows if row.id == selected), self.rows[0] if self.rows else None)
        assert self.presenter is not None
        self.presenter.select(row)

    def show_document(self, document: Document | None) -> None:
        self.document = document

    def show_explained(self, found: Sequence[Chapter], note: str) -> None:
        self.explained, self.note = found, note

    def choose_pdf(self, name: str) -> Path | None:
        return self.path / name if self.path else None

    def choose_printer(self, title: str) -> Printer | None:
        return self.printer

    def chosen_rows(self) -> Sequence[InvoiceListRow]:
        return self.chosen

    def show_together(self, paper: Paper) -> None:
        self.together = paper

    def show_form(self, title: str, day: str) -> None:
        self.form = (title, day)

    def hide_form(self) -> None:
        self.form = None

    def show_form_errors(self, reason: str, day: str) -> None:
        self.errors = (reason, day)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """October issued for MARTIN and DURAND; an invoice of another program in September."""
    with open_desk(tmp_path) as opened:
        slot = opened.slot()
        martin = opened.family("MARTIN")
        opened.attend(martin, slot)
        opened.attend(opened.family("DURAND", "Tom"), slot)
        opened.issue()
        with opened.database.write() as session:
            old = HistoricInvoice("F-12", None, martin.id, "MARTIN", SEPTEMBER, date(2025, 10, 5),
                                  date(2025, 10, 25), Money(2000))
            add_historic_invoices(session, "noethys", [old])
        yield opened


class At:
    """The page, its presenter and the agent."""

    def __init__(self, desk: Desk) -> None:
        self.page = Page()
        self.agent = Agent(desk.app)
        self.presenter = self.page.presenter = InvoicesPresenter(self.page, self.agent.desk)

    @property
    def document(self) -> Document:
        assert self.page.document is not None
        return self.page.document


def opened(desk: Desk) -> At:
    at = At(desk)
    at.presenter.open()
    return at


def test_the_latest_month_is_listed_and_its_first_document_read(desk: Desk) -> None:
    at = opened(desk)

    assert at.page.when == OCTOBER
    assert [row.number for row in at.page.rows] == ["CANT-F251100002", "CANT-F251100001"]
    assert at.document.pdf.startswith(b"%PDF")
    assert at.document.row.number == "CANT-F251100002"


def test_all_months_can_be_listed(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.choose_month(Whole.ALWAYS)

    assert at.page.when is Whole.ALWAYS
    assert len(at.page.rows) == 3


def test_a_place_with_an_invoice_opens_its_month_and_reads_it(desk: Desk) -> None:
    wanted = next(row for row in desk.ask(ListInvoices()) if row.number == "F-12")
    at = At(desk)
    at.presenter.open(invoice=wanted.id)

    assert at.page.when == SEPTEMBER
    assert at.document.row.number == "F-12"
    assert at.document.not_cancellable.startswith("Facture reprise")


def test_cancelling_needs_a_reason_said_beside_the_field(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.begin_cancelling()
    assert at.page.form == ("Annuler CANT-F251100002 par un avoir", "20/11/2025")

    at.presenter.cancelling.send("  ", "1/11/2025")
    assert "motif" in at.page.errors[0]
    assert "avant la facture" in at.page.errors[1]
    assert at.agent.asked == []


def test_cancelling_asks_then_shows_the_credit_note(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.begin_cancelling()
    at.presenter.cancelling.send("Erreur de pointage", "20/11")

    (question,) = at.agent.asked
    assert question.title == "Annuler la facture CANT-F251100002 ?"
    assert at.page.form is None
    assert at.document.row.number == "CANT-A251100001"
    assert at.agent.told == ["Facture CANT-F251100002 annulée par l'avoir CANT-A251100001"]
    assert at.document.not_cancellable == "Un avoir ne s'annule pas."


def test_turning_to_another_document_gives_up_the_cancellation(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.begin_cancelling()
    at.presenter.select(at.page.rows[1])

    assert at.page.form is None
    at.presenter.cancelling.send("Erreur", "20/11")
    assert at.agent.asked == []


def test_explaining_gives_sums_and_days(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.explain()

    (entry,) = at.page.explained[0].entries
    assert entry.sum == "8\u00a0repas × 4,15\u00a0€ = 33,20\u00a0€"
    assert entry.days == ("Présence (8)\u00a0: 2, 3, 6, 7, 9, 10, 13, 14 octobre 2025",)


def test_a_credit_note_says_what_it_cancels_and_why(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.begin_cancelling()
    at.presenter.cancelling.send("Erreur de pointage", "20/11")
    at.presenter.explain()

    assert at.page.note == "Cet avoir annule la facture CANT-F251100002. Motif : Erreur de pointage"


def test_a_pdf_that_cannot_be_written_can_be_tried_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = opened(desk)
    at.page.path = tmp_path

    def held(path: Path, _content: bytes) -> None:
        raise EnvironmentFault("file.open_elsewhere", path=path.name)

    with monkeypatch.context() as patch:
        patch.setattr("ui.papers.write_whole", held)
        at.presenter.save()
    assert at.page.banner is not None
    assert "ouvert ailleurs" in at.page.banner.text

    at.page.banner.actions[0].run()
    assert (tmp_path / "CANT-F251100002.pdf").read_bytes() == at.document.pdf


def test_nothing_is_late_where_no_payment_is_known(desk: Desk) -> None:
    rows = desk.ask(ListInvoices())

    assert overdue(rows, date(2026, 6, 1)) == []


def test_the_late_chip_looks_into_every_month(desk: Desk) -> None:
    at = At(desk)
    at.presenter.open(kept=Filter.OVERDUE)

    assert at.page.when is Whole.ALWAYS
    assert at.page.empty.startswith("Aucun règlement n'est enregistré")
    assert at.page.document is None


def test_months_and_documents_are_those_of_the_year_and_of_the_structure(desk: Desk) -> None:
    desk.attend(desk.family("AILLEURS"), desk.slot("ALSH", structure="La Clairière"))
    desk.issue()
    at = opened(desk)
    assert (at.page.services, len(at.page.rows)) == (["ALSH", "CANT"], 3)

    at.agent.context.choose_structure(1, "La Clairière")
    assert (at.page.services, [row.family_name for row in at.page.rows]) == (["ALSH"], ["AILLEURS"])

    at.agent.context.choose_year(SchoolYear(2024))
    assert (at.page.months, at.page.when, len(at.page.rows)) == ([], Whole.YEAR, 0)
    assert at.page.empty == "Aucune facture pour l'année 2024-2025 : elles viennent de Facturation."

    at.agent.context.choose_structure(None)
    at.presenter.choose_month(Whole.ALWAYS)
    assert len(at.page.rows) == 4


def test_late_invoices_are_of_every_year_unless_another_one_is_chosen(desk: Desk) -> None:
    for year, when in ((SchoolYear(2025), Whole.ALWAYS), (SchoolYear(2024), Whole.YEAR)):
        at = At(desk)
        at.agent.context.choose_year(year)
        at.presenter.open(kept=Filter.OVERDUE)
        assert at.page.when is when


def test_a_document_that_does_not_exist_is_said_above_the_list(desk: Desk) -> None:
    at = At(desk)
    at.presenter.open(invoice=99_999)
    assert at.page.banner is not None
    assert at.page.banner.text == "Aucune facture n'est enregistrée sous le repère 99999 : cherchez-la par son numéro."
    assert len(at.page.rows) == 2
    at.presenter.open(invoice=at.page.rows[0].id)
    assert at.page.banner is None


# --- views and paper ---------------------------------------------------------------------------------------------


def test_a_view_of_what_is_to_pay_looks_at_every_month(desk: Desk) -> None:
    at = opened(desk)
    assert at.presenter.filters() == {"month": "latest"}
    at.presenter.apply_filters({"state": "to_pay"})
    assert (at.page.when, at.page.kept) == (Whole.ALWAYS, Filter.TO_PAY)
    assert at.presenter.filters() == {"state": "to_pay"}
    assert at.presenter.filters_in_words() == ["toutes les années", "à payer"]


def test_a_view_of_the_year_follows_the_year(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.choose_month(Whole.YEAR)
    assert at.presenter.filters() == {"month": "year"}
    at.agent.context.choose_year(SchoolYear(2024))
    at.presenter.apply_filters({"month": "year"})
    assert (at.page.when, len(at.page.rows)) == (Whole.YEAR, 0)
    assert at.presenter.filters_in_words() == ["année 2024-2025"]


def test_a_view_of_the_latest_month_follows_the_months(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.choose_month(SEPTEMBER)
    assert at.presenter.filters() == {"month": "2025-09"}
    at.presenter.apply_filters({"month": "latest", "state": "gone by now"})
    assert (at.page.when, at.page.kept) == (OCTOBER, Filter.ALL)
    at.presenter.choose_service("CANT")
    assert at.presenter.filters_in_words() == ["octobre 2025", "Restauration"]


def test_the_document_read_is_sent_to_the_printer_that_was_chosen(desk: Desk) -> None:
    at = opened(desk)
    at.presenter.print_()
    assert not at.agent.told  # nobody chose a printer
    sent: list[bytes] = []
    at.page.printer = lambda pdf, _progress: sent.append(pdf)
    at.presenter.print_()
    assert at.page.document is not None
    assert sent == [at.page.document.pdf]
    assert at.agent.told[-1].startswith("Envoyé à l'imprimante : ")


def test_several_documents_chosen_are_laid_out_together(desk: Desk) -> None:
    at = opened(desk)
    at.page.chosen = at.page.rows[:2]
    at.presenter.print_()
    assert at.page.together is not None
    assert at.page.together.title == "2 documents"
    said = text_of(at.page.together.pdf)
    assert all(row.number in said for row in at.page.chosen)


def test_a_printer_that_refuses_is_said_with_what_to_do(desk: Desk) -> None:
    def refuse(_pdf: bytes, _progress: Progress) -> None:
        raise EnvironmentFault("print.refused")

    at = opened(desk)
    at.page.printer = refuse
    at.presenter.print_()
    assert at.page.banner is not None
    assert "enregistrez le PDF" in at.page.banner.text


def test_coming_back_to_a_line_reads_that_document_whatever_was_on_its_way(desk: Desk) -> None:
    late = Later()
    page = Page()
    page.presenter = presenter = InvoicesPresenter(page, Agent(desk.app, late).desk)
    presenter.open()
    late.catch_up()
    first, second = page.rows[:2]
    presenter.select(second)
    presenter.select(first)
    late.catch_up()
    assert page.document is not None
    assert page.document.row == first


def test_a_list_read_again_after_a_fault_takes_its_sentence_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = At(desk)
    with monkeypatch.context() as lost:
        lost.setattr(desk.app, "ask", _lost)
        at.presenter.open()
    assert at.page.banner is not None
    at.presenter.load()  # as an event does
    assert at.page.banner is None


def _lost(*_: object, **__: object) -> object:
    raise EnvironmentFault("database.disk_full")
