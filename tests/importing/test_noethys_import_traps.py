"""What other Noethys files may hold, in small invented ones. Nobody in them exists."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backoffice.billing.issuing import IssueMonth
from backoffice.catalog.rules import SchoolZone
from backoffice.importing.noethys.writer import ImportNoethys
from backoffice.importing.noethys.writing.catalog import school_zone, unique_code
from backoffice.kernel.actor import Actor
from backoffice.kernel.address import DatabaseAddress
from backoffice.kernel.application import Application
from backoffice.kernel.database import Database
from backoffice.kernel.errors import PermissionDenied
from backoffice.kernel.periods import Month
from backoffice.kernel.permissions import EVERYTHING
from tests.importing.noethys_files import Rows, small, write_file
from tests.importing.taken_over import MORNING, counts, new_base, rows, take_over
from tests.support.towns import CHIEF

JANUARY, ISSUED = Month(2024, 1), date(2026, 11, 16)
Import = Callable[..., tuple[Application, Path, dict[str, Any]]]


@pytest.fixture
def imported(tmp_path: Path) -> Iterator[Import]:
    opened: list[Application] = []

    def make(source: Rows) -> tuple[Application, Path, dict[str, Any]]:
        path = tmp_path / "enfance.sqlite"
        app = new_base(path)
        opened.append(app)
        return app, path, take_over(app, write_file(tmp_path / "invente_DATA.dat", source))

    yield make
    for app in opened:
        app.database.close()


def left_about(report: dict[str, Any], start: str) -> list[tuple[int, str]]:
    return [(item["count"], item["why"]) for item in report["left_out"] if item["what"].startswith(start)]


def organised() -> Rows:
    return small() | {"organisateur": [
        {"IDorganisateur": 1, "nom": "Commune de Valbrume", "cp": "29000", "num_siret": "21234567800012"}]}


# --- money ----------------------------------------------------------------------------------------------------

def test_a_cancelled_invoice_keeps_its_number_at_zero_and_its_lines_are_due_again(imported: Import) -> None:
    source = organised()
    source["factures"][0]["etat"] = "annulation"
    _, path, report = imported(source)
    assert rows(path, "SELECT number, total, reason FROM invoices") == [
        ("000042", 0, "Annulée dans Noethys ; son montant était 7,35\u00a0€")]
    assert rows(path, "SELECT amount, invoice_id FROM charges") == [(735, None)]
    assert (report["historic_invoices"], report["historic_invoices_total"]) == (1, "0.00")
    assert left_about(report, "montant des factures annulées") != []


def test_two_invoices_with_one_number_both_keep_it(imported: Import) -> None:
    source = organised()
    source["factures"].append({**source["factures"][0], "IDfacture": 2, "total": 0})
    _, path, _ = imported(source)
    assert rows(path, "SELECT number FROM invoices") == [("000042",), ("000042",)]


def test_a_total_that_is_not_the_sum_of_its_lines_is_kept_and_listed(imported: Import) -> None:
    source = organised()
    source["factures"][0]["total"] = 9
    _, path, report = imported(source)
    assert rows(path, "SELECT total FROM invoices") == [(900,)]
    assert left_about(report, "factures dont le total") == [(1, "le total imprimé par Noethys est gardé : à vérifier")]


def test_a_payment_settles_its_lines_and_the_rest_is_listed(imported: Import) -> None:
    _, path, report = imported(organised())
    assert rows(path, "SELECT p.amount, a.amount, a.charge_id FROM payments p"
                      " JOIN payment_allocations a ON a.payment_id = p.id") == [(410, 300, 1)]
    assert [count for count, _ in left_about(report, "règlements sans ventilation complète")] == [1]


def test_a_quantity_is_kept_with_its_unit_price(imported: Import) -> None:
    _, path, _ = imported(organised())
    assert rows(path, "SELECT quantity, unit_price, amount, child_name, activity, label, unit FROM charges") == [
        (300, 245, 735, "MARTIN Léo", "Cantine", "Repas", "repas")]


def test_a_line_without_activity_goes_to_its_own_service(imported: Import) -> None:
    source = organised()
    source["prestations"].append({"IDprestation": 2, "IDfamille": 1, "date": "2024-01-05", "categorie": "cotisation",
                                  "label": "Adhésion", "montant": 20})
    app, path, report = imported(source)
    assert rows(path, "SELECT s.name, c.child_id, c.child_name, c.activity FROM charges c JOIN services s"
                      " ON s.id = c.service_id WHERE c.id = 2") == [
        ("Adhésions et divers", None, "", "Adhésions et divers")]
    assert report["priced_by_activity"] == {"-": "20.00", "Cantine": "7.35"}
    issued = app.execute(IssueMonth(JANUARY, ISSUED))
    assert [number.split("-")[0] for number in issued.numbers] == ["DIVERS"]


# --- attendance -----------------------------------------------------------------------------------------------

def unit(number: int, day: str, state: str, **others: object) -> dict[str, Any]:
    return {"IDconso": number, "IDindividu": 3, "IDactivite": 1, "date": day, "IDunite": 1, "etat": state,
            "IDcompte_payeur": 1, **others}


def test_each_state_keeps_its_meaning_and_an_unknown_one_is_left_out(imported: Import) -> None:
    source = organised()
    states = ["reservation", "present", "absenti", "absentj", "attente", "demande", "refus", "surprise"]
    source["consommations"] = [unit(n, f"2024-01-{n:02d}", state) for n, state in enumerate(states, 1)]
    _, path, report = imported(source)
    assert [state for state, in rows(path, "SELECT state FROM attendances ORDER BY day")] == [
        "booked", "present", "absent", "excused", "waiting", "waiting", "refused"]
    assert report["attendance_units"] == 7
    assert left_about(report, "présences à l'état « surprise »") != []


def test_a_unit_without_a_line_is_never_billed_by_us(imported: Import) -> None:
    source = organised() | priced(tariff(1))
    source["consommations"].append(unit(2, "2024-01-09", "present"))
    app, path, report = imported(source)
    assert len(rows(path, "SELECT id FROM tariffs")) == 1
    assert rows(path, "SELECT state, charge_id FROM attendances ORDER BY day") == [("present", 1), ("present", None)]
    plan = app.execute(IssueMonth(JANUARY, ISSUED)).plan
    assert (plan.groups, plan.anomalies) == ((), ())
    assert [count for count, _ in left_about(report, "prix de présences sans prestation")] == [1]


def test_of_two_units_in_one_place_the_priced_one_stays(imported: Import) -> None:
    source = organised()
    source["consommations"].insert(0, unit(9, "2024-01-08", "reservation"))
    _, path, report = imported(source)
    assert rows(path, "SELECT state, charge_id FROM attendances") == [("present", 1)]
    assert [count for count, _ in left_about(report, "présences en double")] == [1]


def test_impossible_days_and_quantities_are_left_out(imported: Import) -> None:
    source = organised()
    source["consommations"] += [unit(2, "0024-01-09", "present"), unit(3, "2024-01-10", "present", quantite=0),
                                unit(4, "2024-01-11", "attente", heure_debut="14:00", heure_fin="12:00")]
    source["prestations"].append({**source["prestations"][0], "IDprestation": 2, "date": "0024-01-08"})
    source["ventilation"].append({"IDventilation": 2, "IDreglement": 1, "IDprestation": 2, "montant": 1.0})
    _, path, report = imported(source)
    assert rows(path, "SELECT day, booked_start FROM attendances ORDER BY day") == [
        ("2024-01-08", 720), ("2024-01-11", None)]
    assert left_about(report, "prestations")[0] == (1, "date impossible")
    assert sorted(count for count, _ in left_about(report, "présences")) == [1, 1]
    assert left_about(report, "ventilations de règlements") == [(1, "leur prestation n'est pas reprise")]


# --- households -----------------------------------------------------------------------------------------------

def test_a_later_quotient_ends_the_earlier_one_the_day_before(imported: Import) -> None:
    source = organised()
    source["quotients"] = [
        {"IDquotient": n, "IDfamille": 1, "date_debut": start, "date_fin": end, "quotient": value}
        for n, start, end, value in ((1, "2024-01-01", "2024-12-31", 500), (2, "2024-07-01", "2025-06-30", 650),
                                     (3, "2024-07-01", "2025-06-30", 700.5))]
    _, path, report = imported(source)
    assert rows(path, "SELECT value, valid_from, valid_to FROM quotients ORDER BY valid_from") == [
        (50000, "2024-01-01", "2024-06-30"), (70050, "2024-07-01", "2025-06-30")]
    assert [count for count, _ in left_about(report, "fin de quotients")] == [1]
    assert [count for count, _ in left_about(report, "quotients")] == [1]


def test_payers_are_the_treasury_s_third_party_then_the_living_holders(imported: Import) -> None:
    source = organised()
    source["familles"][0]["titulaire_helios"] = 2
    _, path, _ = imported(source)
    assert rows(path, "SELECT rank, p.first_name FROM payers JOIN people p ON p.id = person_id ORDER BY rank") == [
        (1, "Paul"), (2, "Marie")]


def test_a_dead_holder_pays_no_more_and_a_family_without_adult_is_listed(imported: Import) -> None:
    source = organised()
    for person in source["individus"][:2]:
        person["deces"] = 1
    _, path, report = imported(source)
    assert rows(path, "SELECT * FROM payers") == []
    assert left_about(report, "payeurs") == [(1, "famille sans titulaire ni adulte : à désigner avant de facturer")]


@pytest.mark.parametrize(("fund", "number", "kept"), [
    ("CAF", "0987654 X", "0987654X"), ("MSA", "1234554321243", ""), ("CAF", "2850129000000", ""), (None, "12", "12")])
def test_only_a_caf_number_is_kept(imported: Import, fund: str | None, number: str, kept: str) -> None:
    source = organised() | ({"caisses": [{"IDcaisse": 1, "nom": fund}]} if fund else {})
    source["familles"][0] |= {"IDcaisse": 1 if fund else None, "num_allocataire": number}
    _, path, _ = imported(source)
    assert rows(path, "SELECT caf_number FROM families") == [(kept,)]


@pytest.mark.parametrize(("asked", "kept"), [
    ("1;perso;", "marie@exemple.fr"), ("1;travail;", "marie@bureau.fr"), (";autre;compta@exemple.fr",
    "compta@exemple.fr"), ("9;perso;", ""), (None, "")])
def test_invoices_by_mail_go_where_the_family_asked(imported: Import, asked: str | None, kept: str) -> None:
    source = organised()
    source["individus"][0] |= {"mail": "marie@exemple.fr", "travail_mail": "marie@bureau.fr"}
    source["familles"][0]["email_factures"] = asked
    _, path, _ = imported(source)
    assert rows(path, "SELECT billing_email FROM families") == [(kept,)]


# --- catalog and tariffs --------------------------------------------------------------------------------------

def tariff(number: int, **others: object) -> dict[str, Any]:
    return {"IDtarif": number, "IDactivite": 1, "type": "JOURN", "methode": "qf", "date_debut": "2024-01-01",
            "etats": "reservation;present;absenti", **others}


def priced(*tariffs: dict[str, Any], units: dict[int, tuple[int, ...]] | None = None,
           last: float = 3.0) -> Rows:
    """These tariffs, by brackets 0-399 and 400-599 and beyond, each for unit 1 or for the units said."""
    brackets = ((0, 399, 1.0), (400, 599, 2.0), (600, 99999, last))
    sets = {row["IDtarif"]: (units or {}).get(row["IDtarif"], (1,)) for row in tariffs}
    return {
        "tarifs": list(tariffs),
        "tarifs_lignes": [{"IDligne": row["IDtarif"] * 10 + n, "IDtarif": row["IDtarif"], "code": row["methode"],
                           "qf_min": low, "qf_max": high, "montant_unique": amount}
                          for row in tariffs for n, (low, high, amount) in enumerate(brackets)],
        "combi_tarifs": [{"IDcombi_tarif": number, "IDtarif": number} for number in sets],
        "combi_tarifs_unites": [{"IDcombi_tarif_unite": number * 10 + unit_id, "IDcombi_tarif": number,
                                 "IDtarif": number, "IDunite": unit_id}
                                for number, of in sets.items() for unit_id in of],
        "categories_tarifs": [{"IDcategorie_tarif": n, "IDactivite": 1, "nom": f"Catégorie {n}"} for n in (1, 2)],
        "noms_tarifs": [],
    }


def test_brackets_that_follow_one_another_become_ours(imported: Import) -> None:
    _, path, report = imported(organised() | priced(tariff(1)))
    (parameters,), = rows(path, "SELECT parameters FROM tariffs")
    assert json.loads(parameters)["brackets"] == [
        {"upper": "400.00", "included": False, "price_cents": 100},
        {"upper": "600.00", "included": False, "price_cents": 200},
        {"upper": "99999.00", "included": True, "price_cents": 300}]
    assert left_about(report, "tarif «") == []


def test_one_price_for_all_categories_is_one_tariff(imported: Import) -> None:
    _, path, _ = imported(organised() | priced(tariff(1, categories_tarifs="1"), tariff(2, categories_tarifs="2")))
    assert len(rows(path, "SELECT id FROM tariffs")) == 1


@pytest.mark.parametrize(("source", "why"), [
    (priced(tariff(1, categories_tarifs="1")), "plusieurs prix les mêmes jours"),
    (priced(tariff(1, groupes="1")), "prix propre à un groupe"),
    (priced(tariff(1, etats="present")), "ne facture pas les mêmes états"),
    (priced(tariff(1, type="FORFAIT")), "forfait"),
    (priced(tariff(1), tariff(2, date_debut="2024-06-01"), last=4), "plusieurs prix les mêmes jours"),
    (priced(tariff(1), tariff(2), units={2: (1, 2)}), "dépend des autres créneaux"),
    (priced(tariff(1), tariff(2, caisses="1")), "a aussi un tarif qui n'est pas repris"),
])
def test_a_tariff_that_does_not_fit_is_left_out_with_its_reason(imported: Import, source: Rows, why: str) -> None:
    rows_of_file = organised() | source
    rows_of_file["groupes"].append({"IDgroupe": 2, "IDactivite": 1, "nom": "Adultes"})
    rows_of_file["unites"].append({"IDunite": 2, "IDactivite": 1, "nom": "Goûter", "type": "Unitaire"})
    _, path, report = imported(rows_of_file)
    assert rows(path, "SELECT * FROM tariffs") == []
    assert any(why in reason for _, reason in left_about(report, "tarif «"))


def test_tariffs_that_follow_one_another_are_both_kept(imported: Import) -> None:
    _, path, _ = imported(organised() | priced(tariff(1, date_fin="2024-08-31"), tariff(2, date_debut="2024-09-01")))
    assert rows(path, "SELECT valid_from, valid_to FROM tariffs ORDER BY valid_from") == [
        ("2024-01-01", "2024-08-31"), ("2024-09-01", None)]


def test_slots_open_on_the_weekdays_of_their_openings(imported: Import) -> None:
    source = organised() | {"ouvertures": [
        {"IDouverture": n, "IDactivite": 1, "IDunite": 1, "date": day} for n, day in enumerate(
            ("2024-01-08", "2024-01-09", "2024-01-16"))]}
    _, path, _ = imported(source)
    assert rows(path, "SELECT label, weekdays, start_minute, end_minute, unit FROM slots") == [
        ("Repas", "01", 720, 810, "repas")]


def test_codes_are_unique_inside_a_file() -> None:
    taken: set[str] = set()
    named = ("Été !", "ete", "Centre de loisirs", "Centre de loi", "…")
    found = [unique_code(words, "ACT", taken, 10) for words in named]
    assert found == ["ETE", "ETE2", "CENTREDELO", "CENTREDEL2", "ACT"]


@pytest.mark.parametrize(("postcode", "zone"), [
    ("38420", SchoolZone.A), ("29000", SchoolZone.B), ("75011", SchoolZone.C), ("", SchoolZone.B)])
def test_the_school_zone_comes_from_the_postcode(postcode: str, zone: SchoolZone) -> None:
    assert school_zone(postcode) is zone


def test_the_issuer_is_the_organisation(imported: Import) -> None:
    _, path, _ = imported(organised())
    assert rows(path, "SELECT name, identifier, school_zone FROM town") == [
        ("Commune de Valbrume", "SIRET 212 345 678 00012", "B")]


# --- the door -------------------------------------------------------------------------------------------------

def test_an_import_needs_its_permission(tmp_path: Path) -> None:
    path = tmp_path / "enfance.sqlite"
    app = new_base(path)
    stranger = Application(app.database, Actor("x", "X", EVERYTHING - {"importing.run"}), MORNING)
    with pytest.raises(PermissionDenied):
        stranger.execute(ImportNoethys(write_file(tmp_path / "invente.dat", small())))
    assert counts(path)["families"] == 0
    app.database.close()


def test_a_file_comes_into_the_shared_database_too(
    shared_address: DatabaseAddress, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    database = Database(shared_address)
    request.addfinalizer(database.close)
    app = Application(database, CHIEF, MORNING)
    source = organised() | priced(tariff(1))
    # Longer than our columns, which this engine enforces.
    source["individus"][0] |= {"nom": "Œ" * 300, "mail": f"{'m' * 300}@exemple.fr", "rue_resid": "r" * 300}
    source["prestations"][0]["label"] = "l" * 400
    report = take_over(app, write_file(tmp_path / "invente.dat", source))
    assert (report["families"], report["priced_total"]) == (1, "7.35")
    assert left_about(report, "fin de textes trop longs : nom") != []
