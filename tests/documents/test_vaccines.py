"""Which vaccines the law asks of a child, by the day it was born and the day one looks."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.documents.vaccines import vaccine_schedule, vaccines_due
from backoffice.registrations.provisional import is_ending, longest_provisional, provisional_in_words

TODAY = date(2026, 11, 15)
DTP = "Diphtérie, tétanos, poliomyélite"
BIRTHS = st.dates(date(2005, 1, 1), date(2026, 11, 15))


def _named(born: date, today: date = TODAY) -> dict[str, tuple[int, int]]:
    return {one.name: (one.doses_due, one.doses) for one in vaccines_due(born, today)}


def test_a_child_born_before_2018_has_three_compulsory_vaccines_in_one() -> None:
    assert _named(date(2017, 12, 31)) == {DTP: (3, 3)}


def test_a_child_born_from_2018_has_the_eleven() -> None:
    assert _named(date(2018, 1, 1)) == {
        DTP: (3, 3), "Coqueluche": (3, 3), "Haemophilus influenzae b": (3, 3), "Hépatite B": (3, 3),
        "Pneumocoque": (3, 3), "Méningocoque C": (2, 2), "Rougeole, oreillons, rubéole": (2, 2),
    }  # fmt: skip


def test_an_infant_of_2025_has_meningococci_b_and_acwy_instead_of_c() -> None:
    found = {one.name: one for one in vaccines_due(date(2026, 5, 31), TODAY)}
    assert "Méningocoque C" not in found
    assert (found["Méningocoque B"].doses_due, found["Méningocoque B"].next_on) == (2, date(2027, 5, 31))
    # Six months after 31 May there is no 31st.
    assert (found["Méningocoques ACWY"].doses_due, found["Méningocoques ACWY"].next_on) == (0, date(2026, 11, 30))
    assert found[DTP].in_french == f"{DTP} : 2 doses sur 3, la suivante vers le 30/04/2027"


@pytest.mark.parametrize(("today", "asked"), [(date(2024, 12, 31), False), (date(2025, 1, 1), True)])
def test_the_law_of_2025_asks_nothing_before_it(today: date, asked: bool) -> None:
    assert ("Méningocoques ACWY" in _named(date(2023, 9, 1), today)) is asked


def test_each_figure_says_where_it_was_read() -> None:
    for one in vaccine_schedule():
        assert one.source
        assert one.confidence in {"H", "M", "L"}
        assert list(one.months) == sorted(set(one.months))
        assert one.born_to is None or one.born_from <= one.born_to


@given(BIRTHS, st.dates(date(2025, 1, 1), date(2030, 1, 1)))
def test_a_vaccine_is_told_once_and_the_next_dose_is_to_come(born: date, today: date) -> None:
    found = vaccines_due(born, today)
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert 0 <= one.doses_due <= one.doses
        assert (one.next_on is None) == (one.doses_due == one.doses)
        assert one.next_on is None or one.next_on > today


@given(BIRTHS, st.dates(date(2025, 1, 1), date(2029, 1, 1)), st.integers(0, 400))
def test_time_only_adds_doses(born: date, today: date, later: int) -> None:
    before = {one.name: one.doses_due for one in vaccines_due(born, today)}
    after = {one.name: one.doses_due for one in vaccines_due(born, date.fromordinal(today.toordinal() + later))}
    assert all(after[name] >= doses for name, doses in before.items())


def test_a_provisional_admission_lasts_three_months_and_warns_a_month_before() -> None:
    until = longest_provisional(date(2025, 11, 30))
    assert until == date(2026, 2, 28)
    assert [is_ending(until, day) for day in (date(2026, 1, 28), date(2026, 1, 29), date(2026, 4, 1))] == [
        False, True, True
    ]
    assert "dernier jour" in provisional_in_words(until, until)
    assert "encore 1 jour " in provisional_in_words(until, date(2026, 2, 27))
