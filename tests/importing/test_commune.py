"""A commune taken over: whole or not at all, once, and priced as its source says."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backoffice.billing.queries import InvoiceByNumber
from backoffice.billing.rules import Outcome
from backoffice.billing.views import InvoiceKind
from backoffice.importing.commune import writer
from backoffice.importing.commune.writer import ImportCommune
from backoffice.importing.takeover import ImportOutcome
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import Money
from tests.support.books import check_books, counts, dump
from tests.support.towns import OCTOBER, SEPTEMBER, SmallTown, copied

REAL = Path(__file__).resolve().parents[3] / "shared" / "real" / "commune"
REPORT_KEYS = {
    "families", "people", "attendance_units", "attendance_by_state", "priced_lines", "priced_total",
    "priced_by_activity", "priced_by_month", "historic_invoices", "historic_invoices_total", "payments_total",
    "left_out",
}  # fmt: skip

COMMUNE: dict[str, Any] = {
    "mois_facture": "2025-10",
    "activites": [
        {"code": "CANT", "nom": "Restauration scolaire", "jours": [0, 1, 3, 4], "label": "Repas", "tarifs": [120, 415]}
    ],
    "qf_bornes": [400, 99999],
    "familles": [
        {"id": 1, "nom": "LE <GALL", "nom_parent": "LE <GALL", "prenom_parent": "Anne", "rue": "1 rue Haute",
         "cp": "38999", "ville": "VALBRUME", "qf": 700},
        {"id": 2, "nom": "D<b>X</b>", "nom_parent": "D<b>X</b>", "prenom_parent": "José 🎉", "rue": "2 rue Haute",
         "cp": "38999", "ville": "VALBRUME", "qf": 400},
    ],
    "enfants": [
        {"id": 10, "famille": 1, "nom": "LE <GALL", "prenom": "Léa", "naissance": "2017-05-04", "sexe": "F",
         "inscr": ["CANT"]},
        {"id": 11, "famille": 2, "nom": "D<b>X</b>", "prenom": "Noé", "naissance": "2018-01-01", "sexe": "M",
         "inscr": ["CANT"]},
    ],
    "lignes": [
        ["2025-10-02", 1, 10, "CANT", 415], ["2025-10-03", 1, 10, "CANT", 415], ["2025-10-06", 1, 10, "CANT", 415],
        ["2025-10-07", 1, 10, "CANT", 415], ["2025-10-02", 2, 11, "CANT", 120],
    ],
}  # fmt: skip


def _file(folder: Path, commune: object = COMMUNE) -> Path:
    path = folder / "commune.json"
    path.write_text(json.dumps(commune, ensure_ascii=True), "utf-8")
    return path


def _take_over(town: SmallTown, path: Path) -> ImportOutcome:
    return town.app.execute(ImportCommune(path))


def _changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    commune = copy.deepcopy(COMMUNE)
    change(commune)
    return commune


def test_a_commune_comes_in_and_is_billed_at_the_prices_of_its_source(either_town: SmallTown, tmp_path: Path) -> None:
    outcome = _take_over(either_town, _file(tmp_path))

    assert outcome.report.keys() >= REPORT_KEYS
    assert outcome.report["priced_total"] == "17.80"
    assert outcome.report["priced_by_activity"] == {"CANT": "17.80"}
    assert outcome.report["attendance_by_state"] == {"present": 5}
    assert (outcome.report["families"], outcome.report["people"]) == (2, 4)
    assert outcome.report["price_differences"] == []
    run = either_town.issue()
    assert run.numbers == ("CANT-F251100001",)
    assert run.plan.price_differences == ()
    view = either_town.invoice(run.numbers[0])
    assert (view.family_name, view.total) == ("LE <GALL", Money(1660))
    assert "LE <GALL" in either_town.pdf_text(view.number)
    assert [(group.total, group.outcome) for group in run.plan.of(Outcome.CARRIED)] == [(Money(120), Outcome.CARRIED)]
    check_books(either_town.database)


def test_the_same_file_again_changes_nothing_and_gives_the_same_report(either_town: SmallTown, tmp_path: Path) -> None:
    first = _take_over(either_town, _file(tmp_path))
    before = dump(either_town.database, "audit_journal")
    renamed = _file(tmp_path).rename(tmp_path / "autre nom.json")

    again = _take_over(either_town, renamed)

    assert (first.already_done, again.already_done) == (False, True)
    assert again.report == first.report
    assert dump(either_town.database, "audit_journal") == before


def test_another_file_for_services_that_exist_is_refused(town: SmallTown, tmp_path: Path) -> None:
    _take_over(town, _file(tmp_path))
    before = dump(town.database)

    with pytest.raises(UserError) as refusal:
        _take_over(town, _file(tmp_path, _changed(lambda commune: commune["lignes"].pop())))

    assert refusal.value.code == "catalog.service_exists"
    assert dump(town.database) == before


@pytest.mark.parametrize("step", ["add_families", "add_attendances", "keep_report"])
def test_an_import_that_fails_half_way_leaves_nothing(
    step: str, either_town: SmallTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump(either_town.database)

    def fail(*_arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr(writer, step, fail)
    with pytest.raises(MemoryError):
        _take_over(either_town, _file(tmp_path))
    assert dump(either_town.database) == before

    monkeypatch.undo()
    assert not _take_over(either_town, _file(tmp_path)).already_done


def test_a_town_that_was_described_keeps_its_name(town: SmallTown, tmp_path: Path) -> None:
    _take_over(town, _file(tmp_path))

    assert [row["name"] for row in town.rows("town")] == ["Commune de Valbrume"]


def test_a_price_that_our_engine_does_not_find_is_reported(town: SmallTown, tmp_path: Path) -> None:
    report = _take_over(
        town, _file(tmp_path, _changed(lambda commune: commune["lignes"][0].__setitem__(4, 420)))
    ).report

    assert report["price_differences"] == [
        {"day": "2025-10-02", "family": 1, "child": 10, "activity": "CANT", "announced": "4.20", "computed": "4.15"}
    ]
    [difference] = town.preview().price_differences
    assert (difference.announced, difference.computed) == (Money(420), Money(415))


def test_a_family_without_quotient_comes_in_without_a_price(town: SmallTown, tmp_path: Path) -> None:
    report = _take_over(town, _file(tmp_path, _changed(lambda c: c["familles"][0].__setitem__("qf", None)))).report

    assert (report["priced_lines"], report["attendance_units"]) == (1, 5)
    assert [item["count"] for item in report["left_out"] if item["what"] == "présences sans prix"] == [4]
    assert [a.error.code for a in town.preview().anomalies] == ["tariff.no_quotient"]


def test_a_quotient_keeps_its_decimals(town: SmallTown, tmp_path: Path) -> None:
    path = tmp_path / "commune.json"
    path.write_text(json.dumps(COMMUNE).replace('"qf": 400', '"qf": 399.50'), "utf-8")
    _take_over(town, path)

    assert Decimal("399.5") in {row["value"] for row in town.rows("quotients")}


def _set(*path: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    def change(commune: dict[str, Any]) -> None:
        place: Any = commune
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def _without(*path: str | int) -> Callable[[dict[str, Any]], None]:
    def change(commune: dict[str, Any]) -> None:
        place: Any = commune
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


BAD_ENTRIES = [
    (_without("mois_facture"), "mois_facture"),
    (_set("mois_facture", to="2025-13"), "mois_facture"),
    (_set("mois_facture", to=202510), "mois_facture"),
    (_set("familles", to={}), "familles"),
    (_set("familles", 0, to=[1]), "familles[0]"),
    (_without("familles", 1, "ville"), "familles[1]"),
    (_set("familles", 1, "id", to="2"), "familles[1]"),
    (_set("familles", 1, "id", to=1), "familles[1]"),
    (_set("familles", 0, "id", to=10**30), "familles[0]"),
    (_set("familles", 0, "qf", to="beaucoup"), "familles[0]"),
    (_set("familles", 0, "qf", to="Infinity"), "familles[0]"),
    (_set("familles", 0, "qf", to="NaN"), "familles[0]"),
    (_set("familles", 0, "qf", to=-1), "familles[0]"),
    (_set("familles", 0, "qf", to="1e30"), "familles[0]"),
    (_set("familles", 0, "qf", to=True), "familles[0]"),
    (_set("familles", 0, "nom", to="\0"), "familles[0]"),
    (_set("familles", 0, "nom", to="\ud800"), "familles[0]"),
    (_set("familles", 0, "nom", to="X" * 121), "familles[0]"),
    (_set("enfants", 0, "naissance", to="2017-02-30"), "enfants[0]"),
    (_set("enfants", 0, "inscr", to=5), "enfants[0]"),
    (_set("enfants", 0, "inscr", to=None), "enfants[0]"),
    (_set("enfants", 1, "famille", to=9), "enfants[1].famille"),
    (_set("activites", 0, "tarifs", to=[120]), "activites[0].tarifs"),
    (_set("activites", 0, "tarifs", to=[1.2, 4.15]), "activites[0]"),
    (_set("activites", 0, "jours", to=[7]), "activites[0]"),
    (_set("activites", 0, "code", to="X" * 21), "activites[0]"),
    (_set("qf_bornes", 0, to="x"), "qf_bornes[0]"),
    (_set("lignes", 2, to=["2025-10-06", 1, 10, "CANT"]), "lignes[2]"),
    (_set("lignes", 2, 0, to="06/13/2025"), "lignes[2]"),
    (_set("lignes", 2, 3, to="PISCINE"), "lignes[2]"),
    (_set("lignes", 2, 2, to=99), "lignes[2]"),
    (_set("lignes", 2, 2, to=11), "lignes[2]"),
    (_set("lignes", 2, 4, to=4.15), "lignes[2]"),
    (_set("lignes", 2, 4, to=10**30), "lignes[2]"),
    (_set("lignes", 2, 0, to="2025-10-03"), "lignes[2]"),
]


@pytest.mark.parametrize(("change", "entry"), BAD_ENTRIES, ids=[f"{n}-{e}" for n, (_, e) in enumerate(BAD_ENTRIES)])
def test_a_bad_entry_is_named_and_nothing_comes_in(
    change: Callable[[dict[str, Any]], None], entry: str, town: SmallTown, tmp_path: Path
) -> None:
    before = dump(town.database)
    with pytest.raises(UserError) as refusal:
        _take_over(town, _file(tmp_path, _changed(change)))

    assert refusal.value.code in {"import.bad_entry", "import.duplicate_entry"}
    assert entry in sentence(refusal.value)
    assert dump(town.database) == before


@pytest.mark.parametrize(
    "change",
    [_set("qf_bornes", to=[400, 300]), _set("activites", 0, "tarifs", to=[-1, 2]), _set("activites", 0, "code", to="é"),
     _set("lignes", 0, 0, to="1850-01-01")],
)
def test_what_the_tariff_or_the_catalog_refuses_is_a_sentence(
    change: Callable[[dict[str, Any]], None], town: SmallTown, tmp_path: Path
) -> None:
    before = dump(town.database)
    with pytest.raises(UserError) as refusal:
        _take_over(town, _file(tmp_path, _changed(change)))
    assert not sentence(refusal.value).startswith("Une erreur est survenue")
    assert dump(town.database) == before


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import.not_json"),
        (b"{", "import.not_json"),
        (b"\xff\xfe\x00\xd8", "import.not_json"),
        (b"[" * 100_000, "import.not_json"),
        (b"[]", "import.not_json"),
        (b"SQLite format 3\x00", "import.not_json"),
        (b"{}", "import.bad_entry"),
    ],
)
def test_what_is_no_commune_is_refused(content: bytes, code: str, town: SmallTown, tmp_path: Path) -> None:
    path = tmp_path / "commune.json"
    path.write_bytes(content)
    with pytest.raises(UserError) as refusal:
        _take_over(town, path)
    assert refusal.value.code == code


@pytest.mark.parametrize("name", ["absent.json", "."])
def test_a_file_that_is_not_there_is_refused(name: str, town: SmallTown, tmp_path: Path) -> None:
    with pytest.raises(UserError) as refusal:
        _take_over(town, tmp_path / name)
    assert refusal.value.code == "import.file_missing"


def test_an_empty_commune_is_a_commune(town: SmallTown, tmp_path: Path) -> None:
    empty = {**COMMUNE, "familles": [], "enfants": [], "lignes": []}

    assert _take_over(town, _file(tmp_path, empty)).report["priced_total"] == "0.00"
    assert town.issue().numbers == ()


# --- the communes that come with the brief ---------------------------------------------------------------------


def _real(name: str) -> Path:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"{name} is not beside this repository (shared/real/commune)")
    return path


@pytest.mark.parametrize(
    ("name", "groups", "invoices", "carried", "by_service"),
    [
        ("commune-100.json", (223, 1338940), (209, 1322450), (14, 16490), None),
        (
            "commune-500.json",
            (1131, 6604300),
            (1083, 6551330),
            (48, 52970),
            {"CANT": (482, 3520820), "PERI": (334, 1284460), "ALSH": (267, 1746050)},
        ),
    ],
)
def test_a_commune_of_the_brief_gives_its_figures_to_the_cent(
    name: str,
    groups: tuple[int, int],
    invoices: tuple[int, int],
    carried: tuple[int, int],
    by_service: dict[str, tuple[int, int]] | None,
    town: SmallTown,
) -> None:
    report = _take_over(town, _real(name)).report
    run = town.issue()
    plan = run.plan

    def counted(outcome: Outcome | None = None, service: str | None = None) -> tuple[int, int]:
        found = [
            group
            for group in plan.groups
            if outcome in (None, group.outcome) and service in (None, group.service_code)
        ]
        return len(found), Money.total(group.total for group in found).cents

    assert report["price_differences"] == []
    assert plan.price_differences == ()
    assert counted() == groups
    assert counted(Outcome.INVOICED) == invoices
    assert counted(Outcome.CARRIED) == carried
    for service, figures in (by_service or {}).items():
        assert counted(Outcome.INVOICED, service) == figures
    assert len(run.numbers) == invoices[0]
    assert Money.total(row["total"] for row in town.rows("invoices")).cents == invoices[1]
    check_books(town.database)


def test_months_before_come_in_as_paid_history_and_october_is_unchanged(town: SmallTown, tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    _make(path, months=2)

    report = _take_over(town, path).report
    history = [row for row in town.rows("invoices") if row["kind"] == InvoiceKind.HISTORIC.value]
    before = counts(town.database)

    assert set(report["priced_by_month"]) == {"2025-08", "2025-09", "2025-10"}
    assert len(history) == report["historic_invoices"] > 0
    assert report["payments_total"] == report["historic_invoices_total"]
    for row in history[:5]:
        view = town.app.ask(InvoiceByNumber(row["number"]))
        assert Money.total(line.amount for line in view.lines) == view.total == view.already_paid
        assert view.billed_month is not None
        assert view.billed_month < OCTOBER
    assert {row["number"] for row in history}.isdisjoint(town.issue(SEPTEMBER).numbers)
    assert town.issue(SEPTEMBER).plan.groups == ()
    assert counts(town.database) == before

    with_history = town.issue()
    assert with_history.plan.price_differences == ()
    assert Money.total(group.total for group in with_history.plan.groups) == Money.parse(
        report["priced_by_month"]["2025-10"]
    )
    check_books(town.database)


def test_october_is_the_same_with_or_without_history(
    town: SmallTown, embedded_template: DatabaseAddress, tmp_path: Path
) -> None:
    plain, history = tmp_path / "plain.json", tmp_path / "history.json"
    _make(plain, months=0)
    _make(history, months=2)
    _take_over(town, plain)

    with SmallTown(copied(embedded_template, tmp_path / "other.sqlite")) as other:
        other.describe()
        _take_over(other, history)
        assert _groups(other) == _groups(town)
        assert other.issue().numbers == town.issue().numbers


def _make(path: Path, months: int) -> None:
    """A small commune, by the program of the brief."""
    command = [sys.executable, str(_real("make_commune.py")), "12", str(path), "--history", str(months)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def _groups(town: SmallTown) -> list[tuple[str, str, Money]]:
    return [(group.family_name, group.service_code, group.total) for group in town.preview().groups]
