"""What the régie finds in the workbook, and what Excel must not do with it."""

import io
import zipfile
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from backoffice.billing.views import BillingMonth
from reports import RENDERERS
from reports.billing_workbook import billing_workbook
from reports.day_lists import presence
from reports.workbook import sheet_name
from tests.reports.reading import workbook_of
from tests.reports.samples import billing_month


@pytest.fixture(scope="module")
def book() -> Any:
    return workbook_of(billing_workbook(billing_month()))


def _rows(sheet: Any) -> list[dict[str, Any]]:
    heading, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def test_the_summary_comes_first_then_a_sheet_for_each_service(book: Any) -> None:
    assert book.sheetnames == ["Synthèse", "Restauration scolaire", "Multi-accueil Les Lucioles été",
                               "Détail des lignes", "Reports"]


def test_the_summary_adds_up(book: Any) -> None:
    *services, total = _rows(book["Synthèse"])
    for heading in services[0]:
        if heading not in ("Service", "Régie"):
            exact = sum(Decimal(str(row[heading])) for row in services)
            assert Decimal(str(total[heading])) == exact, heading
    for row in (*services, total):
        net = Decimal(str(row["Montant facturé"])) + Decimal(str(row["Montant des avoirs"]))
        assert Decimal(str(row["Net"])) == net


def test_the_summary_agrees_with_the_services_and_the_detail(book: Any) -> None:
    *services, total = _rows(book["Synthèse"])
    for row, name in zip(services, book.sheetnames[1:3], strict=True):
        invoices = _rows(book[name])
        assert Decimal(str(row["Net"])) == sum(Decimal(str(line["Montant"])) for line in invoices)
        assert row["Factures"] + row["Avoirs"] == len(invoices)
        for heading in ("Déjà réglé", "Reste à payer"):
            assert Decimal(str(row[heading])) == sum(Decimal(str(line[heading])) for line in invoices), heading
    detail = sum(Decimal(str(line["Montant"])) for line in _rows(book["Détail des lignes"]))
    assert Decimal(str(total["Net"])) == detail
    carried = sum(Decimal(str(line["Montant reporté"])) for line in _rows(book["Reports"]))
    assert Decimal(str(total["Montant reporté"])) == carried


def test_nothing_is_due_on_a_credit_note(book: Any) -> None:
    notes = [row for name in book.sheetnames[1:3] for row in _rows(book[name]) if row["Nature"] == "Avoir"]
    assert notes
    assert {row["Reste à payer"] for row in notes} == {0}


def test_days_and_amounts_are_typed(book: Any) -> None:
    sheet = book["Restauration scolaire"]
    cells = dict(zip((cell.value for cell in sheet[1]), sheet[2], strict=True))
    assert cells["Émise le"].value == datetime(2025, 11, 15)  # noqa: DTZ001 - Excel days have no zone
    assert cells["Émise le"].number_format == "dd/mm/yyyy"
    assert cells["Montant"].value == 332.9
    assert cells["Montant"].number_format == '#,##0.00 "€"'
    assert cells["Référence"].data_type == "s"
    assert _rows(book["Détail des lignes"])[-1]["Quantité"] == 86.5


def test_no_cell_is_a_formula(book: Any) -> None:
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type in "fe"]


@pytest.mark.parametrize("text", ["=1+1", "+33 4 76", "-5", "@SUM(A1)", "\t=1+1", "#N/A", "=HYPERLINK(\"http://x\")"])
def test_a_text_stays_a_text(text: str) -> None:
    month = billing_month()
    service = month.services[0]
    hostile = replace(service, invoices=(replace(service.invoices[0], family_name=text),))
    cell = workbook_of(billing_workbook(replace(month, services=(hostile,))))[service.name]["F2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text.strip(), "s", True)


def test_headers_are_frozen_filtered_and_repeated_in_print(book: Any) -> None:
    for sheet in book:
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)


def test_the_total_stays_out_of_the_filter(book: Any) -> None:
    assert book["Synthèse"].auto_filter.ref == "A1:K3"
    assert book["Synthèse"]["A4"].value == "Total"


def test_a_cancelled_invoice_names_its_credit_note(book: Any) -> None:
    row = _rows(book["Restauration scolaire"])[0]
    assert (row["État"], row["Annulée par / annule"]) == ("Annulée", "CANT-A251100001")


def test_what_xml_refuses_is_dropped() -> None:
    month = billing_month()
    service = month.services[0]
    view = replace(service.invoices[0], family_name="A\x00B\ud800C\uffffD\x0bE")
    book = workbook_of(billing_workbook(replace(month, services=(replace(service, invoices=(view,)),))))
    assert book[service.name]["F2"].value == "A B C D E"


@pytest.mark.parametrize(("wanted", "given"), [
    ("Périscolaire : matin/soir [2025]?*\\", "Périscolaire matin soir 2025"),
    ("", "Feuille"), ("''", "Feuille"), ("History", "History (2)"),
    ("X" * 40, "X" * 31), ("🎉" * 20, "🎉" * 15),
])
def test_sheet_names_are_those_excel_accepts(wanted: str, given: str) -> None:
    assert sheet_name(wanted) == given


def test_two_services_of_the_same_name_get_two_sheets() -> None:
    service = replace(billing_month().services[0], name="reports")
    names = workbook_of(billing_workbook(replace(billing_month(), services=(service, service)))).sheetnames
    assert names == ["Synthèse", "reports (2)", "reports (3)", "Détail des lignes", "Reports"]


def test_a_month_without_services_is_a_valid_workbook() -> None:
    empty = BillingMonth(billing_month().month, "", ())
    assert workbook_of(billing_workbook(empty)).sheetnames == ["Synthèse", "Détail des lignes", "Reports"]


def test_the_same_month_gives_the_same_bytes() -> None:
    content = billing_workbook(billing_month())
    assert content == billing_workbook(billing_month())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2025-10-31T00:00:00Z</dcterms:modified>" in archive.read("docProps/core.xml")


def test_every_renderer_gives_the_same_bytes_twice() -> None:
    from tests.reports.samples import A_DAY, a_form, a_letter, a_list, expected_children, siblings, some_cards

    listed = presence(expected_children(), A_DAY, "Les Lucioles")
    inputs = {"invoice.pdf": siblings(), "billing_month.xlsx": billing_month(), "table.pdf": a_list(3),
              "letters.pdf": [a_letter()], "form.pdf": a_form(), "day_list.pdf": listed, "day_list.xlsx": listed,
              "cards.pdf": some_cards()}
    assert set(inputs) == set(RENDERERS)
    for name, render in RENDERERS.items():
        assert render(inputs[name]) == render(inputs[name])
