"""Account numbers: which can exist, how they are written, how little of them is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backoffice.bank.countries import iban_lengths
from backoffice.bank.rules import (
    MandateValues,
    check_digits,
    check_iban,
    grouped_iban,
    mandate_problems,
    masked_iban,
    proposed_reference,
    tidy_iban,
)
from backoffice.kernel.errors import UserError
from tests.support.private import FRENCH_ACCOUNT as FRENCH

TODAY = date(2026, 11, 17)
MANDATE = MandateValues(
    person_id=1, holder="DUPONT Marie", mandate_reference="FAM000012-20261117", signed_on=date(2026, 11, 10),
    valid_from=date(2026, 12, 1), iban=FRENCH, bic="AGRIFRPP882",
)  # fmt: skip

# Printed by the registry for each country: one of each shape.
SPECIMENS = [
    FRENCH, "BE68539007547034", "DE89370400440532013000", "ES9121000418450200051332", "IT60X0542811101000000123456",
    "CH9300762011623852957", "GB29NWBK60161331926819", "MT84MALT011000012345MTLCAST001S", "NO9386011117947",
    "LU280019400644750000", "PT50000201231234567890154", "MC5811222000010123456789030",
]  # fmt: skip


@st.composite
def ibans(draw: st.DrawFn) -> str:
    """A number that could exist, of any country that can be debited."""
    country = draw(st.sampled_from(sorted(iban_lengths())))
    size = iban_lengths()[country] - 4
    account = draw(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=size, max_size=size))
    return f"{country}{check_digits(country, account)}{account}"


def _code(iban: str) -> str:
    try:
        check_iban(iban, iban_lengths())
    except UserError as error:
        return error.code
    return ""


@pytest.mark.parametrize("iban", SPECIMENS)
def test_real_shapes_pass(iban: str) -> None:
    assert _code(iban) == ""


@pytest.mark.parametrize(
    ("iban", "code"),
    [
        ("", "bank.iban_missing"),
        ("30001007941234567890185", "bank.iban_letters"),
        ("FR76 3000", "bank.iban_letters"),
        ("FR7630001007941234567890é85", "bank.iban_letters"),
        ("US7630001007941234567890185", "bank.iban_country"),
        ("FR763000100794123456789018", "bank.iban_length"),
        (FRENCH + "1", "bank.iban_length"),
        ("FR7630001007941234567890186", "bank.iban_digits"),
        ("FR7530001007941234567890185", "bank.iban_digits"),
    ],
)
def test_what_is_wrong_is_told_apart(iban: str, code: str) -> None:
    assert _code(iban) == code


@given(ibans())
def test_a_number_with_its_check_digits_passes(iban: str) -> None:
    assert _code(iban) == ""


@given(ibans(), st.data())
def test_one_wrong_sign_is_always_seen(iban: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(4, len(iban) - 1))
    other = data.draw(st.sampled_from("0123456789" if iban[place].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    assume(other != iban[place])

    assert _code(iban[:place] + other + iban[place + 1 :]) == "bank.iban_digits"


@given(ibans(), st.data())
def test_two_signs_exchanged_are_always_seen(iban: str, data: st.DataObject) -> None:
    """Beside each other and of one kind: what hurried fingers do."""
    alike = [
        place for place in range(4, len(iban) - 1)
        if iban[place] != iban[place + 1] and iban[place].isdigit() == iban[place + 1].isdigit()
    ]
    assume(alike)
    place = data.draw(st.sampled_from(alike))

    assert _code(iban[:place] + iban[place + 1] + iban[place] + iban[place + 2 :]) == "bank.iban_digits"


@given(ibans(), st.sampled_from([" ", "-", ".", "\u00a0", "\t"]))
def test_however_it_is_typed_it_is_kept_the_same(iban: str, sign: str) -> None:
    typed = sign.join(iban[start : start + 4] for start in range(0, len(iban), 4)).lower()

    assert tidy_iban(typed) == tidy_iban(f"IBAN {typed}") == tidy_iban(grouped_iban(iban)) == iban


@given(ibans())
def test_only_both_ends_are_shown(iban: str) -> None:
    shown = masked_iban(iban)
    plain = shown.replace(" ", "")

    assert len(plain) == len(iban)
    assert plain[:4] == iban[:4]
    assert plain[-4:] == iban[-4:]
    assert set(plain[4:-4]) == {"•"}


def test_a_french_number_is_masked_as_look_and_forms_do() -> None:
    assert grouped_iban(FRENCH) == "FR76 3000 1007 9412 3456 7890 185"
    assert masked_iban(FRENCH) == "FR76 •••• •••• •••• •••• •••0 185"
    assert masked_iban("FR76") == "••••"


@given(st.text())
def test_whatever_is_typed_is_judged_and_never_quoted(typed: str) -> None:
    with pytest.raises(UserError) as refused:
        check_iban(tidy_iban(typed) + "é", iban_lengths())  # never a number that exists

    assert set(refused.value.params) <= {"country", "length", "typed"}


def test_a_whole_mandate_can_be_saved() -> None:
    assert mandate_problems(MANDATE, iban_lengths(), TODAY) == {}
    assert mandate_problems(replace(MANDATE, bic=""), iban_lengths(), TODAY) == {}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("holder", " ", "bank.holder_missing"),
        ("holder", "x" * 71, "person.too_long"),
        ("iban", "", "bank.iban_missing"),
        ("bic", "AGRI", "bank.bad_bic"),
        ("mandate_reference", "", "bank.reference_missing"),
        ("mandate_reference", "RUM n° 3", "bank.bad_reference"),
        ("mandate_reference", "/RUM", "bank.bad_reference"),
        ("mandate_reference", "R//3", "bank.bad_reference"),
        ("mandate_reference", "R" * 36, "person.too_long"),
        ("signed_on", date(2026, 11, 18), "bank.signed_later"),
        ("signed_on", date(2006, 11, 18), "bank.signed_too_early"),
        ("valid_to", date(2026, 11, 30), "period.ends_before_start"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(field: str, value: object, code: str) -> None:
    problems = mandate_problems(replace(MANDATE, **{field: value}), iban_lengths(), TODAY)  # type: ignore[arg-type]

    assert {name: error.code for name, error in problems.items()} == {field: code}


def test_a_correction_may_leave_the_number_as_it_is() -> None:
    assert mandate_problems(replace(MANDATE, iban=""), iban_lengths(), TODAY, keeps_iban=True) == {}
    assert "iban" in mandate_problems(replace(MANDATE, iban="FR76"), iban_lengths(), TODAY, keeps_iban=True)


def test_the_proposed_reference_can_be_used() -> None:
    reference = proposed_reference(12, TODAY)

    assert reference == "FAM000012-20261117"
    assert mandate_problems(replace(MANDATE, mandate_reference=reference), iban_lengths(), TODAY) == {}


def test_printing_a_mandate_prints_no_account() -> None:
    printed = repr(MANDATE)

    assert all(secret not in printed for secret in (FRENCH, "AGRIFRPP882", "DUPONT"))
