"""Days as letters to families say them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from backoffice.bookings.rules.words import joined
from backoffice.kernel.periods import Month


def days_in_french(days: Iterable[date]) -> str:
    """« les 6, 7 et 9 octobre 2025 et le 3 novembre 2025 », in their order."""
    said = []
    for month, some in groupby(sorted(set(days)), Month.of):
        numbers = ["1er" if day.day == 1 else str(day.day) for day in some]
        said.append(f"{'les' if len(numbers) > 1 else 'le'} {joined(numbers)} {month.in_french}")
    return joined(said)
