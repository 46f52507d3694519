"""What an import brought in and what it left out: shown, kept in the database, written as JSON on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backoffice.kernel.money import ZERO, Money, plain_amount


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of the source that did not come in, how many, and why, in French."""

    what: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Counts and totals, to compare with the source."""

    families: int
    people: int
    attendance_units: int
    attendance_by_state: Mapping[str, int]
    priced_lines: int
    priced_total: Money
    priced_by_activity: Mapping[str, Money]
    priced_by_month: Mapping[str, Money]
    historic_invoices: int = 0
    historic_invoices_total: Money = ZERO
    payments_total: Money = ZERO
    left_out: Sequence[LeftOut] = field(default_factory=tuple)
    price_differences: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    def to_data(self) -> dict[str, Any]:
        """JSON-able, amounts as strings with two decimals."""
        return {
            "families": self.families,
            "people": self.people,
            "attendance_units": self.attendance_units,
            "attendance_by_state": dict(sorted(self.attendance_by_state.items())),
            "priced_lines": self.priced_lines,
            "priced_total": plain_amount(self.priced_total),
            "priced_by_activity": {k: plain_amount(v) for k, v in sorted(self.priced_by_activity.items())},
            "priced_by_month": {k: plain_amount(v) for k, v in sorted(self.priced_by_month.items())},
            "historic_invoices": self.historic_invoices,
            "historic_invoices_total": plain_amount(self.historic_invoices_total),
            "payments_total": plain_amount(self.payments_total),
            "price_differences": list(self.price_differences),
            "left_out": [{"what": item.what, "count": item.count, "why": item.why} for item in self.left_out],
        }


def add_to(totals: dict[str, Money], key: str, amount: Money) -> None:
    """Add an amount to a total by key."""
    totals[key] = totals.get(key, ZERO) + amount
