"""« Historique » : what each value of a file said before and after, who changed it and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from backoffice.families.commands import (
    AttachPerson,
    ChangePayers,
    ChangeRole,
    CreateFamily,
    DeleteQuotient,
    EditFamily,
    EditPerson,
    KnownPerson,
    RemoveMember,
    RestorePayers,
    SetHolder,
    SetIncome,
    SetQuotient,
)
from backoffice.families.kinds import ChangeGroup, MemberRole
from backoffice.families.queries import ChangeLine, FamilyHistory, ReadHistory
from backoffice.families.rules import FamilyValues, PersonValues
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.permissions import EVERYTHING
from tests.families.village import JEAN, LEA, MARIE, NOON, SINCE, Village
from tests.support.row_journal import keeper_of

LATER = datetime(2025, 12, 2, 9, tzinfo=UTC)
DECEMBER = date(2025, 12, 1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _journalled(request: pytest.FixtureRequest) -> None:
    """Every command of these tests leaves its lines in the journal of rows."""
    name = next((n for n in ("either_village", "village") if n in request.fixturenames), None)
    if name is not None:
        made: Village = request.getfixturevalue(name)
        made.app = keeper_of(made.app)


def _history(village: Village, family: int) -> FamilyHistory:
    return village.app.ask(ReadHistory(family))


def _said(lines: tuple[ChangeLine, ...]) -> list[tuple[str, str, str, str]]:
    return [(line.what.label, line.whose, line.before, line.after) for line in lines]


def _edit(village: Village, family: int, who: str, /, **values: object) -> None:
    member = next(one for one in village.file(family).members if one.person.first_name == who)
    changed = replace(member.person, **values)  # type: ignore[arg-type]
    later = keeper_of(village.door(EVERYTHING, LATER))
    later.execute(EditPerson(member.person_id, member.version, changed))


def test_a_file_says_who_made_it_and_when(either_village: Village) -> None:
    village = either_village
    history = _history(village, village.family(MARIE, JEAN))

    assert history.origin is not None
    # A server knows its logins, and believes no other name.
    login = village.database.address.url.username or village.app.actor.login
    assert history.origin.agent.casefold() == login
    assert (history.changes, history.complete) == ((), True)


def test_on_a_base_of_one_computer_the_time_is_that_of_its_clock(village: Village) -> None:
    family = village.family()
    _edit(village, family, "Marie", city="BREST")
    history = _history(village, family)

    assert history.origin is not None
    assert history.origin.at - NOON < MINUTE
    assert [line.at - LATER < MINUTE for line in history.changes] == [True]


def test_files_made_many_at_once_have_an_origin_and_no_change(either_village: Village) -> None:
    village = either_village
    made = village.app.execute(CreateFamily(PersonValues("PETIT", "Alix"), PersonValues("PETIT", "Noa"),
                                            second_pays=True))

    assert _history(village, made).changes == ()
    assert _history(village, made).origin is not None


def test_a_record_says_each_value_before_and_after(either_village: Village) -> None:
    village = either_village
    family = village.family(MARIE, JEAN)
    _edit(
        village, family, "Marie", street="12 bis rue Haute\nBât. B", mobile="0611223344", email="", title="",
        birth_date=date(1988, 4, 13),
    )  # fmt: skip
    history = _history(village, family)

    assert sorted(_said(history.changes)) == [
        ("Adresse", "DUPONT Marie", "1 rue des Tilleuls, 38999 VALBRUME", "12 bis rue Haute, Bât. B, 38999 VALBRUME"),
        ("Civilité", "DUPONT Marie", "Mme", ""),
        ("Courriel", "DUPONT Marie", "marie.dupont@courriel.example", ""),
        ("Date de naissance", "DUPONT Marie", "12/04/1988", "13/04/1988"),
        ("Mobile", "DUPONT Marie", "06 12 34 56 78", "06 11 22 33 44"),
    ]
    assert len({(line.at, line.agent) for line in history.changes}) == 1  # saved together
    assert {line.what.group for line in history.changes} == {ChangeGroup.REACH, ChangeGroup.IDENTITY}


def test_saving_without_changing_anything_tells_nothing(village: Village) -> None:
    family = village.family()
    _edit(village, family, "Marie")
    file = village.file(family)
    village.app.execute(EditFamily(family, file.version, file.family))

    assert _history(village, family).changes == ()


def test_the_file_itself_has_its_history(village: Village) -> None:
    family = village.family()
    file = village.file(family)
    village.app.execute(EditFamily(family, file.version, FamilyValues("DUPONT Marie", "", "1234567")))

    [line] = _history(village, family).changes
    assert (line.what.label, line.whose, line.before, line.after) == ("Numéro d'allocataire", "", "", "1234567")


def test_links_are_told_as_places(either_village: Village) -> None:
    village = either_village
    family = village.family(MARIE, JEAN)
    nanny = village.contact(family, PersonValues("BESSON", "Odile"))
    village.app.execute(ChangeRole(family, nanny, MemberRole.CONTACT, MemberRole.ADULT))
    village.app.execute(SetHolder(family, village.person(family, "Jean"), False))
    village.app.execute(RemoveMember(family, nanny))

    assert _said(_history(village, family).about(group=ChangeGroup.PLACE)) == [
        ("Place dans la famille", "BESSON Odile", "Responsable", ""),
        ("Place dans la famille", "DUPONT Jean", "Responsable, titulaire", "Responsable"),
        ("Place dans la famille", "BESSON Odile", "Entourage", "Responsable"),
        ("Place dans la famille", "BESSON Odile", "", "Entourage"),
    ]


def test_payers_are_named_with_the_day_they_change(either_village: Village) -> None:
    village = either_village
    family = village.family(MARIE, JEAN)
    marie, jean = village.person(family, "Marie"), village.person(family, "Jean")
    change = village.app.execute(ChangePayers(family, (jean, marie), DECEMBER))
    village.app.execute(RestorePayers(family, change.after, change.before))

    back, there = _history(village, family).about(group=ChangeGroup.PAYERS)
    assert (there.before, there.after, there.valid_from) == ("DUPONT Marie", "DUPONT Jean et DUPONT Marie", DECEMBER)
    assert (back.before, back.after, back.valid_from) == (there.after, there.before, DECEMBER)
    assert there.people == {marie, jean}


def test_quotients_and_resources_say_what_held_from_which_day(either_village: Village) -> None:
    village = either_village
    family = village.family()
    village.app.execute(SetQuotient(family, Decimal(874), "attestation CAF", SINCE))
    village.app.execute(SetQuotient(family, Decimal("310.5"), "", DECEMBER, date(2026, 8, 31)))
    village.app.execute(DeleteQuotient(family, village.file(family).quotients[0].id, reopen_previous=True))
    village.app.execute(SetIncome(family, Money(2_418_000), 2, 1, "avis d'imposition", SINCE))
    told = _history(village, family).about(group=ChangeGroup.VALUES)

    first = "874 (attestation CAF)"
    assert [(line.before, line.after, line.valid_from) for line in told] == [
        ("", "24\u202f180,00\u00a0€ par an, 2 enfants à charge dont 1 avec AEEH (avis d'imposition)", SINCE),
        ("310,50", first, DECEMBER),
        (first, "310,50", DECEMBER),  # saved together, the day they hold from first
        (first, "", date(2026, 9, 1)),
        ("", first, SINCE),
    ]


def test_a_value_that_ends_with_time_itself_is_told(village: Village) -> None:
    family = village.family()
    village.app.execute(SetQuotient(family, Decimal(874), "", SINCE, date.max))

    assert [line.after for line in _history(village, family).changes] == ["874"]


def test_the_records_of_somebody_who_left_are_told_no_more(village: Village) -> None:
    """What a person becomes elsewhere is not this family's business; that he left is."""
    family = village.family(MARIE, JEAN)
    jean = village.person(family, "Jean")
    _edit(village, family, "Jean", city="BREST")
    village.app.execute(SetHolder(family, jean, False))
    village.app.execute(RemoveMember(family, jean))
    elsewhere = village.family(KnownPerson(jean))
    _edit(village, elsewhere, "Jean", city="PARIS")

    assert "Adresse" not in [line.what.label for line in _history(village, family).changes]
    assert [line.what.label for line in _history(village, elsewhere).changes] == ["Adresse", "Adresse"]


def test_a_child_of_two_families_has_one_record_and_two_places(village: Village) -> None:
    mother, father = village.family(MARIE), village.family(JEAN)
    lea = village.child(mother, LEA)
    village.app.execute(AttachPerson(father, lea, MemberRole.CHILD))
    _edit(village, mother, "Léa", first_name="Lea")

    for family in (mother, father):
        assert [line.what.label for line in _history(village, family).about(lea)] == ["Prénom", "Place dans la famille"]


def test_changes_are_narrowed_to_a_person_and_to_a_kind(village: Village) -> None:
    family = village.family(MARIE, JEAN)
    marie, jean = village.person(family, "Marie"), village.person(family, "Jean")
    _edit(village, family, "Marie", city="BREST", sex="")
    _edit(village, family, "Jean", city="BREST")
    village.app.execute(ChangePayers(family, (jean,), DECEMBER))
    history = _history(village, family)

    assert {line.what.label for line in history.about(marie)} == {"Adresse", "Sexe", "Nommés sur les factures"}
    assert [line.whose for line in history.about(group=ChangeGroup.REACH)] == ["DUPONT Jean", "DUPONT Marie"]
    assert [line.what.label for line in history.about(jean, ChangeGroup.REACH)] == ["Adresse"]


def test_a_long_history_says_that_it_is_cut(village: Village) -> None:
    family = village.family()
    for city in ("BREST", "NANTES", "DOL"):
        _edit(village, family, "Marie", city=city)
    history = village.app.ask(ReadHistory(family, limit=2))

    assert not history.complete
    assert [line.after.split()[-1] for line in history.changes] == ["DOL", "NANTES"]


def test_a_history_costs_the_same_queries_however_long_it_is(village: Village) -> None:
    family = village.family(MARIE, JEAN)
    counts = []
    for city in ("BREST", "NANTES"):
        _edit(village, family, "Marie", city=city)
        _edit(village, family, "Jean", city=city)
        asked: list[str] = []

        def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if statement.startswith("SELECT"):
                asked.append(statement)  # noqa: B023 - called inside this turn

        event.listen(village.database.engine, "before_cursor_execute", count)
        _history(village, family)
        event.remove(village.database.engine, "before_cursor_execute", count)
        counts.append(len(asked))

    assert counts[0] == counts[1] > 0


def test_an_unknown_family_has_no_history(village: Village) -> None:
    with pytest.raises(UserError) as refusal:
        village.app.ask(ReadHistory(404))
    assert refusal.value.code == "family.unknown"
