"""How the rules of tariffs are tried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice.bookings.rules.data import RuleData
from backoffice.cases.registry import rule
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period
from backoffice.tariffs.figures import FigureKind, TownFigure, national_psu_figures, with_town_figures
from backoffice.tariffs.rules import ReferenceIncome, Situation
from backoffice.tariffs.rules.psu import PsuHourlyTariff
from backoffice.tariffs.rules.psu_figures import CareKind

_ALWAYS = Period(date(2015, 1, 1))


@rule("psu", about="Le prix d'une heure de crèche (PSU).", given={
    "day": "le jour", "care": "collective ou family", "monthly": "les ressources d'un mois", "children": "les enfants "
    "à charge", "disabled": "dont avec AEEH", "town_floor": "le plancher saisi par la commune, s'il n'est pas publié",
    "town_ceiling": "son plafond",
})  # fmt: skip
def _psu(given: Mapping[str, Any]) -> Mapping[str, Any]:
    entered = [
        TownFigure(kind, _ALWAYS, Money.rounded(Decimal(str(given[key]))), "saisi par la commune")
        for key, kind in (("town_floor", FigureKind.FLOOR), ("town_ceiling", FigureKind.CEILING)) if key in given
    ]
    annual = Money.rounded(Decimal(str(given["monthly"]))) * 12
    tariff = PsuHourlyTariff(CareKind(given.get("care", "collective")))
    price = tariff.unit_price(Situation(
        RuleData("Cas", given).day("day", "day"), income=ReferenceIncome(annual, given["children"],
                                                                         given.get("disabled", 0)),
        figures=with_town_figures(national_psu_figures(), entered),
    ))  # fmt: skip
    return {"hourly": price.price, "steps": list(price.steps)}
