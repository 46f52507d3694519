"""What every record read in a Noethys file has in common."""

from __future__ import annotations

from dataclasses import dataclass


class Record:
    """`repr` without personal data."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({getattr(self, 'id', '')})"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was not brought in: what and why in French, how many, which ones (source ids, never names).

    `ids` is empty when a whole table or column is left out.
    """

    what: str
    count: int
    why: str
    table: str
    ids: tuple[int, ...] = ()
