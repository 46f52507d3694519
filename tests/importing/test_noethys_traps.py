"""Small made-up Noethys files: what is wrong in them is reported, never a crash, never silently dropped."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from backoffice.importing.noethys.families import family_name
from backoffice.importing.noethys.reader import read_noethys
from backoffice.importing.noethys.source import Address, LeftOut, MemberRole, NoethysSource, TariffShape
from backoffice.importing.noethys.values import UnreadableError, cents, phone, time_of_day
from backoffice.kernel.errors import UserError
from tests.importing.noethys_files import Rows, every_text, small, write_file


def read(tmp_path: Path, rows: Rows, without: tuple[str, ...] = ()) -> NoethysSource:
    return read_noethys(write_file(tmp_path / "petit.dat", rows, without))


def records_left(source: NoethysSource) -> set[tuple[str, str, tuple[int, ...]]]:
    return {(left.what, left.why, left.ids) for left in source.left_out if left.ids}


def left_about(source: NoethysSource, what: str) -> LeftOut:
    return next(left for left in source.left_out if left.what == what)


def test_a_borrowed_address_is_followed_to_its_end(tmp_path: Path) -> None:
    people = read(tmp_path, small()).people
    assert {person.address for person in people} == {Address("1 rue Haute", "29000", "QUIMPER")}
    assert [person.address_of for person in people] == [None, 1, 1]


def test_addresses_that_turn_in_circles_are_given_up(tmp_path: Path) -> None:
    rows = small()
    rows["individus"][0]["adresse_auto"] = 2
    source = read(tmp_path, rows)
    assert [person.address is None for person in source.people] == [False, True, True]
    assert ("personnes : adresse", "renvoi d'adresse en boucle", (1, 2, 3)) in records_left(source)


def test_an_impossible_birth_day_is_reported_and_the_child_kept(tmp_path: Path) -> None:
    source = read(tmp_path, small())
    assert source.people[2].birth_day is None
    assert ("personnes : date de naissance", "valeur illisible", (3,)) in records_left(source)


def test_a_family_of_two_names_says_both(tmp_path: Path) -> None:
    assert read(tmp_path, small()).families[0].name == "DUPONT Marie et MARTIN Paul"


@pytest.mark.parametrize(("holders", "name"), [
    ([("DUPONT", "Marie")], "DUPONT Marie"),
    ([("DUPONT", "Marie"), ("DUPONT", "Jean")], "DUPONT Marie et Jean"),
    ([("DUPONT", "Marie"), ("MARTIN", "Paul"), ("DUPONT", "Lou")], "DUPONT Marie, MARTIN Paul et DUPONT Lou"),
    ([("AMICALE", ""), ("AMICALE", "")], "AMICALE et AMICALE"),
])
def test_family_name(holders: list[tuple[str, str]], name: str) -> None:
    assert family_name(holders) == name


def test_a_family_without_holder_takes_the_name_of_its_adults(tmp_path: Path) -> None:
    rows = small()
    for link in rows["rattachements"]:
        link["titulaire"] = 0
    rows["familles"].append({"IDfamille": 9})
    source = read(tmp_path, rows)
    assert [family.name for family in source.families] == ["DUPONT Marie et MARTIN Paul", "Famille 9"]
    assert "Familles sans titulaire, nommées d'après leurs autres membres : 2 (n° 1, 9)" in source.warnings


def test_a_line_with_a_quantity_shows_its_unit_price(tmp_path: Path) -> None:
    line = read(tmp_path, small()).lines[0]
    assert (line.quantity, line.unit_price_cents, line.amount_cents) == (3, 245, 735)


def test_an_amount_that_does_not_divide_stays_whole(tmp_path: Path) -> None:
    rows = small()
    rows["prestations"][0]["montant"] = 7.36
    line = read(tmp_path, rows).lines[0]
    assert (line.quantity, line.unit_price_cents) == (1, 736)


def test_what_was_paid_too_much_stays_on_the_payment(tmp_path: Path) -> None:
    payment = read(tmp_path, small()).payments[0]
    assert (payment.amount_cents, payment.allocated_cents) == (410, 300)


def test_an_invoice_keeps_the_number_that_was_printed(tmp_path: Path) -> None:
    rows = small()
    rows["factures"].append({**rows["factures"][0], "IDfacture": 2, "IDprefixe": 1, "total": 0.0, "etat": "annulation"})
    rows["factures_prefixes"] = [{"IDprefixe": 1, "prefixe": "CAN"}]
    first, second = read(tmp_path, rows).invoices
    assert (first.printed_number, first.cancelled, first.person_ids) == ("000042", False, (3,))
    assert (second.printed_number, second.cancelled) == ("CAN-000042", True)


def test_records_that_point_nowhere_are_left_out_with_their_ids(tmp_path: Path) -> None:
    rows = small()
    meal, line = rows["consommations"][0], rows["prestations"][0]
    rows["consommations"] += [{**meal, "IDconso": 2, "IDindividu": 99}, {**meal, "IDconso": 3, "date": "2024-13-01"},
                              {**meal, "IDconso": 4, "IDcompte_payeur": 99, "IDprestation": None},
                              {**meal, "IDconso": 5, "date": "2024-01-09", "IDprestation": 99, "heure_fin": "midi"}]
    rows["prestations"] += [{**line, "IDprestation": 2, "IDfamille": 99, "IDcompte_payeur": 99},
                            {**line, "IDprestation": 3, "montant": "gratuit"}]
    rows["ventilation"] += [{"IDventilation": 2, "IDreglement": 1, "IDprestation": 99, "montant": 1.0},
                            {"IDventilation": 3, "IDreglement": 99, "IDprestation": 1, "montant": 1.0}]
    rows["rattachements"] += [{"IDrattachement": 4, "IDindividu": 3, "IDfamille": 99, "IDcategorie": 2},
                              {"IDrattachement": 5, "IDindividu": 3, "IDfamille": 1, "IDcategorie": 3}]
    source = read(tmp_path, rows)
    assert records_left(source) >= {
        ("consommations", "l'enfant n'existe pas dans le fichier", (2,)),
        ("consommations", "date illisible", (3,)),
        ("consommations", "aucune famille derrière le compte payeur", (4,)),
        ("consommations : prestation", "la prestation n'a pas été reprise", (5,)),
        ("consommations : heure de fin", "valeur illisible", (5,)),
        ("prestations", "la famille n'existe pas dans le fichier", (2,)),
        ("prestations", "montant illisible", (3,)),
        ("ventilations", "la prestation n'a pas été reprise", (2,)),
        ("ventilations", "le règlement n'a pas été repris", (3,)),
        ("rattachements", "la famille n'existe pas dans le fichier", (4,)),
        ("rattachements", "la personne est déjà rattachée à cette famille", (5,)),
    }
    assert [unit.id for unit in source.attendance] == [1, 5]
    assert [line.id for line in source.lines] == [1]


def test_secrets_and_notes_are_counted_and_never_kept(tmp_path: Path) -> None:
    source = read(tmp_path, small())
    assert left_about(source, "mots de passe du portail").count == 1
    assert left_about(source, "mémos des familles").count == 1
    assert not any("s3cr3t" in text or "rappeler" in text for text in every_text(source))


def test_the_repr_of_a_person_holds_no_name(tmp_path: Path) -> None:
    source = read(tmp_path, small())
    assert repr(source.people[0]) == "Person(1)"
    assert "DUPONT" not in repr(source)


def test_older_versions_without_some_columns_and_tables_are_read(tmp_path: Path) -> None:
    source = read(tmp_path, small(), without=("inscriptions", "agrements", "individus.etat", "consommations.quantite"))
    assert source.attendance[0].quantity == 1
    assert "Absent de ce fichier : agréments, inscriptions." in source.warnings
    assert ("Informations que cette version n'enregistre pas : consommations.quantite, individus.etat."
            in source.warnings)


def test_a_table_without_a_needed_column_is_left_out_whole(tmp_path: Path) -> None:
    source = read(tmp_path, small(), without=("reglements.montant",))
    assert source.payments == ()
    assert left_about(source, "règlements").why == "colonnes indispensables absentes du fichier : montant"


def test_an_unknown_table_is_reported(tmp_path: Path) -> None:
    rows = small() | {"extension_maison": [{"a": 1}, {"a": 2}]}
    assert left_about(read(tmp_path, rows), "table « extension_maison »").count == 2


def test_flat_and_bracket_tariffs_are_described_and_conditional_ones_left_out(tmp_path: Path) -> None:
    rows = small()
    tariff = {"IDactivite": 1, "type": "JOURN", "methode": "qf", "date_debut": "2024-01-01", "IDnom_tarif": 1,
              "etats": "reservation;present", "categories_tarifs": "1;2"}
    rows["noms_tarifs"] = [{"IDnom_tarif": 1, "nom": "Repas"}]
    rows["tarifs"] = [{"IDtarif": 1, **tariff}, {"IDtarif": 2, **tariff, "methode": "montant_unique"},
                      {"IDtarif": 3, **tariff, "caisses": "1"}, {"IDtarif": 4, **tariff, "methode": "variable"}]
    rows["tarifs_lignes"] = [
        {"IDligne": 1, "IDtarif": 1, "code": "qf", "qf_min": 600.0, "qf_max": 9999.0, "montant_unique": 3.35},
        {"IDligne": 2, "IDtarif": 1, "code": "qf", "qf_min": 0.0, "qf_max": 599.0, "montant_unique": 1.0},
        {"IDligne": 3, "IDtarif": 2, "code": "montant_unique", "montant_unique": 2.5}]
    source = read(tmp_path, rows)
    brackets, flat = source.tariffs
    assert (brackets.shape, brackets.name, brackets.category_ids) == (TariffShape.QUOTIENT_BRACKETS, "Repas", (1, 2))
    assert [bracket.amount_cents for bracket in brackets.brackets] == [100, 335]
    assert (flat.shape, [bracket.amount_cents for bracket in flat.brackets]) == (TariffShape.FLAT, [250])
    assert {left.ids for left in source.left_out if left.table == "tarifs" and left.ids} == {(3,), (4,)}


def test_unlimited_dates_have_no_bound(tmp_path: Path) -> None:
    activity = read(tmp_path, small()).activities[0]
    assert (activity.first_day, activity.last_day) == (None, None)


def test_a_quotient_that_ends_before_it_starts_is_left_out(tmp_path: Path) -> None:
    rows = small() | {"quotients": [
        {"IDquotient": 1, "IDfamille": 1, "date_debut": "2024-01-01", "date_fin": "2023-01-01", "quotient": 500},
        {"IDquotient": 2, "IDfamille": 1, "date_debut": "2024-01-01", "date_fin": "2024-12-31", "quotient": 650,
         "revenu": 0.0}]}
    source = read(tmp_path, rows)
    assert [(quotient.first_day, quotient.quotient_cents, quotient.income_cents) for quotient in source.quotients] == [
        (date(2024, 1, 1), 65000, None)]
    assert ("quotients", "la période finit avant de commencer", (1,)) in records_left(source)


def test_roles_and_contacts(tmp_path: Path) -> None:
    source = read(tmp_path, small())
    assert [membership.role for membership in source.memberships] == [
        MemberRole.ADULT, MemberRole.ADULT, MemberRole.CHILD]
    assert source.people[0].mobile_phone == "06 01 02 03 04"


# --- files that are refused -----------------------------------------------------------------------------------

def refusal(path: Path) -> tuple[str, dict[str, object]]:
    with pytest.raises(UserError) as caught:
        read_noethys(path)
    return caught.value.code, dict(caught.value.params)


def test_a_missing_file_is_said_missing(tmp_path: Path) -> None:
    assert refusal(tmp_path / "absent.dat") == ("import.file_missing", {"path": "absent.dat"})


@pytest.mark.parametrize("content", [
    b"", b"[reseau]\nhost=serveur\n", b"\x8f\x02SQLite format 3\0", b"SQLite format 3"])
def test_settings_encrypted_and_empty_files_are_not_databases(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "reseau.dat").write_bytes(content)
    assert refusal(tmp_path / "reseau.dat") == ("import.not_a_database", {"path": "reseau.dat"})


def test_a_folder_is_not_a_database(tmp_path: Path) -> None:
    assert refusal(tmp_path)[0] == "import.not_a_database"


def test_another_program_s_database_is_not_noethys(tmp_path: Path) -> None:
    write_file(tmp_path / "autre.dat", {"clients": [{"nom": "X"}]}, without=("familles",))
    assert refusal(tmp_path / "autre.dat") == ("import.not_noethys", {"path": "autre.dat"})


@pytest.mark.parametrize("kept", [16, 100, 5000, 12000])
def test_a_truncated_file_is_said_damaged(tmp_path: Path, kept: int) -> None:
    whole = write_file(tmp_path / "coupe.dat", small()).read_bytes()
    (tmp_path / "coupe.dat").write_bytes(whole[:kept])
    assert refusal(tmp_path / "coupe.dat") == ("import.corrupt", {"path": "coupe.dat"})


def test_reading_changes_nothing_beside_the_file(tmp_path: Path) -> None:
    path = write_file(tmp_path / "petit.dat", small())
    before = path.read_bytes()
    read_noethys(path)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["petit.dat"]


def test_a_file_left_open_in_noethys_is_read_with_a_warning(tmp_path: Path) -> None:
    path = write_file(tmp_path / "petit.dat", small())
    path.with_name("petit.dat-journal").write_bytes(b"x")
    assert any("mal refermé" in warning for warning in read_noethys(path).warnings)


# --- values ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("cell", "found"), [
    (12.5, 1250), (1.005, 101), (0.1 + 0.2, 30), (-2.345, -235), ("3,20", 320), (7, 700), (None, None), ("", None)])
def test_amounts_are_rounded_half_up_to_the_cent(cell: float | str | None, found: int | None) -> None:
    assert cents(cell) == found


@pytest.mark.parametrize("cell", ["gratuit", float("inf"), float("nan"), b"12"])
def test_amounts_that_mean_nothing_are_refused(cell: float | str | bytes) -> None:
    with pytest.raises(UnreadableError):
        cents(cell)


@pytest.mark.parametrize(("cell", "found"), [
    ("08:30", 510), ("8h05", 485), ("24:00", 1440), ("00:00:00", 0), ("", None)])
def test_times_of_day(cell: str, found: int | None) -> None:
    assert time_of_day(cell) == found


@pytest.mark.parametrize(("cell", "found"), [
    ("02.98.12.34.56.", "02 98 12 34 56"), ("  .  .  .  .  .", ""), ("+33 2 98 12", "+33 2 98 12")])
def test_phone_numbers(cell: str, found: str) -> None:
    assert phone(cell) == found
