"""Every registered shape against cases that anyone can read (`golden/<shape>.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money, amount_digits
from backoffice.kernel.periods import Period
from backoffice.tariffs.figures import FigureKind, TownFigure, national_psu_figures, with_town_figures
from backoffice.tariffs.rules import TARIFFS, PsuFigures, Quotient, ReferenceIncome, Situation, tariff_from_data

GOLDEN = Path(__file__).parent / "golden"
ANY_DAY = date(2025, 10, 6)


@dataclass(frozen=True)
class Case:
    shape: str
    parameters: dict[str, Any]
    told: dict[str, Any]


def _cases() -> list[Case]:
    found = []
    for path in sorted(GOLDEN.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for told in content["case"]:
            parameters = told["parameters"] if "parameters" in told else content["grids"][told["grid"]]
            found.append(Case(path.stem, parameters, told))
    return found


def _figures(told: dict[str, Any]) -> PsuFigures:
    entered = [
        TownFigure(kind, Period(date(2015, 1, 1)), Money.rounded(Decimal(told[key])), "saisi par la commune")
        for key, kind in (("town_floor", FigureKind.FLOOR), ("town_ceiling", FigureKind.CEILING))
        if key in told
    ]
    return with_town_figures(national_psu_figures(), entered)


def _income(told: dict[str, Any]) -> ReferenceIncome | None:
    if "children" not in told:
        return None
    annual = None
    if "annual" in told:
        annual = Money.rounded(Decimal(told["annual"]))
    elif "monthly" in told:
        annual = Money.rounded(Decimal(told["monthly"])) * 12
    return ReferenceIncome(annual, told["children"], told.get("disabled", 0))


def _situation(told: dict[str, Any]) -> Situation:
    quotient = Quotient.parse(told["quotient"]) if "quotient" in told else None
    return Situation(told.get("day", ANY_DAY), quotient, _income(told), _figures(told))


@pytest.mark.parametrize("case", _cases(), ids=lambda case: f"{case.shape}: {case.told['story']}")
def test_a_published_example_gives_its_price(case: Case) -> None:
    tariff = tariff_from_data(case.shape, case.parameters)
    if "error" in case.told:
        with pytest.raises(UserError) as caught:
            tariff.unit_price(_situation(case.told))
        assert caught.value.code == case.told["error"]
    else:
        assert amount_digits(tariff.unit_price(_situation(case.told)).price) == case.told["price"]


@pytest.mark.parametrize("case", _cases(), ids=lambda case: f"{case.shape}: {case.told['story']}")
def test_stored_parameters_give_back_the_same_tariff(case: Case) -> None:
    tariff = tariff_from_data(case.shape, case.parameters)
    assert tariff_from_data(tariff.shape, tariff.to_data()) == tariff


@pytest.mark.parametrize("shape", TARIFFS)
def test_a_registered_shape_has_golden_cases_and_french_words(shape: str) -> None:
    assert [case for case in _cases() if case.shape == shape and "price" in case.told]
    assert TARIFFS[shape].shape == shape
    assert TARIFFS[shape].label


def test_no_golden_file_is_left_without_a_shape() -> None:
    assert {path.stem for path in GOLDEN.glob("*.toml")} == set(TARIFFS)
