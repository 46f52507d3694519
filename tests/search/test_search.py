"""One box finds everything: names in any order, phones, e-mails, families' and invoices' numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from backoffice.billing.cancelling import CancelInvoice
from backoffice.billing.history import HistoricInvoice, add_historic_invoices
from backoffice.families.commands import RemoveMember
from backoffice.families.commands.bulk import (
    NewFamily,
    NewMembership,
    NewPerson,
    add_families,
    add_memberships,
    add_people,
)
from backoffice.families.kinds import MemberRole
from backoffice.families.rules import PersonValues
from backoffice.kernel.errors import PermissionDenied
from backoffice.kernel.money import Money
from backoffice.kernel.permissions import EVERYTHING
from backoffice.search.queries import Hit, HitKind, Search
from backoffice.tariffs.rules import FlatTariff
from tests.families.village import JEAN, LEA, MARIE, TODAY, Village

ODILE = PersonValues("LE ROY-D'ARC", "Odile", phone="+33 4 76 92 34 37", city="BREST", email="o.leroy@courriel.example")


def titles(village: Village, text: str) -> list[str]:
    return [hit.title for hit in village.app.ask(Search(text))]


def filled(village: Village) -> int:
    """DUPONT with a child and a contact, and MARTIN; returns the first family."""
    family = village.family(MARIE)
    village.child(family, LEA)
    village.contact(family, ODILE)
    village.family(replace(JEAN, last_name="MARTIN", first_name="Dupontel", mobile="07 00 00 00 00"))
    return family


def test_what_a_hit_says_is_enough_to_choose(either_village: Village) -> None:
    family = filled(either_village)
    hits = either_village.app.ask(Search("dupont"))

    assert hits == (
        Hit(HitKind.CHILD, 2, family, "DUPONT Léa", "Née le 10/01/2017 · Famille DUPONT Marie"),
        Hit(HitKind.FAMILY, family, family, "DUPONT Marie", "Dossier 1 · 1 responsable, 1 enfant"),
        Hit(HitKind.ADULT, 1, family, "DUPONT Marie", "Famille DUPONT Marie · 06 12 34 56 78 · VALBRUME"),
        Hit(HitKind.FAMILY, 2, 2, "MARTIN Dupontel", "Dossier 2 · 1 responsable, 0 enfant"),
        Hit(HitKind.ADULT, 4, 2, "MARTIN Dupontel", "Famille MARTIN Dupontel · 07 00 00 00 00 · VALBRUME"),
    )


@pytest.mark.parametrize("text", ["Léa Dupont", "dupont lea", "DUPONT LÉA", "léa dup", "  dup   l ", "lea-dupont"])
def test_words_come_in_any_order_without_accents_or_case(village: Village, text: str) -> None:
    filled(village)

    assert titles(village, text)[0] == "DUPONT Léa"


@pytest.mark.parametrize("text", ["le roy d'arc", "Roy Odile", "LE-ROY", "arc", "d'arc le"])
def test_hyphens_and_apostrophes_are_spaces(village: Village, text: str) -> None:
    filled(village)

    assert titles(village, text) == ["LE ROY-D'ARC Odile"]


def test_the_beginning_of_a_name_comes_before_the_beginning_of_a_word_before_the_rest(village: Village) -> None:
    for last_name, first_name in (("DUMARTIN", "Zoé"), ("BERNARD", "Martine"), ("MARTIN", "Ali")):
        village.family(PersonValues(last_name, first_name))
    found = [hit.title for hit in village.app.ask(Search("mart")) if hit.kind is HitKind.ADULT]

    assert found == ["MARTIN Ali", "BERNARD Martine", "DUMARTIN Zoé"]


@pytest.mark.parametrize("text", ["0476", "76 92 34", "04.76.92.34.37", "+33 4 76", "923", "3437"])
def test_a_piece_of_a_phone_is_enough_however_it_was_kept(either_village: Village, text: str) -> None:
    family = filled(either_village)
    with either_village.database.write() as session:  # as an import keeps it
        [person] = add_people(session, [NewPerson("BRUT", "Importé", phone="+334.76-92 34 37")])
        add_memberships(session, [NewMembership(family, person, MemberRole.CONTACT)])

    assert titles(either_village, text) == ["BRUT Importé", "LE ROY-D'ARC Odile"]


def test_two_digits_are_no_phone(village: Village) -> None:
    filled(village)

    assert titles(village, "76") == []


def test_a_piece_of_an_address_with_its_sign_finds_somebody(village: Village) -> None:
    filled(village)

    assert titles(village, "ROY@courriel") == ["LE ROY-D'ARC Odile"]


@pytest.mark.parametrize("text", ["2", "dossier 2", "Dossier n° 2", "#2", "famille 2"])
def test_a_number_opens_its_family(village: Village, text: str) -> None:
    filled(village)

    assert titles(village, text) == ["MARTIN Dupontel"]


def test_a_child_of_two_families_is_found_in_each(village: Village) -> None:
    mother, father = village.family(MARIE), village.family(JEAN)
    lea = village.child(mother, LEA)
    village.attach(father, lea)
    hits = [hit for hit in village.app.ask(Search("lea")) if hit.kind is HitKind.CHILD]

    assert {hit.family_id for hit in hits} == {mother, father}
    assert {hit.id for hit in hits} == {lea}


def test_somebody_whom_all_families_left_is_not_found(village: Village) -> None:
    family = village.family(MARIE)
    village.app.execute(RemoveMember(family, village.contact(family, ODILE)))

    assert titles(village, "odile") == []


@pytest.mark.parametrize("text", ["", "   ", "personne", "%", "_", "''", "a%b", "-", "\\"])
def test_what_names_nothing_finds_nothing(either_village: Village, text: str) -> None:
    filled(either_village)

    assert either_village.app.ask(Search(text)) == ()


def test_no_more_than_asked_and_the_best_ones(village: Village) -> None:
    with village.database.write() as session:
        add_families(session, [NewFamily(f"DURAND {number:03d}") for number in range(50)])

    assert [hit.title for hit in village.app.ask(Search("dur", limit=3))] == ["DURAND 000", "DURAND 001", "DURAND 002"]
    assert len(village.app.ask(Search("dur"))) == 30
    assert village.app.ask(Search("dur", limit=0)) == ()


# --- invoices ----------------------------------------------------------------------------------------------------


def invoiced(village: Village) -> tuple[int, str]:
    family = village.family(MARIE)
    village.eat(family, village.child(family, LEA), village.canteen(FlatTariff(Money(415))))
    [number] = village.bill()
    with village.database.write() as session:
        issued = date(2025, 3, 31)
        historic = HistoricInvoice("POP-202503-7", None, family, "DUPONT Marie", None, issued, None, Money(900))
        add_historic_invoices(session, "reprise", [historic])
    return family, number


def test_a_piece_of_a_number_finds_an_invoice_ours_or_not(either_village: Village) -> None:
    family, number = invoiced(either_village)
    note = either_village.app.execute(CancelInvoice(number, "Erreur", TODAY))
    ours, historic = either_village.app.ask(Search(number.lower())), either_village.app.ask(Search("pop-2025"))

    assert [(hit.kind, hit.family_id, hit.title, hit.detail) for hit in ours] == [
        (HitKind.INVOICE, family, number, "DUPONT Marie · octobre 2025 · 33,20\u00a0€")
    ]
    assert [hit.detail for hit in historic] == ["Historique · DUPONT Marie · 31/03/2025 · 9,00\u00a0€"]
    assert [hit.detail.split(" · ")[0] for hit in either_village.app.ask(Search(note[2:]))] == ["Avoir"]
    assert len(either_village.app.ask(Search("2511 0000 1"))) == 2
    assert either_village.app.ask(Search("F2")) == ()


def test_many_phones_leave_room_for_invoices(village: Village) -> None:
    family, number = invoiced(village)
    with village.database.write() as session:
        people = add_people(session, [NewPerson(f"N{n}", "X", phone="04 25 11 00 00") for n in range(40)])
        add_memberships(session, [NewMembership(family, person, MemberRole.CONTACT) for person in people])
    hits = village.app.ask(Search("2511"))

    assert len(hits) == 30
    assert hits[-1].title == number


def test_the_number_of_the_debt_finds_its_invoice(village: Village) -> None:
    _, number = invoiced(village)
    debt = next(row["debt_number"] for row in village.rows("invoices") if row["number"] == number)

    assert number in titles(village, str(debt))


def test_who_may_not_see_invoices_finds_none(village: Village) -> None:
    family, number = invoiced(village)
    door = village.door(EVERYTHING - {"billing.read"})

    assert door.ask(Search(number)) == ()
    assert {hit.family_id for hit in door.ask(Search("dupont"))} == {family}
    with pytest.raises(PermissionDenied):
        village.door(EVERYTHING - {"families.read"}).ask(Search("dupont"))


def test_every_kind_has_its_word() -> None:
    assert [kind.label for kind in HitKind] == ["Famille", "Responsable", "Enfant", "Entourage", "Facture"]
