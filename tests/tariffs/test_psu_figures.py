"""The national figures shipped with the program, and those a town enters where they are missing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.dated import NotInForce
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period
from backoffice.kernel.resources import load_toml
from backoffice.tariffs.figures import (
    FigureKind,
    TownFigure,
    TownRates,
    national_psu_figures,
    psu_figures_from,
    with_town_figures,
)
from backoffice.tariffs.rules import CareKind, DisabledChildRule, PsuHourlyTariff, RateStep, ReferenceIncome, Situation

PLAIN = DisabledChildRule.NEXT_LOWER_RATE
LEGAL = load_toml("legal", "psu.toml")
days = st.dates(date(2014, 1, 1), date(2030, 12, 31))


def _floor(start: date, end: date | None, cents: int, label: str = "saisi par la commune") -> TownFigure:
    return TownFigure(FigureKind.FLOOR, Period(start, end), Money(cents), label)


@pytest.mark.parametrize("table", LEGAL)
def test_each_legal_figure_has_a_source_and_the_day_it_was_last_checked(table: str) -> None:
    for row in LEGAL[table]:
        assert row["source"].strip()
        assert row["confidence"] in {"H", "M", "L"}
        assert row["last_checked"] >= row["first_day"]


@pytest.mark.parametrize("table", LEGAL)
def test_legal_figures_are_written_in_the_order_of_their_days(table: str) -> None:
    for one, other in pairwise(LEGAL[table]):
        assert one["last_day"] < other["first_day"]


def test_rates_are_those_of_2018_raised_four_times_by_eight_per_thousand() -> None:
    expected = {1: "0.0619", 2: "0.0516", 3: "0.0413", 4: "0.0310", 7: "0.0310", 8: "0.0206", 12: "0.0206"}
    table = national_psu_figures().rates_at(CareKind.COLLECTIVE, date(2026, 10, 1))
    assert {children: table.percent(children, 0, PLAIN) for children in expected} == {
        children: Decimal(percent) for children, percent in expected.items()}


@pytest.mark.parametrize(("kind", "starts"), [(CareKind.COLLECTIVE, [1, 2, 3, 4, 8]), (CareKind.FAMILY, [1, 2, 3, 6])])
def test_each_year_of_the_transition_is_the_base_rate_times_1_008(kind: CareKind, starts: list[int]) -> None:
    base = national_psu_figures().rates_at(kind, date(2018, 1, 1))
    for rises, day in enumerate((date(2019, 9, 1), date(2020, 1, 1), date(2021, 1, 1), date(2022, 1, 1)), start=1):
        table = national_psu_figures().rates_at(kind, day)
        assert [step.from_children for step in table.steps] == starts
        for step, first in zip(table.steps, base.steps, strict=True):
            assert step.percent == (first.percent * Decimal("1.008") ** rises).quantize(Decimal("0.0001"))


def test_a_floor_that_was_not_found_is_named_not_guessed() -> None:
    with pytest.raises(NotInForce) as caught:
        national_psu_figures().floor_at(date(2026, 10, 1))
    assert caught.value.code == "tariff.psu_figure_missing"
    assert caught.value.params == {"figure": "plancher de ressources mensuelles", "day": date(2026, 10, 1)}


def test_a_town_figure_fills_the_hole_and_says_who_entered_it() -> None:
    figures = with_town_figures(
        national_psu_figures(), [_floor(date(2024, 1, 1), None, 80000, "inventé pour la démonstration")])
    situation = Situation(date(2026, 10, 1), income=ReferenceIncome(Money(10_000_00), 1), figures=figures)
    priced = PsuHourlyTariff(CareKind.COLLECTIVE).unit_price(situation)
    checked = "vérifié le 01/11/2026"
    rate_source = "circulaire CNAF 2019-005 du 05/06/2019 ; relevé chez lespetitescanailles.fr, 2022 et 2023"
    assert priced.price == Money(52)
    assert priced.steps == (
        "Tarif horaire PSU, accueil collectif",
        "Ressources annuelles N-2 : 10\u202f000,00\u00a0€, soit 833,33\u00a0€ par mois",
        "Au-dessus du plancher : 800,00\u00a0€ par mois depuis le 01/01/2024 (inventé pour la démonstration)",
        f"Au-dessous du plafond : 8\u202f500,00\u00a0€ par mois depuis le 01/09/2025 (caf.fr, 15/05/2025 ; {checked})",
        f"Taux pour 1 enfant à charge : 0,0619 % depuis le 01/01/2022 ({rate_source} ; {checked})",
        "833,33\u00a0€ × 0,0619 % = 0,52\u00a0€ par heure, arrondi au centime le plus proche",
    )


@given(days, days, st.integers(1, 200_000), days)
def test_a_town_figure_never_replaces_a_national_figure_that_was_checked(
    one: date, other: date, cents: int, day: date
) -> None:
    national = national_psu_figures()
    merged = with_town_figures(national, [_floor(min(one, other), max(one, other), cents)])
    try:
        expected: Money | None = national.floor_at(day).monthly
    except NotInForce:
        expected = Money(cents) if min(one, other) <= day <= max(one, other) else None
    if expected is None:
        with pytest.raises(NotInForce):
            merged.floor_at(day)
    else:
        assert merged.floor_at(day).monthly == expected


def test_a_town_knows_of_a_ceiling_published_after_the_last_check() -> None:
    entered = TownFigure(FigureKind.CEILING, Period(date(2027, 9, 1)), Money(900000), "caf.fr, saisi par la commune")
    merged = with_town_figures(national_psu_figures(), [entered])
    assert merged.ceiling_at(date(2027, 8, 31)).monthly == Money(850000)
    assert merged.ceiling_at(date(2027, 9, 1)).monthly == Money(900000)


def test_a_ceiling_checked_since_then_is_never_replaced_not_even_later() -> None:
    entered = TownFigure(FigureKind.CEILING, Period(date(2021, 1, 1)), Money(580000), "saisi par la commune")
    merged = with_town_figures(national_psu_figures(), [entered])
    expected = {date(2021, 6, 1): 580000, date(2022, 1, 1): 600000, date(2026, 10, 1): 850000, date(2029, 1, 1): 850000}
    assert {day: merged.ceiling_at(day).monthly.cents for day in expected} == expected


def test_a_town_figure_with_an_end_gives_back_to_the_national_one() -> None:
    entered = TownFigure(FigureKind.CEILING, Period(date(2027, 1, 1), date(2027, 12, 31)), Money(900000), "saisi")
    merged = with_town_figures(national_psu_figures(), [entered])
    assert merged.ceiling_at(date(2027, 12, 31)).monthly == Money(900000)
    assert merged.ceiling_at(date(2028, 1, 1)).monthly == Money(850000)


def test_a_town_can_enter_a_rate_table_published_after_the_last_check() -> None:
    steps = tuple(RateStep(children, Decimal(rate)) for children, rate in ((1, "0.07"), (2, "0.06"), (3, "0.05")))
    entered = TownRates(CareKind.COLLECTIVE, Period(date(2027, 1, 1)), steps, "saisi par la commune")
    merged = with_town_figures(national_psu_figures(), rates=[entered])
    assert merged.rates_at(CareKind.COLLECTIVE, date(2027, 1, 1)).percent(5, 0, PLAIN) == Decimal("0.05")
    assert merged.rates_at(CareKind.FAMILY, date(2027, 1, 1)).percent(5, 0, PLAIN) == Decimal("0.0310")


def test_two_town_figures_for_one_day_are_refused() -> None:
    twice = [_floor(date(2024, 1, 1), None, 80000), _floor(date(2025, 1, 1), None, 81000)]
    with pytest.raises(UserError) as caught:
        with_town_figures(national_psu_figures(), twice)
    assert caught.value.code == "dated.overlap"


@pytest.mark.parametrize(("cents", "label", "code"), [
    (0, "saisi", "tariff.town_figure_not_positive"), (80000, "  ", "tariff.town_figure_without_source")])
def test_a_town_figure_has_an_amount_and_a_source(cents: int, label: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        _floor(date(2024, 1, 1), None, cents, label)
    assert caught.value.code == code


@pytest.mark.parametrize("rates", [
    [], [(2, "0.06"), (3, "0.05")], [(1, "0.06")], [(1, "0.05"), (2, "0.06")], [(1, "0.06"), (1, "0.05")],
    [(1, "0.06"), (2, "0")],
])
def test_an_incomplete_rate_table_is_refused(rates: list[tuple[int, str]]) -> None:
    steps = tuple(RateStep(children, Decimal(rate)) for children, rate in rates)
    with pytest.raises(UserError) as caught:
        with_town_figures(
            national_psu_figures(), rates=[TownRates(CareKind.FAMILY, Period(date(2027, 1, 1)), steps, "saisi")])
    assert caught.value.code == "tariff.psu_rates_incomplete"


def test_two_national_figures_for_one_day_are_refused() -> None:
    twice: dict[str, Any] = {**LEGAL, "floor": [LEGAL["floor"][0], LEGAL["floor"][0]]}
    with pytest.raises(UserError) as caught:
        psu_figures_from(twice)
    assert caught.value.code == "dated.overlap"


@given(days.filter(lambda day: day.year >= 2015), st.integers(0, 20_000_000), st.integers(1, 9))
def test_an_hour_costs_the_same_between_two_days_of_change(day: date, annual: int, children: int) -> None:
    figures = with_town_figures(national_psu_figures(), [
        _floor(date(2015, 1, 1), None, 60000),
        TownFigure(FigureKind.CEILING, Period(date(2015, 1, 1)), Money(500000), "saisi par la commune"),
    ])
    tariff = PsuHourlyTariff(CareKind.COLLECTIVE)
    income = ReferenceIncome(Money(annual), children)
    today, tomorrow = (
        tariff.unit_price(Situation(when, income=income, figures=figures)) for when in (day, day + timedelta(days=1)))
    if day + timedelta(days=1) not in tariff.change_days(figures):
        assert today == tomorrow
