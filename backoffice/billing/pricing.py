"""Pricing a month's units: streamed, each distinct situation priced once, equal units gathered into one line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple, TypeVar

from backoffice.attendance.queries import DayToBill
from backoffice.catalog.queries import Slot
from backoffice.families.queries import HeldIncome, HeldQuotient
from backoffice.kernel.dated import Dated, InForce, NotInForce, Stretch
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import NO_BREAK_SPACE, Money, euros
from backoffice.kernel.periods import Month
from backoffice.tariffs.queries import SlotTariff
from backoffice.tariffs.rules import (
    PsuFigures,
    PsuHourlyTariff,
    Quotient,
    ReferenceIncome,
    Situation,
    UnitPrice,
    price_line,
    price_minutes,
    unit_minutes,
)

H = TypeVar("H", HeldQuotient, HeldIncome)

_HUNDREDTH = Decimal("0.01")


class LineKey(NamedTuple):
    """Whose line it is, besides its price: two units of the same key and rate are one line of an invoice."""

    family_id: int
    child_id: int
    slot_id: int
    month: Month


@dataclass(frozen=True, slots=True, eq=False)
class Rate:
    """A unit price found for one situation, and what it was found from. Equal rates are one object."""

    tariff: SlotTariff
    price: UnitPrice
    basis: str
    by_hour: bool


@dataclass(slots=True)
class Gathered:
    """Units of one line, gathered as they stream by."""

    key: LineKey
    rate: Rate
    count: int = 0
    minutes: int = 0
    first_day: date = date.max
    last_day: date = date.min
    attendance_ids: list[int] = field(default_factory=list)


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
    """Why units of a family in a slot could not be priced, and the first day it happened."""

    family_id: int
    slot_id: int
    day: date
    error: UserError


@dataclass(frozen=True, slots=True)
class Difference:
    """A unit priced otherwise than its source announced."""

    unit: DayToBill
    computed: Money


@dataclass(frozen=True, slots=True)
class _Segment:
    """Days of one month on which a family pays the same for a slot, or cannot be priced; lines are by child."""

    first: date
    last: date
    month: Month
    rate: Rate | UserError
    lines: dict[int, Gathered]


class Pricer:
    """Prices units one after the other; remembers each situation it met."""

    def __init__(
        self,
        slots: Mapping[int, Slot],
        tariffs: Mapping[int, Dated[SlotTariff]],
        quotients: Mapping[int, Dated[HeldQuotient] | UserError],
        incomes: Mapping[int, Dated[HeldIncome] | UserError],
        figures: PsuFigures,
    ) -> None:
        self._slots = slots
        self._tariffs = tariffs
        self._quotients = quotients
        self._incomes = incomes
        self._figures = figures
        self._segments: dict[tuple[int, int], list[_Segment]] = {}
        self._lines: dict[tuple[int, int, Month, Rate], dict[int, Gathered]] = {}
        self._distinct: dict[tuple[int, UnitPrice, str], Rate] = {}
        self._refusals: dict[tuple[int, int, str], Refusal] = {}
        self.differences: list[Difference] = []

    def take(self, unit: DayToBill) -> None:
        """Price one unit and gather it with its like; a unit that cannot be priced becomes a refusal."""
        segment = self._segment(unit.family_id, unit.slot_id, unit.day)
        rate = segment.rate
        if isinstance(rate, UserError):
            self._refuse(unit, rate)
            return
        minutes = 0
        if rate.by_hour:
            try:
                minutes = self._minutes(unit, rate)
            except UserError as error:
                self._refuse(unit, error)
                return
        line = segment.lines.get(unit.child_id)
        if line is None:
            key = LineKey(unit.family_id, unit.child_id, unit.slot_id, segment.month)
            line = segment.lines[unit.child_id] = Gathered(key, rate)
        line.count += unit.quantity
        line.minutes += minutes
        if unit.day < line.first_day:
            line.first_day = unit.day
        if unit.day > line.last_day:
            line.last_day = unit.day
        line.attendance_ids.append(unit.id)
        self._compare(unit, rate)

    def lines(self) -> Iterable[PricedLine]:
        """The gathered lines."""
        for by_child in self._lines.values():
            for gathered in by_child.values():
                yield self._priced(gathered)

    def _compare(self, unit: DayToBill, rate: Rate) -> None:
        if unit.announced_cents is not None and not rate.by_hour:
            computed = rate.price.price * unit.quantity
            if computed.cents != unit.announced_cents:
                self.differences.append(Difference(unit, computed))

    def _segment(self, family_id: int, slot_id: int, day: date) -> _Segment:
        known = self._segments.setdefault((family_id, slot_id), [])
        for segment in known:
            if segment.first <= day <= segment.last:
                return segment
        segment = self._new_segment(family_id, slot_id, day)
        known.append(segment)
        return segment

    def _new_segment(self, family_id: int, slot_id: int, day: date) -> _Segment:
        """The price around a day, for as long as tariff, family situation, national figures and month last."""
        month = Month.of(day)
        stretches: list[Stretch[Any]] = [Stretch(month.first_day, month.last_day, None)]
        tariff_stretch = self._tariffs[slot_id].around(day)
        stretches.append(tariff_stretch)
        rate: Rate | UserError
        if tariff_stretch.entry is None:
            rate = NotInForce("dated.not_in_force", what=self._tariffs[slot_id].what, day=day)
        else:
            tariff = tariff_stretch.entry.value
            rate = self._rate_of_family(tariff, family_id, day, stretches)
        lines = {} if isinstance(rate, UserError) else self._lines.setdefault((family_id, slot_id, month, rate), {})
        first, last = max(s.first for s in stretches), min(s.last for s in stretches)
        return _Segment(first, last, month, rate, lines)

    def _rate_of_family(
        self, tariff: SlotTariff, family_id: int, day: date, stretches: list[Stretch[Any]]
    ) -> Rate | UserError:
        """The rate of a family's situation around a day; adds the stretches on which this situation holds."""
        quotients = self._quotients.get(family_id) if tariff.tariff.needs_quotient else None
        incomes = self._incomes.get(family_id) if tariff.tariff.needs_income else None
        for known in (quotients, incomes):
            if isinstance(known, UserError):
                return known
        quotient: HeldQuotient | None = None
        income: HeldIncome | None = None
        if isinstance(quotients, Dated):
            held = quotients.around(day)
            stretches.append(held)
            quotient = held.entry.value if held.entry else None
        if isinstance(incomes, Dated):
            earned = incomes.around(day)
            stretches.append(earned)
            income = earned.entry.value if earned.entry else None
        stretches.append(_between(tariff.tariff.change_days(self._figures), day))
        return self._rate(tariff, quotient, income, day)

    @property
    def refusals(self) -> Iterable[Refusal]:
        return self._refusals.values()

    def _refuse(self, unit: DayToBill, error: UserError) -> None:
        key = (unit.family_id, unit.slot_id, error.code)
        known = self._refusals.get(key)
        if known is None or unit.day < known.day:
            self._refusals[key] = Refusal(unit.family_id, unit.slot_id, unit.day, error)

    def _rate(
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
        rate = Rate(tariff, price, _basis(quotient, income), isinstance(tariff.tariff, PsuHourlyTariff))
        return self._distinct.setdefault((tariff.id, price, rate.basis), rate)

    def _minutes(self, unit: DayToBill, rate: Rate) -> int:
        tariff = rate.tariff.tariff
        if not isinstance(tariff, PsuHourlyTariff):
            raise TypeError("only hourly tariffs count minutes")
        clocked, booked = (unit.arrived_minute, unit.left_minute), (unit.booked_start, unit.booked_end)
        minutes = unit_minutes(clocked, booked, tariff.rounding)
        if minutes is None:
            raise UserError("attendance.no_times", day=unit.day)
        return minutes * unit.quantity

    @staticmethod
    def _priced(gathered: Gathered) -> PricedLine:
        rate = gathered.rate
        if rate.by_hour:
            priced = price_minutes(rate.price, gathered.minutes)
        else:
            priced = price_line(rate.price, Decimal(gathered.count))
        return PricedLine(
            key=gathered.key,
            rate=rate,
            quantity=priced.quantity.quantize(_HUNDREDTH, ROUND_HALF_UP),
            amount=priced.amount,
            explanation=(rate.tariff.origin, *priced.steps),
            first_day=gathered.first_day,
            last_day=gathered.last_day,
            attendance_ids=tuple(gathered.attendance_ids),
        )


def by_day(what: str, held: Mapping[int, Iterable[H]]) -> dict[int, Dated[H] | UserError]:
    """What each family holds, by day; the error `dated.overlap` for a family that holds two on the same day."""
    found: dict[int, Dated[H] | UserError] = {}
    for family, values in held.items():
        try:
            found[family] = Dated(what, (InForce(value.period, value) for value in values))
        except UserError as error:
            found[family] = error
    return found


def _between(changes: Collection[date], day: date) -> Stretch[None]:
    """The days around `day` between two changes."""
    before = [change for change in changes if change <= day]
    after = [change for change in changes if change > day]
    return Stretch(max(before, default=date.min), min(after) - timedelta(days=1) if after else date.max, None)


def _basis(quotient: HeldQuotient | None, income: HeldIncome | None) -> str:
    """What an invoice prints of the family's situation."""
    if quotient is not None:
        source = f" ({quotient.source})" if quotient.source else ""
        return f"Quotient familial retenu : {Quotient(quotient.value)}{source}"
    if income is not None:
        children = "enfant" if income.dependent_children == 1 else "enfants"
        return (
            f"Ressources annuelles retenues : {euros(income.annual)}, "
            f"{income.dependent_children}{NO_BREAK_SPACE}{children} à charge"
        )
    return ""
