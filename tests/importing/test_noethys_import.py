"""Taking over the two published Noethys examples, whole or not at all."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backoffice.billing.cancelling import CancelInvoice
from backoffice.billing.issuing import IssueMonth
from backoffice.billing.queries import InvoiceByNumber
from backoffice.importing.noethys.writer import ImportNoethys
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.database import Database
from backoffice.kernel.errors import Cancelled, UserError
from backoffice.kernel.periods import Month
from tests.importing.taken_over import (
    ALSH,
    CANTINE,
    EXAMPLES,
    MORNING,
    counts,
    every_cell,
    new_base,
    rows,
    secrets_of,
    take_over,
)
from tests.support.towns import CHIEF

pytestmark = pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason="les fichiers d'exemple de Noethys (../shared/real/noethys) ne sont pas là")
both = pytest.mark.parametrize("name", [ALSH, CANTINE])
ISSUED = date(2026, 11, 16)

Base = tuple[Application, Path, dict[str, Any]]


@pytest.fixture(scope="module")
def taken_over(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, dict[str, Any]]]:
    """Each file once, to be copied: taking it over is what takes long."""
    known: dict[str, tuple[Path, dict[str, Any]]] = {}

    def make(name: str) -> tuple[Path, dict[str, Any]]:
        if name not in known:
            path = tmp_path_factory.mktemp("reprise") / "enfance.sqlite"
            app = new_base(path)
            known[name] = path, take_over(app, EXAMPLES / name)
            app.database.close()
        return known[name]

    return make


@pytest.fixture
def base(
    tmp_path: Path, taken_over: Callable[[str], tuple[Path, dict[str, Any]]]
) -> Iterator[Callable[[str], Base]]:
    opened: list[Application] = []

    def make(name: str) -> Base:
        made, report = taken_over(name)
        path = tmp_path / "enfance.sqlite"
        shutil.copyfile(made, path)
        app = new_base(path)
        opened.append(app)
        return app, path, copy.deepcopy(report)

    yield make
    for app in opened:
        app.database.close()


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXAMPLES / "expected.json").read_text("utf-8"))[name]
    return found


def euros(amounts: dict[str, float]) -> dict[str, str]:
    return {key: f"{Decimal(str(amount)):.2f}" for key, amount in amounts.items()}


def without_journal(found: dict[str, int]) -> dict[str, int]:
    return {table: count for table, count in found.items() if table not in {"audit_journal", "row_journal"}}


# --- what comes in --------------------------------------------------------------------------------------------

@both
def test_the_report_is_the_one_expected(base: Callable[[str], Base], name: str) -> None:
    _, _, report = base(name)
    wanted = expected(name)
    lines, invoices = wanted["lignes"], wanted["factures"]
    by_activity = euros(wanted["prestations_total_par_activite"])
    left_out = report.pop("left_out")
    assert report == {
        "families": lines["familles"],
        "people": lines["individus"],
        "attendance_units": lines["consommations"],
        "attendance_by_state": wanted["consommations_par_etat"],
        "priced_lines": lines["prestations"],
        "priced_total": f"{sum(map(Decimal, by_activity.values())):.2f}",
        "priced_by_activity": by_activity,
        "priced_by_month": euros(wanted["prestations_total_par_mois"]),
        "historic_invoices": invoices["nombre"],
        "historic_invoices_total": f"{Decimal(str(invoices['total'])):.2f}",
        "payments_total": f"{Decimal(str(wanted['reglements_total'])):.2f}",
        "price_differences": [],
    }
    assert all(item["what"] and item["why"] and item["count"] > 0 for item in left_out)


@both
def test_the_tables_hold_what_the_report_says(base: Callable[[str], Base], name: str) -> None:
    _, path, report = base(name)
    found = counts(path)
    assert (found["families"], found["people"], found["attendances"], found["charges"], found["invoices"]) == (
        report["families"], report["people"], report["attendance_units"], report["priced_lines"],
        report["historic_invoices"])
    assert found["payment_allocations"] == expected(name)["lignes"]["ventilation"]
    assert found["memberships"] == expected(name)["lignes"]["rattachements"]
    in_cents = {"priced_total": "SELECT SUM(amount) FROM charges", "payments_total": "SELECT SUM(amount) FROM payments",
                "historic_invoices_total": "SELECT SUM(total) FROM invoices"}
    for key, question in in_cents.items():
        assert f"{Decimal(rows(path, question)[0][0] or 0) / 100:.2f}" == report[key]


def test_the_shared_database_receives_the_same(
    shared_address: DatabaseAddress, request: pytest.FixtureRequest, base: Callable[[str], Base]
) -> None:
    database = Database(shared_address)
    request.addfinalizer(database.close)
    assert take_over(Application(database, CHIEF, MORNING), EXAMPLES / ALSH) == base(ALSH)[2]


def test_historic_invoices_are_the_sum_of_their_lines_outside_our_series(base: Callable[[str], Base]) -> None:
    app, path, _ = base(ALSH)
    assert rows(path, "SELECT i.number FROM invoices i JOIN charges c ON c.invoice_id = i.id GROUP BY i.id"
                      " HAVING SUM(c.amount) <> i.total") == []
    assert rows(path, "SELECT COUNT(DISTINCT number), MIN(number), MAX(number) FROM invoices") == [
        (54, "000001", "000054")]
    assert rows(path, "SELECT COUNT(*) FROM number_counters") == [(0,)]
    invoice = app.ask(InvoiceByNumber("000001"))
    assert (str(invoice.billed_month), invoice.debt_number) == ("2011-01", None)
    assert invoice.already_paid == invoice.total
    assert len(invoice.payers) == 2
    assert all(payer.name.startswith(("M. ", "Mme ")) and len(payer.address) == 2 for payer in invoice.payers)


def test_every_family_has_its_payers_from_the_first_day_of_the_file(base: Callable[[str], Base]) -> None:
    _, path, _ = base(ALSH)
    assert rows(path, "SELECT COUNT(DISTINCT family_id), MAX(rank), MAX(valid_from) FROM payers") == [
        (18, 2, "2011-01-05")]
    assert rows(path, "SELECT COUNT(*) FROM families WHERE billing_email <> ''") == [(2,)]


def test_only_tariffs_that_fit_a_slot_are_kept(base: Callable[[str], Base]) -> None:
    _, path, report = base(ALSH)
    assert rows(path, "SELECT s.label, t.shape, t.parameters, t.valid_from, t.valid_to FROM tariffs t"
                      " JOIN slots s ON s.id = t.slot_id") == [
        ("Sortie", "flat", '{"price_cents": 300}', "2010-01-01", None)]
    left = [item for item in report["left_out"] if item["what"].startswith("tarif")]
    assert sum(item["count"] for item in left if "champ" not in item["what"]) == 14 - 2  # « Sortie » for two categories


def test_the_tariff_of_the_canteen_is_kept(base: Callable[[str], Base]) -> None:
    _, path, _ = base(CANTINE)
    assert rows(path, "SELECT s.label, s.unit, t.parameters FROM tariffs t JOIN slots s ON s.id = t.slot_id") == [
        ("Repas", "repas", '{"price_cents": 250}')]


def test_a_line_tells_what_was_deducted(base: Callable[[str], Base]) -> None:
    _, path, _ = base(ALSH)
    explained = [json.loads(text) for text, in rows(path, "SELECT explanation FROM charges")]
    assert sum(1 for sentences in explained if any("déductions" in sentence for sentence in sentences)) == 24
    assert ["Prix repris de Noethys, jamais recalculé : 7,00 €",
            "10,00 € avant déductions, moins 3,00 € de déductions ou d'aides = 7,00 €"] in [
        [sentence.replace("\u00a0", " ") for sentence in sentences] for sentences in explained]


@both
def test_no_secret_of_the_source_comes_in(base: Callable[[str], Base], name: str) -> None:
    app, path, _ = base(name)
    secrets = secrets_of(EXAMPLES / name)
    assert len(secrets) > 30
    texts = every_cell(path)
    assert [secret for secret in secrets if any(secret in text for text in texts)] == []
    app.database.close()
    raw = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert [secret for secret in secrets if secret.encode() in raw] == []


# --- whole, once, or not at all -------------------------------------------------------------------------------

@both
def test_the_same_file_twice_changes_nothing(base: Callable[[str], Base], name: str, tmp_path: Path) -> None:
    app, path, report = base(name)
    before = without_journal(counts(path))
    twin = tmp_path / "copie.dat"
    twin.write_bytes((EXAMPLES / name).read_bytes())
    again = app.execute(ImportNoethys(twin))
    assert again.already_done
    assert again.report == report
    assert without_journal(counts(path)) == before


def test_two_files_of_noethys_come_into_one_base(base: Callable[[str], Base]) -> None:
    app, path, _ = base(ALSH)
    take_over(app, EXAMPLES / CANTINE)
    assert counts(path)["families"] == 18 + 19


def test_a_file_whose_services_exist_is_refused_whole(base: Callable[[str], Base], tmp_path: Path) -> None:
    app, path, _ = base(CANTINE)
    before = counts(path)
    changed = bytearray((EXAMPLES / CANTINE).read_bytes())
    changed[24:28] = b"\x00\x00\x00\x7f"  # SQLite's own change counter: same data, another digest
    (tmp_path / "plus_tard.dat").write_bytes(changed)
    with pytest.raises(UserError) as caught:
        app.execute(ImportNoethys(tmp_path / "plus_tard.dat"))
    assert caught.value.code == "catalog.service_exists"
    assert counts(path) == before


def test_an_import_stopped_half_way_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "enfance.sqlite"
    app = new_base(path)
    before = counts(path)
    for phase in range(8):

        def stop(done: int, total: int, what: str, phase: int = phase) -> None:
            if done == phase:
                raise Cancelled

        with pytest.raises(Cancelled):
            app.execute(ImportNoethys(EXAMPLES / CANTINE), progress=stop)
        assert counts(path) == before, phase
    assert take_over(app, EXAMPLES / CANTINE)["families"] == 19
    app.database.close()


def test_an_import_killed_half_way_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "enfance.sqlite"
    app = new_base(path)
    before = counts(path)
    app.database.close()
    program = (
        "import os, sys; from pathlib import Path\n"
        "from tests.importing.taken_over import new_base\n"
        "from backoffice.importing.noethys.writer import ImportNoethys\n"
        "die = lambda done, total, what: os._exit(9) if done == 6 else None\n"
        "new_base(Path(sys.argv[1])).execute(ImportNoethys(Path(sys.argv[2])), progress=die)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, str(path), str(EXAMPLES / ALSH)],
        cwd=Path(__file__).resolve().parents[2], capture_output=True, text=True, check=False)
    assert (killed.returncode, killed.stderr) == (9, "")
    app = new_base(path)
    assert counts(path) == before
    assert take_over(app, EXAMPLES / ALSH)["attendance_units"] == 3422
    app.database.close()


def test_the_source_is_left_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "source" / "copie_DATA.dat"
    file.parent.mkdir()
    file.write_bytes((EXAMPLES / CANTINE).read_bytes())
    app = new_base(tmp_path / "enfance.sqlite")
    take_over(app, file)
    app.database.close()
    assert file.read_bytes() == (EXAMPLES / CANTINE).read_bytes()
    assert [found.name for found in file.parent.iterdir()] == ["copie_DATA.dat"]


# --- after it -------------------------------------------------------------------------------------------------

CHARGES = "SELECT id, family_id, service_id, amount, unit_price, quantity, explanation FROM charges ORDER BY id"
HISTORIC = "SELECT * FROM invoices WHERE kind = 'historic' ORDER BY id"
UNITS = "SELECT id, charge_id, state, billing_month FROM attendances ORDER BY id"


@pytest.mark.parametrize(("name", "month"), [(ALSH, "2011-05"), (ALSH, "2014-01"), (ALSH, "2011-01"),
                                             (CANTINE, "2016-12")])
def test_a_run_bills_the_open_lines_at_their_stored_price_and_nothing_else(
    base: Callable[[str], Base], name: str, month: str
) -> None:
    app, path, _ = base(name)
    open_cents = rows(path, "SELECT COALESCE(SUM(amount), 0) FROM charges WHERE invoice_id IS NULL"
                            f" AND month = '{month}-01'")[0][0]
    before = [rows(path, question) for question in (CHARGES, HISTORIC, UNITS)]
    issued = app.execute(IssueMonth(Month.parse(month), ISSUED))
    assert issued.plan.anomalies == () or all("payeur" in a.text for a in issued.plan.anomalies)
    assert sum(group.total.cents for group in issued.plan.groups) == open_cents
    assert [rows(path, question) for question in (CHARGES, HISTORIC, UNITS)] == before
    assert rows(path, "SELECT i.number FROM invoices i JOIN charges c ON c.invoice_id = i.id GROUP BY i.id"
                      " HAVING SUM(c.amount) <> i.total") == []
    assert len(rows(path, "SELECT id FROM invoices WHERE kind = 'invoice'")) == len(issued.numbers)


def test_what_was_paid_before_its_invoice_is_already_paid_on_ours(base: Callable[[str], Base]) -> None:
    app, _, _ = base(ALSH)
    issued = app.execute(IssueMonth(Month(2011, 5), ISSUED))
    views = [app.ask(InvoiceByNumber(number)) for number in issued.numbers]
    assert sum(view.already_paid.cents for view in views) > 0
    assert all(view.still_due.cents >= 0 for view in views)


def test_a_historic_invoice_cannot_be_cancelled(base: Callable[[str], Base]) -> None:
    app, _, _ = base(ALSH)
    with pytest.raises(UserError) as caught:
        app.execute(CancelInvoice("000001", "erreur de saisie", ISSUED))
    assert caught.value.code == "invoice.not_cancellable"
