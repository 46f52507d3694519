"""The file of a family and the list of everybody, as screens show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from backoffice.families.commands import SetQuotient, add_families, add_memberships, add_people, add_quotients
from backoffice.families.commands.bulk import NewFamily, NewMembership, NewPerson, NewQuotient
from backoffice.families.kinds import MemberRole
from backoffice.families.queries import ListPeople, PersonListRow, ReadFamily, SimilarPeople
from backoffice.kernel.application import Query
from backoffice.kernel.errors import PermissionDenied, UserError
from backoffice.kernel.periods import Period
from backoffice.kernel.permissions import EVERYTHING
from backoffice.kernel.text import needles
from tests.families.village import JEAN, LEA, MARIE, NOE, SINCE, Village


def answers(rows: tuple[PersonListRow, ...], typed: str) -> list[str]:
    """What a filtered list shows."""
    return [row.first_name for row in rows if all(needle in row.haystack for needle in needles(typed))]


def test_a_file_has_three_levels_and_where_they_live(either_village: Village) -> None:
    village = either_village
    away = replace(JEAN, street="5 quai du Port", postcode="29200", city="BREST")
    family = village.family(MARIE, away)
    village.child(family, NOE)
    village.child(family, LEA)
    file = village.file(family)

    assert (file.id, file.version, file.name) == (family, 1, "DUPONT Marie et Jean")
    assert [member.name for member in file.members] == ["DUPONT Marie", "DUPONT Jean", "DUPONT Léa", "DUPONT Noé"]
    assert file.adults[0].address == ("1 rue des Tilleuls", "38999 VALBRUME")
    assert [home.people for home in file.homes] == [("DUPONT Marie",), ("DUPONT Jean",)]
    assert file.address_summary == "1 rue des Tilleuls, 38999 VALBRUME + 1 autre adresse"
    assert (file.quotients, file.incomes, file.quotient_today, file.income_today) == ((), (), None, None)


def test_parents_under_one_roof_have_one_address(village: Village) -> None:
    family = village.family(MARIE, replace(JEAN, city="Valbrume"))

    assert village.file(family).address_summary == "1 rue des Tilleuls, 38999 VALBRUME"
    assert village.file(village.family(replace(JEAN, street="", postcode="", city=""))).address_summary == ""


def test_a_family_that_does_not_exist_says_so(village: Village) -> None:
    with pytest.raises(UserError) as refusal:
        village.file(404)

    assert refusal.value.code == "family.unknown"


def test_nobody_reads_people_without_the_right(village: Village) -> None:
    door = village.door(EVERYTHING - {"families.read"})
    queries: tuple[Query[Any], ...] = (ListPeople(), ReadFamily(1), SimilarPeople("A", "B"))
    for query in queries:
        with pytest.raises(PermissionDenied):
            door.ask(query)


def test_the_list_has_one_row_by_place_in_a_family(either_village: Village) -> None:
    village = either_village
    mother, father = village.family(MARIE), village.family(replace(JEAN, phone="0476923437", mobile=""))
    lea = village.child(mother, replace(LEA, last_name="ÉTIENNE"))
    village.attach(father, lea)
    village.app.execute(SetQuotient(mother, Decimal("812.5"), "", SINCE))
    rows = village.app.ask(ListPeople())

    assert [(row.last_name, row.first_name, row.family_id, row.role) for row in rows] == [
        ("DUPONT", "Jean", father, MemberRole.ADULT),
        ("DUPONT", "Marie", mother, MemberRole.ADULT),
        ("ÉTIENNE", "Léa", mother, MemberRole.CHILD),
        ("ÉTIENNE", "Léa", father, MemberRole.CHILD),
    ]
    assert [(row.phone, row.quotient) for row in rows[:2]] == [
        ("04 76 92 34 37", None),
        ("06 12 34 56 78", Decimal("812.5")),
    ]
    assert rows[1].family_name == "DUPONT Marie"


def test_the_quotient_of_the_list_is_that_of_the_day(village: Village) -> None:
    family = village.family()
    village.app.execute(SetQuotient(family, Decimal(700), "", SINCE, date(2025, 10, 31)))
    october = village.door(EVERYTHING, datetime(2025, 10, 31, 12, tzinfo=UTC))

    assert [row.quotient for row in october.ask(ListPeople())] == [Decimal(700)]
    assert [row.quotient for row in village.app.ask(ListPeople())] == [None]


@pytest.mark.parametrize(
    "typed", ["dupont", "DUPÓNT mar", "marie dupont", "06 12 34", "0612", "valbrume", "marie.dupont@", "#1", "lefèvre"]
)
def test_the_list_answers_whatever_is_typed(village: Village, typed: str) -> None:
    village.family(replace(MARIE, birth_name="Lefèvre"))
    village.family(replace(JEAN, last_name="MARTIN", mobile="+33 7 00 00 00 00", city="BREST"))

    assert answers(village.app.ask(ListPeople()), typed) == ["Marie"]


def test_a_town_of_twenty_thousand_people_is_listed_in_two_statements(village: Village) -> None:
    families, size = 5_000, 4
    with village.database.write() as session:
        ids = add_families(session, [NewFamily(f"FAMILLE {number:05d}") for number in range(families)])
        people = add_people(
            session,
            [NewPerson(f"NOM {number // size:05d}", f"Prénom {number}") for number in range(families * size)],
        )
        roles = (MemberRole.ADULT, MemberRole.ADULT, MemberRole.CHILD, MemberRole.CONTACT)
        add_memberships(
            session,
            [NewMembership(ids[number // size], person, roles[number % size]) for number, person in enumerate(people)],
        )
        add_quotients(session, [NewQuotient(family, Decimal(700), "", Period(SINCE)) for family in ids])
    statements: list[str] = []
    event.listen(village.database.engine, "before_cursor_execute", lambda *told: statements.append(str(told[2])))
    rows = village.app.ask(ListPeople())

    assert (len(rows), sum(text.startswith("SELECT") for text in statements)) == (families * size, 2)
    assert answers(rows, "nom 04999 prenom 19999") == ["Prénom 19999"]
