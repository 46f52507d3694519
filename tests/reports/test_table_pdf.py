"""A list on paper: what is seen, nothing cut that would say something else, every page knows its place."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.kernel.errors import Cancelled
from reports.table_pdf import PrintedColumn, PrintedTable, render_table
from tests.reports.reading import pages_of, properties_of, text_of
from tests.reports.samples import a_list


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of the first page, in points."""
    document = pypdfium2.PdfDocument(content)
    try:
        width, height = document[0].get_size()
        return round(width), round(height)
    finally:
        document.close()


def test_the_first_page_says_what_the_list_is() -> None:
    (page,) = pages_of(render_table(a_list(3)))
    for said in ("Factures", "octobre 2025", "à payer", "3 factures", "Édité le 20/11/2025", "Page 1/1",
                 "Famille", "MARTIN 3", "1\u202f003,50"):
        assert said in page


def test_every_page_repeats_the_header_and_counts_itself() -> None:
    pages = pages_of(render_table(a_list(200)))
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert f"Page {number}/{len(pages)}" in page
        assert "Total (€)" in page
        assert page.count("Édité le") == (1 if number == 1 else 0)
    assert sum(page.count("MARTIN") for page in pages) == 200


def test_few_columns_stand_upright_and_many_turn_the_sheet() -> None:
    wide = [PrintedColumn(f"Une colonne de plus, la {number}e") for number in range(5)]
    assert size_of(render_table(a_list(3))) == (595, 842)
    assert size_of(render_table(a_list(3, *wide))) == (842, 595)


def test_words_that_do_not_fit_go_to_a_second_line_and_numbers_are_never_cut() -> None:
    table = a_list(1, *(PrintedColumn(f"Remarque {number}") for number in range(8)))
    long = "Pour calculer ce tarif au 07/10/2026, saisissez d'abord le quotient familial de la famille concernée"
    row = (*table.rows[0][:3], *[long] * 8)
    text = text_of(render_table(replace(table, rows=[row])))
    assert "1\u202f001,50" in text
    assert text.count("Pour calculer") == 8
    assert "…" in text


def test_an_empty_list_is_a_page_that_says_so() -> None:
    (page,) = pages_of(render_table(replace(a_list(0), count="0 facture")))
    assert "0 facture" in page
    assert "Famille" in page


def test_the_file_bears_its_title_and_its_day_and_no_name() -> None:
    properties = properties_of(render_table(a_list(1)))
    assert properties["Title"] == "Factures"
    assert properties["CreationDate"].startswith("D:20251120")
    assert properties["Author"] == ""


def test_a_long_list_can_be_stopped() -> None:
    def stop(done: int, total: int, what: str) -> None:
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        render_table(a_list(500), stop)
    assert len(pages_of(render_table(a_list(500)))) > 5  # and the next one is whole


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.text(max_size=120), st.text(max_size=40)), max_size=12), st.text(max_size=80))
def test_no_text_can_stop_it(rows: list[tuple[str, str]], title: str) -> None:
    columns = (PrintedColumn(title), PrintedColumn("Nombre", to_the_right=True, whole=True))
    table = PrintedTable(title, (title,), "x", a_list(0).day, columns, rows)
    assert render_table(table).startswith(b"%PDF")
