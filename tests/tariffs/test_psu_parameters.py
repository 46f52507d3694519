"""Parameters of the PSU tariff: stored and read back, and refused when they cannot be."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period
from backoffice.tariffs.figures import national_psu_figures
from backoffice.tariffs.rules import (
    CareKind,
    CeilingOverride,
    DisabledChildRule,
    HoursRounding,
    PsuHourlyTariff,
    ReferenceIncome,
    RoundingMode,
    Situation,
    WithoutIncome,
    tariff_from_data,
)

FULL = PsuHourlyTariff(
    care_kind=CareKind.FAMILY,
    rounding=HoursRounding(15, RoundingMode.ARRIVAL_DEPARTURE, 5),
    without_income=WithoutIncome.FLOOR,
    children_when_unknown=2,
    disabled_child_rule=DisabledChildRule.ONE_MORE_CHILD,
    ceiling_override=(
        CeilingOverride(Period(date(2019, 9, 1), date(2020, 12, 31)), Money(686000)),
        CeilingOverride(Period(date(2021, 1, 1)), Money(700000)),
    ),
)


def test_a_psu_tariff_survives_its_journey_through_json() -> None:
    assert tariff_from_data("psu_hourly", json.loads(json.dumps(FULL.to_data()))) == FULL


@pytest.mark.parametrize("change", [
    {"care_kind": "circus"}, {"rounding_step_minutes": 7}, {"rounding_mode": "up"}, {"tolerance_minutes": -1},
    {"without_income": "free"}, {"children_when_unknown": 0}, {"disabled_child_rule": ""}, {"typo": 1},
    {"ceiling_override": [{"first_day": "2020-13-01", "last_day": None, "monthly_cents": 1}]},
    {"ceiling_override": [{"first_day": "2020-02-01", "last_day": "2020-01-01", "monthly_cents": 1}]},
    {"ceiling_override": [{"first_day": "2020-02-01", "last_day": None, "monthly_cents": 0}]},
], ids=str)
def test_a_psu_parameter_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UserError) as caught:
        tariff_from_data("psu_hourly", {**FULL.to_data(), **change})
    assert caught.value.code == "tariff.bad_parameters"


def test_two_own_ceilings_for_one_day_are_refused() -> None:
    twice = (CeilingOverride(Period(date(2020, 1, 1)), Money(1)), CeilingOverride(Period(date(2021, 1, 1)), Money(2)))
    with pytest.raises(UserError) as caught:
        PsuHourlyTariff(CareKind.COLLECTIVE, ceiling_override=twice)
    assert caught.value.code == "dated.overlap"


def test_an_own_ceiling_below_the_national_one_asks_for_the_agreement_of_the_caf() -> None:
    low = (CeilingOverride(Period(date(2023, 1, 1)), Money(500000)),)
    tariff = PsuHourlyTariff(CareKind.COLLECTIVE, ceiling_override=low)
    income = ReferenceIncome(Money(12 * 900000), 1)
    steps = tariff.unit_price(Situation(date(2023, 2, 1), income=income, figures=national_psu_figures())).steps
    assert "accord de la CAF nécessaire" in steps[2]


def test_an_own_ceiling_does_without_a_national_one() -> None:
    own = (CeilingOverride(Period(date(2021, 1, 1), date(2021, 12, 31)), Money(600000)),)
    tariff = PsuHourlyTariff(CareKind.COLLECTIVE, without_income=WithoutIncome.CEILING, ceiling_override=own)
    situation = Situation(date(2021, 6, 1), figures=national_psu_figures())
    assert tariff.unit_price(situation).price == Money(369)


def test_the_days_an_own_ceiling_starts_and_ends_are_days_of_change() -> None:
    assert {date(2019, 9, 1), date(2021, 1, 1)} <= FULL.change_days(None)


def test_pricing_without_figures_is_our_bug() -> None:
    with pytest.raises(ValueError, match="figures"):
        FULL.unit_price(Situation(date(2023, 2, 1)))
