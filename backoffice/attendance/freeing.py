"""What is done of a place that the day sheet frees: higher wings say it here, this wing never asks upward."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import TypeAlias

from backoffice.kernel.application import Context

# Slots and days, of today or later, where somebody no longer comes.
Taker: TypeAlias = Callable[[Context, Collection[tuple[int, date]]], None]

_takers: list[Taker] = []


def takes_freed_places(taker: Taker) -> Taker:
    """Register what gives freed places to somebody else, in the same transaction."""
    _takers.append(taker)
    return taker


def tell_freed(context: Context, places: Collection[tuple[int, date]]) -> None:
    """Places of days that are past are nobody's any more."""
    to_come = {(slot_id, day) for slot_id, day in places if day >= context.today}
    if to_come:
        for taker in _takers:
            taker(context, to_come)
