"""What two agents typed in one record, put together by rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from ui.forms import YES, Entry, FieldSpec
from ui.merging import Comparison, Side, in_words, merged, placed, taken_words, typing_in_words

TODAY = date(2025, 11, 20)
COLUMNS = (FieldSpec("upto", "Jusqu'à", Entry.MONEY), FieldSpec("price", "Prix", Entry.MONEY))
FIELDS = (
    FieldSpec("name", "&Nom"),
    FieldSpec("mobile", "Mo&bile", Entry.PHONE),
    FieldSpec("zone", "Zone", Entry.CHOICE, options=(("A", "Zone A"), ("B", "Zone B"))),
    FieldSpec("pai", "PAI", Entry.FLAG),
    FieldSpec("until", "PAI valable jusqu'au", Entry.DAY, only_if=("pai", YES)),
    FieldSpec("brackets", "Tranches", Entry.ROWS, columns=COLUMNS),
)
OPENED = {"name": "MARTIN", "mobile": "", "zone": "A", "pai": "", "until": "",
          "brackets/0/upto": "500,00", "brackets/0/price": "1,00"}


def _met(mine: Mapping[str, str], theirs: Mapping[str, str], **more: Comparison) -> tuple[dict[str, str], Comparison]:
    return merged((FIELDS, OPENED), OPENED | dict(mine), (FIELDS, OPENED | dict(theirs)), TODAY, **more)


def test_a_field_that_one_side_changed_is_taken_from_it() -> None:
    values, comparison = _met({"name": "MARTIN-ROUX"}, {"zone": "B"})
    assert (values["name"], values["zone"]) == ("MARTIN-ROUX", "B")
    assert comparison.differences == ()
    assert list(taken_words(comparison)) == ["Zone : Zone A devient Zone B"]


def test_a_field_that_both_changed_is_to_be_chosen_and_shows_what_was_typed() -> None:
    values, comparison = _met({"name": "MARTIN-ROUX"}, {"name": "ROUX"})
    assert values["name"] == "MARTIN-ROUX"
    [difference] = comparison.undecided
    assert (difference.key, difference.title) == ("name", "Nom")
    assert (difference.before.words, difference.mine.words, difference.theirs.words) == (
        "MARTIN", "MARTIN-ROUX", "ROUX"
    )


@pytest.mark.parametrize(("mine", "theirs"), [("0612345678", "06 12 34 56 78"), ("", "")])
def test_the_same_change_is_no_difference_however_it_is_typed(mine: str, theirs: str) -> None:
    _values, comparison = _met({"mobile": mine}, {"mobile": theirs})
    assert (comparison.differences, comparison.taken) == ((), ())


def test_rows_are_one_value() -> None:
    mine = {"brackets/0/price": "1,10"}
    theirs = {"brackets/0/price": "1,20", "brackets/1/upto": "", "brackets/1/price": "2,00"}
    values, comparison = _met(mine, theirs)
    [difference] = comparison.differences
    assert difference.theirs.words == "Jusqu'à : 500,00\u00a0€ · Prix : 1,20\u00a0€\nPrix : 2,00\u00a0€"
    assert placed(values, difference, Side.THEIRS) == OPENED | theirs
    assert placed(OPENED | theirs, difference, Side.MINE) == OPENED | mine


def test_a_row_taken_away_by_one_stays_away() -> None:
    gone = {key: text for key, text in OPENED.items() if "/" not in key}
    values, comparison = merged((FIELDS, OPENED), gone, (FIELDS, OPENED | {"name": "ROUX"}), TODAY)
    assert values == gone | {"name": "ROUX"}
    assert comparison.differences == ()


def test_what_nobody_is_asked_is_not_compared() -> None:
    _values, comparison = _met({"until": "31/12/2025"}, {"until": "30/06/2026"})
    assert comparison.differences == ()
    _values, comparison = _met({"until": "31/12/2025", "pai": YES}, {"until": "30/06/2026", "pai": YES})
    assert [difference.key for difference in comparison.differences] == ["until"]


def test_a_choice_that_is_no_longer_offered_is_said_and_not_taken() -> None:
    fewer = tuple(replace(spec, options=spec.options[:1]) if spec.key == "zone" else spec for spec in FIELDS)
    values, comparison = merged((FIELDS, OPENED), OPENED | {"zone": "B"}, (fewer, OPENED | {"zone": ""}), TODAY)
    [difference] = comparison.differences
    assert (difference.mine.words, difference.offered, difference.chosen) == ("Zone B", False, Side.THEIRS)
    assert values["zone"] == ""


def test_a_masked_account_that_changed_is_a_difference() -> None:
    def account(masked: str) -> tuple[FieldSpec, ...]:
        return (FieldSpec("iban", "IBAN", stands=masked),)

    values, comparison = merged(
        (account("FR76…185"), {"iban": ""}), {"iban": "BE68"}, (account("DE89…000"), {"iban": ""}), TODAY
    )
    [difference] = comparison.differences
    assert values == {"iban": "BE68"}
    assert (difference.before.words, difference.mine.words, difference.theirs.words) == ("FR76…185", "BE68", "DE89…000")
    now = (account("DE89…000"), {"iban": ""})
    values, again = merged(now, values, now, TODAY, comparison)  # read once more, the same
    assert (values, [one.key for one in again.undecided]) == ({"iban": "BE68"}, ["iban"])


def test_a_record_that_moves_twice_keeps_what_was_chosen_of_what_did_not() -> None:
    mine = {"name": "MARTIN-ROUX", "zone": "B", "mobile": "0612345678"}
    first = {"name": "ROUX", "mobile": "0699887766"}
    values, comparison = _met(mine, first)
    comparison = comparison.decided("name", Side.THEIRS).decided("mobile", Side.THEIRS)
    for key in ("name", "mobile"):
        values = placed(values, comparison.of(key), Side.THEIRS)  # type: ignore[arg-type]
    second = first | {"mobile": "0688776655"}
    values, comparison = merged((FIELDS, OPENED | first), values, (FIELDS, OPENED | second), TODAY, comparison)
    chosen = {difference.key: difference.chosen for difference in comparison.differences}
    assert chosen == {"name": Side.THEIRS, "mobile": None}
    assert (values["name"], values["mobile"], values["zone"]) == ("ROUX", "0612345678", "B")


def test_what_was_not_chosen_yet_is_still_to_be_when_the_record_moves_elsewhere() -> None:
    values, comparison = _met({"name": "MARTIN-ROUX"}, {"name": "ROUX"})
    now = OPENED | {"name": "ROUX", "zone": "B"}
    values, comparison = merged((FIELDS, OPENED | {"name": "ROUX"}), values, (FIELDS, now), TODAY, comparison)
    assert [difference.key for difference in comparison.undecided] == ["name"]
    assert (values["name"], values["zone"]) == ("MARTIN-ROUX", "B")


@pytest.mark.parametrize(
    ("spec", "text", "words"),
    [
        (FieldSpec("a", "A", Entry.FLAG), YES, "oui"),
        (FieldSpec("a", "A", Entry.FLAG), "", "non"),
        (FieldSpec("a", "A", Entry.WEEKDAYS), "30", "lundi, jeudi"),
        (FieldSpec("a", "A", Entry.MONEY), "12,00", "12,00\u00a0€"),
        (FieldSpec("a", "A", Entry.PASSWORD), "secret", "••••••"),
        (FieldSpec("a", "A"), "  ", "rien"),
        (FieldSpec("a", "A", stands="FR76…185"), "", "FR76…185"),
    ],
)
def test_a_value_is_said_as_it_is_read(spec: FieldSpec, text: str, words: str) -> None:
    assert in_words(spec, {"a": text}) == words


def test_typing_is_copied_line_by_line_without_what_is_not_asked() -> None:
    assert typing_in_words(FIELDS, OPENED).splitlines() == [
        "Nom : MARTIN", "Mobile : rien", "Zone : Zone A", "PAI : non",
        "Tranches : Jusqu'à : 500,00\u00a0€ · Prix : 1,00\u00a0€",
    ]
