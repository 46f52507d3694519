"""What a field may hold, how names and phones are written, who looks like whom: values in, values out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from backoffice.families.rules import (
    FamilyValues,
    Likeness,
    PersonValues,
    family_problems,
    income_problems,
    likeness,
    person_problems,
    proposed_family_name,
    quotient_problems,
    refuse,
    tidy_person,
    tidy_phone,
)
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import Money
from backoffice.kernel.periods import SchoolYear, parse_french_day
from backoffice.kernel.text import digits_of, needles, words_of

TODAY = date(2025, 11, 15)
LEA = PersonValues("DUPONT", "Léa", birth_date=date(2017, 1, 10))


def codes(problems: dict[str, UserError]) -> dict[str, str]:
    return {name: error.code for name, error in problems.items()}


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("", ""),
        ("0476923437", "04 76 92 34 37"),
        ("04.76.92.34.37", "04 76 92 34 37"),
        ("04-76/92 34 37", "04 76 92 34 37"),
        ("+33476923437", "04 76 92 34 37"),
        ("+33 (0)4 76 92 34 37", "04 76 92 34 37"),
        ("0033 4 76 92 34 37", "04 76 92 34 37"),
        ("  06\u00a012 34 56 78 ", "06 12 34 56 78"),
        ("+41 22 730 51 11", "+41 22 730 51 11"),
        ("0041227305111", "0041227305111"),
    ],
)
def test_a_phone_is_written_in_one_way(typed: str, written: str) -> None:
    assert tidy_phone(typed) == written


@pytest.mark.parametrize("typed", ["3949", "04 76 92 34", "00 12", "appeler la mamie", "06 12 34 56 78 ou 79", "+33 4"])
def test_what_cannot_be_dialled_is_refused(typed: str) -> None:
    with pytest.raises(UserError) as refusal:
        tidy_phone(typed)

    assert refusal.value.code == "person.bad_phone"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"last_name": "  "}, {"last_name": "person.last_name_missing"}),
        ({"first_name": ""}, {"first_name": "person.first_name_missing"}),
        ({"last_name": "D" * 120, "first_name": "L" * 120}, {}),
        ({"last_name": "D" * 121}, {"last_name": "person.too_long"}),
        ({"last_name": "œ" * 61}, {"last_name": "person.too_long"}),
        ({"title": "Dr"}, {"title": "person.bad_title"}),
        ({"sex": "X"}, {"sex": "person.bad_sex"}),
        ({"birth_date": None}, {}),
        ({"birth_date": TODAY}, {}),
        ({"birth_date": date(2025, 11, 16)}, {"birth_date": "person.born_in_future"}),
        ({"birth_date": date(1905, 11, 15)}, {}),
        ({"birth_date": date(1905, 11, 14)}, {"birth_date": "person.born_too_long_ago"}),
        ({"postcode": "38999"}, {}),
        ({"postcode": "CH-1203"}, {}),
        ({"postcode": "3899"}, {"postcode": "person.bad_postcode"}),
        ({"postcode": "CH-12030000"}, {"postcode": "person.bad_postcode"}),
        ({"email": "lea@courriel.example"}, {}),
        ({"email": "lea@courriel"}, {"email": "person.bad_email"}),
        ({"email": "lea courriel@a.fr"}, {"email": "person.bad_email"}),
        ({"email": "lea@a..fr"}, {"email": "person.bad_email"}),
        ({"mobile": "12", "phone": "x"}, {"mobile": "person.bad_phone", "phone": "person.bad_phone"}),
        ({"city": "V" * 121, "street": "r" * 201}, {"city": "person.too_long", "street": "person.too_long"}),
    ],
)
def test_each_field_of_a_person_says_what_is_wrong(changes: dict[str, Any], expected: dict[str, str]) -> None:
    assert codes(person_problems(replace(LEA, **changes), TODAY)) == expected


def test_what_already_stood_in_the_record_is_not_judged_again() -> None:
    """An import kept « 06 12 34 56 78 (mamie) »: the agent who corrects the city is not stopped by it."""
    before = replace(LEA, mobile="06 12 34 56 78 (mamie)")

    assert person_problems(replace(before, city="VALBRUME"), TODAY, before) == {}
    assert codes(person_problems(replace(before, mobile="mamie"), TODAY, before)) == {"mobile": "person.bad_phone"}


def test_each_field_of_a_family_says_what_is_wrong() -> None:
    wrong = FamilyValues(" ", "courriel", "1" * 21)

    assert codes(family_problems(wrong)) == {
        "name": "family.name_missing",
        "billing_email": "person.bad_email",
        "caf_number": "person.too_long",
    }
    assert family_problems(FamilyValues("DUPONT", "a@b.fr", "1234567 A")) == {}


@pytest.mark.parametrize("value", ["-1", "0.001", "NaN", "Infinity", "1000000"])
def test_an_impossible_quotient_is_refused(value: str) -> None:
    assert codes(quotient_problems(Decimal(value), "", TODAY)) == {"value": "quotient.impossible"}


def test_a_quotient_ends_after_it_begins() -> None:
    assert quotient_problems(Decimal("812.34"), "CAF", TODAY, TODAY) == {}
    assert codes(quotient_problems(Decimal(0), "", TODAY, date(2025, 11, 14))) == {
        "valid_to": "period.ends_before_start"
    }


@pytest.mark.parametrize(
    ("annual", "dependent", "disabled", "expected"),
    [
        (0, 1, 0, {}),
        (-1, 1, 0, {"annual": "income.negative"}),
        (100_000_000_000, 1, 0, {"annual": "income.too_high"}),
        (0, 0, 0, {"dependent_children": "income.impossible_children"}),
        (0, 1, 2, {"dependent_children": "income.impossible_children"}),
        (0, 2, -1, {"dependent_children": "income.impossible_children"}),
    ],
)
def test_an_impossible_income_is_refused(annual: int, dependent: int, disabled: int, expected: dict[str, str]) -> None:
    assert codes(income_problems(Money(annual), dependent, disabled, "", TODAY)) == expected


def test_every_problem_has_its_sentence_and_they_are_told_together() -> None:
    wrong = PersonValues(
        "", "", "Dr", "x" * 121, date(2030, 1, 1), "X", "r" * 201, "1", "v" * 121, "1", "2", "courriel"
    )
    problems = person_problems(wrong, TODAY)
    with pytest.raises(InvalidFields) as refusal:
        refuse(problems)

    assert refusal.value.fields == problems
    assert set(problems) == set(PersonValues.__dataclass_fields__)
    assert "champs signalés" in sentence(refusal.value)
    assert all("(person." not in sentence(error) for error in problems.values())
    refuse({})


def test_stray_spaces_leave_and_phones_get_their_pairs() -> None:
    typed = PersonValues(" DU  PONT ", "Léa\t", street=" 1  rue \n\n bât. B ", mobile="0612345678", phone="?")
    tidy = tidy_person(typed)

    assert (tidy.last_name, tidy.first_name) == ("DU PONT", "Léa")
    assert (tidy.street, tidy.mobile, tidy.phone) == ("1 rue\nbât. B", "06 12 34 56 78", "?")


@pytest.mark.parametrize(
    ("adults", "name"),
    [
        ([("Dupont", "Marie")], "DUPONT Marie"),
        ([("DUPONT", "Marie"), ("Dupont", "Jean")], "DUPONT Marie et Jean"),
        ([("DUPONT", "Marie"), ("Martin", "Paul")], "DUPONT Marie et MARTIN Paul"),
        ([("Lefèvre", "Zoé"), ("LEFEVRE", "Luc")], "LEFÈVRE Zoé et Luc"),
        ([("", "")], ""),
    ],
)
def test_a_family_name_is_proposed_from_its_adults(adults: list[tuple[str, str]], name: str) -> None:
    assert proposed_family_name(adults) == name


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (LEA, Likeness.SAME),
        (PersonValues("Dupont", "lea"), Likeness.SAME),
        (PersonValues("Léa", "DUPONT", birth_date=LEA.birth_date), Likeness.SAME),
        (PersonValues("MARTIN", "Léa", birth_name="Dupont"), Likeness.SAME),
        (replace(LEA, birth_date=date(2017, 10, 1)), Likeness.NAMESAKE),
        (replace(LEA, last_name="DUPOND"), Likeness.CLOSE),
        (replace(LEA, first_name="Léana"), Likeness.CLOSE),
        (PersonValues("DUPOND", "Léa"), Likeness.NONE),
        (replace(LEA, first_name="Noé", birth_date=date(2019, 1, 1)), Likeness.NONE),
    ],
)
def test_two_records_look_like_one_person(other: PersonValues, expected: Likeness) -> None:
    assert likeness(LEA, other) is expected
    assert likeness(other, LEA) is expected


def test_a_hyphen_does_not_make_another_person() -> None:
    assert likeness(PersonValues("LE ROY", "Jean-Pierre"), PersonValues("Le-Roy", "Jean Pierre")) is Likeness.SAME


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("1/9", date(2025, 9, 1)),
        ("31/8", date(2026, 8, 31)),
        ("1.1", date(2026, 1, 1)),
        ("0109", date(2025, 9, 1)),
        ("01/09/25", date(2025, 9, 1)),
        ("12-04-88", date(1988, 4, 12)),
        ("010135", date(2035, 1, 1)),
        ("010136", date(1936, 1, 1)),
        ("1 9 2024", date(2024, 9, 1)),
        ("01092024", date(2024, 9, 1)),
        (" 2024-09-01 ", date(2024, 9, 1)),
    ],
)
def test_a_day_is_understood_as_agents_type_it(typed: str, day: date) -> None:
    assert parse_french_day(typed, SchoolYear(2025)) == day


@pytest.mark.parametrize("typed", ["", "1", "29/2", "32/1", "1/13", "demain", "1/9/202", "00/00/0000"])
def test_a_day_that_does_not_exist_is_refused(typed: str) -> None:
    with pytest.raises(UserError) as refusal:
        parse_french_day(typed, SchoolYear(2025))

    assert refusal.value.code == "day.impossible"


def test_a_leap_day_is_understood_in_its_year() -> None:
    assert parse_french_day("29/2", SchoolYear(2027)) == date(2028, 2, 29)


def test_what_is_typed_becomes_needles() -> None:
    assert needles("Dupont  LÉA") == ("dupont", "lea")
    assert needles("04 76.92") == ("047692",)
    assert needles("+33 4 76") == ("0476",)
    assert needles("  ") == ()
    assert words_of("Léa d'Œuvre-Roy") == ["lea", "d", "oeuvre", "roy"]
    assert digits_of("04 76 92 34 37 (bureau)") == "0476923437"
