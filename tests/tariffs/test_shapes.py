"""Shapes: what holds for any parameters and any family."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.tariffs.rules import (
    Bracket,
    BracketTariff,
    FlatTariff,
    LinearEffortTariff,
    NoQuotient,
    Quotient,
    QuotientAboveLastBracket,
    Situation,
    WithoutQuotient,
    WithoutQuotientRule,
    tariff_from_data,
)

DAY = date(2025, 10, 6)

hundredths = st.integers(0, 300_000).map(lambda number: Decimal(number).scaleb(-2))
quotients = hundredths.map(Quotient)
prices = st.integers(0, 5_000).map(Money)
missing: st.SearchStrategy[WithoutQuotient] = st.one_of(st.sampled_from(WithoutQuotientRule), prices)


@st.composite
def bracket_tariffs(draw: st.DrawFn) -> BracketTariff:
    uppers = sorted(draw(st.sets(hundredths.filter(bool), max_size=8)))
    brackets = [Bracket(upper, draw(prices), draw(st.booleans())) for upper in uppers]
    if not brackets or draw(st.booleans()):
        brackets.append(Bracket(None, draw(prices)))
    return BracketTariff(tuple(brackets), draw(missing))


linear_tariffs = st.builds(
    lambda rate, low, spread, rule: LinearEffortTariff(Decimal(rate).scaleb(-3), low, low + spread, rule),
    st.integers(0, 5_000), prices, prices, missing,
)


def _holds(tariff: BracketTariff, index: int, quotient: Quotient) -> bool:
    """The definition of a bracket, written the slow way."""
    bracket = tariff.brackets[index]
    below = bracket.upper is None or quotient.amount < bracket.upper or (
        bracket.included and quotient.amount == bracket.upper)
    if index == 0:
        return below
    before = tariff.brackets[index - 1]
    assert before.upper is not None
    above = quotient.amount > before.upper or (not before.included and quotient.amount == before.upper)
    return below and above


@given(bracket_tariffs(), quotients)
def test_every_quotient_falls_in_exactly_one_bracket_or_above_a_last_bound(
    tariff: BracketTariff, quotient: Quotient
) -> None:
    holding = [index for index in range(len(tariff.brackets)) if _holds(tariff, index, quotient)]
    if holding:
        assert holding == [tariff.position(quotient)]
        assert tariff.unit_price(Situation(DAY, quotient)).price == tariff.brackets[holding[0]].price
    else:
        with pytest.raises(QuotientAboveLastBracket):
            tariff.position(quotient)


@given(bracket_tariffs())
def test_every_bound_of_a_grid_has_its_bracket_on_both_sides(tariff: BracketTariff) -> None:
    for index, (bracket, after) in enumerate(pairwise(tariff.brackets)):
        assert bracket.upper is not None
        assert tariff.position(Quotient(bracket.upper)) == (index if bracket.included else index + 1)
        assert after.upper is None or after.upper > bracket.upper


@given(linear_tariffs, quotients, quotients)
def test_a_higher_quotient_never_pays_less(tariff: LinearEffortTariff, one: Quotient, other: Quotient) -> None:
    low, high = sorted((one, other))
    assert tariff.unit_price(Situation(DAY, low)).price <= tariff.unit_price(Situation(DAY, high)).price


@given(linear_tariffs, quotients)
def test_an_effort_price_stays_between_its_minimum_and_maximum(
    tariff: LinearEffortTariff, quotient: Quotient
) -> None:
    assert tariff.floor <= tariff.unit_price(Situation(DAY, quotient)).price <= tariff.ceiling


@given(st.one_of(bracket_tariffs(), linear_tariffs, prices.map(FlatTariff)))
def test_a_tariff_survives_its_journey_through_json(
    tariff: BracketTariff | LinearEffortTariff | FlatTariff
) -> None:
    stored = json.loads(json.dumps(tariff.to_data()))
    assert tariff_from_data(tariff.shape, stored) == tariff


@given(st.one_of(bracket_tariffs(), linear_tariffs))
def test_a_missing_quotient_is_never_priced_by_accident(tariff: BracketTariff | LinearEffortTariff) -> None:
    situation = Situation(DAY)
    if tariff.without_quotient is WithoutQuotientRule.ANOMALY:
        with pytest.raises(NoQuotient):
            tariff.unit_price(situation)
    else:
        assert tariff.unit_price(situation).steps[0].startswith("Quotient inconnu")


def test_a_bracket_price_names_the_bracket() -> None:
    tariff = BracketTariff((
        Bracket(Decimal(400), Money(29), included=False),
        Bracket(Decimal(600), Money(71)),
        Bracket(None, Money(213)),
    ))
    steps = [tariff.unit_price(Situation(DAY, Quotient.parse(text))).steps[0] for text in ("399,50", "400", "1 500")]
    assert steps == [
        "Quotient 399,50 : tranche « moins de 400,00 », 0,29\u00a0€",
        "Quotient 400,00 : tranche « à partir de 400,00 et jusqu'à 600,00 inclus », 0,71\u00a0€",
        "Quotient 1\u202f500,00 : tranche « plus de 600,00 », 2,13\u00a0€",
    ]


def test_an_effort_price_shows_the_product_and_the_bound() -> None:
    tariff = LinearEffortTariff(Decimal("0.36"), Money(260), Money(450))
    assert tariff.unit_price(Situation(DAY, Quotient(Decimal(300)))).steps == (
        "Quotient 300,00 × 0,36 % = 1,08\u00a0€",
        "Prix minimum appliqué : 2,60\u00a0€",
    )


OPEN = Bracket(None, Money(100))
WRONG_GRIDS: dict[str, tuple[Bracket, ...]] = {
    "no bracket": (),
    "an endless bracket before the last": (OPEN, Bracket(Decimal(400), Money(1))),
    "bounds going down": (Bracket(Decimal(400), Money(1)), Bracket(Decimal(300), Money(1)), OPEN),
    "twice the same bound": (Bracket(Decimal(400), Money(1)), Bracket(Decimal(400), Money(1)), OPEN),
    "nothing before the first bound": (Bracket(Decimal(0), Money(1), included=False), OPEN),
    "a negative bound": (Bracket(Decimal(-1), Money(1)), OPEN),
    "a bound finer than a cent": (Bracket(Decimal("399.999"), Money(1)), OPEN),
    "a negative price": (Bracket(None, Money(-1)),),
    "an endless bracket that excludes its end": (Bracket(None, Money(1), included=False),),
}


@pytest.mark.parametrize("brackets", WRONG_GRIDS.values(), ids=WRONG_GRIDS)
def test_a_grid_that_could_be_wrong_cannot_be_built(brackets: tuple[Bracket, ...]) -> None:
    with pytest.raises(UserError) as caught:
        BracketTariff(brackets)
    assert caught.value.code == "tariff.bad_parameters"


WRONG_DATA: dict[str, tuple[str, Any]] = {
    "not an object": ("flat", [375]),
    "a missing price": ("flat", {}),
    "a price in text": ("flat", {"price_cents": "375"}),
    "a price with cents of cents": ("flat", {"price_cents": 3.75}),
    "a yes for a price": ("flat", {"price_cents": True}),
    "a misspelt key": ("flat", {"price_cents": 375, "prise_cents": 1}),
    "a negative price": ("flat", {"price_cents": -1}),
    "no rule without quotient": ("brackets", {"brackets": [{"price_cents": 1}]}),
    "an unknown rule": ("brackets", {"brackets": [{"price_cents": 1}], "without_quotient": "free"}),
    "brackets as text": ("brackets", {"brackets": "0-399", "without_quotient": "anomaly"}),
    "a bound that is no number": (
        "brackets", {"brackets": [{"upper": "abc", "included": True, "price_cents": 1}], "without_quotient": 1}),
    "a bound without its side": (
        "brackets", {"brackets": [{"upper": "400", "price_cents": 1}], "without_quotient": "anomaly"}),
    "an infinite rate": (
        "linear_effort",
        {"rate_percent": "Infinity", "floor_cents": 1, "ceiling_cents": 2, "without_quotient": "anomaly"}),
    "a minimum above the maximum": (
        "linear_effort",
        {"rate_percent": "0.36", "floor_cents": 450, "ceiling_cents": 260, "without_quotient": "anomaly"}),
}


@pytest.mark.parametrize(("shape", "stored"), WRONG_DATA.values(), ids=WRONG_DATA)
def test_bad_parameters_are_refused_with_the_field_to_correct(shape: str, stored: Any) -> None:
    with pytest.raises(UserError) as caught:
        tariff_from_data(shape, stored)
    assert caught.value.code == "tariff.bad_parameters"
    assert caught.value.params["field"]


def test_an_unknown_shape_is_refused() -> None:
    with pytest.raises(UserError) as caught:
        tariff_from_data("by_the_moon", {})
    assert caught.value.code == "tariff.unknown_shape"
