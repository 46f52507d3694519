"""Quotients, incomes and the multiplication that ends on an invoice."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.tariffs.rules import Quotient, ReferenceIncome, UnitPrice, price_line, price_minutes

quantities = st.decimals(min_value=-10_000, max_value=10_000, places=4)
unit_prices = st.integers(0, 100_000).map(lambda cents: UnitPrice(Money(cents), ("prix",)))


def test_seventeen_meals_at_4_15_cost_70_55() -> None:
    priced = price_line(UnitPrice(Money(415), ("Tarif unique : 4,15 €",)), Decimal(17))
    assert priced.amount == Money(7055)
    assert priced.steps == ("Tarif unique : 4,15 €", "17 × 4,15\u00a0€ = 70,55\u00a0€")


def test_a_month_of_care_is_priced_as_published_by_vincennes() -> None:
    assert price_line(UnitPrice(Money(242), ()), Decimal("172.5")).amount == Money(41745)


def test_half_a_cent_goes_up_and_says_so() -> None:
    priced = price_line(UnitPrice(Money(101), ()), Decimal("0.5"))
    assert priced.amount == Money(51)
    assert priced.steps[-1] == "0,5 × 1,01\u00a0€ = 0,51\u00a0€, arrondi au centime le plus proche"


def test_fifty_minutes_keep_the_half_cent_that_a_decimal_hour_would_lose() -> None:
    priced = price_minutes(UnitPrice(Money(129), ()), 50)
    assert priced.amount == Money(108)
    assert priced.quantity == Decimal("0.8333")
    assert priced.steps[-1].startswith("0\u00a0h\u00a050 × 1,29\u00a0€ = 1,08\u00a0€")


@given(unit_prices, quantities)
def test_an_amount_is_within_half_a_cent_of_the_exact_product(unit_price: UnitPrice, quantity: Decimal) -> None:
    exact = Fraction(quantity) * unit_price.price.cents
    assert abs(exact - price_line(unit_price, quantity).amount.cents) <= Fraction(1, 2)


@given(unit_prices, quantities)
def test_a_credit_of_the_same_quantity_is_exactly_opposite(unit_price: UnitPrice, quantity: Decimal) -> None:
    assert price_line(unit_price, -quantity).amount == -price_line(unit_price, quantity).amount


@given(unit_prices, st.integers(0, 20_000))
def test_whole_hours_cost_the_same_in_hours_and_in_minutes(unit_price: UnitPrice, hours: int) -> None:
    assert price_minutes(unit_price, hours * 60).amount == price_line(unit_price, Decimal(hours)).amount


def test_a_quantity_that_is_no_number_is_our_bug() -> None:
    with pytest.raises(ValueError, match="finite"):
        price_line(UnitPrice(Money(415), ()), Decimal("NaN"))


@pytest.mark.parametrize(("text", "shown"), [
    ("399,50", "399,50"), ("399.5", "399,50"), ("1 234", "1\u202f234,00"), (" 0 ", "0,00"),
    ("1\u202f500,25", "1\u202f500,25"),
])
def test_a_quotient_is_read_as_typed_and_written_in_french(text: str, shown: str) -> None:
    assert str(Quotient.parse(text)) == shown


@pytest.mark.parametrize("text", ["", "abc", "-1", "1e5", "399,555", "1,2,3", "NaN", "٣٩٩", "12€"])
def test_a_quotient_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        Quotient.parse(text)
    assert caught.value.code == "quotient.impossible"


@pytest.mark.parametrize("amount", ["-0.01", "NaN", "Infinity", "1.001"])
def test_a_quotient_cannot_be_built_wrong(amount: str) -> None:
    with pytest.raises(UserError):
        Quotient(Decimal(amount))


@given(st.integers(0, 10_000_000))
def test_a_quotient_written_in_french_reads_back(hundredths: int) -> None:
    quotient = Quotient(Decimal(hundredths).scaleb(-2))
    assert Quotient.parse(str(quotient)) == quotient


@pytest.mark.parametrize(("annual", "children", "disabled", "code"), [
    (-1, 1, 0, "income.negative"), (0, 0, 0, "income.impossible_children"),
    (0, 1, 2, "income.impossible_children"), (0, 2, -1, "income.impossible_children"),
])
def test_a_household_cannot_be_built_wrong(annual: int, children: int, disabled: int, code: str) -> None:
    with pytest.raises(UserError) as caught:
        ReferenceIncome(Money(annual), children, disabled)
    assert caught.value.code == code
