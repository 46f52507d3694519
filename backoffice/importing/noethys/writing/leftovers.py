"""What does not come in, counted by sentence; and the limits of what does."""

from __future__ import annotations

from datetime import date

from backoffice.importing.report import LeftOut
from backoffice.kernel.text import folded

_FIRST_YEAR, _LAST_YEAR = 1900, 2999


class Leftovers:
    """Counts, for the report, what is left out and why. Never a name of a person in these sentences."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, what: str, why: str, count: int = 1) -> None:
        """Count once more, or `count` times; nothing when there is none."""
        if count:
            self._counts[what, why] = self._counts.get((what, why), 0) + count

    def fitted(self, text: str, length: int, what: str) -> str:
        """The text, cut when our column is shorter; its sorting form, where Œ counts double, fits too."""
        if len(text) <= length and len(folded(text)) <= length:
            return text
        self.add(f"fin de textes trop longs : {what}", f"le logiciel garde {length} caractères")
        cut = text[:length]
        while len(folded(cut)) > length:
            cut = cut[:-1]
        return cut.rstrip()

    def whole(self, text: str, length: int, what: str) -> str:
        """The text, or nothing when our column is shorter: half an address leads nowhere."""
        if len(text) <= length:
            return text
        self.add(f"textes trop longs : {what}", f"le logiciel garde {length} caractères")
        return ""

    def listed(self) -> list[LeftOut]:
        return [LeftOut(what, count, why) for (what, why), count in self._counts.items()]


def has_month(day: date) -> bool:
    """Whether a day can belong to a month of ours: a slip of the keyboard gives the year 0201."""
    return _FIRST_YEAR <= day.year <= _LAST_YEAR
