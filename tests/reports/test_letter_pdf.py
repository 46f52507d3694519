"""Letters on paper: the address in the window, every line said, each letter on sheets of its own."""

from __future__ import annotations

import pytest

from reports.letter_pdf import render_letters
from tests.reports.reading import pages_of, properties_of
from tests.reports.samples import a_letter


def test_a_letter_says_who_writes_to_whom_and_what() -> None:
    content = render_letters([a_letter()])
    (page,) = pages_of(content)
    for said in ("Commune de Valbrume", "Mme Camille MARTIN", "38999 VALBRUME", "Le 20 novembre 2025",
                 "Vos pièces : à renvoyer", "- Pièce 3"):
        assert said in page
    assert "Page" not in page
    assert properties_of(content)["Title"] == "Vos pièces : à renvoyer"


def test_a_long_letter_turns_the_page_and_counts_its_own() -> None:
    pages = pages_of(render_letters([a_letter(80), a_letter(1, "ROUSSEL")]))
    assert len(pages) == 4
    assert [f"Page {number}/3" in page for number, page in enumerate(pages, 1)] == [True, True, True, False]
    assert sum(page.count("- Pièce") for page in pages) == 81


def test_nothing_to_print_is_a_slip_of_ours() -> None:
    with pytest.raises(ValueError, match="no letter"):
        render_letters([])
