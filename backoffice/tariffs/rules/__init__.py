"""Tariff shapes: frozen parameters and one pure function each.

To add a shape: write its module here, register it in `TARIFFS`, and write its golden cases
(`tests/tariffs/golden/<key>.toml`); a test fails without them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from backoffice.kernel.errors import UserError
from backoffice.tariffs.rules.brackets import Bracket, BracketTariff
from backoffice.tariffs.rules.effort import LinearEffortTariff
from backoffice.tariffs.rules.flat import FlatTariff
from backoffice.tariffs.rules.hours import HoursRounding, RoundingMode, billed_minutes, unit_minutes
from backoffice.tariffs.rules.psu import CeilingOverride, PsuHourlyTariff, WithoutIncome
from backoffice.tariffs.rules.psu_figures import (
    CareKind,
    DisabledChildRule,
    Figure,
    Origin,
    PsuFigures,
    RateStep,
    RateTable,
)
from backoffice.tariffs.rules.shape import Tariff, WithoutQuotient, WithoutQuotientRule
from backoffice.tariffs.rules.values import (
    NoIncome,
    NoQuotient,
    Priced,
    Quotient,
    QuotientAboveLastBracket,
    ReferenceIncome,
    Situation,
    UnitPrice,
    price_line,
    price_minutes,
)

TARIFFS: Mapping[str, type[Tariff]] = MappingProxyType(
    {shape.shape: shape for shape in (FlatTariff, BracketTariff, LinearEffortTariff, PsuHourlyTariff)}
)


def tariff_from_data(shape: str, data: Mapping[str, object]) -> Tariff:
    """The tariff that `to_data` described. Raises UserError `tariff.unknown_shape`, `tariff.bad_parameters`."""
    if shape not in TARIFFS:
        raise UserError("tariff.unknown_shape", shape=shape)
    return TARIFFS[shape].from_data(data)


__all__ = [
    "TARIFFS",
    "Bracket",
    "BracketTariff",
    "CareKind",
    "CeilingOverride",
    "DisabledChildRule",
    "Figure",
    "FlatTariff",
    "HoursRounding",
    "LinearEffortTariff",
    "NoIncome",
    "NoQuotient",
    "Origin",
    "Priced",
    "PsuFigures",
    "PsuHourlyTariff",
    "Quotient",
    "QuotientAboveLastBracket",
    "RateStep",
    "RateTable",
    "ReferenceIncome",
    "RoundingMode",
    "Situation",
    "Tariff",
    "UnitPrice",
    "WithoutIncome",
    "WithoutQuotient",
    "WithoutQuotientRule",
    "billed_minutes",
    "price_line",
    "price_minutes",
    "tariff_from_data",
    "unit_minutes",
]
