"""The queue as it is read: what is kept by the chips, groups by urgency, the time left in words. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from backoffice.documents.delays import Urgency
from backoffice.documents.queue import QueueLine
from backoffice.kernel.money import NO_BREAK_SPACE

_HOURS_SHOWN = 72
_MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Kept:
    """What the chips keep. `type` empty: every type."""

    urgency: Urgency | None = None
    blocking: bool = False
    type: str = ""

    def keeps(self, line: QueueLine) -> bool:
        return (
            (self.urgency is None or line.urgency is self.urgency)
            and (not self.blocking or line.blocks_opening)
            and (not self.type or line.type == self.type)
        )

    @property
    def words(self) -> str:
        """« En retard > 72 h, Photo récente »; empty when everything is kept."""
        said = (self.urgency.label if self.urgency else "", "Bloque une ouverture" if self.blocking else "", self.type)
        return ", ".join(word for word in said if word)


@dataclass(frozen=True, slots=True)
class Group:
    """The header of the pieces of one urgency."""

    urgency: Urgency
    count: int


QueueRow = Group | QueueLine


def grouped(lines: Iterable[QueueLine]) -> Iterator[QueueRow]:
    """The lines, in their order, each urgency under its header."""
    by_urgency: dict[Urgency, list[QueueLine]] = {}
    for line in lines:
        by_urgency.setdefault(line.urgency, []).append(line)
    for urgency in Urgency:
        if found := by_urgency.get(urgency):
            yield Group(urgency, len(found))
            yield from found


def after(lines: Sequence[QueueLine], document_id: int | None, passed: frozenset[int] = frozenset()) -> list[int]:
    """The pieces to go to once this one is left, first those that follow it; those that were passed come last."""
    place = next((place for place, line in enumerate(lines) if line.document_id == document_id), -1)
    following = [line.document_id for line in (*lines[place + 1:], *lines[:max(place, 0)]) if not line.holder]
    fresh = [one for one in following if one not in passed]
    return fresh + [one for one in following if one in passed]


def time_left(left: timedelta) -> str:
    """« 5 h », « 40 min », « 3 j », « − 6 h » when it is late."""
    late, minutes = left < timedelta(), abs(int(left.total_seconds() // 60))
    hours = minutes // 60
    if hours >= _HOURS_SHOWN:
        words = f"{hours // 24}{NO_BREAK_SPACE}j"
    elif hours:
        words = f"{hours}{NO_BREAK_SPACE}h"
    else:
        words = f"{max(minutes, 1)}{NO_BREAK_SPACE}min"
    return f"{_MINUS}{NO_BREAK_SPACE}{words}" if late else words


def spoken_left(left: timedelta) -> str:
    """The same for who hears it."""
    words = time_left(left).replace(_MINUS, "").strip(NO_BREAK_SPACE)
    return f"en retard de {words}" if left < timedelta() else f"reste {words}"


def whose(line: QueueLine) -> str:
    return line.person or f"Famille {line.family}"
