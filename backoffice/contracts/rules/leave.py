"""The days of leave of a contract: how many it has, how many are taken, what is left or beyond."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from backoffice.bookings.rules.words import plural


@dataclass(frozen=True, slots=True)
class LeaveAccount:
    """`allowed` days in the contract, `taken` of them used by days when the child was expected."""

    allowed: int
    taken: int

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.taken)

    @property
    def beyond(self) -> int:
        """Days taken above the allowance: they are billed."""
        return max(0, self.taken - self.allowed)

    @property
    def in_french(self) -> str:
        if self.beyond:
            allowed = f"en prévoit {self.allowed}" if self.allowed else "n'en prévoit aucun"
            return f"{plural(self.beyond, 'jour')} de congé au-delà du contrat, qui {allowed}"
        return f"{plural(self.left, 'jour')} de congé {'restant' if self.left < 2 else 'restants'} sur {self.allowed}"


def leave_account(allowed: int, leave: Collection[date], expected: Collection[date]) -> LeaveAccount:
    """Only days when the child was expected use the allowance."""
    return LeaveAccount(allowed, len(set(leave) & set(expected)))


def weeks_of(days: int, days_a_week: int) -> Fraction:
    """« 11 jours sur 5 jours par semaine : 2,2 semaines »."""
    return Fraction(days, days_a_week)
