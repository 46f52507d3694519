"""The cards of a kiosk: whose each one is, ten to a page, the drawn word in the code only."""

from __future__ import annotations

import pytest

from reports.card_pdf import render_cards
from tests.reports.reading import text_of
from tests.reports.samples import some_cards


def test_a_card_says_whose_it_is_and_not_its_word() -> None:
    said = text_of(render_cards(some_cards()))
    assert "DUPONT Léa" in said
    assert "Les Lucioles" in said
    assert "Jean-Malo" in said  # however long the name before it
    assert "BCDEFGHJ" not in said


@pytest.mark.parametrize(("cards", "pages"), [(0, 1), (1, 1), (10, 1), (11, 2)])
def test_ten_cards_to_a_page(cards: int, pages: int) -> None:
    assert render_cards(some_cards(cards)).count(b"/Type /Page\n") == pages
