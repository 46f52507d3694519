"""What stands under a column of the grid. No Qt."""

from __future__ import annotations

from typing import NamedTuple


class Bar(NamedTuple):
    """What stands under a column. `short`: the words where those do not fit, numbers being never cut; `ink`, `fill`:
    colour tokens ("": none); `part`: how much of the gauge is filled (None: no gauge)."""

    words: str
    short: str = ""
    ink: str = "text"
    fill: str = ""
    part: float | None = None


EMPTY_BAR = Bar("")
