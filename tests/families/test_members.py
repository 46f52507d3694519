"""Who joins and leaves a family, with which place, and why some stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest

from backoffice.billing.history import StoredCharge, add_stored_charges
from backoffice.families.commands import (
    AddPerson,
    AttachPerson,
    ChangePayers,
    ChangeRole,
    CreateFamily,
    FamilyChanged,
    KnownPerson,
    Place,
    RemoveMember,
    SetHolder,
)
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import SimilarPeople
from backoffice.families.records import hold_family
from backoffice.families.rules import Likeness, PersonValues
from backoffice.families.tables import FamilyRow
from backoffice.kernel.database import Session
from backoffice.kernel.errors import InvalidFields, NeedsConfirmation, UserError
from backoffice.kernel.messages import sentences
from backoffice.kernel.money import Money
from tests.families.test_records import refused
from tests.families.village import JEAN, LEA, MARIE, NOE, TODAY, Village

NANNY = PersonValues("BESSON", "Odile", mobile="0611223344")


def test_a_child_and_a_contact_join(either_village: Village) -> None:
    village = either_village
    family = village.family(MARIE, JEAN)
    told = village.heard(FamilyChanged)
    village.child(family, NOE)
    village.child(family, LEA)
    village.contact(family, NANNY)
    file = village.file(family)

    assert [child.name for child in file.children] == ["DUPONT Léa", "DUPONT Noé"]
    assert [contact.person.mobile for contact in file.contacts] == ["06 11 22 33 44"]
    assert file.counts_summary == "2 responsables, 2 enfants, 1 personne de l'entourage"
    assert told == [FamilyChanged(family)] * 3


def test_a_person_typed_wrongly_does_not_join(village: Village) -> None:
    family = village.family()
    with pytest.raises(InvalidFields) as refusal:
        village.app.execute(AddPerson(family, PersonValues("DUPONT", ""), MemberRole.CHILD))

    assert list(refusal.value.fields) == ["first_name"]
    assert refused(village, AddPerson(404, LEA, MemberRole.CHILD)) == "family.unknown"
    assert refused(village, AddPerson(family, LEA, MemberRole.CHILD, is_holder=True)) == "member.holder_not_adult"


def test_the_same_child_typed_twice_is_a_question(village: Village) -> None:
    family = village.family()
    village.child(family, LEA)
    with pytest.raises(NeedsConfirmation) as question:
        village.app.execute(AddPerson(family, replace(LEA, first_name="lea"), MemberRole.CHILD))

    assert question.value.code == "person.maybe_known"


def test_the_child_of_separated_parents_is_in_both_families(village: Village) -> None:
    mother, father = village.family(MARIE), village.family(JEAN)
    lea = village.child(mother, LEA)
    told = village.heard(FamilyChanged)
    village.app.execute(AttachPerson(father, lea, MemberRole.CHILD))
    [child] = village.file(father).children

    assert (child.person_id, [family.id for family in child.other_families]) == (lea, [mother])
    assert told == [FamilyChanged(father), FamilyChanged(mother)]
    assert refused(village, AttachPerson(father, lea, MemberRole.CHILD)) == "member.already"
    assert refused(village, AttachPerson(father, 404, MemberRole.CHILD)) == "person.unknown"


def test_attaching_a_second_record_of_the_same_child_is_a_question(village: Village) -> None:
    mother, father = village.family(MARIE), village.family(JEAN)
    village.child(mother, LEA)
    double = village.child(father, LEA)
    with pytest.raises(NeedsConfirmation) as question:
        village.app.execute(AttachPerson(mother, double, MemberRole.CHILD))
    village.app.execute(AttachPerson(mother, double, MemberRole.CHILD), confirmed=frozenset({"member.similar_here"}))

    assert question.value.code in sentences()
    assert len(village.file(mother).children) == 2


def test_a_contact_becomes_an_adult_and_back(village: Village) -> None:
    family = village.family()
    nanny = village.contact(family, NANNY)
    adult, contact = MemberRole.ADULT, MemberRole.CONTACT
    before = village.app.execute(ChangeRole(family, nanny, contact, adult, is_holder=True))

    assert before == Place(contact, False)
    assert village.file(family).adults[1].is_holder
    undone = village.app.execute(ChangeRole(family, nanny, adult, before.role, before.is_holder))
    assert undone == Place(adult, True)
    assert [member.person_id for member in village.file(family).contacts] == [nanny]


def test_a_role_that_somebody_changed_meanwhile_is_not_written_over(village: Village) -> None:
    family = village.family()
    nanny = village.contact(family, NANNY)

    stale = ChangeRole(family, nanny, MemberRole.CHILD, MemberRole.ADULT)
    assert refused(village, stale) == "record.changed_meanwhile"


def test_an_adult_starts_and_stops_speaking_for_the_family(village: Village) -> None:
    family = village.family(MARIE, JEAN)
    marie, jean = (adult.person_id for adult in village.file(family).adults)

    assert village.app.execute(SetHolder(family, marie, False)) is True
    assert [adult.is_holder for adult in village.file(family).adults] == [True, False]
    assert refused(village, SetHolder(family, jean, False)) == "member.last_holder"
    assert village.app.execute(SetHolder(family, marie, True)) is False
    assert refused(village, SetHolder(family, village.child(family), True)) == "member.holder_not_adult"
    assert refused(village, SetHolder(family, 404, True)) == "member.unknown"


def test_somebody_leaves_and_comes_back_to_the_same_place(either_village: Village) -> None:
    village = either_village
    family = village.family(MARIE, JEAN)
    jean = village.person(family, "Jean")
    told = village.heard(FamilyChanged)
    place = village.app.execute(RemoveMember(family, jean))

    assert [adult.name for adult in village.file(family).adults] == ["DUPONT Marie"]
    village.app.execute(AttachPerson(family, jean, place.role, place.is_holder))
    assert village.file(family).adults[1].is_holder
    assert set(told) == {FamilyChanged(family)}


def test_a_person_whom_all_families_left_is_still_found_again(village: Village) -> None:
    family = village.family()
    nanny = village.contact(family, NANNY)
    village.app.execute(RemoveMember(family, nanny))
    [found] = village.app.ask(SimilarPeople("besson", "odile"))

    assert (found.person_id, found.families, found.likeness) == (nanny, (), Likeness.SAME)


def test_who_pays_stays_until_somebody_else_does(village: Village) -> None:
    family = village.family(MARIE, JEAN)
    marie, jean = (adult.person_id for adult in village.file(family).adults)

    assert refused(village, RemoveMember(family, marie)) == "member.is_payer"
    village.app.execute(ChangePayers(family, (jean,), TODAY))
    village.app.execute(RemoveMember(family, marie))
    # The past does not move: she is still named for the days when she paid.
    assert [payer.name for payer in village.file(family).payers] == ["M. DUPONT Jean", "Mme DUPONT Marie"]


def test_who_will_pay_stays_as_well(village: Village) -> None:
    family = village.family(MARIE, JEAN)
    jean = village.person(family, "Jean")
    village.app.execute(ChangePayers(family, (jean,), date(2026, 1, 1)))

    assert refused(village, RemoveMember(family, jean)) == "member.is_payer"


def test_a_family_keeps_an_adult_and_a_holder(village: Village) -> None:
    family = village.family(MARIE)
    nanny = village.contact(family, NANNY)
    marie = village.person(family, "Marie")
    village.app.execute(ChangePayers(family, (nanny,), TODAY))

    assert refused(village, RemoveMember(family, marie)) == "member.last_adult"
    assert refused(village, ChangeRole(family, marie, MemberRole.ADULT, MemberRole.CONTACT)) == "member.last_adult"
    assert refused(village, ChangeRole(family, marie, MemberRole.ADULT, MemberRole.ADULT)) == "member.last_holder"
    village.app.execute(ChangeRole(family, nanny, MemberRole.CONTACT, MemberRole.ADULT))
    assert refused(village, RemoveMember(family, marie)) == "member.last_holder"
    assert refused(village, RemoveMember(family, 404)) == "member.unknown"
    assert refused(village, RemoveMember(404, marie)) == "family.unknown"


def test_a_child_who_comes_stays_in_the_family_where_it_comes(village: Village) -> None:
    slot = village.canteen()
    mother, father = village.family(MARIE), village.family(JEAN)
    lea = village.child(mother, LEA)
    village.attach(father, lea)
    village.eat(mother, lea, slot)

    assert refused(village, RemoveMember(mother, lea)) == "member.has_attendance"
    assert refused(village, ChangeRole(mother, lea, MemberRole.CHILD, MemberRole.CONTACT)) == "member.has_attendance"
    village.app.execute(RemoveMember(father, lea))


def test_a_child_with_billed_lines_and_no_day_stays_too(village: Village) -> None:
    """Taken over from another program: lines without the days behind them."""
    slot = village.canteen()
    family = village.family()
    lea = village.child(family, LEA)
    words = ("DUPONT Léa", "Restauration", "Repas", "repas")
    october = (date(2025, 10, 1), date(2025, 10, 31))
    line = StoredCharge(family, 1, lea, slot, *words, *october, Decimal(2), None, Money(830), (), None)
    with village.database.write() as session:
        add_stored_charges(session, [line])

    assert refused(village, RemoveMember(family, lea)) == "member.has_charges"


def test_the_only_two_holders_cannot_both_leave_at_the_same_moment(
    shared_village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    village = shared_village
    family = village.app.execute(CreateFamily(MARIE, JEAN))
    nanny = village.contact(family, NANNY)
    village.app.execute(ChangePayers(family, (nanny,), TODAY))
    people = [adult.person_id for adult in village.file(family).adults]
    together, outcomes = Barrier(2, timeout=20), list[str]()

    def hold_together(session: Session, family_id: int) -> FamilyRow:
        together.wait()
        return hold_family(session, family_id)

    monkeypatch.setattr("backoffice.families.commands.members.hold_family", hold_together)

    def leave(person: int) -> None:
        try:
            village.app.execute(RemoveMember(family, person))
        except UserError as error:
            outcomes.append(error.code)
        else:
            outcomes.append("left")

    threads = [Thread(target=leave, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["left", "member.last_adult"]


def test_look_alikes_come_most_alike_first_with_their_families(either_village: Village) -> None:
    village = either_village
    mother, father = village.family(MARIE), village.family(JEAN)
    lea = village.child(mother, LEA)
    village.attach(father, lea)
    namesake = village.child(father, replace(LEA, birth_date=date(2010, 5, 5)))
    typo = village.child(father, replace(LEA, last_name="DUPOND"))
    village.child(father, NOE)
    found = village.app.ask(SimilarPeople("Dupont", "LEA", LEA.birth_date))

    assert [(one.person_id, one.likeness) for one in found] == [
        (lea, Likeness.SAME),
        (typo, Likeness.CLOSE),
        (namesake, Likeness.NAMESAKE),
    ]
    assert [family.id for family in found[0].families] == [father, mother]
    assert village.app.ask(SimilarPeople("Dupont", "")) == ()
    assert village.app.ask(SimilarPeople("PERSONNE", "Aucune", date(1999, 1, 1))) == ()


def test_a_known_person_founds_a_family_without_any_question(village: Village) -> None:
    first = village.family(MARIE, JEAN)

    assert village.app.execute(CreateFamily(KnownPerson(village.person(first, "Jean")))) != first
