"""Quotients, incomes and payers by date: what ends what, what an invoice keeps, how a change is undone."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from backoffice.billing.cancelling import CancelInvoice
from backoffice.families.commands import (
    ChangePayers,
    DeleteIncome,
    DeleteQuotient,
    FamilyChanged,
    RestoreIncomes,
    RestorePayers,
    RestoreQuotients,
    SetIncome,
    SetQuotient,
)
from backoffice.families.queries import HeldIncome, HeldQuotient
from backoffice.kernel.errors import InvalidFields, NeedsConfirmation
from backoffice.kernel.messages import sentences
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period
from backoffice.tariffs.rules import FlatTariff
from tests.families.test_records import refused
from tests.families.village import BY_QUOTIENT, JEAN, MARIE, SINCE, TODAY, Village

SEPTEMBER, OCTOBER, NOVEMBER = date(2025, 9, 1), date(2025, 10, 1), date(2025, 11, 1)
DAY = timedelta(days=1)


def quotient(value: str, start: date, end: date | None = None) -> HeldQuotient:
    return HeldQuotient(Decimal(value), "CAF", Period(start, end))


def set_to(village: Village, family: int, value: str, start: date, end: date | None = None) -> None:
    village.app.execute(SetQuotient(family, Decimal(value), "CAF", start, end))


def held(village: Village, family: int) -> list[tuple[str, date, date | None, bool]]:
    lines = village.file(family).quotients
    return [(str(line.value), line.period.start, line.period.end, line.in_force) for line in lines]


def billed(village: Village, days: int = 8) -> tuple[int, str]:
    """A family whose October meals are invoiced at its quotient of 700."""
    family = village.family()
    set_to(village, family, "700", SINCE)
    village.eat(family, village.child(family), village.canteen(BY_QUOTIENT), days)
    return family, next(iter(village.bill()), "")


# --- quotients ---------------------------------------------------------------------------------------------------


def test_a_new_quotient_ends_the_one_before(either_village: Village) -> None:
    village = either_village
    family = village.family()
    set_to(village, family, "700", SINCE)
    told = village.heard(FamilyChanged)
    change = village.app.execute(SetQuotient(family, Decimal("512.50"), "  CAF ", OCTOBER))

    assert change.before == (quotient("700", SINCE),)
    assert change.after == (quotient("700", SINCE, OCTOBER - DAY), quotient("512.50", OCTOBER))
    assert held(village, family) == [("512.5", OCTOBER, None, True), ("700", SINCE, OCTOBER - DAY, False)]
    assert told == [FamilyChanged(family)]


def test_a_quotient_of_the_past_stops_where_the_next_begins(village: Village) -> None:
    family = village.family()
    set_to(village, family, "700", OCTOBER)
    set_to(village, family, "600", SEPTEMBER)
    set_to(village, family, "650", SEPTEMBER)

    assert held(village, family) == [("700", OCTOBER, None, True), ("650", SEPTEMBER, OCTOBER - DAY, False)]


def test_a_quotient_may_have_a_last_day(village: Village) -> None:
    family = village.family()
    set_to(village, family, "700", SEPTEMBER, OCTOBER)
    file = village.file(family)

    assert file.quotient_today is None
    assert held(village, family) == [("700", SEPTEMBER, OCTOBER, False)]


def test_a_change_of_quotient_is_undone_and_done_again(village: Village) -> None:
    family = village.family()
    set_to(village, family, "700", SINCE)
    change = village.app.execute(SetQuotient(family, Decimal(500), "CAF", OCTOBER))
    undone = village.app.execute(RestoreQuotients(family, change.after, change.before))

    assert held(village, family) == [("700", SINCE, None, True)]
    assert undone.after == change.before
    village.app.execute(RestoreQuotients(family, undone.after, undone.before))
    assert village.file(family).quotient_today is not None
    assert held(village, family)[0] == ("500", OCTOBER, None, True)


def test_an_undo_does_not_write_over_what_somebody_did_meanwhile(village: Village) -> None:
    family = village.family()
    change = village.app.execute(SetQuotient(family, Decimal(700), "CAF", SEPTEMBER))
    set_to(village, family, "800", NOVEMBER)

    assert refused(village, RestoreQuotients(family, change.after, change.before)) == "record.changed_meanwhile"


def test_a_quotient_entered_by_mistake_is_deleted(village: Village) -> None:
    family = village.family()
    set_to(village, family, "700", SINCE)
    set_to(village, family, "7", OCTOBER)
    mistake = village.file(family).quotients[0].id
    hole = village.app.execute(DeleteQuotient(family, mistake))

    assert hole.after == (quotient("700", SINCE, OCTOBER - DAY),)
    assert refused(village, DeleteQuotient(family, mistake)) == "record.changed_meanwhile"


def test_the_quotient_before_a_deleted_one_takes_its_days_back_when_asked(village: Village) -> None:
    family = village.family()
    set_to(village, family, "700", SINCE)
    set_to(village, family, "7", OCTOBER)
    village.app.execute(DeleteQuotient(family, village.file(family).quotients[0].id, reopen_previous=True))

    assert held(village, family) == [("700", SINCE, None, True)]


def test_a_quotient_that_an_invoice_used_is_never_removed(village: Village) -> None:
    family, _ = billed(village)
    [line] = village.file(family).quotients

    assert refused(village, DeleteQuotient(family, line.id)) == "quotient.used_by_invoice"
    assert refused(village, SetQuotient(family, Decimal(500), "", SINCE)) == "quotient.used_by_invoice"
    assert refused(village, RestoreQuotients(family, (quotient("700", SINCE),), ())) == "quotient.used_by_invoice"


def test_a_later_quotient_that_no_invoice_used_is_undone_beside_one_that_is_kept(village: Village) -> None:
    family, _ = billed(village)
    change = village.app.execute(SetQuotient(family, Decimal(500), "CAF", NOVEMBER))
    village.app.execute(RestoreQuotients(family, change.after, change.before))

    assert held(village, family) == [("700", SINCE, None, True)]


def test_a_cancelled_invoice_lets_its_quotient_be_corrected(village: Village) -> None:
    family, number = billed(village)
    village.app.execute(CancelInvoice(number, "Quotient mal saisi", TODAY))
    set_to(village, family, "500", SINCE)

    assert held(village, family) == [("500", SINCE, None, True)]


def test_a_quotient_used_by_an_amount_carried_over_is_kept(village: Village) -> None:
    family, number = billed(village, days=3)
    [line] = village.file(family).quotients

    assert number == ""
    assert refused(village, DeleteQuotient(family, line.id)) == "quotient.used_by_carried"


def test_a_quotient_that_no_price_reads_is_free(village: Village) -> None:
    family = village.family()
    set_to(village, family, "700", SINCE)
    village.eat(family, village.child(family), village.canteen(FlatTariff(Money(415))))
    village.bill()

    assert village.app.execute(DeleteQuotient(family, village.file(family).quotients[0].id)).after == ()


def test_an_impossible_quotient_is_not_entered(village: Village) -> None:
    family = village.family()
    with pytest.raises(InvalidFields) as refusal:
        set_to(village, family, "-1", SEPTEMBER, SINCE)

    assert {name: error.code for name, error in refusal.value.fields.items()} == {
        "value": "quotient.impossible",
        "valid_to": "period.ends_before_start",
    }
    assert refused(village, SetQuotient(404, Decimal(1), "", SINCE)) == "family.unknown"


# --- incomes -----------------------------------------------------------------------------------------------------


def test_incomes_follow_one_another_are_deleted_and_put_back(either_village: Village) -> None:
    village = either_village
    family = village.family()
    village.app.execute(SetIncome(family, Money(2_400_000), 2, 0, "CDAP", SINCE))
    change = village.app.execute(SetIncome(family, Money(2_000_000), 3, 1, "CDAP", OCTOBER))
    file = village.file(family)

    assert [(line.annual, line.dependent_children, line.in_force) for line in file.incomes] == [
        (Money(2_000_000), 3, True),
        (Money(2_400_000), 2, False),
    ]
    assert file.income_today == file.incomes[0]
    deleted = village.app.execute(DeleteIncome(family, file.incomes[0].id, reopen_previous=True))
    assert deleted.after == (HeldIncome(Money(2_400_000), 2, 0, "CDAP", Period(SINCE)),)
    assert village.app.execute(RestoreIncomes(family, deleted.after, deleted.before)).after == change.after


def test_an_impossible_income_is_not_entered(village: Village) -> None:
    family = village.family()
    with pytest.raises(InvalidFields) as refusal:
        village.app.execute(SetIncome(family, Money(-1), 0, 0, "", SINCE))

    assert set(refusal.value.fields) == {"annual", "dependent_children"}
    assert refused(village, SetIncome(404, Money(1), 1, 0, "", SINCE)) == "family.unknown"
    assert refused(village, DeleteIncome(family, 404)) == "record.changed_meanwhile"


# --- payers ------------------------------------------------------------------------------------------------------


def payers(village: Village, family: int) -> list[tuple[str, int, date, date | None, bool]]:
    return [(p.name, p.rank, p.period.start, p.period.end, p.in_force) for p in village.file(family).payers]


def test_a_separation_names_another_payer_from_a_day_on(either_village: Village) -> None:
    village = either_village
    family = village.family(MARIE, JEAN)
    marie, jean = (adult.person_id for adult in village.file(family).adults)
    change = village.app.execute(ChangePayers(family, (jean, marie), OCTOBER))

    assert payers(village, family) == [
        ("M. DUPONT Jean", 1, OCTOBER, None, True),
        ("Mme DUPONT Marie", 2, OCTOBER, None, True),
        ("Mme DUPONT Marie", 1, SINCE, OCTOBER - DAY, False),
    ]
    assert [payer.person_id for payer in village.file(family).payers_today] == [jean, marie]
    village.app.execute(RestorePayers(family, change.after, change.before))
    assert payers(village, family) == [("Mme DUPONT Marie", 1, SINCE, None, True)]
    assert refused(village, RestorePayers(family, change.after, change.before)) == "record.changed_meanwhile"


def test_payers_are_one_or_two_people_of_the_family(village: Village) -> None:
    family, other = village.family(MARIE), village.family(JEAN)
    marie, stranger = village.person(family, "Marie"), village.person(other, "Jean")

    assert refused(village, ChangePayers(family, (), TODAY)) == "payers.one_or_two"
    assert refused(village, ChangePayers(family, (marie, marie), TODAY)) == "payers.one_or_two"
    assert refused(village, ChangePayers(family, (stranger,), TODAY)) == "payers.not_in_family"
    assert refused(village, ChangePayers(404, (marie,), TODAY)) == "family.unknown"


def test_a_change_that_began_is_not_erased_by_an_earlier_one(village: Village) -> None:
    family = village.family(MARIE, JEAN)
    marie, jean = (adult.person_id for adult in village.file(family).adults)
    village.app.execute(ChangePayers(family, (jean,), OCTOBER))

    assert refused(village, ChangePayers(family, (marie,), SEPTEMBER)) == "payers.past_begun"


def test_a_planned_change_is_given_up_only_when_the_agent_says_so(village: Village) -> None:
    family = village.family(MARIE, JEAN)
    marie, jean = (adult.person_id for adult in village.file(family).adults)
    village.app.execute(ChangePayers(family, (jean,), date(2026, 1, 1)))
    again = ChangePayers(family, (marie, jean), TODAY)
    with pytest.raises(NeedsConfirmation) as question:
        village.app.execute(again)
    village.app.execute(again, confirmed=frozenset({"payers.replaces_planned"}))

    assert question.value.params == {"day": date(2026, 1, 1)}
    assert question.value.code in sentences()
    assert [line[2] for line in payers(village, family)] == [TODAY, TODAY, SINCE]


def test_payers_whom_an_invoice_names_are_not_replaced_but_followed(village: Village) -> None:
    family = village.family(MARIE, JEAN)
    set_to(village, family, "700", SINCE)
    jean = village.person(family, "Jean")
    village.eat(family, village.child(family), village.canteen())
    village.bill()

    assert refused(village, ChangePayers(family, (jean,), SINCE)) == "payers.used_by_invoice"
    village.app.execute(ChangePayers(family, (jean,), TODAY + DAY))
    assert payers(village, family)[1] == ("Mme DUPONT Marie", 1, SINCE, TODAY, True)
