"""The rules of a month's billing: pure, without clock or database."""

from __future__ import annotations

from enum import StrEnum

from backoffice.kernel.errors import UserError
from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month

LAST_SEQUENCE = 99_999


class Outcome(StrEnum):
    """What a run does with one family's month in one service."""

    INVOICED = "invoiced"
    CARRIED = "carried"    # under the threshold: kept for the next invoice
    BLOCKED = "blocked"    # an anomaly must be settled first; nothing of it is billed

    @property
    def label(self) -> str:
        return {"invoiced": "Facturé", "carried": "Reporté", "blocked": "À régler"}[self.value]


def outcome(total: Money, threshold: Money) -> Outcome:
    """Invoice from the threshold on (15.00 itself is invoiced: « lorsqu'elles atteignent », CGCT D1611-1)."""
    return Outcome.INVOICED if total >= threshold else Outcome.CARRIED


def series_name(prefix: str, issued: Month, *, credit_note: bool = False) -> str:
    """The series a number belongs to: « CANT-F2511 », or « CANT-A2511 » for credit notes (avoirs).

    One series for each prefix and month of issue: a counter that restarts each month.
    """
    return f"{prefix}-{'A' if credit_note else 'F'}{issued.short}"


def printed_number(series: str, sequence: int) -> str:
    """« CANT-F251100001 ». Raises UserError `billing.series_full` past 99,999."""
    if sequence > LAST_SEQUENCE:
        raise UserError("billing.series_full", series=series)
    return f"{series}{sequence:05d}"


def debt_number(accounting_number: int, issued: Month, sequence: int) -> int:
    """The numeric reference the Treasury needs (at most 15 digits, > 0; PES V2 `NumDette`), « 251100300001 ».

    AAMM of issue, three digits of the service, five of the sequence: one for each printed number, for ever.
    """
    return int(f"{issued.short}{accounting_number:03d}{sequence:05d}")
