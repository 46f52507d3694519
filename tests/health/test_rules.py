"""What a health sheet may hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from backoffice.health.choices import menus, usual_reasons
from backoffice.health.rules import TEXT_LENGTH, SheetValues, sheet_problems, tidy_reason, tidy_sheet
from backoffice.kernel.errors import UserError
from tests.support.private import SHEET

TODAY = date(2026, 11, 17)


def _codes(values: SheetValues, before: SheetValues | None = None) -> dict[str, str]:
    return {name: error.code for name, error in sheet_problems(values, menus(), TODAY, before).items()}


def test_a_whole_sheet_and_an_empty_one_can_be_saved() -> None:
    assert _codes(SHEET) == _codes(SheetValues()) == {}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("allergies", "x" * (TEXT_LENGTH + 1), "person.too_long"),
        ("remarks", "x" * (TEXT_LENGTH + 1), "person.too_long"),
        ("menu", "halal", "health.unknown_menu"),
        ("pai_until", date(2062, 7, 6), "health.far_day"),
        ("vaccines_until", date(1926, 7, 6), "health.far_day"),
        ("doctor_name", "x" * 121, "person.too_long"),
        ("doctor_phone", "12", "person.bad_phone"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(field: str, value: object, code: str) -> None:
    wrong = replace(SHEET, **{field: value})  # type: ignore[arg-type]

    assert _codes(wrong) == {field: code}
    assert _codes(wrong, before=wrong) == {}


def test_a_menu_never_says_a_religion() -> None:
    said = " ".join([*menus(), *menus().values()]).casefold()

    assert "" in menus()
    assert not any(word in said for word in ("halal", "hallal", "casher", "kasher", "cacher", "musulman", "juif"))


def test_a_sheet_is_tidied() -> None:
    typed = replace(SHEET, allergies="  Arachides \n\n  œufs  ", doctor_phone="0298000000", doctor_name=" Dr  Martin ")

    tidy = tidy_sheet(typed)

    assert (tidy.allergies, tidy.doctor_phone, tidy.doctor_name) == ("Arachides\nœufs", "02 98 00 00 00", "Dr Martin")


def test_without_a_pai_nothing_of_it_stays() -> None:
    tidy = tidy_sheet(replace(SHEET, has_pai=False))

    assert (tidy.pai_until, tidy.pai_conduct) == (None, "")
    assert tidy.allergies == SHEET.allergies


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (SheetValues(), False),
        (SheetValues(treatments="Ventoline", remarks="Lunettes", menu="no_pork"), False),
        (SheetValues(allergies="Arachides"), True),
        (SheetValues(has_pai=True, pai_until=date(2020, 1, 1)), True),  # past, and the child still has it
    ],
)
def test_the_dot_tells_of_an_allergy_or_a_pai(values: SheetValues, expected: bool) -> None:
    assert values.has_alert is expected


def test_a_sheet_is_opened_for_a_reason() -> None:
    assert tidy_reason("  Urgence \n ou accident ") == "Urgence ou accident"
    with pytest.raises(UserError, check=lambda error: error.code == "health.reason_missing"):
        tidy_reason(" \n ")
    with pytest.raises(UserError, check=lambda error: error.code == "health.reason_too_long"):
        tidy_reason("x" * 201)


def test_the_usual_reasons_can_all_be_given() -> None:
    assert all(tidy_reason(reason.words) == reason.words for reason in usual_reasons())
    assert sum(reason.detail for reason in usual_reasons()) == 1
