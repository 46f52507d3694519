"""The demonstration, made once for the module on a day that stands still, then read as a stranger would."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from backoffice.billing.queries import BillingMonthView, InvoiceByNumber
from backoffice.billing.rules import Outcome
from backoffice.billing.views import BillingMonth, InvoiceKind
from backoffice.bootstrap import open_application
from backoffice.catalog.calendar import SchoolCalendar, is_public_holiday
from backoffice.catalog.kinds import StructureKind
from backoffice.catalog.queries import ListStructures
from backoffice.catalog.rules import SchoolZone
from backoffice.cli.demo import MadeDemo, make_demo
from backoffice.cli.main import main
from backoffice.demo.building import BuildDemo
from backoffice.demo.folder import Before, DemoFolder
from backoffice.demo.moment import DemoMoment
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month
from backoffice.kernel.progress import silent
from backoffice.tariffs.rules import TARIFFS

CLOCK = FixedClock(datetime(2026, 11, 22, 9, tzinfo=UTC))
OCTOBER = Month(2026, 10)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeDemo:
    return make_demo(DemoFolder(tmp_path_factory.mktemp("demo") / "essai"), None, CLOCK, silent)


@pytest.fixture(scope="module")
def app(made: MadeDemo) -> Iterator[Application]:
    application = open_application(made.address, CLOCK)
    yield application
    application.database.close()


@pytest.fixture(scope="module")
def october(app: Application) -> BillingMonth:
    return app.ask(BillingMonthView(OCTOBER))


def rows(made: MadeDemo, query: str) -> list[Any]:
    """What lies in the base, without asking the program."""
    with closing(sqlite3.connect(made.folder.database)) as connection:
        return connection.execute(query).fetchall()


def totals(month: BillingMonth) -> dict[str, Money]:
    return {service.code: Money.total(invoice.total for invoice in service.invoices) for service in month.services}


def test_the_town_has_six_structures_of_three_kinds(app: Application) -> None:
    structures = app.ask(ListStructures())
    assert Counter(structure.kind for structure in structures) == {
        StructureKind.CHILDCARE_CENTER: 2,
        StructureKind.LEISURE_CENTER: 2,
        StructureKind.YOUTH_CENTER: 2,
    }


def test_120_families_live_there(made: MadeDemo) -> None:
    assert made.built.families == 120
    assert rows(made, "SELECT count(*) FROM families") == [(120,)]
    children = Counter(
        count for _, count in rows(made, "SELECT family_id, count(*) FROM memberships WHERE role = 'child' GROUP BY 1")
    )
    assert set(children) == {1, 2, 3, 4}


def test_every_shape_of_tariff_is_in_use(made: MadeDemo) -> None:
    assert {shape for (shape,) in rows(made, "SELECT DISTINCT shape FROM tariffs")} == set(TARIFFS)


def test_october_is_billed_in_four_services(october: BillingMonth) -> None:
    assert {service.code for service in october.services if service.invoices} == {"AL", "MA", "PJ", "POP"}
    assert sum(len(service.invoices) for service in october.services) > 100


def test_every_document_of_october_is_a_pdf_named_by_its_number(made: MadeDemo, october: BillingMonth) -> None:
    numbers = {invoice.number for service in october.services for invoice in service.invoices}
    files = list(made.folder.invoices(OCTOBER).iterdir())
    assert {file.name for file in files} == {f"{number}.pdf" for number in numbers}
    assert all(file.read_bytes().startswith(b"%PDF-") for file in files)


def test_the_workbook_opens_and_names_the_services(made: MadeDemo) -> None:
    with closing(openpyxl.load_workbook(made.folder.workbook(OCTOBER), read_only=True)) as workbook:
        assert {"Accueils de loisirs", "Multi-accueils", "Jeunesse"} <= set(workbook.sheetnames)


def test_families_without_a_usable_quotient_are_left_to_settle(made: MadeDemo) -> None:
    blocked = {(group.service_code, group.family_name) for group in made.october.plan.of(Outcome.BLOCKED)}
    assert blocked == {("AL", "LOUVRIER"), ("AL", "ROQUEBRUNE")}


def test_small_amounts_of_september_reach_october(october: BillingMonth) -> None:
    lines = [
        line
        for service in october.services
        for invoice in service.invoices
        if invoice.family_name == "TILLOY"
        for line in invoice.lines
    ]
    assert [(line.carried, line.amount) for line in lines] == [(True, Money(885)), (False, Money(885))]
    assert "MESNARD" in {line.family_name for service in october.services for line in service.carried}


def test_a_separation_changes_who_pays_october_but_not_september(app: Application, made: MadeDemo) -> None:
    names = {
        (issued, number): name
        for issued, number, name in rows(made, "SELECT billed_month, number, family_name FROM invoices")
        if name == "DUVERNOY - PALMAS"
    }
    payers = {
        Month.parse(issued[:7]).month: len(app.ask(InvoiceByNumber(number)).payers) for issued, number in names
    }
    assert payers == {9: 2, 10: 1}


def test_a_quotient_that_changed_on_1_october_prices_october_only(app: Application, made: MadeDemo) -> None:
    numbers = rows(made, "SELECT number FROM invoices WHERE family_name = 'HERBLAIN' AND number LIKE 'POP-%'")
    views = [app.ask(InvoiceByNumber(number)) for (number,) in numbers]
    meals = {
        view.billed_month: line.unit_price for view in views for line in view.lines if line.label == "Repas"
    }
    # 0,45 % of 1 148,00 is 5,17 € (5,166 rounded); of 392,50 it is 1,77 € (1,766 rounded).
    assert meals == {Month(2026, 9): Money(517), OCTOBER: Money(177)}


def test_the_corrected_invoice_its_credit_note_and_its_heir(app: Application, made: MadeDemo) -> None:
    first, note, again = (
        app.ask(InvoiceByNumber(number))
        for number in (made.corrected.cancelled, made.corrected.credit_note, made.corrected.again)
    )
    assert (first.cancelled_by, note.kind, note.cancels_number) == (note.number, InvoiceKind.CREDIT_NOTE, first.number)
    # One Wednesday afternoon at 5,80 € (quotient 1 488,00) is no longer billed.
    assert first.total + note.total == Money(0)
    assert first.total - again.total == Money(580)


def test_nobody_attends_on_a_closed_day(made: MadeDemo) -> None:
    school = SchoolCalendar(SchoolZone.A)
    closures = rows(made, "SELECT structure_id, first_day, last_day FROM closures")
    assert len(closures) == 2
    for activity, structure, weekdays, day_text in rows(
        made,
        "SELECT activities.code, activities.structure_id, slots.weekdays, attendances.day FROM attendances "
        "JOIN slots ON slots.id = slot_id JOIN activities ON activities.id = activity_id",
    ):
        day = date.fromisoformat(day_text)
        assert str(day.weekday()) in weekdays
        assert not is_public_holiday(day)
        if activity.endswith("-vacances"):
            assert school.is_school_holiday(day)
        elif not activity.startswith(("pirouette", "bouchons")):
            assert not school.is_school_holiday(day)
        assert not any(place == structure and first <= day_text <= last for place, first, last in closures)


def test_a_wednesday_morning_always_comes_with_its_meal(made: MadeDemo) -> None:
    days: dict[tuple[int, str], set[str]] = {}
    for child, day, slot in rows(
        made,
        "SELECT child_id, day, slots.code FROM attendances JOIN slots ON slots.id = slot_id "
        "JOIN activities ON activities.id = activity_id WHERE activities.code LIKE '%-mercredi'",
    ):
        days.setdefault((child, day), set()).add(slot)
    assert any("matin" in slots for slots in days.values())
    assert all("repas" in slots for slots in days.values() if "matin" in slots)


def test_daycare_hours_are_billed_by_half_hours_and_name_the_invented_floor(october: BillingMonth) -> None:
    lines = [
        line
        for service in october.services
        if service.code == "MA"
        for invoice in service.invoices
        for line in invoice.lines
    ]
    assert all((line.quantity * 2) % 1 == 0 for line in lines)
    assert any("inventé pour la démonstration" in step for line in lines for step in line.explanation)


def test_the_same_town_comes_again_and_replaces_the_first(october: BillingMonth, tmp_path: Path) -> None:
    first = make_demo(DemoFolder(tmp_path / "encore"), None, CLOCK, silent)
    (first.folder.path / "notes de l'agent.txt").write_text("à garder", encoding="utf-8")
    again = make_demo(first.folder, None, CLOCK, silent)
    assert (first.before, again.before) == (Before.NOTHING, Before.WHOLE)
    assert totals(first.month) == totals(again.month) == totals(october)
    assert (first.folder.path / "notes de l'agent.txt").exists()


def test_a_half_made_demonstration_is_built_again(tmp_path: Path, october: BillingMonth) -> None:
    folder = DemoFolder(tmp_path / "interrompue")

    def stop(done: int, total: int, what: str) -> None:
        if what == "Écriture des PDF":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_demo(folder, None, CLOCK, stop)
    again = make_demo(folder, None, CLOCK, silent)
    assert again.before is Before.HALF_MADE
    assert totals(again.month) == totals(october)


def test_a_folder_of_somebody_else_is_refused_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "valbrume.sqlite"
    own.write_text("précieux", encoding="utf-8")
    assert main(["demo", "--out", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
    assert own.read_text(encoding="utf-8") == "précieux"
    with pytest.raises(UserError) as refusal:
        DemoFolder(own).start_afresh()
    assert refusal.value.code == "demo.foreign_folder"


def test_a_base_in_use_is_refused_before_anything_is_removed(made: MadeDemo, tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path / "ailleurs")
    with pytest.raises(UserError) as refusal:
        make_demo(folder, str(made.folder.database), CLOCK, silent)
    assert "neuve" in sentence(refusal.value)
    assert not folder.path.exists()


def test_the_command_says_where_everything_is_and_leaves_the_base_of_the_user_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    precious = tmp_path / "enfance.sqlite"
    monkeypatch.setenv("BACKOFFICE_DATABASE", str(precious))
    folder = DemoFolder(tmp_path / "la mienne")
    assert main(["demo", "--out", str(folder.path)]) == 0
    assert not precious.exists()
    said = capsys.readouterr().out
    assert str(folder.database) in said
    assert "120 familles" in said
    assert "Les autres familles ont été facturées quand même" in said
    assert f'--database "{folder.database}"' in said


@pytest.mark.parametrize(
    ("today", "month", "issued", "corrected"),
    [
        (date(2026, 10, 31), Month(2025, 10), date(2025, 11, 15), date(2025, 11, 20)),
        (date(2026, 11, 1), OCTOBER, date(2026, 11, 1), date(2026, 11, 1)),
        (date(2026, 11, 17), OCTOBER, date(2026, 11, 15), date(2026, 11, 17)),
        (date(2031, 5, 3), OCTOBER, date(2026, 11, 15), date(2026, 11, 20)),
        (date(2020, 1, 1), Month(2024, 10), date(2024, 11, 15), date(2024, 11, 20)),
    ],
)
def test_the_demonstration_is_the_last_october_that_is_over(
    today: date, month: Month, issued: date, corrected: date
) -> None:
    moment = DemoMoment.on(today)
    assert (moment.october, moment.october_issue, moment.correction_day) == (month, issued, corrected)


def test_another_october_is_built_too(tmp_path: Path) -> None:
    clock = FixedClock(datetime(2024, 11, 3, 9, tzinfo=UTC))
    made = make_demo(DemoFolder(tmp_path / "avant"), None, clock, silent)
    assert made.month.month == Month(2024, 10)
    assert {group.family_name for group in made.october.plan.of(Outcome.BLOCKED)} == {"LOUVRIER", "ROQUEBRUNE"}


@pytest.mark.parametrize(
    ("today", "activities"),
    [
        (date(2026, 11, 17), {"cantine", "periscolaire", "pirouette-regulier", "bouchons-regulier"}),  # a Tuesday
        (date(2026, 11, 21), {"espace-libre"}),  # a Saturday: only the youth centre opens
        (date(2026, 12, 23), {"pirouette-regulier", "bouchons-regulier"}),  # in the Christmas holidays
        (date(2031, 5, 5), {"pirouette-regulier", "bouchons-regulier"}),  # the school holidays are not known yet
    ],
)
def test_children_are_expected_today_whatever_the_day(tmp_path: Path, today: date, activities: set[str]) -> None:
    moment = DemoMoment.on(today)
    clock = FixedClock(datetime(today.year, today.month, today.day, 9, tzinfo=UTC))
    path = tmp_path / "jour.sqlite"
    app = open_application(DatabaseAddress.of_file(path), clock)
    try:
        app.execute(BuildDemo(moment.october))
    finally:
        app.database.close()
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT activities.code, state FROM attendances JOIN slots ON slots.id = slot_id "
            "JOIN activities ON activities.id = activity_id WHERE day = ?", (today.isoformat(),)
        ).fetchall()
        before = connection.execute(
            "SELECT DISTINCT state FROM attendances WHERE day BETWEEN ? AND ?",
            (today.replace(day=1).isoformat(), (today - timedelta(days=1)).isoformat()),
        ).fetchall()
    assert activities <= {activity for activity, _ in found}
    assert {state for _, state in found} == {"booked"}  # nobody is clocked yet
    assert ("present",) in before


def test_a_town_that_is_still_to_come_has_nobody_today() -> None:
    assert DemoMoment.on(date(2020, 1, 1)).months == (Month(2024, 9), Month(2024, 10))
    assert DemoMoment.on(date(2026, 10, 31)).months == (Month(2025, 9), Month(2025, 10), OCTOBER)
