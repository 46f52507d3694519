"""How the values of a Noethys file are read: amounts kept as floats, days and times kept as text."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from backoffice.kernel.money import Money

Cell = str | int | float | bytes | None

_TIME = re.compile(r"(\d{1,2})\s*[:hH]\s*(\d{2})(?::\d{2}(?:\.\d+)?)?", re.ASCII)
_FRENCH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_NOT_DIGITS = re.compile(r"\D", re.ASCII)

# Below this many cents, a difference is only how a float is stored.
FLOAT_NOISE = Decimal("0.0001")


class UnreadableError(ValueError):
    """The cell says something, and it cannot be understood."""


@lru_cache(maxsize=65536)
def _day(text: str) -> date:
    french = _FRENCH_DAY.fullmatch(text)
    try:
        if french:
            return date(int(french[3]), int(french[2]), int(french[1]))
        return date.fromisoformat(text[:10])
    except ValueError as exc:
        raise UnreadableError("day") from exc


def day(cell: Cell) -> date | None:
    """« 2011-03-17 », « 2011-03-17 10:00:00 » or « 17/03/2011 »; None when empty. Raises UnreadableError."""
    text = words(cell)
    return _day(text) if text else None


@lru_cache(maxsize=4096)
def _minutes(text: str) -> int:
    match = _TIME.fullmatch(text)
    if not match or int(match[2]) > 59:
        raise UnreadableError("time")
    return int(match[1]) * 60 + int(match[2])


def duration(cell: Cell) -> int | None:
    """« 02:30 » → 150 minutes, without upper bound; None when empty. Raises UnreadableError."""
    text = words(cell)
    return _minutes(text) if text else None


def time_of_day(cell: Cell) -> int | None:
    """« 08:30 » → 510 minutes since midnight, up to « 24:00 »; None when empty. Raises UnreadableError."""
    found = duration(cell)
    if found is not None and found > 24 * 60:
        raise UnreadableError("time")
    return found


def cents(cell: Cell) -> int | None:
    """12.5 → 1250, halves going up, through the shortest decimal writing of the float. Raises UnreadableError."""
    euros = number(cell)
    return None if euros is None else Money.rounded(euros).cents


def number(cell: Cell) -> Decimal | None:
    """An exact decimal; None when empty. Raises UnreadableError for a text, an infinity or « not a number »."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bytes):
        raise UnreadableError("number")
    try:
        found = Decimal(str(cell).strip().replace(",", "."))
    except InvalidOperation as exc:
        raise UnreadableError("number") from exc
    if not found.is_finite() or abs(found) >= 10**12:
        raise UnreadableError("number")
    return found


def whole(cell: Cell) -> int | None:
    """An integer, an id; None when empty. Raises UnreadableError."""
    if isinstance(cell, int):
        return cell
    found = number(cell)
    if found is None:
        return None
    if found != found.to_integral_value():
        raise UnreadableError("whole")
    return int(found)


def words(cell: Cell) -> str:
    """A text without the spaces around it; "" when there is none (or a picture)."""
    if cell is None or isinstance(cell, bytes):
        return ""
    return cell.strip() if isinstance(cell, str) else str(cell)


def phone(cell: Cell) -> str:
    """« 02.98.12.34.56. » → « 02 98 12 34 56 »; "" for an entry mask left empty; other numbers as they are."""
    text = words(cell)
    digits = _NOT_DIGITS.sub("", text)
    if not digits:
        return ""
    if len(digits) == 10 and digits[0] == "0":
        return " ".join(digits[i:i + 2] for i in range(0, 10, 2))
    return text.rstrip(". ")


def items(cell: Cell) -> tuple[str, ...]:
    """« reservation;present » → ("reservation", "present")."""
    return tuple(item.strip() for item in words(cell).split(";") if item.strip())


def ids(cell: Cell) -> tuple[int, ...]:
    """« 1;2;3 » → (1, 2, 3); zeros (« nobody ») are dropped. Raises UnreadableError."""
    found = tuple(whole(item) or 0 for item in items(cell))
    return tuple(item for item in found if item)
