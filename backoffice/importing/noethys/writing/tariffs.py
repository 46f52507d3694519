"""The tariffs of Noethys that our model holds without loss: one price list for one slot and one period.

Noethys prices combinations of units, by category and by group; a slot of ours has one tariff on a day. Nothing is
guessed: what does not fit is left out with its reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations, pairwise

from backoffice.importing.noethys.source import NoethysSource, Tariff, TariffShape, Unit
from backoffice.importing.noethys.writing.leftovers import Leftovers
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Period
from backoffice.tariffs.rules import Bracket, BracketTariff, FlatTariff
from backoffice.tariffs.rules import Tariff as OurTariff

_BILLED = frozenset({"reservation", "present", "absenti"})  # what BillingBasis.BOOKED bills
_ONCE_A_DAY = frozenset({"", "Unitaire", "Horaire", "Quantite"})
_ONE_EURO = 100


@dataclass(frozen=True, slots=True)
class KeptTariff:
    """A tariff of ours for the slot of one unit of the source."""

    unit_id: int
    tariff: OurTariff
    period: Period
    origin: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What a tariff of the source would give one unit; `ids` when several say the same for other categories."""

    ids: frozenset[int]
    tariff: OurTariff
    period: Period
    categories: frozenset[int]
    name: str


class _Misfit(Exception):
    """This tariff does not fit; `why` in French."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def kept_tariffs(source: NoethysSource, since: date, left: Leftovers) -> list[KeptTariff]:
    """Tariffs by unit. `since`: first day of those without one."""
    misfits: dict[int, str] = {}
    candidates: dict[int, list[_Candidate]] = defaultdict(list)
    catalog = _Catalog(source)
    for tariff in source.tariffs:
        try:
            ours, period, categories = catalog.fit(tariff, since)
        except _Misfit as misfit:
            misfits[tariff.id] = misfit.why
            continue
        for unit_id in {unit for units in tariff.unit_sets for unit in units}:
            candidates[unit_id].append(_Candidate(frozenset({tariff.id}), ours, period, categories, tariff.name))
    kept: list[KeptTariff] = []
    for unit_id, found in sorted(candidates.items()):
        merged = _merged(found)
        if why := catalog.conflict(unit_id, merged):
            misfits.update((tariff_id, why) for candidate in merged for tariff_id in sorted(candidate.ids))
            continue
        kept.extend(KeptTariff(unit_id, c.tariff, c.period, f"reprise de Noethys : {c.name}"[:160]) for c in merged)
    for tariff in source.tariffs:
        if tariff.id in misfits:
            left.add(catalog.described(tariff), f"{misfits[tariff.id]} ; à recréer à la main avant de facturer")
    return kept


class _Catalog:
    """What a tariff has to be compared with."""

    def __init__(self, source: NoethysSource) -> None:
        self._units: dict[int, Unit] = {unit.id: unit for unit in source.units}
        self._activities = {activity.id: activity.name for activity in source.activities}
        self._names = {category.id: category.name for category in source.tariff_categories}
        self._otherwise_priced = source.unit_ids_otherwise_priced
        self._categories: dict[int, set[int]] = defaultdict(set)
        self._groups: dict[int, set[int]] = defaultdict(set)
        for category in source.tariff_categories:
            for activity_id in self._activities if category.activity_id is None else (category.activity_id,):
                self._categories[activity_id].add(category.id)
        for group in source.groups:
            self._groups[group.activity_id].add(group.id)
        self._combined = {
            unit for tariff in source.tariffs for units in tariff.unit_sets if len(units) > 1 for unit in units
        }

    def fit(self, tariff: Tariff, since: date) -> tuple[OurTariff, Period, frozenset[int]]:
        """Our tariff, its period and the categories it is for. Raises _Misfit."""
        if tariff.package:
            raise _Misfit("forfait : un seul prix pour plusieurs jours")
        if not tariff.unit_sets:
            raise _Misfit("aucune unité ne le déclenche")
        if any(len(units) > 1 for units in tariff.unit_sets):
            raise _Misfit("prix d'une combinaison de créneaux du même jour")
        if tariff.group_ids and not set(tariff.group_ids) >= self._groups[tariff.activity_id]:
            raise _Misfit("prix propre à un groupe d'enfants")
        if frozenset(tariff.billed_states) != _BILLED:
            raise _Misfit("ne facture pas les mêmes états que le logiciel (réservation, présence, absence injustifiée)")
        start = tariff.first_day or since
        if tariff.last_day is not None and tariff.last_day < start:
            raise _Misfit("sa période finit avant de commencer")
        categories = frozenset(tariff.category_ids) or frozenset(self._categories[tariff.activity_id])
        try:
            return _ours(tariff), Period(start, tariff.last_day), categories
        except UserError as exc:
            raise _Misfit("montants que le logiciel n'accepte pas") from exc

    def conflict(self, unit_id: int, candidates: Sequence[_Candidate]) -> str:
        """Why these tariffs cannot all be those of the slot, in French; "" when they can."""
        unit = self._units[unit_id]
        slot = f"le créneau « {unit.name} »"
        if unit_id in self._combined:
            return f"{slot} a un prix qui dépend des autres créneaux du même jour"
        if unit_id in self._otherwise_priced:
            return f"{slot} a aussi un tarif qui n'est pas repris"
        if unit.kind not in _ONCE_A_DAY:
            return f"{slot} se réserve plusieurs fois par jour"
        if any(not candidate.categories >= self._categories[unit.activity_id] for candidate in candidates) or any(
            one.period.overlaps(other.period) for one, other in combinations(candidates, 2)
        ):
            return f"{slot} a plusieurs prix les mêmes jours (catégories de tarif)"
        return ""

    def described(self, tariff: Tariff) -> str:
        """« tarif « Demi-journée » de « Centre de loisirs » (Commune), 5,00 € / 6,00 € / 7,00 € »."""
        categories = ", ".join(self._names[c] for c in tariff.category_ids if c in self._names)
        prices = " / ".join(str(Money(bracket.amount_cents)) for bracket in tariff.brackets)
        activity = self._activities.get(tariff.activity_id, "")
        return f"tarif « {tariff.name} » de « {activity} »{f' ({categories})' if categories else ''}, {prices}"


def _merged(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """The same price over the same days for several categories is one tariff."""
    found: dict[tuple[OurTariff, Period], _Candidate] = {}
    for candidate in candidates:
        key = (candidate.tariff, candidate.period)
        same = found.get(key)
        found[key] = candidate if same is None else _Candidate(
            same.ids | candidate.ids, same.tariff, same.period, same.categories | candidate.categories, same.name
        )
    return list(found.values())


def _ours(tariff: Tariff) -> OurTariff:
    """Raises _Misfit, UserError `tariff.bad_parameters`."""
    if tariff.shape is TariffShape.FLAT:
        return FlatTariff(Money(tariff.brackets[0].amount_cents))
    bounds = [(b.quotient_min_cents, b.quotient_max_cents, Money(b.amount_cents)) for b in tariff.brackets]
    if bounds[0][0] != 0:
        raise _Misfit("la première tranche de quotient ne commence pas à 0")
    brackets = []
    for (_, upper, price), (lower, _, _) in pairwise(bounds):
        # « 0 à 399 puis 400 à 599 »: 399,50 belongs to the first bracket.
        if upper is None or lower is None or not 0 < lower - upper <= _ONE_EURO:
            raise _Misfit("les tranches de quotient ne se suivent pas")
        brackets.append(Bracket(_quotient(lower), price, included=False))
    _, last, price = bounds[-1]
    return BracketTariff((*brackets, Bracket(None if last is None else _quotient(last), price)))


def _quotient(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
