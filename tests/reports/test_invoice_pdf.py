"""The stories an invoice must tell, and what it must survive."""

import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from multiprocessing import get_context

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.billing.views import InvoiceView, PayerView
from backoffice.kernel.money import Money
from reports.invoice_pdf import render_invoice, render_invoices
from reports.invoice_style import WINDOW_LEFT
from reports.pdf.page import mm
from tests.reports import samples
from tests.reports.reading import pages_of, properties_of, text_of


def test_what_a_family_asks_first_is_on_the_first_page() -> None:
    first = pages_of(render_invoice(samples.siblings()))[0]
    for said in ("Facture n° CANT-F251100001", "Reste à payer", "302,90\u00a0€", "À payer au plus tard le",
                 "10/12/2025", "Référence à rappeler", "251100001", "Dossier 12"):
        assert said in first


def test_amounts_are_written_the_french_way() -> None:
    text = text_of(render_invoice(samples.invoice(samples.meal(quantity="300"))))
    assert "1\u202f245,00\u00a0€" in text
    assert not re.search(r"\d\.\d\d\s*€", text)


def test_seventeen_meals_cost_seventy_euros_fifty_five() -> None:
    assert "70,55\u00a0€" in text_of(render_invoice(samples.one_child()))


def test_each_child_has_a_sub_total() -> None:
    text = text_of(render_invoice(samples.siblings()))
    assert re.search(r"Sous-total Léa MARTIN\s+166,45\s€", text)
    assert re.search(r"Sous-total Noé MARTIN\s+166,45\s€", text)


def test_carried_amounts_have_their_own_group() -> None:
    text = text_of(render_invoice(samples.with_carried()))
    assert "Report de septembre 2025 (montant inférieur au seuil de mise en recouvrement)" in text
    assert re.search(r"Sous-total du report\s+16,60\s€", text)


def test_every_payer_is_named_with_their_address() -> None:
    text = text_of(render_invoice(samples.two_payers()))
    for said in ("Mme Camille MARTIN", "12 rue des Tilleuls", "M. Julien DELORME", "3 impasse du Vieux Lavoir"):
        assert said in text


def test_payers_at_the_same_address_share_the_window() -> None:
    other = replace(samples.MARTIN, name="M. Paul MARTIN")
    text = text_of(render_invoice(samples.invoice(samples.meal(), payers=(samples.MARTIN, other))))
    assert re.search(r"Mme Camille MARTIN\s+M. Paul MARTIN\s+12 rue des Tilleuls", text)
    assert "Autre payeur" not in text


def test_the_address_stands_in_the_window_of_a_french_envelope() -> None:
    document = pypdfium2.PdfDocument(render_invoice(samples.one_child()))
    text = document[0].get_textpage()
    found = text.search("38999 VALBRUME", index=text.get_text_range().index("12 rue des Tilleuls")).get_next()
    assert found is not None
    left, bottom, _, top = text.get_charbox(found[0])
    assert left == pytest.approx(WINDOW_LEFT, abs=2)
    assert mm(45) < mm(297) - top < mm(297) - bottom < mm(85)
    text.close()
    document.close()


def test_hours_explain_their_price() -> None:
    text = text_of(render_invoice(samples.hourly()))
    assert "86,5" in text
    assert "Taux d’effort : 0,0516 %" in text


def test_plain_meals_do_not_explain_themselves() -> None:
    line = samples.meal(explanation=("17 × 4,15 € = 70,55 €",))
    assert "17 × 4,15" not in text_of(render_invoice(samples.invoice(line)))


def test_an_amount_that_is_not_the_product_explains_itself() -> None:
    line = samples.meal(amount=5000, explanation=("Plafond mensuel : 50,00 €",))
    assert "Plafond mensuel" in text_of(render_invoice(samples.invoice(line)))


def test_a_credit_note_names_the_invoice_it_cancels_and_why() -> None:
    text = text_of(render_invoice(samples.credit_note()))
    assert "Avoir n° CANT-A251100001" in text
    assert "annulant la facture CANT-F251100001" in text
    assert "Repas du 6 au 31 octobre facturés deux fois." in text
    assert "\u221270,55\u00a0€" in text
    assert "Comment payer" not in text


def test_a_cancelled_invoice_says_so_and_asks_for_nothing() -> None:
    text = text_of(render_invoice(samples.cancelled()))
    assert "Annulée par l’avoir CANT-A251100001" in text
    assert "Reste à payer" not in text
    assert "Comment payer" not in text


def test_a_settled_invoice_asks_for_nothing() -> None:
    text = text_of(render_invoice(samples.invoice(samples.meal(), paid=7055)))
    assert re.search(r"Reste à payer\s+0,00\s€", text)
    assert "Comment payer" not in text
    assert "au plus tard" not in text


def test_two_children_and_six_services_each_hold_on_one_page() -> None:
    lines = [samples.meal(child, label=f"Prestation {row}", activity=f"Activité {row // 2}")
             for child in ("Léa MARTIN", "Noé MARTIN") for row in range(6)]
    assert len(pages_of(render_invoice(samples.invoice(*lines)))) == 1


def test_a_historic_invoice_prints_without_letterhead() -> None:
    text = text_of(render_invoice(samples.historic()))
    assert "Facture n° pop-F200300001" in text
    assert "Référence à rappeler" not in text


def test_long_invoices_number_their_pages_and_repeat_the_header() -> None:
    pages = pages_of(render_invoice(samples.many_lines(300)))
    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert f"Page {number}/{len(pages)}" in page
        assert "CANT-F251100001" in page
    assert all("Prix unitaire" in page for page in pages[:-1])
    every = "\n".join(pages)
    assert all(re.search(rf"Prestation {index}\b", every) for index in range(1, 301))


@pytest.mark.parametrize("count", range(20, 60))
def test_a_total_is_never_parted_from_the_line_above_it(count: int) -> None:
    for page in pages_of(render_invoice(samples.many_lines(count))):
        for total in re.finditer(r"Sous-total|Total de la facture", page):
            assert re.search(r"Prestation \d", page[:total.start()])


def test_a_single_page_carries_no_page_number() -> None:
    assert "Page 1" not in text_of(render_invoice(samples.one_child()))


def test_long_mentions_run_over_pages_without_loss() -> None:
    words = " ".join(f"mention{index}" for index in range(3000))
    letterhead = replace(samples.LETTERHEAD, legal_text=words, payment_means=(words,))
    text = text_of(render_invoice(samples.invoice(samples.meal(), letterhead=letterhead)))
    assert len(re.findall(r"\bmention\d+\b", text)) == 6000


def test_tags_in_names_are_printed_as_typed() -> None:
    text = text_of(render_invoice(samples.hostile()))
    assert "LE <GALL" in text
    assert "D<b>X</b>" in text
    assert "Łukasz ŻÓŁĆ" in text
    assert "José □ MARTÍNEZ-ØDEGÅRD" in text
    assert "été" in text


def test_controls_and_direction_marks_vanish() -> None:
    text = text_of(render_invoice(samples.hostile()))
    assert not {"\u202e", "\u202c", "\x00", "\x07"} & set(text)
    assert "ABC tab ligne" in text


def test_more_rare_characters_than_one_font_holds() -> None:
    greek_and_cyrillic = "".join(chr(code) for code in (*range(0x100, 0x180), *range(0x391, 0x3CA),
                                                        *range(0x410, 0x450), *range(0x1E00, 0x1EFA)))
    lines = [samples.meal(greek_and_cyrillic[at:at + 20]) for at in range(0, len(greek_and_cyrillic), 20)]
    text = text_of(render_invoice(samples.invoice(*lines)))
    assert "АБВГД" in text
    assert "Āā" in text


def test_the_same_view_gives_the_same_bytes_whatever_came_before() -> None:
    alone = render_invoice(samples.hostile())
    assert alone == render_invoice(samples.hostile())
    views = [make() for make in samples.INVOICES.values()]
    batch = {id(view): content for view, content in render_invoices(reversed(views))}
    assert [batch[id(view)] for view in views] == [render_invoice(view) for view in views]
    assert alone == batch[id(views[-1])]


def test_threads_and_processes_make_the_same_bytes() -> None:
    views = [make() for make in samples.INVOICES.values()] * 3
    alone = [render_invoice(view) for view in views]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(render_invoice, views)) == alone
    with ProcessPoolExecutor(1, get_context("spawn")) as processes:
        assert list(processes.map(render_invoice, views)) == alone


def test_a_batch_makes_a_file_only_when_asked() -> None:
    taken: list[int] = []

    def views() -> Iterator[InvoiceView]:
        for index in range(3):
            taken.append(index)
            yield samples.one_child()

    next(render_invoices(views()))
    assert taken == [0]


def test_the_file_tells_its_title_author_and_day_of_issue() -> None:
    properties = properties_of(render_invoice(samples.one_child()))
    assert properties["Title"] == "Facture n° CANT-F251100001"
    assert properties["Author"] == "Commune de Valbrume"
    assert properties["CreationDate"] == "D:20251115000000Z"
    assert b"/Lang (fr-FR)" in render_invoice(samples.one_child())


def test_one_page_weighs_less_than_sixty_kilobytes() -> None:
    assert all(len(render_invoice(make())) <= 60_000 for make in samples.INVOICES.values())


_TEXTS = st.text(max_size=100)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=_TEXTS, label=_TEXTS, address=st.lists(_TEXTS, max_size=6), cents=st.integers(-10**9, 10**9),
       quantity=st.decimals(-9999, 9999, places=2))
def test_no_text_can_break_an_invoice(name: str, label: str, address: list[str], cents: int,
                                      quantity: Decimal) -> None:
    line = replace(samples.meal(name, label=label, activity=name, unit=label), quantity=quantity,
                   amount=Money(cents), explanation=(label, name))
    view = samples.invoice(line, samples.meal(label), number=label[:20], family=name,
                           payers=(PayerView(name, tuple(address)), PayerView(label, ())))
    content = render_invoice(replace(view, quotient_text=name, reason=label, issued_on=date(2025, 1, 31)))
    assert pages_of(content)
