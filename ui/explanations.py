"""« Expliquer » : where an amount comes from, child by child, line by line. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from backoffice.attendance.day import DayRow
from backoffice.kernel.money import NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE, Money, euros
from backoffice.kernel.periods import Month
from reports.invoice_words import quantity, unit

FAMILY = "Famille"


class Priced(Protocol):
    """A line with a price: planned (`PlannedCharge`) or issued (`LineView`)."""

    @property
    def child_name(self) -> str: ...
    @property
    def activity(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def month(self) -> Month: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_price(self) -> Money | None: ...
    @property
    def amount(self) -> Money: ...
    @property
    def explanation(self) -> tuple[str, ...]: ...


L = TypeVar("L", bound=Priced)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line: what, « 17 repas × 4,15 € = 70,55 € », why, and the days counted."""

    what: str
    sum: str
    reasons: tuple[str, ...]
    days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """A child's lines, or the family's."""

    title: str
    total: Money
    entries: tuple[Entry, ...]


def chapters(
    lines: Sequence[L], billed: Month | None, days: Mapping[int, Sequence[DayRow]] | None = None
) -> tuple[Chapter, ...]:
    """Lines gathered by child in the order they come. `days`: those of a line, by its place in `lines`."""
    known = days or {}
    by_child: dict[str, list[tuple[int, L]]] = {}
    for place, line in enumerate(lines):
        by_child.setdefault(line.child_name or FAMILY, []).append((place, line))
    return tuple(
        Chapter(
            title,
            Money.total(line.amount for _, line in own),
            tuple(_entry(line, billed, known.get(place, ())) for place, line in own),
        )
        for title, own in by_child.items()
    )


def on_screen(text: str) -> str:
    """The narrow no-break space is too thin on screen."""
    return text.replace(NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE)


def _entry(line: Priced, billed: Month | None, days: Sequence[DayRow]) -> Entry:
    what = f"{line.label} · {line.activity}" if line.activity else line.label
    if billed is not None and line.month != billed:
        what = f"{what} · {line.month.in_french}"
    counted = f"{quantity(line.quantity)}{NO_BREAK_SPACE}{unit(line.unit, line.quantity)}".strip()
    amount = euros(line.amount)
    said = f"{counted} = {amount}" if line.unit_price is None else f"{counted} × {euros(line.unit_price)} = {amount}"
    again = _multiplied(line)  # the last step often says the sum once more
    reasons = tuple(on_screen(reason) for reason in line.explanation if reason != again)
    return Entry(on_screen(what), on_screen(said), reasons, days_in_words(days))


def _multiplied(line: Priced) -> str:
    """« 17 × 4,15 € = 70,55 € », as the steps of a price say it."""
    if line.unit_price is None:
        return ""
    amount = Money(abs(line.amount.cents))
    return f"{quantity(abs(line.quantity))} × {euros(line.unit_price)} = {euros(amount)}"


def days_in_words(days: Iterable[DayRow]) -> tuple[str, ...]:
    """« 15 présences : 2, 3, 6 octobre 2026 », one sentence for each state."""
    by_state: dict[str, list[DayRow]] = {}
    for day in days:
        by_state.setdefault(day.state.label, []).append(day)
    found = []
    for state, own in by_state.items():
        by_month: dict[Month, list[str]] = {}
        for row in own:
            by_month.setdefault(Month.of(row.day), []).append(str(row.day.day))
        dates = " ; ".join(f"{', '.join(numbers)} {month.in_french}" for month, numbers in by_month.items())
        found.append(f"{state} ({len(own)}){NO_BREAK_SPACE}: {dates}")
    return tuple(found)
