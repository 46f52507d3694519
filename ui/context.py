"""The structure and the school year an agent works in: chosen once in the top bar, followed by every page. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from backoffice.catalog.kinds import NO_STRUCTURE
from backoffice.kernel.periods import SchoolYear

if TYPE_CHECKING:
    from backoffice.home.choices import WorkPlaces
    from backoffice.kernel.address import DatabaseAddress
    from backoffice.kernel.clock import Clock

EVERY_STRUCTURE = "Toutes les structures"
OUTSIDE = "Activités sans structure"
_YEARS = frozenset(map(str, range(1950, 2100)))  # anything else in the file was not written here


class Memory(Protocol):
    """Where the choice is kept between two days (see `Preferences`)."""

    def text(self, key: str, default: str = "") -> str: ...

    def keep(self, key: str, value: str) -> None: ...


def digest_of(address: DatabaseAddress) -> str:
    """What tells this base from the others of the agent: ids of one mean nothing in another."""
    return sha256(address.shown.encode()).hexdigest()[:12]


class WorkContext:
    """The choice of one agent in one base; tells its listeners when it changes.

    Without a choice: all structures, and the school year of today, which goes on by itself every September.
    """

    def __init__(self, clock: Clock, memory: Memory, base: str) -> None:
        self._clock = clock
        self._memory = memory
        self._key = f"context-{base}"
        structure, year = (memory.text(f"{self._key}/{what}") for what in ("structure", "year"))
        self._structure = int(structure) if structure.isdecimal() else None
        self._name = memory.text(f"{self._key}/structure_name")
        self._year = SchoolYear(int(year)) if year in _YEARS else None
        self._listeners: list[Callable[[], None]] = []

    # --- what pages read --------------------------------------------------------------------------------------

    @property
    def structure_id(self) -> int | None:
        """As queries take it: None for all structures, `NO_STRUCTURE` for the activities that are in none."""
        return self._structure

    @property
    def structure_name(self) -> str:
        """« Pirouette cacahouète », « Toutes les structures »."""
        return EVERY_STRUCTURE if self._structure is None else self._name

    @property
    def structure_kept(self) -> str:
        """As a printed list says what it keeps to; empty for all structures."""
        return "" if self._structure is None else self._name

    @property
    def structure_words(self) -> str:
        """« Pirouette cacahouète » between its quotation marks, as a sentence names it."""
        return "les activités sans structure" if self._structure == NO_STRUCTURE else f"« {self.structure_name} »"

    @property
    def current_year(self) -> SchoolYear:
        return SchoolYear.of(self._clock.today())

    @property
    def year(self) -> SchoolYear:
        return self._year or self.current_year

    @property
    def other_year(self) -> SchoolYear | None:
        """The year, when it is not that of today: what waits today is of whatever year."""
        return None if self.year == self.current_year else self.year

    def day(self) -> date:
        """Today, or the day of the chosen year that is nearest to it."""
        return min(max(self._clock.today(), self.year.first_day), self.year.last_day)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call back whenever the structure or the year changes."""
        self._listeners.append(listener)

    # --- what the top bar does --------------------------------------------------------------------------------

    def choose_structure(self, structure_id: int | None, name: str = "") -> None:
        self._become(structure_id, name, self._year)

    def choose_year(self, year: SchoolYear | None) -> None:
        """None, or the year of today: the one that goes on by itself."""
        self._become(self._structure, self._name, None if year == self.current_year else year)

    def check(self, places: WorkPlaces) -> None:
        """Follow what the base says: a structure renamed, one that is no longer there."""
        names = {structure.id: structure.name for structure in places.structures}
        if places.outside:
            names[NO_STRUCTURE] = OUTSIDE
        if self._structure is not None and names.get(self._structure) != self._name:
            known = self._structure in names
            self.choose_structure(self._structure if known else None, names.get(self._structure, ""))

    def _become(self, structure_id: int | None, name: str, year: SchoolYear | None) -> None:
        if (structure_id, name, year) == (self._structure, self._name, self._year):
            return
        self._structure, self._name, self._year = structure_id, name, year
        self._memory.keep(f"{self._key}/structure", "" if structure_id is None else str(structure_id))
        self._memory.keep(f"{self._key}/structure_name", name)
        self._memory.keep(f"{self._key}/year", "" if year is None else str(year.start_year))
        for listener in tuple(self._listeners):
            listener()
