"""Whatever agents do in whatever order, the books hold."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from backoffice.attendance.commands import RecordAttendance
from backoffice.attendance.rules import AttendanceState
from backoffice.families.commands import SetQuotient
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month
from backoffice.tariffs.rules import FlatTariff
from tests.support.books import check_books
from tests.support.towns import GRID, NOVEMBER, OCTOBER, SEPTEMBER, Household, SmallTown, copied

FIRST = date(2025, 9, 1)
DAYS = st.integers(0, 85).map(lambda offset: FIRST + timedelta(days=offset))
MONTHS = st.sampled_from([SEPTEMBER, OCTOBER, NOVEMBER])
STATES = st.sampled_from([AttendanceState.PRESENT, AttendanceState.PRESENT, AttendanceState.ABSENT])
PRICES = {"100": 120, "450": 260, "700": 415}


@contextmanager
def _unless(code: str) -> Iterator[None]:
    """Go on when the program refuses for this reason, and for no other."""
    try:
        yield
    except UserError as error:
        if error.code != code:
            raise


class Books(RuleBasedStateMachine):
    """Two services, three families (one without quotient): clock, correct, bill, cancel, in any order."""

    template: DatabaseAddress

    @initialize()
    def open_town(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.town = SmallTown(copied(self.template, Path(self._folder.name) / "town.sqlite"))
        self.town.describe()
        self.slots = [self.town.slot(tariff=GRID), self.town.slot("ALSH", tariff=FlatTariff(Money(800)))]
        self.families: list[Household] = [
            self.town.family("A", quotient="700"), self.town.family("B", quotient="100"), self.town.family("C"),
        ]
        self.issued_on = date(2025, 12, 1)

    def teardown(self) -> None:
        if hasattr(self, "town"):
            self.town.close()
            self._folder.cleanup()

    @rule(family=st.integers(0, 2), slot=st.integers(0, 1), first=DAYS, count=st.integers(1, 9))
    def clock_days(self, family: int, slot: int, first: date, count: int) -> None:
        for offset in range(count):
            self._clock(family, slot, first + timedelta(days=offset), AttendanceState.PRESENT)

    @rule(family=st.integers(0, 2), slot=st.integers(0, 1), day=DAYS, state=STATES)
    def correct_a_day(self, family: int, slot: int, day: date, state: AttendanceState) -> None:
        self._clock(family, slot, day, state)

    def _clock(self, family: int, slot: int, day: date, state: AttendanceState) -> None:
        household = self.families[family]
        with _unless("attendance.already_billed"):
            self.town.app.execute(RecordAttendance(household.id, household.child, self.slots[slot], day, state))

    @rule(family=st.integers(0, 2), value=st.sampled_from(sorted(PRICES)), day=DAYS)
    def learn_a_quotient(self, family: int, value: str, day: date) -> None:
        self.town.app.execute(SetQuotient(self.families[family].id, Decimal(value), "", day))

    @rule(month=MONTHS, services=st.sampled_from([(), ("CANT",), ("ALSH",)]), later=st.booleans())
    def bill(self, month: Month, services: tuple[str, ...], later: bool) -> None:
        if later:
            self.issued_on = min(self.issued_on + timedelta(days=20), self.town.now.date())  # no date to come
        announced = self.town.preview(month, *services, issued_on=self.issued_on)
        run = self.town.issue(month, *services, issued_on=self.issued_on)
        assert (run.plan.groups, run.plan.price_differences) == (announced.groups, announced.price_differences)
        assert [anomaly.text for anomaly in run.plan.anomalies] == [anomaly.text for anomaly in announced.anomalies]
        assert len(run.numbers) == sum(group.outcome.value == "invoiced" for group in run.plan.groups)
        assert self.town.issue(month, *services, issued_on=self.issued_on).numbers == ()

    @rule(choice=st.integers(0, 1000))
    def cancel_one(self, choice: int) -> None:
        invoices = [row for row in self.town.rows("invoices") if row["kind"] == "invoice"]
        if not invoices:
            return
        number = invoices[choice % len(invoices)]["number"]
        with _unless("invoice.already_cancelled"):
            self.town.cancel(number, issued_on=self.issued_on)

    @invariant()
    def the_books_hold(self) -> None:
        if not hasattr(self, "town"):
            return
        check_books(self.town.database)
        self._every_cent_is_somewhere()

    def _every_cent_is_somewhere(self) -> None:
        """Invoices, less credit notes, plus what waits, is exactly what the billed days cost."""
        invoices = self.town.rows("invoices")
        charges = self.town.rows("charges")
        cancelled = {row["cancels_id"] for row in invoices}
        live = [charge for charge in charges if charge["invoice_id"] not in cancelled]
        waiting = Money.total(charge["amount"] for charge in live if charge["invoice_id"] is None)
        owed = Money.total(row["total"] for row in invoices) + waiting
        assert owed == Money.total(charge["amount"] for charge in live)
        units: dict[int, int] = {}
        for row in self.town.rows("attendances"):
            if row["charge_id"] is not None:
                assert row["state"] == "present"
                units[row["charge_id"]] = units.get(row["charge_id"], 0) + row["quantity"]
        for charge in live:
            assert charge["quantity"] == units[charge["id"]]
            assert charge["amount"] == charge["unit_price"] * units[charge["id"]]
            assert charge["unit_price"].cents in {800, *PRICES.values()}


def test_the_books_hold_whatever_is_done_in_whatever_order(embedded_template: DatabaseAddress) -> None:
    Books.template = embedded_template
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
