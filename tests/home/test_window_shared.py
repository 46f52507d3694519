"""The queries and commands of the window, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from backoffice.attendance.day import MissingDepartures
from backoffice.attendance.recording import AttendanceEntry, RecordMany
from backoffice.attendance.rules import AttendanceState
from backoffice.billing.cancelling import CancelInvoice
from backoffice.billing.carried import CarriedOver
from backoffice.billing.comparison import MonthComparison
from backoffice.billing.explaining import AttendanceOfDay
from backoffice.billing.history import ReceivedPayment, add_payments, allocate
from backoffice.billing.lists import InvoiceState, ListInvoices
from backoffice.billing.months import BillingMonths
from backoffice.billing.queries import InvoiceByNumber
from backoffice.billing.services import EditService
from backoffice.catalog.overview import CatalogHistory, CatalogOverview
from backoffice.home.work import MyWork, WorkKey
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.money import Money
from backoffice.tariffs.overview import TariffsOfSlot
from tests.support.desk import GRID, NOON, OCTOBER, SCHOOL_DAYS, Desk, new_service


@pytest.fixture
def desk(shared_address: DatabaseAddress) -> Iterator[Desk]:
    with Desk(shared_address, now=NOON) as opened:
        yield opened


def test_the_screens_read_the_same_on_a_shared_database(desk: Desk) -> None:
    slot = desk.slot(tariff=GRID, structure="La Clairière")
    paid, cancelled, small, late = (desk.family(name, quotient="700") for name in ("A", "B", "C", "D"))
    for family in (paid, cancelled):
        desk.attend(family, slot)
    desk.attend(small, slot, SCHOOL_DAYS[:1])
    numbers = desk.issue().numbers
    desk.do(CancelInvoice(numbers[1], "Erreur", date(2025, 11, 20)))
    (line,) = desk.ask(InvoiceByNumber(numbers[0])).lines
    with desk.database.write() as session:
        (payment,) = add_payments(session, "", [ReceivedPayment(paid.id, date(2025, 11, 18), Money(20), "CB", "", "")])
        allocate(session, [(payment, line.id, Money(20))])
    desk.attend(late, slot, SCHOOL_DAYS[:1], arrived=500)

    undo = desk.do(RecordMany((AttendanceEntry(late.id, late.child, slot, SCHOOL_DAYS[0], AttendanceState.ABSENT),)))
    desk.do(RecordMany(undo))
    (service,) = desk.ask(CatalogOverview()).services
    desk.do(EditService(service.service.id, service.version, new_service(name="Cantine")))

    assert [row.state for row in desk.ask(ListInvoices())] == [
        InvoiceState.CREDIT_NOTE, InvoiceState.CANCELLED, InvoiceState.PARTLY_PAID
    ]
    (october,) = desk.ask(BillingMonths())
    assert (october.invoiced_total, october.carried_total, october.open_units) == (Money(3320), Money(415), 9)
    assert [row.amount for row in desk.ask(CarriedOver(OCTOBER))] == [Money(415)]
    assert len(desk.ask(MonthComparison(OCTOBER))) == 4
    assert len(desk.ask(AttendanceOfDay(SCHOOL_DAYS[0])).rows) == 4
    assert len(desk.ask(MissingDepartures(date(2025, 9, 1), date(2025, 11, 19)))) == 1
    assert desk.ask(TariffsOfSlot(slot))[0].in_force
    assert desk.ask(CatalogHistory("service 1"))[0].action == "service.edited"
    december = desk.door(now=desk.now.replace(month=12, day=20)).ask(MyWork())
    assert {item.key for item in december.items} == {
        WorkKey.OPEN_MONTH, WorkKey.MISSING_DEPARTURES, WorkKey.OVERDUE, WorkKey.CARRIED
    }
