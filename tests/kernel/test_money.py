"""Money is exact to the cent, and written as the French write it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.errors import UserError
from backoffice.kernel.money import ZERO, Money, amount_digits, euros, plain_amount

AMOUNTS = st.integers(-(10**12), 10**12).map(Money)


@pytest.mark.parametrize(
    ("cents", "written"),
    [
        (420, "4,20\u00a0€"),
        (7055, "70,55\u00a0€"),
        (123456789, "1\u202f234\u202f567,89\u00a0€"),
        (-5, "\u22120,05\u00a0€"),
        (0, "0,00\u00a0€"),
    ],
)
def test_an_amount_is_written_with_a_comma_and_spaces_that_do_not_break(cents: int, written: str) -> None:
    assert euros(Money(cents)) == str(Money(cents)) == written
    assert amount_digits(Money(cents)) == written.removesuffix("\u00a0€")


@given(AMOUNTS)
def test_what_is_written_can_be_typed_again(amount: Money) -> None:
    assert Money.parse(euros(amount)) == amount
    assert Money.parse(plain_amount(amount)) == amount


@pytest.mark.parametrize(
    ("text", "cents"), [("12,5", 1250), ("1 234,56 €", 123456), ("12.50", 1250), ("+3", 300), ("-0,01", -1)]
)
def test_an_amount_is_read_as_agents_type_it(text: str, cents: int) -> None:
    assert Money.parse(text) == Money(cents)


@pytest.mark.parametrize(
    "text", ["", "€", "12,345", "douze", "1,2,3", "1e3", "NaN", "٣", "--1", "12 €€", "9" * 40]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(UserError) as refusal:
        Money.parse(text)
    assert (refusal.value.code, refusal.value.params) == ("money.not_an_amount", {"text": text})


@pytest.mark.parametrize(("exact", "cents"), [("0.005", 1), ("0.0049", 0), ("-0.005", -1), ("2.675", 268), ("1", 100)])
def test_half_a_cent_goes_up(exact: str, cents: int) -> None:
    assert Money.rounded(Decimal(exact)) == Money(cents)


@given(st.lists(AMOUNTS), AMOUNTS, st.integers(0, 1000))
def test_sums_and_products_lose_nothing(amounts: list[Money], one: Money, times: int) -> None:
    assert Money.total(amounts).cents == sum(amount.cents for amount in amounts)
    assert one * times == Money.total([one] * times)
    assert one - one == ZERO
    assert bool(one) == (one != ZERO)
    assert (one < ZERO) == (one.cents < 0)
    assert one + -one == ZERO


def test_seventeen_times_four_fifteen() -> None:
    """Floats print 70,49 or 70,55 with luck; cents have no luck."""
    assert euros(Money(415) * 17) == "70,55\u00a0€"
