"""A day whose amount waits for the next invoice can be corrected: its line is given up and priced again."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from backoffice.attendance.commands import AttendanceOfDayChanged, RecordAttendance, mark_billed
from backoffice.attendance.priced import free_priced
from backoffice.attendance.recording import AttendanceEntry, RecordMany, RemoveAttendance
from backoffice.attendance.rules import AttendanceState
from backoffice.attendance.tables import AttendanceRow
from backoffice.billing.carried import CarriedOver
from backoffice.billing.comparison import MonthComparison
from backoffice.billing.explaining import AttendanceOfDay, DaysOfCharge
from backoffice.billing.history import StoredCharge, add_stored_charges
from backoffice.billing.months import BillingMonths
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month
from tests.support.books import check_books, dump
from tests.support.towns import DAYS, NOVEMBER, OCTOBER, Household, SmallTown, copied, described

PRESENT, ABSENT = AttendanceState.PRESENT, AttendanceState.ABSENT
MEAL = 415
IN_NOVEMBER = tuple(date(2025, 11, day) for day in (3, 4, 6, 7, 10, 13, 14, 17))
NOVEMBER_ISSUE = date(2025, 12, 15)


def _carry(town: SmallTown, days: int = 3) -> tuple[Household, int]:
    """A family whose October is under the threshold, left waiting by a run."""
    slot = town.slot()
    household = town.family()
    town.attend(household, slot, DAYS[:days])
    assert town.issue().numbers == ()
    return household, slot


def _correct(household: Household, slot: int, day: date, state: AttendanceState = ABSENT) -> RecordAttendance:
    return RecordAttendance(household.id, household.child, slot, day, state)


def _waiting(town: SmallTown, month: Month = OCTOBER) -> Money:
    return Money.total(view.amount for view in town.app.ask(CarriedOver(month)))


def test_the_line_is_given_up_with_all_its_days_and_the_journal_says_so(either_town: SmallTown) -> None:
    town = either_town
    household, slot = _carry(town)
    [line] = town.rows("charges")
    heard: list[AttendanceOfDayChanged] = []
    town.app.events.subscribe(AttendanceOfDayChanged, heard.append)

    town.app.execute(_correct(household, slot, DAYS[1]))

    assert town.rows("charges") == []
    assert [(row["charge_id"], row["carried"], row["billing_month"]) for row in town.rows("attendances")] == [
        (None, True, OCTOBER)
    ] * 3
    assert [event.day for event in heard] == list(DAYS[:3])  # the other days of the line have no price any more
    details = json.loads(town.rows("audit_journal")[-1]["details"])
    assert details["freed_cents"] == {str(line["id"]): 3 * MEAL}
    assert _waiting(town) == Money(0)
    check_books(town.database)


def test_the_run_of_the_next_month_bills_the_corrected_days(either_town: SmallTown) -> None:
    town = either_town
    household, slot = _carry(town)
    town.app.execute(_correct(household, slot, DAYS[1]))
    town.attend(household, slot, IN_NOVEMBER)

    plan = town.preview(NOVEMBER, issued_on=NOVEMBER_ISSUE)
    assert "billing.earlier_days_open" not in [remark.code for remark in plan.remarks]
    [row] = town.app.ask(MonthComparison(NOVEMBER))
    assert (row.previous, row.current) == (Money(2 * MEAL), Money(8 * MEAL))
    [number] = town.issue(NOVEMBER, issued_on=NOVEMBER_ISSUE).numbers

    invoice = town.invoice(number)
    assert [(line.month, line.carried, line.quantity) for line in invoice.lines] == [
        (OCTOBER, True, Decimal(2)), (NOVEMBER, False, Decimal(8))
    ]
    assert invoice.total == Money(10 * MEAL)
    assert [row.day for row in town.app.ask(DaysOfCharge(invoice.lines[0].id))] == [DAYS[0], DAYS[2]]
    check_books(town.database)


def test_another_run_of_the_same_month_carries_the_right_amount(either_town: SmallTown) -> None:
    town = either_town
    household, slot = _carry(town)
    town.app.execute(_correct(household, slot, DAYS[1]))
    [october] = town.app.ask(BillingMonths())
    assert (october.open_units, october.carried_total) == (2, Money(0))

    assert town.issue().numbers == ()

    assert _waiting(town) == Money(2 * MEAL)
    assert town.app.ask(BillingMonths()) == ()  # nothing to bill any more
    check_books(town.database)


def test_only_the_line_of_the_corrected_day_is_given_up(either_town: SmallTown) -> None:
    town = either_town
    slot = town.slot()
    household = town.family("MARTIN", "Léa", "Noé")
    for child in (0, 1):
        town.attend(household, slot, DAYS[:1], child=child)
    town.issue()

    town.app.execute(_correct(household, slot, DAYS[0]))

    assert [row["child_name"] for row in town.rows("charges")] == ["MARTIN Noé"]
    assert _waiting(town) == Money(MEAL)
    check_books(town.database)


def test_the_day_says_that_it_waits_and_may_be_corrected(town: SmallTown) -> None:
    household, slot = _carry(town)
    [before] = town.app.ask(AttendanceOfDay(DAYS[0])).rows
    assert (before.billed, before.waiting, before.locked) == (True, True, False)

    town.app.execute(_correct(household, slot, DAYS[0]))

    [after] = town.app.ask(AttendanceOfDay(DAYS[0])).rows
    assert (after.billed, after.waiting, after.locked) == (False, False, False)


def test_saying_again_what_is_recorded_gives_nothing_up(town: SmallTown) -> None:
    household, slot = _carry(town)
    before = dump(town.database, "audit_journal")
    town.app.execute(RecordMany((AttendanceEntry(household.id, household.child, slot, DAYS[0], PRESENT),)))
    assert dump(town.database, "audit_journal") == before


def test_a_section_corrected_at_once_and_undone_is_billed_as_before(either_town: SmallTown) -> None:
    town = either_town
    household, slot = _carry(town)
    undo = town.app.execute(
        RecordMany(tuple(AttendanceEntry(household.id, household.child, slot, day, ABSENT) for day in DAYS[:2]))
    )
    removed = town.app.execute(RemoveAttendance(household.child, slot, DAYS[2]))
    town.app.execute(RecordMany((removed, *undo)))
    town.attend(household, slot, IN_NOVEMBER)

    [number] = town.issue(NOVEMBER, issued_on=NOVEMBER_ISSUE).numbers

    assert town.invoice(number).total == Money(11 * MEAL)
    check_books(town.database)


def test_an_invoice_that_took_the_amount_keeps_it(either_town: SmallTown) -> None:
    town = either_town
    household, slot = _carry(town)
    town.attend(household, slot, IN_NOVEMBER)
    [number] = town.issue(NOVEMBER, issued_on=NOVEMBER_ISSUE).numbers
    with pytest.raises(UserError) as refusal:
        town.app.execute(_correct(household, slot, DAYS[0]))
    assert refusal.value.code == "attendance.already_billed"

    town.cancel(number, issued_on=NOVEMBER_ISSUE)
    town.app.execute(_correct(household, slot, DAYS[0]))
    [again] = town.issue(NOVEMBER, issued_on=NOVEMBER_ISSUE).numbers
    assert town.invoice(again).total == Money(10 * MEAL)
    check_books(town.database)


def test_two_agents_correct_two_days_of_the_same_line_at_once(shared_town: SmallTown) -> None:
    town = shared_town
    household, slot = _carry(town)
    refused: list[Exception] = []

    def correct_another_day() -> None:
        try:
            town.app.execute(_correct(household, slot, DAYS[1]))
        except Exception as error:  # noqa: BLE001 - told by the test
            refused.append(error)

    other = Thread(target=correct_another_day)
    with town.database.write() as session:
        row = session.scalars(select(AttendanceRow).where(AttendanceRow.day == DAYS[0])).one()
        free_priced(session, [row])
        row.state = ABSENT.value
        other.start()
        other.join(0.3)  # it waits for this transaction, or it is done: both are well
    other.join()

    assert refused == []
    assert [row["state"] for row in town.rows("attendances")] == ["absent", "absent", "present"]
    assert town.rows("charges") == []
    check_books(town.database)


def test_a_price_taken_over_from_another_program_stays(either_town: SmallTown) -> None:
    town = either_town
    slot = town.slot()
    household = town.family()
    with town.database.write() as session:
        (line,) = add_stored_charges(
            session,
            [
                StoredCharge(
                    household.id, town.service_of(slot), household.child, slot, "MARTIN Léa", "CANT", "Repas", "repas",
                    DAYS[0], DAYS[0], Decimal(1), Money(300), Money(300), (), None,
                )
            ],
        )  # fmt: skip
    town.attend(household, slot, DAYS[:1])
    with town.database.write() as session:
        mark_billed(session, [(unit["id"], line) for unit in town.rows("attendances")])
    before = dump(town.database)

    with pytest.raises(UserError) as refusal:
        town.app.execute(_correct(household, slot, DAYS[0]))

    assert refusal.value.code == "attendance.price_taken_over"
    assert "autre logiciel" in sentence(refusal.value)
    assert dump(town.database) == before
    [row] = town.app.ask(AttendanceOfDay(DAYS[0])).rows
    assert (row.locked, row.waiting, row.invoice_number) == (True, False, "")


# --- whatever is corrected, in whatever order ----------------------------------------------------------------


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    attended=st.sets(st.integers(0, 7), max_size=3),
    corrections=st.lists(st.tuples(st.integers(0, 7), st.sampled_from([PRESENT, ABSENT, None])), max_size=5),
    run_again=st.booleans(),
)
def test_families_pay_what_they_would_have_paid_without_the_mistake(
    embedded_template: DatabaseAddress,
    tmp_path_factory: pytest.TempPathFactory,
    attended: set[int],
    corrections: list[tuple[int, AttendanceState | None]],
    run_again: bool,
) -> None:
    """October clocked wrong, carried, corrected, then billed with November: the same as right from the start."""
    with described(copied(embedded_template, tmp_path_factory.mktemp("carried") / "town.sqlite")) as town:
        slot = town.slot()
        household = town.family()
        town.attend(household, slot, [DAYS[place] for place in sorted(attended)])
        assert town.issue().numbers == ()  # three meals at most stay under the threshold

        right = dict.fromkeys(attended, PRESENT)
        for place, state in corrections:
            entry = AttendanceEntry(household.id, household.child, slot, DAYS[place], state)
            town.app.execute(RecordMany((entry,)))
            if state is None:
                right.pop(place, None)
            else:
                right[place] = state
            check_books(town.database)
        meals = sum(state is PRESENT for state in right.values())
        owed = _waiting(town) + Money(MEAL * sum(
            row["charge_id"] is None and row["state"] == "present" for row in town.rows("attendances")
        ))  # fmt: skip
        assert owed == Money(MEAL * meals)

        if run_again:
            town.issue()
            check_books(town.database)
        town.attend(household, slot, IN_NOVEMBER)
        town.issue(NOVEMBER, issued_on=NOVEMBER_ISSUE)
        # A day added to a month already billed waits for a run of that month, as ever.
        town.issue(OCTOBER, issued_on=NOVEMBER_ISSUE)
        check_books(town.database)
        billed = Money.total(row["total"] for row in town.rows("invoices"))
        assert billed + _waiting(town, NOVEMBER) == Money(MEAL * (meals + len(IN_NOVEMBER)))
