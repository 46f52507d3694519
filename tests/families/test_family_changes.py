"""What a family's tariff and invoices depend on changes from a day on; the past does not move."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest

from backoffice.families.commands import ChangePayers, SetQuotient
from backoffice.families.queries import (
    full_name,
    holders_by_family,
    payers_on,
    postal_address,
    quotients_during,
)
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.periods import Period
from tests.support.books import dump
from tests.support.towns import DAYS, SmallTown

YEAR = Period(date(2025, 1, 1), date(2026, 12, 31))


def _quotients(town: SmallTown, family: int) -> list[tuple[date, date | None, Decimal]]:
    with town.database.read() as session:
        held = quotients_during(session, [family], YEAR).get(family, ())
    return sorted((each.period.start, each.period.end, each.value) for each in held)


def _set(town: SmallTown, family: int, value: str, day: date) -> None:
    town.app.execute(SetQuotient(family, Decimal(value), "", day))


def test_a_new_quotient_ends_the_one_before_and_leaves_the_next_alone(either_town: SmallTown) -> None:
    family = either_town.family().id
    _set(either_town, family, "700", date(2025, 1, 1))
    _set(either_town, family, "900", date(2026, 1, 1))
    _set(either_town, family, "399.50", date(2025, 9, 1))

    assert _quotients(either_town, family) == [
        (date(2025, 1, 1), date(2025, 8, 31), Decimal(700)),
        (date(2025, 9, 1), date(2025, 12, 31), Decimal("399.5")),
        (date(2026, 1, 1), None, Decimal(900)),
    ]


def test_a_quotient_typed_again_for_the_same_day_replaces_the_first(either_town: SmallTown) -> None:
    family = either_town.family().id
    for value in ("700", "710"):
        _set(either_town, family, value, date(2025, 9, 1))

    assert _quotients(either_town, family) == [(date(2025, 9, 1), None, Decimal(710))]


@pytest.mark.parametrize("value", ["-1", "399.505"])
def test_an_impossible_quotient_is_refused(value: str, town: SmallTown) -> None:
    family = town.family().id
    before = dump(town.database)
    with pytest.raises(InvalidFields) as refusal:
        _set(town, family, value, date(2025, 9, 1))
    assert refusal.value.fields["value"].code == "quotient.impossible"
    assert dump(town.database) == before


def test_a_quotient_of_nobody_is_refused(town: SmallTown) -> None:
    with pytest.raises(UserError) as refusal:
        _set(town, 404, "700", date(2025, 9, 1))
    assert refusal.value.code == "family.unknown"


def test_payers_change_on_a_day_and_the_past_keeps_its_own(either_town: SmallTown) -> None:
    household = either_town.family("MARTIN", "Léa", "Noé")
    separation = date(2025, 11, 1)
    either_town.app.execute(ChangePayers(household.id, (household.parent, household.children[1]), separation))

    with either_town.database.read() as session:
        before = payers_on(session, [household.id], date(2025, 10, 31))[household.id]
        after = payers_on(session, [household.id], separation)[household.id]
        assert holders_by_family(session, [household.id]) == {household.id: 1}
    assert [payer.name for payer in before] == ["MARTIN Camille"]
    assert [(payer.rank, payer.name) for payer in after] == [(1, "MARTIN Camille"), (2, "MARTIN Noé")]


def test_an_invoice_names_both_payers(town: SmallTown) -> None:
    household = town.family("MARTIN", "Léa", "Noé")
    town.app.execute(ChangePayers(household.id, (household.parent, household.children[1]), date(2025, 9, 1)))
    town.attend(household, town.slot())

    [number] = town.issue().numbers

    assert [payer.name for payer in town.invoice(number).payers] == ["MARTIN Camille", "MARTIN Noé"]
    assert town.invoice(number).payers[0].address == ("1 rue des Tilleuls", "38999 VALBRUME")


@pytest.mark.parametrize("count", [0, 2, 3])
def test_one_or_two_different_people_pay(count: int, town: SmallTown) -> None:
    household = town.family("MARTIN", "Léa", "Noé")
    people = {0: (), 2: (household.parent,) * 2, 3: (household.parent, *household.children)}[count]
    before = dump(town.database)
    with pytest.raises(UserError) as refusal:
        town.app.execute(ChangePayers(household.id, people, date(2025, 9, 1)))
    assert refusal.value.code == "payers.one_or_two"
    assert dump(town.database) == before


def test_a_stranger_does_not_pay(town: SmallTown) -> None:
    household, other = town.family(), town.family("VOISIN")
    with pytest.raises(UserError) as refusal:
        town.app.execute(ChangePayers(household.id, (other.parent,), date(2025, 9, 1)))
    assert refusal.value.code == "payers.not_in_family"


def test_names_and_addresses_leave_out_what_is_empty() -> None:
    assert full_name("", "MARTIN", "Léa") == "MARTIN Léa"
    assert full_name("Mme", "MARTIN", "") == "Mme MARTIN"
    assert postal_address("Bât. B\n\n 3 rue Haute ", "38999", "VALBRUME") == ("Bât. B", "3 rue Haute", "38999 VALBRUME")
    assert postal_address("", "", "") == ()


def test_two_agents_who_set_the_same_quotient_at_once_leave_one(shared_town: SmallTown) -> None:
    """Two values on one day would block the family's whole service at the next run."""
    household = shared_town.family()
    slot = shared_town.slot()
    shared_town.attend(household, slot, DAYS)
    start, failures = Barrier(4), list[BaseException]()

    def work(value: int) -> None:
        start.wait(10)
        try:
            _set(shared_town, household.id, str(value), date(2025, 9, 1))
        except UserError as error:
            failures.append(error)

    threads = [Thread(target=work, args=(value,)) for value in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(_quotients(shared_town, household.id)) == 1
