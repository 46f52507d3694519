"""The form of each tariff shape: its parameters as fields, and what was typed as a tariff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import ZERO, Money
from backoffice.kernel.periods import Period
from backoffice.tariffs.rules import (
    TARIFFS,
    Bracket,
    BracketTariff,
    CareKind,
    CeilingOverride,
    DisabledChildRule,
    FlatTariff,
    HoursRounding,
    LinearEffortTariff,
    PsuHourlyTariff,
    RoundingMode,
    Tariff,
    WithoutIncome,
    WithoutQuotient,
    WithoutQuotientRule,
)
from backoffice.tariffs.rules.values import french_decimal
from ui.forms import YES, Entry, FieldSpec, Reader, options_of, typed_day, typed_money

_FIXED = "price"
_BY_DEFAULT = WithoutQuotientRule.ANOMALY
_WITHOUT_QUOTIENT = (
    (WithoutQuotientRule.ANOMALY.value, "rien n'est facturé, le quotient est demandé"),
    (WithoutQuotientRule.MAXIMUM.value, "le tarif maximum"),
    (_FIXED, "un prix fixé"),
)


@dataclass(frozen=True, slots=True)
class ShapeForm:
    """What a shape asks (with the parameters of a tariff of that shape, or without any), and how it is read."""

    explains: str
    specs: Callable[[Tariff | None], tuple[FieldSpec, ...]]
    read: Callable[[Reader], Tariff]


def tariff_of(shape: str, reader: Reader) -> Tariff | None:
    """The tariff that was typed; None when something is wrong, told by the reader."""
    try:
        made = SHAPE_FORMS[shape].read(reader)
    except UserError as error:
        if not reader.errors:
            reader.blame(_field_of(error), sentence(error))
        return None
    return None if reader.errors else made


def _field_of(error: UserError) -> str:
    """Which field of a shape its refusal is about: the rule names it in French."""
    named = str(error.params.get("field", ""))
    return next((key for start, key in _FIELDS.items() if named.startswith(start)), "shape")


_FIELDS = {
    "prix sans quotient": "without_price",
    "prix minimum": "floor",
    "prix d'une tranche": "brackets",
    "prix": "price",
    "tranches": "brackets",
    "borne": "brackets",
    "dernière tranche": "brackets",
    "taux": "rate",
    "nombre d'enfants": "children",
    "plafond propre": "ceilings",
}


# --- without quotient ----------------------------------------------------------------------------------------


def _without_specs(rule: WithoutQuotient | None) -> tuple[FieldSpec, ...]:
    value = _FIXED if isinstance(rule, Money) else (rule or _BY_DEFAULT).value
    price = typed_money(rule) if isinstance(rule, Money) else ""
    return (
        FieldSpec("without", "&Quand le quotient n'est pas connu", Entry.CHOICE, value, width=34,
                  options=_WITHOUT_QUOTIENT),
        FieldSpec("without_price", "Prix fixé (€)", Entry.MONEY, price, beside=True,
                  only_if=("without", _FIXED)),
    )


def _without(reader: Reader) -> WithoutQuotient:
    chosen = reader.text("without")
    price = reader.optional_money("without_price")
    if chosen != _FIXED:
        return WithoutQuotientRule(chosen)
    if price is None:
        reader.blame("without_price", "Écrivez le prix fixé, par exemple 4,15.")
    return price or ZERO


# --- the same for everybody ----------------------------------------------------------------------------------


def _flat_specs(tariff: Tariff | None) -> tuple[FieldSpec, ...]:
    price = tariff.price if isinstance(tariff, FlatTariff) else None
    return (FieldSpec("price", "Pri&x de l'unité (€)", Entry.MONEY, typed_money(price), required=True),)


def _flat(reader: Reader) -> Tariff:
    return FlatTariff(reader.money("price"))


# --- brackets ------------------------------------------------------------------------------------------------


def _bracket_specs(tariff: Tariff | None) -> tuple[FieldSpec, ...]:
    known = tariff if isinstance(tariff, BracketTariff) else None
    rows: tuple[Mapping[str, str], ...] = ({}, {})
    if known is not None:
        rows = tuple(
            {
                "upper": "" if bracket.upper is None else french_decimal(bracket.upper),
                "included": YES if bracket.included else "",
                "price": typed_money(bracket.price),
            }
            for bracket in known.brackets
        )
    return (
        FieldSpec("brackets", "Tranches de quotient, de la plus basse à la plus haute", Entry.ROWS, rows=rows, least=1,
                  add_words="Ajouter une tranc&he",
                  columns=(
                      FieldSpec("upper", "Jusqu'au quotient", Entry.NUMBER, placeholder="et au-delà", width=12),
                      FieldSpec("included", "inclus", Entry.FLAG, YES, only_if=("upper", "*")),
                      FieldSpec("price", "Prix (€)", Entry.MONEY, required=True),
                  ),
                  hint="Chaque tranche commence où finit la précédente. Laissez vide le quotient de la dernière."),
        *_without_specs(known.without_quotient if known else None),
    )


def _brackets(reader: Reader) -> Tariff:
    count = reader.rows("brackets")
    found = []
    for index in range(count):
        row = reader.row("brackets", index)
        upper = row.optional_decimal("upper")
        if upper is None and index + 1 < count:
            row.blame("upper", "Écrivez jusqu'à quel quotient va cette tranche.")
        included = True if upper is None else row.flag("included")
        found.append(Bracket(upper, row.money("price"), included))
    without = _without(reader)
    if reader.errors:
        return FlatTariff(ZERO)
    return BracketTariff(tuple(found), without)


# --- a share of the quotient ---------------------------------------------------------------------------------


def _effort_specs(tariff: Tariff | None) -> tuple[FieldSpec, ...]:
    known = tariff if isinstance(tariff, LinearEffortTariff) else None
    return (
        FieldSpec("rate", "Tau&x d'effort (% du quotient)", Entry.NUMBER,
                  french_decimal(known.rate_percent) if known else "", required=True, placeholder="0,45", width=12),
        FieldSpec("floor", "Prix m&inimum (€)", Entry.MONEY, typed_money(known.floor if known else None),
                  required=True, beside=True),
        FieldSpec("ceiling", "Prix maximum (€)", Entry.MONEY, typed_money(known.ceiling if known else None),
                  required=True, beside=True),
        *_without_specs(known.without_quotient if known else None),
    )


def _effort(reader: Reader) -> Tariff:
    rate, floor, ceiling = reader.decimal("rate"), reader.money("floor"), reader.money("ceiling")
    without = _without(reader)
    if not reader.errors and floor > ceiling:
        reader.blame("ceiling", "Le prix maximum ne peut pas être plus bas que le prix minimum.")
    return LinearEffortTariff(rate, floor, max(floor, ceiling), without)


# --- the national scale --------------------------------------------------------------------------------------


def _psu_specs(tariff: Tariff | None) -> tuple[FieldSpec, ...]:
    known = tariff if isinstance(tariff, PsuHourlyTariff) else PsuHourlyTariff(CareKind.COLLECTIVE)
    rounding = known.rounding
    ceilings: tuple[Mapping[str, str], ...] = tuple(
        {"monthly": typed_money(own.monthly), "from": typed_day(own.period.start), "to": typed_day(own.period.end)}
        for own in known.ceiling_override
    )
    return (
        FieldSpec("care", "T&ype d'accueil", Entry.CHOICE, known.care_kind.value, width=24,
                  options=options_of(CareKind, lambda kind: kind.label)),
        FieldSpec("mode", "Arrondi des &heures", Entry.CHOICE, rounding.mode.value, width=34,
                  options=options_of(RoundingMode, lambda mode: mode.label)),
        FieldSpec("step", "Pas", Entry.CHOICE, str(rounding.step_minutes), beside=True, width=7,
                  options=tuple((str(step), f"{step} min") for step in (5, 15, 30, 60))),
        FieldSpec("tolerance", "Tolérance (min)", Entry.NUMBER, str(rounding.tolerance_minutes), beside=True, width=6),
        FieldSpec("without", "&Quand les ressources ne sont pas connues", Entry.CHOICE, known.without_income.value,
                  width=34, options=options_of(WithoutIncome, lambda rule: rule.in_french)),
        FieldSpec("children", "Enfants si le foyer est inconnu", Entry.NUMBER, str(known.children_when_unknown),
                  beside=True, width=6),
        FieldSpec("disabled", "Enfant avec AEEH", Entry.CHOICE, known.disabled_child_rule.value, width=40, options=(
            (DisabledChildRule.NEXT_LOWER_RATE.value, "taux immédiatement inférieur (règle de la CAF)"),
            (DisabledChildRule.ONE_MORE_CHILD.value, "compté comme un enfant de plus"),
        )),
        FieldSpec("ceilings", "Plafond propre à l'établissement, s'il en a un", Entry.ROWS, rows=ceilings,
                  add_words="Ajouter un plafon&d propre",
                  columns=(
                      FieldSpec("monthly", "Ressources par mois (€)", Entry.MONEY, required=True),
                      FieldSpec("from", "Du", Entry.DAY, required=True),
                      FieldSpec("to", "au", Entry.DAY, placeholder="sans fin"),
                  ),
                  hint="Plus bas que le plafond national, il faut l'accord de la CAF."),
    )


def _psu(reader: Reader) -> Tariff:
    rounding = HoursRounding(
        reader.integer("step", 5, 60), RoundingMode(reader.text("mode")), reader.integer("tolerance", 0, 60)
    )
    ceilings = []
    for index in range(reader.rows("ceilings")):
        row = reader.row("ceilings", index)
        monthly, start, end = row.money("monthly"), row.day("from"), row.optional_day("to")
        if end is not None and end < start:
            row.blame("to", "Le dernier jour vient avant le premier.")
        else:
            ceilings.append(CeilingOverride(Period(start, end), monthly))
    care, without = CareKind(reader.text("care")), WithoutIncome(reader.text("without"))
    children, disabled = reader.integer("children", 1, 20), DisabledChildRule(reader.text("disabled"))
    if reader.errors:
        ceilings = []
    return PsuHourlyTariff(care, rounding, without, children, disabled, tuple(ceilings))


SHAPE_FORMS: Mapping[str, ShapeForm] = MappingProxyType(
    {
        FlatTariff.shape: ShapeForm("Le même prix pour toutes les familles.", _flat_specs, _flat),
        BracketTariff.shape: ShapeForm("Un prix par tranche de quotient familial.", _bracket_specs, _brackets),
        LinearEffortTariff.shape: ShapeForm(
            "Un pourcentage du quotient familial, entre un prix minimum et un prix maximum.", _effort_specs, _effort
        ),
        PsuHourlyTariff.shape: ShapeForm(
            "Le barème national des crèches : un prix à l'heure selon les ressources et les enfants à charge.",
            _psu_specs, _psu,
        ),
    }
)
SHAPES = tuple((shape, TARIFFS[shape].label) for shape in SHAPE_FORMS)
