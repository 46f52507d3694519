"""« Mensualisation » : the hours of a contract spread over its billed months (domain.md 1.5).

The published example: 230 days of 9 hours are 2,070 hours; over 12 months, 172.5 hours at 2.42 € are 417.45 €
(Vincennes). Another program divides whole hours and puts what is left on the last month: both ways are here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from backoffice.bookings.rules.data import RuleData
from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month
from backoffice.tariffs.rules.values import half_up

_RULE = "Mensualisation"


class Spread(StrEnum):
    """How the hours are divided."""

    EQUAL = "equal"                    # the same exact hours each month
    WHOLE_HOURS = "whole_hours"        # whole hours each month, what is left on the last one
    HOURS_ROUNDED_UP = "hours_up"      # the exact hours of a month, rounded up to the hour

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Spread.EQUAL: "heures égales chaque mois",
    Spread.WHOLE_HOURS: "heures entières, le reste le dernier mois",
    Spread.HOURS_ROUNDED_UP: "heures du mois arrondies à l'heure supérieure",
}


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How a contract is billed by the month. `excluded`: months of the year without a bill (8 for August).
    `whole_euros`: the amount is rounded to the euro."""

    spread: Spread = Spread.EQUAL
    excluded: frozenset[int] = frozenset()
    whole_euros: bool = False

    def billed_months(self, first: Month, last: Month) -> tuple[Month, ...]:
        """The months that carry a bill. Raises UserError `contract.no_month`."""
        months = []
        month = first
        while (month.year, month.month) <= (last.year, last.month):
            if month.month not in self.excluded:
                months.append(month)
            month = month.plus(1)
        if not months:
            raise UserError("contract.no_month")
        return tuple(months)

    def minutes_by_month(self, minutes: Fraction, months: Sequence[Month]) -> dict[Month, Fraction]:
        """What each month is billed, in minutes."""
        count = len(months)
        if self.spread is Spread.EQUAL:
            return dict.fromkeys(months, minutes / count)
        if self.spread is Spread.HOURS_ROUNDED_UP:
            hours = -(-minutes // (60 * count))
            return dict.fromkeys(months, Fraction(hours * 60))
        each = minutes // (60 * count) * 60
        found = dict.fromkeys(months, Fraction(each))
        found[months[-1]] = minutes - each * (count - 1)
        return found

    def amount(self, minutes: Fraction, hourly: Money) -> Money:
        """The amount of a month, rounded half-up once."""
        cents = minutes * hourly.cents / 60
        return Money(half_up(cents / 100) * 100) if self.whole_euros else Money(half_up(cents))

    def to_data(self) -> dict[str, object]:
        return {"spread": self.spread.value, "excluded": sorted(self.excluded), "whole_euros": self.whole_euros}

    @classmethod
    def from_data(cls, data: object) -> Smoothing:
        """Read what `to_data` wrote. Raises UserError `rule.bad_value`, `rule.unknown_field`."""
        fields = RuleData(_RULE, data)
        excluded = fields.items("excluded", "les mois sans facture") if fields.has("excluded") else ()
        fields.raw("excluded")
        if not all(isinstance(month, int) and 1 <= month <= 12 for month in excluded):
            raise fields.wrong("les mois sans facture")
        found = cls(
            fields.choice("spread", "la répartition", Spread, Spread.EQUAL),
            frozenset(month for month in excluded if isinstance(month, int)),
            fields.flag("whole_euros", "l'arrondi à l'euro", default=False),
        )
        fields.done()
        return found


@dataclass(frozen=True, slots=True)
class MonthBill:
    """One month of a contract: its minutes, the hourly price in force on its first billed day, the amount."""

    month: Month
    minutes: Fraction
    hourly: Money
    amount: Money


def bills(
    smoothing: Smoothing, minutes: Fraction, first: Month, last: Month, hourly_in: Callable[[Month], Money]
) -> tuple[MonthBill, ...]:
    """The bills of a contract. A new hourly price in the middle changes the amounts, never the hours.

    Raises UserError `contract.no_month`.
    """
    months = smoothing.billed_months(first, last)
    shares: Mapping[Month, Fraction] = smoothing.minutes_by_month(minutes, months)
    return tuple(
        MonthBill(month, shares[month], hourly_in(month), smoothing.amount(shares[month], hourly_in(month)))
        for month in months
    )
