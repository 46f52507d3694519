"""Pricing a month's units: streamed, each distinct situation priced once, equal units gathered into one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple, TypeVar

from backoffice.attendance.queries import DayToBill
from backoffice.catalog.queries import Slot
from backoffice.families.queries import HeldIncome, HeldQuotient
from backoffice.kernel.dated import Dated, InForce, NotInForce
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money, euros
from backoffice.kernel.periods import Month
from backoffice.tariffs.queries import SlotTariff
from backoffice.tariffs.rules import (
    PsuFigures,
    PsuHourlyTariff,
    Quotient,
    ReferenceIncome,
    Situation,
    UnitPrice,
    billed_minutes,
    price_line,
    price_minutes,
)

T = TypeVar("T")

_HUNDREDTH = Decimal("0.01")


class LineKey(NamedTuple):
    """What makes two units the same line of an invoice."""

    family_id: int
    child_id: int
    slot_id: int
    month: Month
    tariff_id: int
    price_id: int


@dataclass(slots=True)
class Gathered:
    """Units of one line, gathered as they stream by."""

    rate: Rate
    count: int = 0
    minutes: int = 0
    first_day: date = date.max
    last_day: date = date.min
    attendance_ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rate:
    """A unit price found for one situation, and what it was found from."""

    tariff: SlotTariff
    price: UnitPrice
    basis: str


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line ready to bill. `quantity` has two decimals at most (hours are rounded for display only)."""

    key: LineKey
    rate: Rate
    quantity: Decimal
    amount: Money
    explanation: tuple[str, ...]
    first_day: date
    last_day: date
    attendance_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the units of a family in a slot could not be priced, from which day."""

    family_id: int
    slot_id: int
    error: UserError


@dataclass(frozen=True, slots=True)
class Difference:
    """A unit priced otherwise than its source announced."""

    unit: DayToBill
    computed: Money


class Pricer:
    """Prices units one after the other; remembers each situation it met."""

    def __init__(
        self,
        slots: Mapping[int, Slot],
        tariffs: Mapping[int, Dated[SlotTariff]],
        quotients: Mapping[int, Dated[HeldQuotient]],
        incomes: Mapping[int, Dated[HeldIncome]],
        figures: PsuFigures,
    ) -> None:
        self._slots = slots
        self._tariffs = tariffs
        self._quotients = quotients
        self._incomes = incomes
        self._figures = figures
        self._rates: dict[tuple[object, ...], Rate | UserError] = {}
        self._distinct: dict[tuple[int, UnitPrice, str], Rate] = {}
        self._lookups: dict[tuple[int, int, date], Rate | UserError] = {}
        self._lines: dict[LineKey, Gathered] = {}
        self._refusals: dict[tuple[int, int, str], Refusal] = {}
        self.differences: list[Difference] = []

    def take(self, unit: DayToBill) -> None:
        """Price one unit and gather it with its like; a unit that cannot be priced becomes a refusal."""
        lookup = (unit.family_id, unit.slot_id, unit.day)
        rate = self._lookups.get(lookup)
        if rate is None:
            rate = self._lookups[lookup] = self._rate_on(*lookup)
        if isinstance(rate, UserError):
            self._refuse(unit, rate)
            return
        minutes = 0
        if isinstance(rate.tariff.tariff, PsuHourlyTariff):
            try:
                minutes = self._minutes(unit, rate.tariff.tariff)
            except UserError as error:
                self._refuse(unit, error)
                return
        price = rate.price.price
        if unit.announced_price is not None and unit.announced_price != price * unit.quantity:
            self.differences.append(Difference(unit, price * unit.quantity))
        key = LineKey(unit.family_id, unit.child_id, unit.slot_id, Month.of(unit.day), rate.tariff.id, id(rate))
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Gathered(rate)
        line.count += unit.quantity
        line.minutes += minutes
        line.first_day = min(line.first_day, unit.day)
        line.last_day = max(line.last_day, unit.day)
        line.attendance_ids.append(unit.id)

    def lines(self) -> Iterable[PricedLine]:
        """The gathered lines, in the order their first unit came."""
        for key, gathered in self._lines.items():
            yield self._priced(key, gathered)

    @property
    def refusals(self) -> Iterable[Refusal]:
        return self._refusals.values()

    def _refuse(self, unit: DayToBill, error: UserError) -> None:
        self._refusals.setdefault(
            (unit.family_id, unit.slot_id, error.code), Refusal(unit.family_id, unit.slot_id, error)
        )

    def _rate_on(self, family_id: int, slot_id: int, day: date) -> Rate | UserError:
        try:
            tariff = self._tariffs[slot_id].at(day)
        except NotInForce as error:
            return error
        quotient = _held(self._quotients.get(family_id), day) if tariff.tariff.needs_quotient else None
        income = _held(self._incomes.get(family_id), day) if tariff.tariff.needs_income else None
        # A national figure may change inside the month: hourly tariffs are remembered by day.
        moment = day if tariff.tariff.needs_income else None
        situation_key = (tariff.id, quotient, income, moment)
        rate = self._rates.get(situation_key)
        if rate is None:
            rate = self._rates[situation_key] = self._find_rate(tariff, quotient, income, day)
        return rate

    def _find_rate(
        self, tariff: SlotTariff, quotient: HeldQuotient | None, income: HeldIncome | None, day: date
    ) -> Rate | UserError:
        situation = Situation(
            day=day,
            quotient=Quotient(quotient.value) if quotient else None,
            income=(
                ReferenceIncome(income.annual, income.dependent_children, income.disabled_children)
                if income
                else None
            ),
            figures=self._figures,
        )
        try:
            price = tariff.tariff.unit_price(situation)
        except UserError as error:
            return error
        # Two days with the same price for the same reasons belong to the same line.
        rate = Rate(tariff, price, _basis(quotient, income))
        return self._distinct.setdefault((tariff.id, price, rate.basis), rate)

    def _minutes(self, unit: DayToBill, tariff: PsuHourlyTariff) -> int:
        slot = self._slots[unit.slot_id]
        booked = _times(unit.booked_start, unit.booked_end)
        times = (
            _times(unit.arrived_minute, unit.left_minute) or booked or _times(slot.start_minute, slot.end_minute)
        )
        if times is None:
            raise UserError("attendance.no_times", day=unit.day)
        return billed_minutes(*times, tariff.rounding, booked) * unit.quantity

    def _priced(self, key: LineKey, gathered: Gathered) -> PricedLine:
        rate = gathered.rate
        if isinstance(rate.tariff.tariff, PsuHourlyTariff):
            priced = price_minutes(rate.price, gathered.minutes)
        else:
            priced = price_line(rate.price, Decimal(gathered.count))
        return PricedLine(
            key=key,
            rate=rate,
            quantity=priced.quantity.quantize(_HUNDREDTH, ROUND_HALF_UP),
            amount=priced.amount,
            explanation=(rate.tariff.origin, *priced.steps),
            first_day=gathered.first_day,
            last_day=gathered.last_day,
            attendance_ids=tuple(gathered.attendance_ids),
        )


def dated_quotients(held: Mapping[int, Iterable[HeldQuotient]]) -> dict[int, Dated[HeldQuotient]]:
    """By family. Raises UserError `dated.overlap` when a family has two quotients on the same day."""
    return {family: Dated("quotient", (InForce(q.period, q) for q in values)) for family, values in held.items()}


def dated_incomes(held: Mapping[int, Iterable[HeldIncome]]) -> dict[int, Dated[HeldIncome]]:
    """By family. Raises UserError `dated.overlap` when a family has two incomes on the same day."""
    return {family: Dated("ressources", (InForce(i.period, i) for i in values)) for family, values in held.items()}


def _held(dated: Dated[T] | None, day: date) -> T | None:
    """What the family holds that day. Nothing is a fact here: the tariff's own rule says what it means."""
    if dated is None:
        return None
    try:
        return dated.at(day)
    except NotInForce:
        return None


def _times(start: int | None, end: int | None) -> tuple[int, int] | None:
    return (start, end) if start is not None and end is not None else None


def _basis(quotient: HeldQuotient | None, income: HeldIncome | None) -> str:
    """What an invoice prints of the family's situation."""
    if quotient is not None:
        source = f" ({quotient.source})" if quotient.source else ""
        return f"Quotient familial retenu : {Quotient(quotient.value)}{source}"
    if income is not None:
        children = "enfant" if income.dependent_children == 1 else "enfants"
        return (
            f"Ressources annuelles retenues : {euros(income.annual)}, "
            f"{income.dependent_children} {children} à charge"
        )
    return ""
