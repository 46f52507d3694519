"""Creating a family and correcting records: what is saved, who is told, what is refused, how it is undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from threading import Barrier, Thread

import pytest
from sqlalchemy import update

from backoffice.families.commands import (
    CreateFamily,
    EditFamily,
    EditPerson,
    FamilyChanged,
    FamilyCreated,
    KnownPerson,
)
from backoffice.families.rules import FamilyValues, PersonValues, person_problems
from backoffice.families.tables import PersonRow
from backoffice.kernel.errors import InvalidFields, NeedsConfirmation, UserError
from backoffice.kernel.messages import sentence, sentences
from tests.families.village import JEAN, LEA, MARIE, SINCE, TODAY, YES, Village


def refused(village: Village, command: object) -> str:
    """The code of the refusal, which has a sentence and leaves nothing behind."""
    journal = len(village.rows("audit_journal"))
    with pytest.raises(UserError) as refusal:
        village.app.execute(command)  # type: ignore[arg-type]
    assert refusal.value.code in sentences()
    assert "{" not in sentence(refusal.value)
    assert len(village.rows("audit_journal")) == journal
    return refusal.value.code


def test_a_family_is_created_with_its_holder_and_payer(either_village: Village) -> None:
    told = either_village.heard(FamilyCreated, FamilyChanged)
    family = either_village.app.execute(CreateFamily(MARIE, JEAN, billing_email=" marie@courriel.example "))
    file = either_village.file(family)

    assert file.name == "DUPONT Marie et Jean"
    assert file.family.billing_email == "marie@courriel.example"
    assert [(adult.name, adult.is_holder, adult.pays) for adult in file.adults] == [
        ("DUPONT Marie", True, True),
        ("DUPONT Jean", True, False),
    ]
    assert [(payer.name, payer.rank, payer.period.start) for payer in file.payers] == [("Mme DUPONT Marie", 1, TODAY)]
    assert told == [FamilyCreated(family)]
    assert either_village.rows("audit_journal")[-1]["subject"] == f"family {family}"


def test_both_parents_may_be_debtors_from_the_start(village: Village) -> None:
    family = village.app.execute(CreateFamily(MARIE, JEAN, name="Chez Marie", second_pays=True, payers_from=SINCE))
    file = village.file(family)

    assert file.name == "Chez Marie"
    assert [(payer.name, payer.rank) for payer in file.payers_today] == [("Mme DUPONT Marie", 1), ("M. DUPONT Jean", 2)]


def test_all_that_is_wrong_is_told_at_once_adult_by_adult(village: Village) -> None:
    with pytest.raises(InvalidFields) as refusal:
        village.app.execute(CreateFamily(replace(MARIE, mobile="?"), PersonValues("", "Jean"), billing_email="x"))

    assert {name: error.code for name, error in refusal.value.fields.items()} == {
        "first.mobile": "person.bad_phone",
        "second.last_name": "person.last_name_missing",
        "billing_email": "person.bad_email",
    }
    assert village.rows("families") == []


def test_somebody_who_is_probably_known_is_a_question(village: Village) -> None:
    village.family(MARIE)
    command = CreateFamily(replace(MARIE, last_name="Dupont", mobile="", street=""))
    with pytest.raises(NeedsConfirmation) as question:
        village.app.execute(command)
    village.app.execute(command, confirmed=YES)

    assert (question.value.code, question.value.params) == ("person.maybe_known", {"count": 1})
    assert sentence(question.value).startswith("1 personne de cette saisie existe sans doute déjà")
    several = NeedsConfirmation("person.maybe_known", count=2)
    assert sentence(several).startswith("2 personnes de cette saisie existent sans doute déjà")
    assert len(village.rows("families")) == 2


def test_a_known_parent_founds_another_family_after_a_separation(village: Village) -> None:
    first = village.family(MARIE, JEAN)
    jean = village.person(first, "Jean")
    told = village.heard(FamilyCreated, FamilyChanged)
    second = village.app.execute(CreateFamily(KnownPerson(jean)))

    assert village.file(second).name == "DUPONT Jean"
    assert [family.id for family in village.file(second).adults[0].other_families] == [first]
    assert told == [FamilyCreated(second), FamilyChanged(first)]
    assert refused(village, CreateFamily(KnownPerson(jean), KnownPerson(jean))) == "member.already"
    assert refused(village, CreateFamily(KnownPerson(404))) == "person.unknown"


def test_a_family_is_corrected_and_the_correction_undone(village: Village) -> None:
    family = village.family()
    before = village.file(family)
    told = village.heard(FamilyChanged)
    edited = village.app.execute(EditFamily(family, before.version, FamilyValues("DUPONT  Marie", "", "1234567 A")))
    after = village.file(family)
    undone = village.app.execute(EditFamily(family, edited.version, edited.before))

    assert after.family == FamilyValues("DUPONT Marie", "", "1234567A")
    assert (edited.before, edited.version, undone.version) == (before.family, before.version + 1, before.version + 2)
    assert village.file(family).family == before.family
    assert told == [FamilyChanged(family), FamilyChanged(family)]


def test_a_person_is_corrected_for_all_families_and_the_correction_undone(either_village: Village) -> None:
    village = either_village
    mother, father = village.family(MARIE), village.family(JEAN)
    lea = village.child(mother, LEA)
    village.attach(father, lea)
    read = village.file(mother).children[0]
    told = village.heard(FamilyChanged)
    moved = replace(read.person, city="AUBRAIE", phone="0476923437")
    edited = village.app.execute(EditPerson(lea, read.version, moved))

    assert village.file(father).children[0].person.phone == "04 76 92 34 37"
    assert told == [FamilyChanged(mother), FamilyChanged(father)]
    assert edited.before == read.person
    village.app.execute(EditPerson(lea, edited.version, edited.before))
    assert village.file(mother).children[0].person == read.person
    journal = village.rows("audit_journal")[-1]
    assert "city" in journal["details"]
    assert "AUBRAIE" not in journal["details"]


def test_an_accent_corrected_in_a_name_moves_it_in_lists(village: Village) -> None:
    family = village.family()
    marie = village.file(family).adults[0]
    village.app.execute(EditPerson(marie.person_id, marie.version, replace(marie.person, last_name="ÉLUARD")))

    assert village.rows("people")[0]["sort_name"] == "eluard marie"


def test_an_edit_that_changes_nothing_tells_nobody(village: Village) -> None:
    family = village.family()
    marie = village.file(family).adults[0]
    told = village.heard(FamilyChanged)

    assert village.app.execute(EditPerson(marie.person_id, marie.version, marie.person)).version == marie.version
    assert told == []


def test_a_record_saved_meanwhile_by_somebody_else_is_not_written_over(village: Village) -> None:
    family = village.family()
    file = village.file(family)
    marie = file.adults[0]
    village.app.execute(EditPerson(marie.person_id, marie.version, replace(marie.person, city="AUBRAIE")))
    village.app.execute(EditFamily(family, file.version, FamilyValues("AUTRE")))

    stale = EditPerson(marie.person_id, marie.version, replace(marie.person, city="BREST"))
    assert refused(village, stale) == "record.changed_meanwhile"
    assert refused(village, EditFamily(family, file.version, FamilyValues("MIEN"))) == "record.changed_meanwhile"
    assert village.file(family).adults[0].person.city == "AUBRAIE"


def test_two_agents_who_save_the_same_person_at_the_same_moment_do_not_lose_each_other(
    shared_village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both read the same version before either writes: the database itself refuses the second."""
    village = shared_village
    marie = village.file(village.family()).adults[0]
    together = Barrier(2, timeout=20)

    def judge_together(values: PersonValues, today: date, before: PersonValues | None = None) -> dict[str, UserError]:
        together.wait()
        return person_problems(values, today, before)

    monkeypatch.setattr("backoffice.families.commands.records.person_problems", judge_together)
    outcomes: list[str] = []

    def save(city: str) -> None:
        try:
            village.app.execute(EditPerson(marie.person_id, marie.version, replace(marie.person, city=city)))
        except UserError as error:
            outcomes.append(error.code)
        else:
            outcomes.append("saved")

    threads = [Thread(target=save, args=(city,)) for city in ("AUBRAIE", "BREST")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["record.changed_meanwhile", "saved"]


def test_a_version_overtaken_inside_a_transaction_is_told_to_the_agent(village: Village) -> None:
    village.family()
    overtaking = update(PersonRow).values(version=9).execution_options(synchronize_session=False)

    def overtaken() -> None:
        with village.database.write() as session:
            row = session.get_one(PersonRow, 1)
            session.execute(overtaking)
            row.city = "AUBRAIE"

    with pytest.raises(UserError) as refusal:
        overtaken()

    assert refusal.value.code == "record.changed_meanwhile"


def test_wrong_values_and_unknown_records_are_refused(village: Village) -> None:
    family = village.family()
    file = village.file(family)
    marie = file.adults[0]

    assert refused(village, EditFamily(family, file.version, FamilyValues(""))) == "fields.invalid"
    assert refused(village, EditPerson(marie.person_id, 1, replace(marie.person, email="x"))) == "fields.invalid"
    assert refused(village, EditFamily(404, 1, FamilyValues("X"))) == "family.unknown"
    assert refused(village, EditPerson(404, 1, MARIE)) == "person.unknown"
