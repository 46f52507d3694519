"""Whatever the hours and the months, what is spread is what was reserved."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from backoffice.contracts.rules.smoothing import Smoothing, Spread, bills
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month

minutes = st.integers(60, 200_000).map(Fraction)


@given(minutes, st.integers(0, 23), st.sampled_from([Spread.EQUAL, Spread.WHOLE_HOURS]), st.sets(st.integers(1, 11)))
def test_the_months_hold_the_whole_contract_to_the_minute(
    total: Fraction, length: int, spread: Spread, excluded: set[int]
) -> None:
    first = Month(2025, 12)
    smoothing = Smoothing(spread, frozenset(excluded))
    found = bills(smoothing, total, first, first.plus(length), lambda _: Money(242))
    assert sum((bill.minutes for bill in found), Fraction()) == total
    assert all(bill.month.month not in excluded for bill in found)
    assert all(bill.minutes >= 0 for bill in found)


@given(minutes, st.integers(1, 12))
def test_hours_rounded_up_never_bill_less_than_reserved_nor_an_hour_more_a_month(total: Fraction, length: int) -> None:
    smoothing = Smoothing(Spread.HOURS_ROUNDED_UP)
    found = bills(smoothing, total, Month(2025, 1), Month(2025, 1).plus(length - 1), lambda _: Money(100))
    billed = sum((bill.minutes for bill in found), Fraction())
    assert total <= billed < total + 60 * length
