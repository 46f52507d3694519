"""« Mon travail »: real counts, where to go, and what rights leave to see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from backoffice.attendance.rules import AttendanceState
from backoffice.billing.history import ReceivedPayment, add_payments, allocate
from backoffice.billing.queries import InvoiceByNumber
from backoffice.catalog.kinds import BillingBasis
from backoffice.home.places import place
from backoffice.home.work import MyWork, WorkFamilies, WorkItem, WorkKey, WorkSeverity
from backoffice.kernel.money import Money
from tests.support.desk import GRID, NOVEMBER, OCTOBER, SCHOOL_DAYS, Desk, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def item(desk: Desk, key: WorkKey) -> WorkItem | None:
    found = [item for item in desk.ask(MyWork()).items if item.key is key]
    assert len(found) <= 1
    return found[0] if found else None


def test_an_empty_town_has_no_work(desk: Desk) -> None:
    work = desk.ask(MyWork())
    assert work.items == ()
    assert (work.last_billing, work.next_billing, work.spark) == (None, None, ())


def test_a_past_month_with_attendance_waits_to_be_billed(desk: Desk) -> None:
    slot = desk.slot()
    family = desk.family()
    desk.attend(family, slot)
    desk.attend(family, slot, [date(2025, 11, 4)])
    work = desk.ask(MyWork())
    (month,) = work.items
    assert (month.key, month.label, month.count) == (WorkKey.OPEN_MONTH, "Facturer octobre 2025", 8)
    assert (month.deadline, month.severity) == (date(2025, 11, 15), WorkSeverity.LATE)
    assert month.target == place("billing", month=OCTOBER)
    assert work.next_billing is not None
    assert (work.next_billing.month, work.next_billing.open_units) == (OCTOBER, 8)


def test_after_a_run_home_tells_its_figures_and_the_month_to_come(desk: Desk) -> None:
    slot = desk.slot()
    family = desk.family()
    desk.attend(family, slot)
    desk.attend(family, slot, [date(2025, 11, 4)])
    desk.issue()
    work = desk.ask(MyWork())
    assert work.items == ()
    assert work.last_billing is not None
    assert (work.last_billing.total, work.last_billing.invoice_count) == (Money(3320), 1)
    assert work.next_billing is not None
    assert work.next_billing.month == NOVEMBER
    assert [str(month.month) for month in work.spark] == [
        "2025-05", "2025-06", "2025-07", "2025-08", "2025-09", "2025-10"
    ]
    assert [month.total for month in work.spark[-2:]] == [Money(0), Money(3320)]


def test_families_with_nobody_to_bill_are_counted_and_listed(desk: Desk) -> None:
    slot = desk.slot()
    desk.attend(desk.family("SANS", payer=False), slot)
    desk.attend(desk.family("AVEC"), slot)
    desk.family("DORMANTE", payer=False)
    found = item(desk, WorkKey.WITHOUT_PAYER)
    assert found is not None
    assert (found.count, found.severity) == (1, WorkSeverity.BLOCKING)
    (family,) = desk.ask(WorkFamilies(WorkKey.WITHOUT_PAYER))
    assert (family.family_name, family.target) == ("SANS", place("family", id=family.family_id))


def test_only_days_that_need_a_quotient_ask_for_one(desk: Desk) -> None:
    grid, flat = desk.slot("CANT", GRID), desk.slot("ALSH", name="Loisirs")
    covered, none, ended, other = (
        desk.family("COUVERTE", quotient="500"),
        desk.family("SANS"),
        desk.family("FINIE", quotient="500", until=SCHOOL_DAYS[2]),
        desk.family("AUTRE"),
    )
    for family in (covered, none, ended):
        desk.attend(family, grid)
    desk.attend(other, flat)
    found = item(desk, WorkKey.WITHOUT_QUOTIENT)
    assert found is not None
    assert found.count == 2
    listed = desk.ask(WorkFamilies(WorkKey.WITHOUT_QUOTIENT))
    assert [(family.family_name, family.day) for family in listed] == [
        ("FINIE", SCHOOL_DAYS[3]), ("SANS", SCHOOL_DAYS[0])
    ]


def test_quotients_that_end_soon_are_told_for_families_that_still_come(desk: Desk) -> None:
    slot = desk.slot("CANT", GRID)
    soon = date(2025, 12, 10)
    for name, until in (("BIENTÔT", soon), ("PLUS TARD", date(2026, 3, 1)), ("SANS FIN", None)):
        desk.attend(desk.family(name, quotient="500", until=until), slot)
    desk.family("PARTIE", quotient="500", until=soon)
    found = item(desk, WorkKey.ENDING_QUOTIENTS)
    assert found is not None
    assert (found.count, found.deadline) == (1, soon)
    assert [family.family_name for family in desk.ask(WorkFamilies(WorkKey.ENDING_QUOTIENTS))] == ["BIENTÔT"]


def test_forgotten_departures_are_counted(desk: Desk) -> None:
    slot = desk.slot()
    desk.attend(desk.family(), slot, SCHOOL_DAYS[:2], arrived=500)
    found = item(desk, WorkKey.MISSING_DEPARTURES)
    assert found is not None
    assert (found.count, found.target.get("day")) == (2, "2025-10-02")


def test_unpaid_invoices_are_told_only_where_payments_are_known(desk: Desk) -> None:
    slot = desk.slot()
    first, second = desk.family("A"), desk.family("B")
    desk.attend(first, slot)
    desk.attend(second, slot)
    numbers = desk.issue().numbers
    later = desk.door(now=desk.now.replace(month=12, day=20))
    assert not any(one.key is WorkKey.OVERDUE for one in later.ask(MyWork()).items)
    (line,) = desk.ask(InvoiceByNumber(numbers[0])).lines
    with desk.database.write() as session:
        (paid,) = add_payments(session, "", [ReceivedPayment(first.id, date(2025, 12, 1), line.amount, "CB", "", "")])
        allocate(session, [(paid, line.id, line.amount)])
    (late,) = [one for one in later.ask(MyWork()).items if one.key is WorkKey.OVERDUE]
    assert (late.count, late.deadline) == (1, date(2025, 12, 10))
    assert "33,20" in late.detail


def test_what_waits_under_the_threshold_is_to_know(desk: Desk) -> None:
    slot = desk.slot()
    desk.attend(desk.family(), slot, SCHOOL_DAYS[:1])
    desk.issue()
    found = item(desk, WorkKey.CARRIED)
    assert found is not None
    assert (found.count, found.severity, found.deadline) == (1, WorkSeverity.TO_KNOW, None)


def test_nothing_is_counted_that_the_agent_may_not_read(desk: Desk) -> None:
    slot = desk.slot()
    desk.attend(desk.family(payer=False), slot, arrived=500)
    clocking = desk.door(frozenset({"catalog.read", "attendance.read"})).ask(MyWork())
    assert {one.key for one in clocking.items} == {WorkKey.MISSING_DEPARTURES}
    assert (clocking.last_billing, clocking.next_billing, clocking.spark) == (None, None, ())


def test_clocks_that_do_not_agree_are_counted_where_only_who_comes_is_billed(desk: Desk) -> None:
    attended = desk.slot()
    booked = desk.slot("ALSH", name="Accueil de loisirs", basis=BillingBasis.BOOKED)
    family = desk.family()
    late, early = date(2025, 11, 18), date(2025, 11, 12)
    desk.attend(family, attended, [early, late, date(2025, 11, 20), date(2025, 10, 2)], AttendanceState.BOOKED)
    desk.attend(family, booked, [late], AttendanceState.BOOKED)
    found = item(desk, WorkKey.CLOCKS_TO_CHECK)
    assert found is not None
    assert (found.count, found.detail) == (2, "2 réservés non pointés, depuis le 12/11/2025")
    assert found.target == place("attendance", day=early, filter="booked_not_clocked")
    desk.sql("UPDATE attendances SET state = 'present', channel = 'clock' WHERE day = :day", day=early)
    found = item(desk, WorkKey.CLOCKS_TO_CHECK)
    assert found is not None
    assert found.detail == "1 pointé sans réservation, 1 réservé non pointé, depuis le 12/11/2025"
    assert found.target == place("attendance", day=early, filter="clocked_not_booked")
