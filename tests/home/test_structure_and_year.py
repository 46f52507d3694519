"""What every list keeps of a structure and of a school year, on each engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from backoffice.attendance.day import MissingDepartures
from backoffice.attendance.neighbours import DaysAround, NearestDays
from backoffice.billing.billed import BilledMonth
from backoffice.billing.cancelling import CancelInvoice
from backoffice.billing.explaining import AttendanceOfDay
from backoffice.billing.lists import ListInvoices
from backoffice.billing.months import BillingMonths
from backoffice.catalog.commands import NewSlot, add_activity, add_slots, add_structure
from backoffice.catalog.kinds import NO_STRUCTURE, BillingBasis, StructureKind
from backoffice.catalog.queries import ListServices
from backoffice.home.choices import ListWorkPlaces
from backoffice.home.work import MyWork, Work, WorkFamilies, WorkItem, WorkKey
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.money import Money
from backoffice.kernel.periods import SchoolYear
from backoffice.tariffs.commands import add_tariff
from backoffice.tariffs.rules import FlatTariff
from tests.support.desk import GRID, NOON, OCTOBER, SCHOOL_DAYS, SINCE, Household
from tests.support.towns import SmallTown

DAY = SCHOOL_DAYS[0]
LAST_YEAR, THIS_YEAR = SchoolYear(2024), SchoolYear(2025)
IN_JUNE = tuple(date(2025, 6, day) for day in (2, 3, 5, 6))


@dataclass
class Two:
    """Two structures of one service, meals outside structures, and a family in each; one goes to both."""

    town: SmallTown
    clearing: int
    mill: int
    canteen: int
    a: Household
    b: Household
    both: Household


@pytest.fixture
def two(address: DatabaseAddress) -> Iterator[Two]:
    with SmallTown(address, now=NOON) as town:
        clearing = town.slot("ALSH", name="Loisirs", structure="La Clairière")
        canteen = town.slot("CANT", GRID)
        with town.database.write() as session:
            mill_id = add_structure(session, "MOULIN", "Le Moulin", StructureKind.LEISURE_CENTER)
            activity = add_activity(
                session, town.service_of(clearing), mill_id, "MOULIN", "Au moulin", BillingBasis.ATTENDED
            )
            (mill,) = add_slots(session, activity, (NewSlot("M", "Journée", "journée", frozenset(range(5))),))
            add_tariff(session, mill, FlatTariff(Money(1000)), SINCE, "")
        a, b, both = (town.family(name, quotient="700") for name in ("A", "B", "LES DEUX"))
        town.attend(a, clearing)
        town.attend(b, mill)
        town.attend(both, clearing, SCHOOL_DAYS[:4])
        town.attend(both, mill, SCHOOL_DAYS[4:])
        town.attend(b, canteen, SCHOOL_DAYS[:1])
        yield Two(town, 1, mill_id, canteen, a, b, both)


def _work(two: Two, structure: int | None = None, year: SchoolYear | None = None) -> Work:
    return two.town.ask(MyWork(structure, year))


def _item(work: Work, key: WorkKey) -> WorkItem:
    return next(item for item in work.items if item.key is key)


def _families(two: Two, **of: object) -> list[str]:
    return [row.family_name for row in two.town.ask(ListInvoices(**of))]  # type: ignore[arg-type]


def test_the_day_and_its_neighbours_keep_to_the_structure(two: Two) -> None:
    names = {
        wanted: [row.child_name for row in two.town.ask(AttendanceOfDay(DAY, wanted)).rows]
        for wanted in (None, two.clearing, two.mill, NO_STRUCTURE)
    }
    assert {wanted: len(found) for wanted, found in names.items()} == {
        None: 4, two.clearing: 2, two.mill: 1, NO_STRUCTURE: 1
    }
    assert names[NO_STRUCTURE] == ["B Léa"]
    assert two.town.ask(DaysAround(DAY, NO_STRUCTURE)) == NearestDays(None, None)
    assert two.town.ask(DaysAround(date(2025, 10, 1), two.mill)) == NearestDays(None, DAY)


def test_forgotten_departures_keep_to_the_structure(two: Two) -> None:
    two.town.attend(two.a, two.canteen, [date(2025, 10, 16)], arrived=700)
    asked = (date(2025, 9, 1), date(2025, 11, 19))
    assert len(two.town.ask(MissingDepartures(*asked))) == 1
    assert two.town.ask(MissingDepartures(*asked, two.clearing)) == ()
    assert _item(_work(two), WorkKey.MISSING_DEPARTURES).count == 1
    assert WorkKey.MISSING_DEPARTURES not in {item.key for item in _work(two, two.clearing).items}
    assert len(two.town.ask(MissingDepartures(*asked, NO_STRUCTURE))) == 1


def test_services_are_those_with_a_slot_there(two: Two) -> None:
    codes = {
        wanted: [service.code for service in two.town.ask(ListServices(wanted))]
        for wanted in (None, two.clearing, two.mill, NO_STRUCTURE)
    }
    assert codes == {None: ["ALSH", "CANT"], two.clearing: ["ALSH"], two.mill: ["ALSH"], NO_STRUCTURE: ["CANT"]}


def test_an_invoice_belongs_to_every_structure_of_its_lines_and_its_credit_note_too(two: Two) -> None:
    numbers = two.town.issue().numbers
    assert len(numbers) == 3  # the meal of B waits under the threshold
    assert sorted(_families(two, structure_id=two.clearing)) == ["A", "LES DEUX"]
    assert sorted(_families(two, structure_id=two.mill)) == ["B", "LES DEUX"]
    assert _families(two, structure_id=NO_STRUCTURE) == []

    number = next(row.number for row in two.town.ask(ListInvoices()) if row.family_name == "A")
    two.town.do(CancelInvoice(number, "Erreur", date(2025, 11, 20)))

    assert _families(two, structure_id=two.clearing) == ["A", "LES DEUX", "A"]
    assert sorted(_families(two, structure_id=two.mill)) == ["B", "LES DEUX"]


def test_the_months_count_what_is_of_the_structure_or_of_the_services(two: Two) -> None:
    def figures(**of: object) -> tuple[int, int, Money]:
        (month,) = two.town.ask(BillingMonths(**of))  # type: ignore[arg-type]
        return month.open_units, month.invoice_count, month.invoiced_total

    assert figures() == (25, 0, Money(0))
    assert figures(structure_id=two.clearing) == (12, 0, Money(0))
    assert figures(service_codes=("CANT",)) == (1, 0, Money(0))
    two.town.issue()
    assert figures() == (0, 3, Money(8 * 415 + 8 * 1000 + 4 * 415 + 4 * 1000))
    assert figures(structure_id=two.mill) == (0, 2, Money(8 * 1000 + 4 * 415 + 4 * 1000))
    assert figures(service_codes=("ALSH",)) == figures()


def test_work_and_the_last_billing_keep_to_the_structure(two: Two) -> None:
    assert _item(_work(two), WorkKey.OPEN_MONTH).count == 25
    assert _item(_work(two, two.mill), WorkKey.OPEN_MONTH).count == 12
    two.town.issue()
    two.town.attend(two.town.family("SANS"), two.canteen)

    assert _item(_work(two, NO_STRUCTURE), WorkKey.CARRIED).count == 1
    assert WorkKey.CARRIED not in {item.key for item in _work(two, two.clearing).items}
    assert _item(_work(two, NO_STRUCTURE), WorkKey.WITHOUT_QUOTIENT).count == 1
    assert two.town.ask(WorkFamilies(WorkKey.WITHOUT_QUOTIENT, two.clearing)) == ()
    assert [one.family_name for one in two.town.ask(WorkFamilies(WorkKey.WITHOUT_QUOTIENT, NO_STRUCTURE))] == ["SANS"]
    mill, outside = _work(two, two.mill).last_billing, _work(two, NO_STRUCTURE).last_billing
    assert mill is not None
    assert (mill.invoice_count, mill.total, mill.carried_total) == (2, Money(8 * 1000 + 4 * 415 + 4 * 1000), Money(0))
    assert outside is not None
    assert (outside.invoice_count, outside.carried_total) == (0, Money(415))


def test_all_the_runs_of_a_month_are_one_billing(two: Two) -> None:
    first = two.town.issue().numbers
    two.town.do(CancelInvoice(first[0], "Erreur", date(2025, 11, 18)))
    again = two.town.issue(issued_on=date(2025, 11, 19)).numbers
    assert len(again) == 1

    assert _work(two).last_billing == BilledMonth(
        month=OCTOBER,
        last_issued_on=date(2025, 11, 19),
        invoice_count=3,
        total=Money(8 * 415 + 8 * 1000 + 4 * 415 + 4 * 1000),
        cancelled_count=1,
        carried_total=Money(415),
        paid=Money(0),
    )


def test_another_year_shows_its_months_only_and_this_one_everything_that_waits(two: Two) -> None:
    town = two.town
    town.attend(two.a, two.canteen, IN_JUNE)
    town.attend(two.b, two.canteen, [IN_JUNE[0]], arrived=700)
    labels = {item.label for item in _work(two).items if item.key is WorkKey.OPEN_MONTH}
    assert labels == {"Facturer juin 2025", "Facturer octobre 2025"}
    last = _work(two, year=LAST_YEAR)
    assert [item.label for item in last.items if item.key is WorkKey.OPEN_MONTH] == ["Facturer juin 2025"]
    assert _item(last, WorkKey.MISSING_DEPARTURES).count == 1
    assert [str(month.month) for month in last.spark] == [
        "2025-03", "2025-04", "2025-05", "2025-06", "2025-07", "2025-08"
    ]
    assert _work(two, year=SchoolYear(2023)).items == ()

    town.issue(OCTOBER.plus(-4), issued_on=date(2025, 11, 14))
    town.issue()
    assert [row.billed_month for row in town.ask(ListInvoices(year=LAST_YEAR))] == [OCTOBER.plus(-4)]
    assert len(town.ask(ListInvoices(year=THIS_YEAR))) == 3
    billed = _work(two, year=LAST_YEAR).last_billing
    assert billed is not None
    assert (billed.month, billed.invoice_count) == (OCTOBER.plus(-4), 1)
    assert _item(_work(two, year=LAST_YEAR), WorkKey.CARRIED).detail.startswith("4,15")


def test_where_one_may_work(two: Two) -> None:
    places = two.town.ask(ListWorkPlaces())
    assert [structure.name for structure in places.structures] == ["La Clairière", "Le Moulin"]
    assert places.outside
    assert [str(year) for year in places.years] == ["2026-2027", "2025-2026", "2024-2025"]  # whose holidays are known
    two.town.attend(two.a, two.canteen, [date(2023, 5, 4), date(1999, 5, 4)])
    years = two.town.ask(ListWorkPlaces()).years
    assert (str(years[-1]), len(years)) == ("2015-2016", 12)  # ten years back, however old a slip of the keyboard is
