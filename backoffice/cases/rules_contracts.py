"""How the rules of crèche contracts are tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from backoffice.bookings.rules.data import RuleData
from backoffice.cases.registry import rule
from backoffice.contracts.rules.hours import ContractHours, by_days, by_weeks
from backoffice.contracts.rules.leave import leave_account, weeks_of
from backoffice.contracts.rules.overruns import overrun_minutes
from backoffice.contracts.rules.pattern import WeeklyPattern
from backoffice.contracts.rules.rate import Thresholds, billing_rate
from backoffice.contracts.rules.smoothing import Smoothing, bills
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month, Period
from backoffice.tariffs.rules.hours import HoursRounding, RoundingMode


def _hours(minutes: Fraction) -> Decimal | str:
    exact = Fraction(minutes) / 60
    decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    return decimal if Fraction(decimal) == exact else str(exact)


def _said(hours: ContractHours) -> Mapping[str, Any]:
    return {"days": hours.days, "hours": _hours(hours.minutes), "why": hours.why}


@rule("pattern", about="Les heures réservées un jour donné.", given={
    "rule": "weeks : les semaines, jour (0 pour lundi) : [08:00, 17:00] ; first_monday si elles alternent",
    "day": "le jour",
})  # fmt: skip
def _pattern(given: Mapping[str, Any]) -> Mapping[str, Any]:
    pattern = WeeklyPattern.from_data(given["rule"])
    day = RuleData("Cas", given).day("day", "day")
    return {"comes": pattern.hours_on(day) is not None, "minutes": pattern.minutes_on(day), "words": pattern.in_french}


@rule("contract_hours", about="Les heures d'un contrat.", given={
    "rule": "la semaine type", "way": "days (jour par jour) ou weeks (semaines × heures de la semaine)",
    "first_day": "premier jour", "last_day": "dernier jour", "closed": "des périodes fermées, [premier, dernier]",
    "leave_days": "jours de congés (way: days)", "weeks": "semaines (way: weeks)",
    "leave_weeks": "semaines de congés, ou [jours, jours par semaine]",
})  # fmt: skip
def _contract_hours(given: Mapping[str, Any]) -> Mapping[str, Any]:
    pattern = WeeklyPattern.from_data(given["rule"])
    if given["way"] == "weeks":
        leave = given.get("leave_weeks", 0)
        away = weeks_of(*leave) if isinstance(leave, list) else Fraction(leave)
        return _said(by_weeks(pattern, given["weeks"], away))
    closed = [Period(first, last) for first, last in given.get("closed", ())]
    fields = RuleData("Cas", given)
    period = Period(fields.day("first_day", "first_day"), fields.day("last_day", "last_day"))
    return _said(by_days(pattern, period, _opened(closed), given.get("leave_days", 0)))


def _opened(closed: list[Period]) -> Callable[[date], bool]:
    return lambda day: not any(day in period for period in closed)


@rule("smoothing", about="La mensualisation d'un contrat.", given={
    "rule": "spread (equal, whole_hours, hours_up), excluded (mois sans facture), whole_euros",
    "hours": "les heures du contrat", "first": "premier mois, 2025-09", "last": "dernier mois",
    "hourly": "le prix d'une heure, ou {premier mois: prix} s'il change",
})  # fmt: skip
def _smoothing(given: Mapping[str, Any]) -> Mapping[str, Any]:
    prices = given["hourly"] if isinstance(given["hourly"], Mapping) else {given["first"]: given["hourly"]}
    dated = sorted((Month.parse(month), Money.rounded(Decimal(str(price)))) for month, price in prices.items())

    def hourly_in(month: Month) -> Money:
        return [price for start, price in dated if start <= month][-1]

    found = bills(
        Smoothing.from_data(given["rule"]), Fraction(str(given["hours"])) * 60, Month.parse(given["first"]),
        Month.parse(given["last"]), hourly_in,
    )  # fmt: skip
    total = sum((bill.minutes for bill in found), Fraction())
    return {
        "months": len(found), "monthly_hours": _hours(found[0].minutes), "last_hours": _hours(found[-1].minutes),
        "amount": found[0].amount, "last_amount": found[-1].amount, "total_hours": _hours(total),
        "amounts": {str(bill.month): bill.amount for bill in found},
        "total": Money(sum(bill.amount.cents for bill in found)),
    }


@rule("overruns", about="Les minutes au-delà du contrat.", given={
    "reserved": "les heures du contrat, [08:00, 17:00]", "arrived": "l'arrivée", "left": "le départ",
    "step": "le pas", "mode": "none, duration ou arrival_departure", "tolerance": "la tolérance",
})  # fmt: skip
def _overruns(given: Mapping[str, Any]) -> Mapping[str, Any]:
    fields = RuleData("Cas", given)
    reserved = None
    if "reserved" in given:
        times = RuleData("Cas", {"start": given["reserved"][0], "end": given["reserved"][1]})
        reserved = (times.minute("start", "reserved"), times.minute("end", "reserved"))
    mode = fields.choice("mode", "mode", RoundingMode, RoundingMode.NONE)
    rounding = HoursRounding(given.get("step", 30), mode, given.get("tolerance", 0))
    arrived, left = fields.maybe_minute("arrived", "arrived"), fields.maybe_minute("left", "left")
    return {"minutes": overrun_minutes(reserved, arrived, left, rounding)}


@rule("leave", about="Les congés d'un contrat.", given={
    "allowed": "les jours du contrat", "leave": "les jours pris", "expected": "les jours où l'enfant était attendu",
})  # fmt: skip
def _leave(given: Mapping[str, Any]) -> Mapping[str, Any]:
    account = leave_account(given["allowed"], given["leave"], given["expected"])
    return {"taken": account.taken, "left": account.left, "beyond": account.beyond, "words": account.in_french}


@rule("billing_rate", about="Le taux de facturation d'une crèche.", given={
    "billed_hours": "heures facturées", "attended_hours": "heures réalisées",
    "falling_from": "seuil de baisse (107)", "lowest_from": "seuil bas (120)",
})  # fmt: skip
def _billing_rate(given: Mapping[str, Any]) -> Mapping[str, Any]:
    thresholds = Thresholds(Decimal(given.get("falling_from", 107)), Decimal(given.get("lowest_from", 120)))
    billed, attended = (int(Decimal(str(given[key])) * 60) for key in ("billed_hours", "attended_hours"))
    rate = billing_rate(billed, attended, thresholds)
    spare = _hours(Fraction(rate.spare_minutes))
    return {"percent": rate.percent, "band": rate.band, "spare_hours": spare, "words": rate.in_french}
