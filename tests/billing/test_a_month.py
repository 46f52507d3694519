"""A month billed: what is invoiced, carried, blocked, and what a family reads."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.billing.issuing import freeze_letterhead
from backoffice.billing.plan import Severity
from backoffice.billing.rules import Outcome, outcome
from backoffice.billing.tables import LetterheadRow
from backoffice.catalog.kinds import BillingBasis
from backoffice.catalog.queries import find_town, services_in_scope
from backoffice.catalog.rules import DueDateRule
from backoffice.families.commands import ChangePayers, SetQuotient
from backoffice.kernel.errors import EnvironmentFault, NeedsConfirmation, UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month, Period
from backoffice.tariffs.commands import AdoptTariff, add_tariff
from backoffice.tariffs.rules import FlatTariff
from tests.support.books import check_books, counts
from tests.support.towns import DAYS, GRID, NOVEMBER, OCTOBER, SEPTEMBER, SmallTown


def _september(number: int) -> list[date]:
    return [date(2025, 9, day) for day in range(1, number + 1)]


# --- the threshold and what waits under it --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cents", "expected"), [(0, Outcome.CARRIED), (1499, Outcome.CARRIED), (1500, Outcome.INVOICED)]
)
def test_fifteen_euros_are_invoiced_and_one_cent_less_is_carried(cents: int, expected: Outcome) -> None:
    assert outcome(Money(cents), Money(1500)) is expected


@pytest.mark.parametrize(("cents", "numbers"), [(1499, ()), (1500, ("CANT-F251100001",))])
def test_the_threshold_is_met_to_the_cent(cents: int, numbers: tuple[str, ...], either_town: SmallTown) -> None:
    slot = either_town.slot(tariff=FlatTariff(Money(cents)))
    either_town.attend(either_town.family(), slot, DAYS[:1])

    assert either_town.issue().numbers == numbers
    check_books(either_town.database)


def test_the_threshold_is_that_of_the_day_of_issue(town: SmallTown) -> None:
    """5 € until 9 April 2017, 15 € since (CGCT D1611-1)."""
    slot = town.slot(tariff=FlatTariff(Money(600)))
    household = town.family()
    with town.database.write() as session:
        add_tariff(session, slot, FlatTariff(Money(600)), Period(date(2017, 1, 1), date(2017, 12, 31)), "")
    town.sql("UPDATE payers SET valid_from = '2017-01-01'")
    town.attend(household, slot, [date(2017, 3, 1)])

    march = Month(2017, 3)
    assert town.preview(march, issued_on=date(2017, 4, 10)).groups[0].outcome is Outcome.CARRIED
    assert town.preview(march, issued_on=date(2017, 4, 9)).groups[0].outcome is Outcome.INVOICED


def test_two_small_months_make_one_invoice_that_shows_both(either_town: SmallTown) -> None:
    slot = either_town.slot()
    household = either_town.family()
    either_town.attend(household, slot, _september(2))
    either_town.attend(household, slot, DAYS[:2])

    assert either_town.issue(SEPTEMBER, issued_on=date(2025, 10, 5)).numbers == ()
    [number] = either_town.issue().numbers

    view = either_town.invoice(number)
    assert view.total == Money(4 * 415)
    assert [(line.month, line.amount, line.carried) for line in view.lines] == [
        (SEPTEMBER, Money(830), True),
        (OCTOBER, Money(830), False),
    ]
    assert "septembre 2025" in either_town.pdf_text(number)
    assert "16,60 €" in either_town.pdf_text(number)
    check_books(either_town.database)


def test_what_is_carried_waits_as_long_as_it_takes(town: SmallTown) -> None:
    slot = town.slot()
    household = town.family()
    for month in (9, 10, 11):
        town.attend(household, slot, [date(2025, month, 4), date(2025, month, 5)])
    assert town.issue(SEPTEMBER, issued_on=date(2025, 10, 5)).numbers == ()
    # October is skipped: November takes what September left, not what October never priced.
    assert town.issue(NOVEMBER, issued_on=date(2025, 12, 5)).numbers == ("CANT-F251200001",)
    assert [line.month for line in town.invoice("CANT-F251200001").lines] == [SEPTEMBER, NOVEMBER]
    assert town.issue(OCTOBER, issued_on=date(2025, 12, 6)).plan.groups[0].total == Money(830)
    check_books(town.database)


def test_running_a_month_again_changes_nothing(either_town: SmallTown) -> None:
    slot = either_town.slot()
    for name, days in (("INVOICED", DAYS), ("CARRIED", DAYS[:2])):
        either_town.attend(either_town.family(name), slot, days)
    either_town.issue()
    before = counts(either_town.database)

    again = either_town.issue()

    assert again.numbers == ()
    assert counts(either_town.database) == before
    assert [group.outcome for group in again.plan.groups] == [Outcome.CARRIED]


def test_a_day_clocked_late_is_taken_by_the_next_run_of_its_month(town: SmallTown) -> None:
    slot = town.slot()
    household = town.family()
    town.attend(household, slot, DAYS[:4])
    town.issue()
    town.attend(household, slot, DAYS[4:])

    [number] = town.issue().numbers

    assert town.invoice(number).lines[0].quantity == 4
    check_books(town.database)


def test_one_service_is_billed_and_the_others_wait(town: SmallTown) -> None:
    household = town.family()
    for code in ("CANT", "ALSH", "PERI"):
        town.attend(household, town.slot(code, name=f"Service {code}"))

    assert town.issue(OCTOBER, "alsh").numbers == ("ALSH-F251100001",)
    assert town.issue().numbers == ("CANT-F251100001", "PERI-F251100001")
    with pytest.raises(UserError) as refusal:
        town.issue(OCTOBER, "CANTINE")
    assert refusal.value.code == "catalog.unknown_service"


def test_the_preview_announces_what_the_run_does_and_writes_nothing(either_town: SmallTown) -> None:
    slot = either_town.slot()
    for name, days in (("B", DAYS), ("A", DAYS), ("C", DAYS[:1])):
        either_town.attend(either_town.family(name), slot, days)
    before = counts(either_town.database)
    plan = either_town.preview()

    assert counts(either_town.database) == before
    assert either_town.issue().plan == plan


def test_only_what_was_attended_is_billed_unless_the_booking_is(town: SmallTown) -> None:
    attended = town.slot()
    booked = town.slot("ALSH", name="Accueil de loisirs", basis=BillingBasis.BOOKED)
    household = town.family()
    for slot in (attended, booked):
        for day, state in zip(DAYS, AttendanceState, strict=False):
            town.attend(household, slot, [day], state=state)

    quantities = {group.service_code: group.charges[0].quantity for group in town.preview().groups}

    assert quantities == {"CANT": 1, "ALSH": 3}  # present; present, booked, absent without excuse


def test_a_price_announced_by_the_source_is_compared(town: SmallTown) -> None:
    slot = town.slot()
    household = town.family()
    town.attend(household, slot, DAYS[:4], announced=415)
    town.attend(household, slot, DAYS[4:5], announced=420)

    [difference] = town.preview().price_differences

    assert (difference.day, difference.announced, difference.computed) == (DAYS[4], Money(420), Money(415))


# --- numbers, dates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issued_on", "number", "due_on"),
    [
        (date(2025, 11, 15), "CANT-F251100001", date(2025, 12, 10)),
        (date(2025, 12, 31), "CANT-F251200001", date(2026, 1, 10)),
        (date(2026, 1, 2), "CANT-F260100001", date(2026, 2, 10)),
    ],
)
def test_the_day_of_issue_decides_the_number_and_the_last_day_to_pay(
    issued_on: date, number: str, due_on: date, town: SmallTown
) -> None:
    town.attend(town.family(), town.slot())

    assert town.issue(issued_on=issued_on).numbers == (number,)
    view = town.invoice(number)
    assert (view.issued_on, view.due_on, view.billed_month) == (issued_on, due_on, OCTOBER)


@pytest.mark.parametrize(
    ("issued_on", "due_on"), [(date(2026, 1, 31), date(2026, 2, 28)), (date(2025, 11, 15), date(2025, 12, 31))]
)
def test_the_thirty_first_is_the_last_day_of_a_shorter_month(
    issued_on: date, due_on: date, town: SmallTown
) -> None:
    town.attend(town.family(), town.slot(due=DueDateRule(31, 1)))

    assert town.invoice(town.issue(issued_on=issued_on).numbers[0]).due_on == due_on


def test_a_month_cannot_be_issued_before_it_began(town: SmallTown) -> None:
    with pytest.raises(UserError) as refusal:
        town.issue(issued_on=date(2025, 9, 30))
    assert refusal.value.code == "billing.issued_before_month"


def test_invoices_follow_the_alphabet_without_minding_accents(town: SmallTown) -> None:
    slot = town.slot()
    for name in ("Zola", "Éluard", "eluard", "Etienne", "ŒUVRARD", "Péguy"):
        town.attend(town.family(name), slot)

    names = [town.invoice(number).family_name for number in town.issue().numbers]

    assert names == ["Éluard", "eluard", "Etienne", "ŒUVRARD", "Péguy", "Zola"]


def test_nothing_is_issued_without_an_issuer(town: SmallTown) -> None:
    town.attend(town.family(), town.slot())
    town.sql("DELETE FROM town")

    with pytest.raises(UserError) as refusal:
        town.issue()

    assert refusal.value.code == "catalog.no_town"
    assert town.rows("invoices") == []


# --- fault 5: the right régie ---------------------------------------------------------------------------------


def test_three_services_issue_each_under_its_own_revenue_office(either_town: SmallTown) -> None:
    names = {"ALSH": "Accueil de loisirs", "CANT": "Restauration scolaire", "PERI": "Accueil périscolaire"}
    households = [either_town.family(name) for name in ("MARTIN", "DURAND")]
    for code, name in names.items():
        slot = either_town.slot(code, name=name)
        for household in households:
            either_town.attend(household, slot)

    for number in either_town.issue().numbers:
        name = names[number[:4]]
        letterhead = either_town.invoice(number).letterhead
        assert letterhead is not None
        assert (letterhead.revenue_office, letterhead.service_name) == (f"Régie « {name} »", name)
        printed = either_town.pdf_text(number)
        assert f"Régie « {name} »" in printed
        assert not any(f"Régie « {other} »" in printed for other in names.values() if other != name)
    assert len(either_town.rows("letterheads")) == 3


def test_texts_laid_down_beforehand_under_the_digest_of_others_are_not_printed(either_town: SmallTown) -> None:
    """By who bills the service and has SQL: colleagues would send out another means of payment."""
    either_town.attend(either_town.family(), either_town.slot())
    with either_town.database.write() as session:
        town = find_town(session)
        [service] = services_in_scope(session, ("CANT",))
        assert town is not None
        kept = session.get_one(LetterheadRow, freeze_letterhead(session, town, service))
        digest, forged = kept.digest, {**kept.content, "payment_means": "Virement à FR76…"}
        session.rollback()
    with either_town.database.write() as session:
        session.add(LetterheadRow(service_id=service.id, digest=digest, content=forged))

    with pytest.raises(EnvironmentFault, match=r"^billing\.altered_letterhead$"):
        either_town.issue()
    assert either_town.rows("invoices") == []


# --- fault 6: a quotient between two brackets, or none --------------------------------------------------------


@pytest.mark.parametrize(
    ("quotient", "price"),
    [("0", 120), ("399", 120), ("399.50", 120), ("399.99", 120), ("400", 260), ("599.99", 260), ("600", 415)],
)
def test_a_quotient_between_two_brackets_falls_where_the_bound_says(
    quotient: str, price: int, town: SmallTown
) -> None:
    town.attend(town.family(quotient=quotient), town.slot(tariff=GRID), DAYS)

    assert town.preview().groups[0].charges[0].unit_price == Money(price)


def test_a_family_without_quotient_is_a_question_and_never_a_line(either_town: SmallTown) -> None:
    slot = either_town.slot(tariff=GRID)
    unknown, known = either_town.family("SANSQUOTIENT"), either_town.family("MARTIN", quotient="700")
    for household in (unknown, known):
        either_town.attend(household, slot)

    with pytest.raises(NeedsConfirmation):
        either_town.issue(yes=False)
    run = either_town.issue()

    [anomaly] = run.plan.anomalies
    assert (anomaly.severity, anomaly.family_name, anomaly.error.code) == (
        Severity.BLOCKING, "SANSQUOTIENT", "tariff.no_quotient",
    )
    assert "quotient familial" in anomaly.text
    assert [either_town.invoice(number).family_name for number in run.numbers] == ["MARTIN"]
    assert {row["family_id"] for row in either_town.rows("charges")} == {known.id}


def test_once_its_quotient_is_known_the_family_is_billed_and_nobody_else_is(either_town: SmallTown) -> None:
    slot = either_town.slot(tariff=GRID)
    unknown = either_town.family("SANSQUOTIENT")
    for household in (unknown, either_town.family("MARTIN", quotient="700")):
        either_town.attend(household, slot)
    either_town.issue()

    either_town.app.execute(SetQuotient(unknown.id, Decimal("399.50"), "attestation CAF", date(2025, 9, 1)))
    run = either_town.issue()

    assert run.numbers == ()
    assert [(group.family_id, group.total, group.outcome) for group in run.plan.groups] == [
        (unknown.id, Money(8 * 120), Outcome.CARRIED)
    ]
    assert len(either_town.rows("invoices")) == 1
    check_books(either_town.database)


def test_a_quotient_that_ends_in_mid_month_prices_each_day_with_its_own(town: SmallTown) -> None:
    slot = town.slot(tariff=GRID)
    household = town.family(quotient="700")
    town.attend(household, slot)
    town.app.execute(SetQuotient(household.id, Decimal(450), "", DAYS[5]))

    [group] = town.preview().groups

    assert [(int(charge.quantity), charge.unit_price) for charge in group.charges] == [(5, Money(415)), (3, Money(260))]
    assert "700,00" in group.quotient_text
    assert "450,00" in group.quotient_text


def test_a_meal_is_priced_with_the_rate_of_its_own_day(town: SmallTown) -> None:
    slot = town.slot()
    town.attend(town.family(), slot)
    town.app.execute(AdoptTariff(slot, FlatTariff(Money(430)), DAYS[6], "délibération du 1er octobre"))

    [group] = town.preview().groups

    assert [(int(charge.quantity), charge.unit_price) for charge in group.charges] == [(6, Money(415)), (2, Money(430))]


def test_a_day_without_tariff_blocks_its_family_and_service_only(town: SmallTown) -> None:
    slot, other = town.slot(), town.slot("ALSH", name="Accueil de loisirs")
    household = town.family()
    town.attend(household, slot)
    town.attend(household, other)
    town.sql("UPDATE tariffs SET valid_to = '2025-10-09' WHERE slot_id = :slot", slot=slot)

    run = town.issue()

    assert run.numbers == ("ALSH-F251100001",)
    assert [anomaly.error.code for anomaly in run.plan.anomalies] == ["dated.not_in_force"]
    assert [group.outcome for group in run.plan.groups] == [Outcome.INVOICED, Outcome.BLOCKED]


def test_a_family_nobody_pays_for_is_blocked_until_a_payer_is_named(town: SmallTown) -> None:
    household = town.family(payer=False)
    town.attend(household, town.slot())
    assert [a.error.code for a in town.issue().plan.anomalies] == ["family.no_payer"]

    town.app.execute(ChangePayers(household.id, (household.parent,), date(2025, 9, 1)))

    [number] = town.issue().numbers
    assert [payer.name for payer in town.invoice(number).payers] == ["MARTIN Camille"]


# --- faults 4 and 7: what is printed --------------------------------------------------------------------------


def test_seventeen_meals_at_four_fifteen_make_seventy_fifty_five(either_town: SmallTown) -> None:
    slot = either_town.slot()
    days = [date(2025, 10, day) for day in range(1, 18)]
    either_town.attend(either_town.family(), slot, days)

    [number] = either_town.issue().numbers

    assert either_town.invoice(number).total == Money(7055)
    assert "70,55 €" in either_town.pdf_text(number)
    [line] = either_town.invoice(number).lines
    assert "17 × 4,15 € = 70,55 €" in " ".join(line.explanation).replace("\u00a0", " ").replace("\u202f", " ")


def test_amounts_are_printed_with_a_comma(town: SmallTown) -> None:
    town.attend(town.family(), town.slot(tariff=FlatTariff(Money(420))))

    printed = town.pdf_text(town.issue().numbers[0])

    assert "4,20" in printed
    assert "33,60 €" in printed
    assert "4.20" not in printed


LONG = "Marie-Antoinette-Joséphine-Éléonore-Guillemette-Philippine-Bérengère-Apolline D'"  # 80 characters


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("LE <GALL", "LE <GALL"),
        ("D<b>X</b>", "D<b>X</b>"),
        ("José 🎉 MARTÍNEZ", "MARTÍNEZ"),
        ("O'BRIEN & FILS; DROP TABLE", "O'BRIEN & FILS; DROP TABLE"),
        ("{name} %s %(x)s", "{name} %s %(x)s"),
        (LONG, "Marie-Antoinette-Joséphine"),
    ],
)
def test_any_name_goes_through_the_whole_chain(name: str, printed: str, either_town: SmallTown) -> None:
    slot = either_town.slot()
    for family, child in ((name, "Léa"), ("MARTIN", name)):
        either_town.attend(either_town.family(family, child), slot)

    numbers = either_town.issue().numbers

    assert len(numbers) == 2
    for number in numbers:
        assert printed in either_town.pdf_text(number)
    assert name in {either_town.invoice(number).family_name for number in numbers}
    assert len(LONG) == 80


def test_a_month_at_zero_is_shown_to_the_agent_and_not_invoiced(town: SmallTown) -> None:
    town.attend(town.family(), town.slot(tariff=FlatTariff(Money(0))))

    plan = town.issue().plan

    assert [(a.severity, a.error.code) for a in plan.anomalies] == [(Severity.TO_CHECK, "billing.zero_line")]
    assert plan.of(Outcome.INVOICED) == []
