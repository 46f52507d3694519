"""The hourly price of a crèche financed by the PSU: a national rate on the resources of the household."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Self

from backoffice.kernel.dated import Dated, InForce, NotInForce
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period, french_day
from backoffice.tariffs.rules.hours import HoursRounding, RoundingMode
from backoffice.tariffs.rules.psu_figures import CareKind, DisabledChildRule, Figure, Origin, PsuFigures, RateTable
from backoffice.tariffs.rules.shape import Parameters, Tariff
from backoffice.tariffs.rules.values import NoIncome, ReferenceIncome, Situation, UnitPrice, french_decimal, half_up

_KEYS = {
    *("care_kind", "rounding_step_minutes", "rounding_mode", "tolerance_minutes"),
    *("without_income", "children_when_unknown", "disabled_child_rule", "ceiling_override"),
}


class WithoutIncome(StrEnum):
    """What a family with unknown resources pays."""

    ANOMALY = "anomaly"
    FLOOR = "floor"          # emergency care, children in care of the ASE
    CEILING = "ceiling"      # proof refused

    @property
    def in_french(self) -> str:
        if self is WithoutIncome.ANOMALY:
            return "rien n'est facturé, les ressources sont demandées"
        return "plancher appliqué" if self is WithoutIncome.FLOOR else "plafond appliqué"


@dataclass(frozen=True, slots=True)
class CeilingOverride:
    """The establishment's own ceiling of monthly resources, in agreement with its CAF."""

    period: Period
    monthly: Money


@dataclass(frozen=True)
class PsuHourlyTariff(Tariff):
    """Annual resources ÷ 12, kept between floor and ceiling, × the rate of the household; half-up to the cent.

    Sources: national scale of family contributions (circulaire CNAF 2019-005 of 5 June 2019); rounding to the
    cent as in the published examples of leaetleo.com and of the CAF. Each dependent child with AEEH gives the
    next lower rate, whoever is the child in care. `children_when_unknown` is the household assumed when even the
    number of children is unknown and `without_income` gives a price.
    """

    care_kind: CareKind
    rounding: HoursRounding = HoursRounding()  # noqa: RUF009 (a frozen value)
    without_income: WithoutIncome = WithoutIncome.ANOMALY
    children_when_unknown: int = 1
    disabled_child_rule: DisabledChildRule = DisabledChildRule.NEXT_LOWER_RATE
    ceiling_override: tuple[CeilingOverride, ...] = ()

    shape: ClassVar[str] = "psu_hourly"
    label: ClassVar[str] = "Tarif horaire PSU"
    needs_income: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.children_when_unknown < 1:
            raise self.wrong("nombre d'enfants si le foyer est inconnu")
        if any(override.monthly.cents <= 0 for override in self.ceiling_override):
            raise self.wrong("plafond propre à l'établissement")
        self._overrides()

    def _overrides(self) -> Dated[Money]:
        entries = [InForce(override.period, override.monthly) for override in self.ceiling_override]
        return Dated("plafond propre à l'établissement", entries)

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        stored = Parameters(cls, data).only(_KEYS)
        try:
            rounding = HoursRounding(
                stored.integer("rounding_step_minutes", "pas d'arrondi"),
                stored.choice("rounding_mode", RoundingMode, "mode d'arrondi"),
                stored.integer("tolerance_minutes", "tolérance"),
            )
            rows = stored.rows("ceiling_override", "plafond propre à l'établissement")
            overrides = tuple(_override(row) for row in rows)
        except UserError as exc:
            raise exc if exc.code == "tariff.bad_parameters" else cls.wrong("arrondi ou plafond") from exc
        return cls(
            care_kind=stored.choice("care_kind", CareKind, "type d'accueil"),
            rounding=rounding,
            without_income=stored.choice("without_income", WithoutIncome, "règle sans ressources"),
            children_when_unknown=stored.integer("children_when_unknown", "nombre d'enfants si le foyer est inconnu"),
            disabled_child_rule=stored.choice("disabled_child_rule", DisabledChildRule, "règle AEEH"),
            ceiling_override=overrides,
        )

    def to_data(self) -> dict[str, object]:
        return {
            "care_kind": self.care_kind.value,
            "rounding_step_minutes": self.rounding.step_minutes,
            "rounding_mode": self.rounding.mode.value,
            "tolerance_minutes": self.rounding.tolerance_minutes,
            "without_income": self.without_income.value,
            "children_when_unknown": self.children_when_unknown,
            "disabled_child_rule": self.disabled_child_rule.value,
            "ceiling_override": [
                {
                    "first_day": override.period.start.isoformat(),
                    "last_day": override.period.end.isoformat() if override.period.end else None,
                    "monthly_cents": override.monthly.cents,
                }
                for override in self.ceiling_override
            ],
        }

    def change_days(self, figures: PsuFigures | None) -> frozenset[date]:
        periods = [override.period for override in self.ceiling_override]
        ends = {period.end + timedelta(days=1) for period in periods if period.end is not None}
        national = figures.change_days(self.care_kind) if figures else frozenset()
        return national | ends | {period.start for period in periods}

    def in_french(self) -> tuple[str, ...]:
        kind = self.care_kind.label
        lines = [f"{kind[0].upper()}{kind[1:]} : ressources mensuelles × taux national, par heure"]
        rounding = self.rounding.mode.label
        if self.rounding.mode is not RoundingMode.NONE:
            rounding += f", pas de {self.rounding.step_minutes} min"
        if self.rounding.tolerance_minutes:
            rounding += f", tolérance de {self.rounding.tolerance_minutes} min"
        lines.append(f"heures : {rounding}")
        lines.append(f"sans ressources connues : {self.without_income.in_french}")
        if self.disabled_child_rule is DisabledChildRule.ONE_MORE_CHILD:
            lines.append("enfant avec AEEH : compté comme un enfant de plus")
        for override in self.ceiling_override:
            start, end = french_day(override.period.start), override.period.end
            days = f"depuis le {start}" if end is None else f"du {start} au {french_day(end)}"
            lines.append(f"plafond propre à l'établissement : {override.monthly} par mois {days}")
        return tuple(lines)

    def unit_price(self, situation: Situation) -> UnitPrice:
        """The price of one hour. Raises NoIncome `tariff.no_income`, NotInForce `tariff.psu_figure_missing`,
        UserError `tariff.psu_floor_above_ceiling`."""
        figures, day = situation.figures, situation.day
        if figures is None:
            raise ValueError("a PSU tariff is priced with the national figures in the situation")
        table = figures.rates_at(self.care_kind, day)
        household = situation.income
        if household is not None and household.annual is not None:
            twelfth = Fraction(household.annual.cents, 12)
            cents, steps = self._between(twelfth, household.annual, figures, day)
        else:
            cents, steps = self._decided_resources(figures, day)
        percent, rate_step = self._rate(table, household)
        price = Money(half_up(cents * Fraction(percent) / 100))
        product = f"{Money(half_up(cents))} × {french_decimal(percent)} % = {price} par heure"
        return UnitPrice(price, (f"Tarif horaire PSU, {self.care_kind.label}", *steps, rate_step,
                                 f"{product}, arrondi au centime le plus proche"))

    def _between(
        self, monthly: Fraction, annual: Money, figures: PsuFigures, day: date
    ) -> tuple[Fraction, tuple[str, ...]]:
        floor, ceiling = figures.floor_at(day), self._ceiling(figures, day)
        if floor.monthly > ceiling.monthly:
            raise UserError("tariff.psu_floor_above_ceiling", floor=floor.monthly, ceiling=ceiling.monthly, day=day)
        first = f"Ressources annuelles N-2 : {annual}, soit {Money(half_up(monthly))} par mois"
        if monthly < floor.monthly.cents:
            return Fraction(floor.monthly.cents), (first, _applied("Plancher appliqué", floor))
        if monthly > ceiling.monthly.cents:
            return Fraction(ceiling.monthly.cents), (first, _applied("Plafond appliqué", ceiling))
        return monthly, (first, _applied("Au-dessus du plancher", floor), _applied("Au-dessous du plafond", ceiling))

    def _decided_resources(self, figures: PsuFigures, day: date) -> tuple[Fraction, tuple[str, ...]]:
        if self.without_income is WithoutIncome.ANOMALY:
            raise NoIncome("tariff.no_income", day=day)
        if self.without_income is WithoutIncome.FLOOR:
            figure, name = figures.floor_at(day), "plancher"
        else:
            figure, name = self._ceiling(figures, day), "plafond"
        step = _applied(f"Ressources inconnues, {name} appliqué (règle de l'établissement)", figure)
        return Fraction(figure.monthly.cents), (step,)

    def _ceiling(self, figures: PsuFigures, day: date) -> Figure:
        """The establishment's own ceiling first; the national one may then be unknown."""
        for override in self.ceiling_override:
            if day in override.period:
                return Figure(override.monthly, override.period.start, Origin(_own_ceiling(override, figures, day)))
        return figures.ceiling_at(day)

    def _rate(self, table: RateTable, household: ReferenceIncome | None) -> tuple[Decimal, str]:
        children = household.dependent_children if household else self.children_when_unknown
        disabled = household.disabled_children if household else 0
        percent = table.percent(children, disabled, self.disabled_child_rule)
        whom = f"{children} enfant{'s' if children > 1 else ''} à charge"
        if household is None:
            whom += " (foyer inconnu, règle de l'établissement)"
        elif disabled:
            whom += f" dont {disabled} avec AEEH"
        since = french_day(table.since)
        return percent, f"Taux pour {whom} : {french_decimal(percent)} % depuis le {since} ({table.origin})"


def _override(row: Parameters) -> CeilingOverride:
    field = "plafond propre à l'établissement"
    row.only({"first_day", "last_day", "monthly_cents"})
    last_day = row.day("last_day", field) if row.has("last_day") else None
    return CeilingOverride(Period(row.day("first_day", field), last_day), row.money("monthly_cents", field))


def _own_ceiling(override: CeilingOverride, figures: PsuFigures, day: date) -> str:
    """A ceiling below the national one needs the agreement of the CAF (caf.fr, 15/05/2025): the step says so."""
    try:
        lower = override.monthly < figures.ceiling_at(day).monthly
    except NotInForce:
        lower = False
    own = "plafond propre à l'établissement"
    return f"{own}, inférieur au plafond national : accord de la CAF nécessaire" if lower else own


def _applied(what: str, figure: Figure) -> str:
    return f"{what} : {figure.monthly} par mois depuis le {french_day(figure.since)} ({figure.origin})"
