"""Numbers: one gapless series for each prefix and month of issue, and a numeric reference for the Treasury."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.billing.rules import LAST_SEQUENCE, debt_number, printed_number, series_name
from backoffice.catalog.commands import NewService, ServiceTexts, add_service
from backoffice.catalog.rules import DueDateRule
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import Month
from tests.support.books import check_books, dump
from tests.support.towns import ISSUED_ON, NOVEMBER, OCTOBER, SmallTown

MONTHS = st.builds(Month, st.integers(2000, 2099), st.integers(1, 12))
SERVICES = st.integers(1, 999)
SEQUENCES = st.integers(1, LAST_SEQUENCE)


def test_a_number_says_service_kind_month_and_rank() -> None:
    assert printed_number(series_name("CANT", NOVEMBER), 1) == "CANT-F251100001"
    assert printed_number(series_name("CANT", NOVEMBER, credit_note=True), LAST_SEQUENCE) == "CANT-A251199999"


def test_the_number_after_the_last_is_refused() -> None:
    with pytest.raises(UserError) as refusal:
        printed_number("CANT-F2511", LAST_SEQUENCE + 1)
    assert refusal.value.code == "billing.series_full"


@given(MONTHS, SERVICES, SEQUENCES)
def test_a_debt_number_is_numeric_positive_and_at_most_fifteen_digits(
    month: Month, service: int, sequence: int
) -> None:
    number = debt_number(service, month, sequence)

    assert number > 0
    assert len(str(number)) <= 15


@given(st.tuples(MONTHS, SERVICES, SEQUENCES), st.tuples(MONTHS, SERVICES, SEQUENCES))
def test_two_invoices_never_share_a_debt_number(one: tuple[Month, int, int], other: tuple[Month, int, int]) -> None:
    def reference(invoice: tuple[Month, int, int]) -> int:
        month, service, sequence = invoice
        return debt_number(service, month, sequence)

    assert (reference(one) == reference(other)) == (one == other)


@pytest.mark.parametrize("prefix", ["", "CANT-", "É", "A B", "A/B", "ABCDEFGHIJK", "a.b", "१२", "CANT\n", " CANT"])
def test_a_prefix_is_letters_and_digits_only(prefix: str, town: SmallTown) -> None:
    new = NewService("X", "X", prefix, "", (), ServiceTexts((), "", ""), DueDateRule())
    with town.database.write() as session, pytest.raises(UserError) as refusal:
        add_service(session, new)
    assert refusal.value.code == "catalog.bad_prefix"
    assert prefix.strip() in sentence(refusal.value)


@pytest.mark.parametrize(("code", "prefix"), [("CANT", "AUTRE"), ("AUTRE", "CANT")])
def test_two_services_share_neither_code_nor_prefix(code: str, prefix: str, town: SmallTown) -> None:
    town.slot()
    with pytest.raises(UserError) as refusal:
        town.slot(code, prefix=prefix)
    assert refusal.value.code == "catalog.service_exists"


def test_a_full_series_stops_the_run_and_draws_nothing(either_town: SmallTown) -> None:
    slot = either_town.slot()
    for name in ("MARTIN", "VOISIN"):
        either_town.attend(either_town.family(name), slot)
    either_town.spoil("INSERT INTO number_counters (series, last) VALUES ('CANT-F2511', 99998)")
    before = dump(either_town.database)

    with pytest.raises(UserError) as refusal:
        either_town.issue()

    assert "99999" in sentence(refusal.value)
    assert dump(either_town.database) == before


@pytest.mark.spoils
def test_the_last_number_of_a_series_can_be_drawn(town: SmallTown) -> None:
    town.attend(town.family(), town.slot())
    town.sql("INSERT INTO number_counters (series, last) VALUES ('CANT-F2511', 99998)")

    assert town.issue().numbers == ("CANT-F251199999",)
    assert town.invoice("CANT-F251199999").debt_number == 251100199999


def test_each_month_of_issue_starts_again_at_one(either_town: SmallTown) -> None:
    slot = either_town.slot()
    household = either_town.family()
    either_town.attend(household, slot)
    either_town.attend(household, slot, [date(2025, 11, day) for day in (3, 4, 6, 7)])

    assert either_town.issue(OCTOBER, issued_on=ISSUED_ON).numbers == ("CANT-F251100001",)
    assert either_town.issue(NOVEMBER, issued_on=date(2025, 11, 30)).numbers == ("CANT-F251100002",)
    either_town.attend(household, slot, [date(2025, 11, day) for day in (10, 12, 13, 14)])
    assert either_town.issue(NOVEMBER, issued_on=date(2025, 12, 15)).numbers == ("CANT-F251200001",)
    check_books(either_town.database)


def test_every_invoice_of_a_run_has_its_own_debt_number(town: SmallTown) -> None:
    household = town.family()
    for code in ("CANT", "ALSH", "PERI"):
        town.attend(household, town.slot(code))

    debts = [town.invoice(number).debt_number for number in town.issue().numbers]

    assert debts == [251100200001, 251100100001, 251100300001]
