"""How an agent left a table: its columns and its order, kept as text that later versions can read. No Qt."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Placed:
    """A column, by its title. `width` in pixels at 100 % text."""

    title: str
    width: int
    seen: bool = True


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The columns from left to right, and the one that sorts (no title: the order of the rows)."""

    columns: tuple[Placed, ...]
    sorted_by: str = ""
    descending: bool = False

    def completed(self, titles: Sequence[str]) -> Arrangement:
        """For the columns that a table has now: what is gone is left out, what is new comes at the end."""
        known = tuple(placed for placed in self.columns if placed.title in titles)
        missing = [title for title in titles if all(placed.title != title for placed in known)]
        sorted_by = self.sorted_by if self.sorted_by in titles else ""
        return Arrangement(known + tuple(Placed(title, 0) for title in missing), sorted_by, self.descending)

    def looks_like(self, other: Arrangement) -> bool:
        """Whether the same columns are seen, in the same order; widths come and go with the window."""
        mine, theirs = ([(placed.title, placed.seen) for placed in one.columns] for one in (self, other))
        return (mine, self.sorted_by, self.descending) == (theirs, other.sorted_by, other.descending)

    def as_data(self) -> dict[str, Any]:
        columns = [[placed.title, placed.width, placed.seen] for placed in self.columns]
        return {"columns": columns, "sorted_by": self.sorted_by, "descending": self.descending}

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Arrangement:
        """Raises KeyError, TypeError or ValueError when it is not one."""
        columns = tuple(Placed(str(title), int(width), bool(seen)) for title, width, seen in data["columns"])
        return cls(columns, str(data["sorted_by"]), bool(data["descending"]))


def written(arrangement: Arrangement) -> str:
    return json.dumps(arrangement.as_data(), ensure_ascii=False)


def read_back(text: str) -> Arrangement | None:
    """What `written` wrote; None for anything else: columns then come as the program gives them."""
    try:
        return Arrangement.of_data(json.loads(text))
    except (KeyError, TypeError, ValueError):
        return None
