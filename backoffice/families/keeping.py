"""What must stay because something hangs on it: higher wings say so here, this wing never asks upward.

A check raises UserError with the reason; it is registered when its module is imported (see `bootstrap`).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

from backoffice.kernel.database import Session
from backoffice.kernel.periods import Period


class KeptValue(StrEnum):
    """A value of a family that prices are computed from."""

    QUOTIENT = "quotient"
    INCOME = "income"


MemberCheck: TypeAlias = Callable[[Session, int, int], None]
ValueCheck: TypeAlias = Callable[[Session, KeptValue, int, Period], None]
PayersCheck: TypeAlias = Callable[[Session, int, Period], None]

_members: list[MemberCheck] = []
_values: list[ValueCheck] = []
_payers: list[PayersCheck] = []


def keeps_member(check: MemberCheck) -> MemberCheck:
    """Register what refuses that a person (second id) leaves a family (first id), or stops being its child."""
    _members.append(check)
    return check


def keeps_value(check: ValueCheck) -> ValueCheck:
    """Register what refuses that a family's value of these days is removed."""
    _values.append(check)
    return check


def keeps_payers(check: PayersCheck) -> PayersCheck:
    """Register what refuses that a family's payers of these days are removed."""
    _payers.append(check)
    return check


def refuse_kept_member(session: Session, family_id: int, person_id: int) -> None:
    """Raises the UserError of the first wing that needs this person in this family."""
    for check in _members:
        check(session, family_id, person_id)


def refuse_kept_value(session: Session, kind: KeptValue, family_id: int, period: Period) -> None:
    """Raises the UserError of the first wing that used this value."""
    for check in _values:
        check(session, kind, family_id, period)


def refuse_kept_payers(session: Session, family_id: int, period: Period) -> None:
    """Raises the UserError of the first wing that named these payers."""
    for check in _payers:
        check(session, family_id, period)
