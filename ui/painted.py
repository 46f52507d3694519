"""What is painted in the grid of reservations and not saved yet, kept while the window lives. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backoffice.bookings.rules.painting import Cell, Draft
from backoffice.bookings.rules.states import Stored


@dataclass(frozen=True)
class Unsaved:
    """What waits to be saved, kept while the window lives."""

    draft: Draft
    facts: Mapping[Cell, tuple[Stored, int]]
    title: str = "Réservations"
