"""What hangs on what the town offers: higher wings say it here, this wing never asks upward.

They count what used a service, an activity or a slot, which then stays; and they take away what belongs to slots that
nobody ever used. Both are registered when their module is imported (see `bootstrap`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from backoffice.kernel.database import Session
from backoffice.kernel.money import NARROW_NO_BREAK_SPACE, NO_BREAK_SPACE


@dataclass(frozen=True, slots=True)
class Offered:
    """A service, or a part of it: its slots. `service_id` only when the whole service is meant, `activity_ids` when
    whole activities are."""

    service_id: int | None
    slot_ids: frozenset[int]
    activity_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of something, with its names (« présence », « présences »). `last_day`: of the latest one."""

    number: int
    one: str
    several: str
    last_day: date | None = None

    def __str__(self) -> str:
        """« 1 204 présences »."""
        number = f"{self.number:,}".replace(",", NARROW_NO_BREAK_SPACE)
        return f"{number}{NO_BREAK_SPACE}{self.several if self.number > 1 else self.one}"


def in_words(counted: Iterable[Counted]) -> str:
    """« 2 activités, 5 créneaux et 1 tarif »; what there is none of is not said."""
    words = [str(one) for one in counted if one.number]
    return " et ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


@dataclass(frozen=True, slots=True)
class Belonging:
    """Something that slots have, and that goes with them."""

    count: Callable[[Session, Collection[int]], Counted]
    remove: Callable[[Session, Collection[int]], None]


UseCount: TypeAlias = Callable[[Session, Offered], Counted]

_uses: list[UseCount] = []
_belongings: list[Belonging] = []


def counts_use(count: UseCount) -> UseCount:
    """Register what counts one kind of use."""
    _uses.append(count)
    return count


def goes_with_slots(belonging: Belonging) -> Belonging:
    """Register what is removed with slots that were never used."""
    _belongings.append(belonging)
    return belonging


def uses_of(session: Session, offered: Offered) -> list[Counted]:
    """What used it, kind by kind; none when it was never used."""
    return [use for count in _uses if (use := count(session, offered)).number]


def belongings() -> Sequence[Belonging]:
    return tuple(_belongings)
